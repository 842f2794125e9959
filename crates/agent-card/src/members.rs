//! Reading an object by the table of its message (ProtoJSON).

use strict_json::{Array, Object, Value};

use crate::schema::{Field, MOST_FIELDS, Message, MessageKind, Presence, Shape};
use crate::{Error, ErrorKind, Path};

/// The members of one object, each in the slot of the field it sets.
///
/// Both spellings of a name count, and `null` is the same as no member.
#[derive(Debug)]
pub(crate) struct Members<'d> {
    message: &'static Message,
    slots: [Option<Value<'d>>; MOST_FIELDS],
    /// Bit n: slot n was set under its proto name.
    proto_named: u16,
    unknown: Vec<&'d str>,
}

impl<'d> Members<'d> {
    /// # Errors
    ///
    /// `WrongType` unless `value` is an object, `TwoSpellings`, `TwoMembers`.
    pub(crate) fn read(
        message: &'static Message,
        value: Value<'d>,
        at: &Path<'_>,
    ) -> Result<Self, Error> {
        let mut members = Self {
            message,
            slots: [None; MOST_FIELDS],
            proto_named: 0,
            unknown: Vec::new(),
        };
        // Both spellings of a field are an error even when one of them is null.
        let mut seen = 0_u16;
        for (name, value) in object(value, at)?.iter() {
            let Some((slot, proto_named)) = message.field(name) else {
                members.unknown.push(name);
                continue;
            };
            if seen & (1 << slot) != 0 {
                let detail = "expected one spelling of the field, found both";
                return Err(Error::new(
                    ErrorKind::TwoSpellings,
                    &at.member(name),
                    detail,
                ));
            }
            seen |= 1 << slot;
            if value.is_null() {
                continue;
            }
            if message.kind == MessageKind::Choice && members.iter().next().is_some() {
                let detail = "expected one of the members that exclude each other";
                return Err(Error::new(ErrorKind::TwoMembers, &at.member(name), detail));
            }
            members.slots[slot] = Some(value);
            members.proto_named |= u16::from(proto_named) << slot;
        }
        Ok(members)
    }

    /// The fields that are set, in canonical order: field, name it was received with, value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static Field, &'static str, Value<'d>)> {
        let slots = self.message.fields.iter().zip(&self.slots).enumerate();
        slots.filter_map(|(slot, (field, value))| {
            let name = match self.proto_named & (1 << slot) {
                0 => field.name,
                _ => field.proto_name,
            };
            value.map(|value| (field, name, value))
        })
    }

    /// The required fields that are not set.
    pub(crate) fn missing(&self) -> impl Iterator<Item = &'static str> {
        let slots = self.message.fields.iter().zip(&self.slots);
        slots
            .filter(|(field, value)| field.presence == Presence::Required && value.is_none())
            .map(|(field, _)| field.name)
    }

    /// The members that no field has.
    pub(crate) fn unknown(&self) -> &[&'d str] {
        &self.unknown
    }

    /// Whether an unknown member may say what a caller has to do to be let in.
    pub(crate) fn is_about_security(&self, unknown: &str) -> bool {
        match self.message.kind {
            MessageKind::Plain => false,
            // Up to v0.3 `security`, in v0.1 `authentication`.
            MessageKind::Guarded => {
                matches!(unknown, "security" | "authentication")
                    && !self.has("securityRequirements")
            }
            // A scheme that v1.0 does not know, or that is written in another form.
            MessageKind::Choice => self.iter().next().is_none(),
            MessageKind::Requirement => true,
        }
    }

    fn has(&self, name: &str) -> bool {
        let mut members = self.iter();
        members.any(|(field, _, value)| field.name == name && !field.is_absent(value))
    }
}

impl Message {
    /// The slot of a name, and whether it is the proto name.
    fn field(&self, name: &str) -> Option<(usize, bool)> {
        let position = |spelling: fn(&Field) -> &'static str| {
            let mut fields = self.fields.iter();
            fields.position(|field| is_same(spelling(field), name))
        };
        if let Some(slot) = position(|field| field.name) {
            return Some((slot, false));
        }
        Some((position(|field| field.proto_name)?, true))
    }
}

/// Equality that tells most names apart by their first octet, before it calls for a comparison.
#[inline]
fn is_same(left: &str, right: &str) -> bool {
    left.as_bytes().first() == right.as_bytes().first() && left == right
}

impl Field {
    /// Whether the value means the same as no value, or is no part of any payload.
    pub(crate) fn is_absent(&self, value: Value<'_>) -> bool {
        match (self.presence, self.shape) {
            (Presence::Unsigned, _) => true,
            (Presence::Implicit, Shape::Text) => value.as_str() == Some(""),
            (Presence::Implicit, Shape::Flag) => value.as_bool() == Some(false),
            (Presence::Implicit, Shape::Texts | Shape::Messages(_)) => {
                value.as_array().is_some_and(|array| array.is_empty())
            }
            (Presence::Implicit, Shape::TextMap | Shape::MessageMap(_)) => {
                value.as_object().is_some_and(|object| object.is_empty())
            }
            _ => false,
        }
    }
}

pub(crate) fn text<'d>(value: Value<'d>, at: &Path<'_>) -> Result<&'d str, Error> {
    let text = value.as_str();
    text.ok_or_else(|| wrong_type(at, "expected a string"))
}

pub(crate) fn flag(value: Value<'_>, at: &Path<'_>) -> Result<bool, Error> {
    let flag = value.as_bool();
    flag.ok_or_else(|| wrong_type(at, "expected true or false"))
}

pub(crate) fn array<'d>(value: Value<'d>, at: &Path<'_>) -> Result<Array<'d>, Error> {
    let array = value.as_array();
    array.ok_or_else(|| wrong_type(at, "expected an array"))
}

pub(crate) fn object<'d>(value: Value<'d>, at: &Path<'_>) -> Result<Object<'d>, Error> {
    let object = value.as_object();
    object.ok_or_else(|| wrong_type(at, "expected an object"))
}

/// Elements of arrays and values of maps are never null (ProtoJSON).
pub(crate) fn not_null<'d>(value: Value<'d>, at: &Path<'_>) -> Result<Value<'d>, Error> {
    if value.is_null() {
        let detail = "expected a value, found null";
        return Err(Error::new(ErrorKind::NullElement, at, detail));
    }
    Ok(value)
}

fn wrong_type(at: &Path<'_>, detail: &'static str) -> Error {
    Error::new(ErrorKind::WrongType, at, detail)
}
