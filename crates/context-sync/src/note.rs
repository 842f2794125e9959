//! What notes of all kinds have in common.

use strict_json::{Object, Value};

use crate::json::{self, maybe};
use crate::{Error, ErrorKind, JsonObject, Limits, Refusal, Status};

/// The longest id, key, name or kind, in octets.
const SHORT: usize = 255;

/// The longest description or summary, in octets.
const LONG: usize = 8 << 10;

/// The longest metadata, in octets of JSON.
const METADATA: usize = 16 << 10;

/// Whether an agent may note one thing more (section 8).
///
/// Look-ups: whether it has that note already, which it may always change, and how many of its kind
/// it has.
///
/// # Errors
///
/// With 403 when there are [`Limits::notes`](field@Limits::notes).
pub fn may_note(is_known: bool, notes: u64, limits: &Limits) -> Result<(), Refusal> {
    if is_known || notes < limits.notes {
        return Ok(());
    }
    Err(Refusal::new(Status::Forbidden, "note limit reached"))
}

/// 1 to 255 octets without NUL, which not every database takes.
pub(crate) fn short(value: Value<'_>) -> Result<String, Error> {
    text(value, SHORT, "1 to 255 octets without NUL")
}

/// Up to 8 KiB.
pub(crate) fn long(value: Value<'_>) -> Result<String, Error> {
    text(value, LONG, "1 to 8192 octets without NUL")
}

fn text(value: Value<'_>, most: usize, expected: &'static str) -> Result<String, Error> {
    check(json::string(value)?, most, expected).map(str::to_owned)
}

fn check<'t>(text: &'t str, most: usize, expected: &'static str) -> Result<&'t str, Error> {
    match (1..=most).contains(&text.len()) && !text.contains('\0') {
        true => Ok(text),
        false => Err(Error::new(ErrorKind::Invalid, expected)),
    }
}

/// A key or a text to search for, as a path or a query has it.
pub(crate) fn word(text: &str) -> Result<String, Error> {
    check(text, SHORT, "1 to 255 octets without NUL").map(str::to_owned)
}

pub(crate) fn metadata(object: Object<'_>, limits: &Limits) -> Result<JsonObject, Error> {
    let found = maybe(object, "metadata", |value| {
        let metadata = json::snapshot(value, limits)?;
        match metadata.as_str().len() <= METADATA {
            true => Ok(metadata),
            false => Err(Error::new(ErrorKind::OutOfRange, "at most 16 KiB of JSON")),
        }
    });
    Ok(found?.unwrap_or_else(JsonObject::empty))
}

/// The metadata of an answer, of any length within the limit of one.
pub(crate) fn any_metadata(object: Object<'_>, limits: &Limits) -> Result<JsonObject, Error> {
    let found = maybe(object, "metadata", |value| json::snapshot(value, limits));
    Ok(found?.unwrap_or_else(JsonObject::empty))
}

/// A limit of a search: what is no number is the default, and what is too large the most.
pub(crate) fn limit(text: Option<&str>, default: u32, most: u32) -> u32 {
    let number = text.and_then(|text| text.parse::<u32>().ok());
    number.map_or(default, |number| number.clamp(1, most))
}

/// Gives a kind of note by the word for it.
macro_rules! kinds {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $kind:ident = $word:literal,)+ } $expected:literal) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(clippy::exhaustive_enums)] // section 8
        pub enum $name { $($(#[$doc])* $kind,)+ }

        impl $name {
            /// The word for it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $word,)+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Error;

            fn from_str(text: &str) -> Result<Self, $crate::Error> {
                match text {
                    $($word => Ok(Self::$kind),)+
                    _ => Err($crate::Error::new($crate::ErrorKind::Invalid, $expected)),
                }
            }
        }
    };
}

pub(crate) use kinds;
