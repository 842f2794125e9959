use std::collections::BTreeMap;

use strict_json::Value;

use super::Struct;
use crate::members::{self, Members};
use crate::pointer::Room;
use crate::schema::Message;
use crate::{Error, Limits, Path, Pointer};

/// What is worth knowing about a card beside its values.
#[derive(Debug)]
pub(crate) struct Notes {
    pub(crate) room: Room,
    pub(crate) unknown: Vec<Pointer>,
    pub(crate) missing: Vec<Pointer>,
    pub(crate) inexact: Vec<Pointer>,
}

impl Notes {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            room: Room::new(limits),
            unknown: Vec::new(),
            missing: Vec::new(),
            inexact: Vec::new(),
        }
    }
}

/// A message of the card, and how it is made from its fields.
pub(crate) trait FromFields: Sized {
    /// The table of the message.
    const MESSAGE: &'static Message;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error>;

    /// Reads the message from an object.
    fn read(value: Value<'_>, at: &Path<'_>, notes: &mut Notes) -> Result<Self, Error> {
        let members = Members::read(Self::MESSAGE, value, at)?;
        for name in members.unknown() {
            notes.unknown.push(notes.room.pointer(&at.member(name))?);
        }
        for name in members.missing() {
            notes.missing.push(notes.room.pointer(&at.member(name))?);
        }
        Self::from_fields(&mut Fields { members, at, notes })
    }
}

/// The fields of one message, on their way into a value.
///
/// A field that is not set reads as its default.
#[derive(Debug)]
pub(crate) struct Fields<'d, 'p, 'n> {
    members: Members<'d>,
    at: &'p Path<'p>,
    notes: &'n mut Notes,
}

impl<'d> Fields<'d, '_, '_> {
    fn find(&self, name: &str) -> Option<(&'static str, Value<'d>)> {
        let mut members = self.members.iter();
        members
            .find_map(|(field, received, value)| (field.name == name).then_some((received, value)))
    }

    /// The only member of a message that holds one of several.
    pub(super) fn first(&self) -> Option<&'static str> {
        self.members.iter().next().map(|(field, ..)| field.name)
    }

    pub(super) fn text(&self, name: &str) -> Result<String, Error> {
        self.optional_text(name).map(Option::unwrap_or_default)
    }

    pub(super) fn optional_text(&self, name: &str) -> Result<Option<String>, Error> {
        let text = |(name, value)| owned_text(value, &self.at.member(name));
        self.find(name).map(text).transpose()
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, Error> {
        self.optional_flag(name).map(Option::unwrap_or_default)
    }

    pub(super) fn optional_flag(&self, name: &str) -> Result<Option<bool>, Error> {
        let flag = |(name, value)| members::flag(value, &self.at.member(name));
        self.find(name).map(flag).transpose()
    }

    pub(super) fn texts(&mut self, name: &str) -> Result<Vec<String>, Error> {
        self.elements(name, |value, at, _| owned_text(value, at))
    }

    pub(super) fn messages<T: FromFields>(&mut self, name: &str) -> Result<Vec<T>, Error> {
        self.elements(name, T::read)
    }

    pub(super) fn message<T: FromFields>(&mut self, name: &str) -> Result<Option<T>, Error> {
        let Some((name, value)) = self.find(name) else {
            return Ok(None);
        };
        T::read(value, &self.at.member(name), self.notes).map(Some)
    }

    pub(super) fn text_map(&mut self, name: &str) -> Result<BTreeMap<String, String>, Error> {
        self.entries(name, |value, at, _| owned_text(value, at))
    }

    pub(super) fn message_map<T: FromFields>(
        &mut self,
        name: &str,
    ) -> Result<BTreeMap<String, T>, Error> {
        self.entries(name, T::read)
    }

    pub(super) fn structure(&mut self, name: &str) -> Result<Option<Struct>, Error> {
        let Some((name, value)) = self.find(name) else {
            return Ok(None);
        };
        let at = self.at.member(name);
        Struct::read(value, &at, self.notes).map(Some)
    }

    fn elements<T>(
        &mut self,
        name: &str,
        read: impl Fn(Value<'d>, &Path<'_>, &mut Notes) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let Some((name, value)) = self.find(name) else {
            return Ok(Vec::new());
        };
        let at = self.at.member(name);
        let elements = members::array(value, &at)?.iter().enumerate();
        elements
            .map(|(index, value)| {
                let at = at.element(index);
                read(members::not_null(value, &at)?, &at, self.notes)
            })
            .collect()
    }

    fn entries<T>(
        &mut self,
        name: &str,
        read: impl Fn(Value<'d>, &Path<'_>, &mut Notes) -> Result<T, Error>,
    ) -> Result<BTreeMap<String, T>, Error> {
        let Some((name, value)) = self.find(name) else {
            return Ok(BTreeMap::new());
        };
        let at = self.at.member(name);
        let entries = members::object(value, &at)?.iter();
        entries
            .map(|(name, value)| {
                let at = at.member(name);
                let value = read(members::not_null(value, &at)?, &at, self.notes)?;
                Ok((name.to_owned(), value))
            })
            .collect()
    }
}

fn owned_text(value: Value<'_>, at: &Path<'_>) -> Result<String, Error> {
    members::text(value, at).map(str::to_owned)
}
