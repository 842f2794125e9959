use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Limits};

/// An id of a server: 1 to 255 graphic ASCII characters.
///
/// RFC 8620 1.2 allows letters, digits, `-` and `_` only; account ids of Cyrus are mail addresses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id(String);

/// The state of a kind of objects (RFC 8620 5.1), to ask for changes since.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct State(String);

/// When a message arrived, to be compared with others: a `UTCDate` (RFC 8620 1.4) without its `Z`,
/// so that the order of texts is the order of times.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Arrival(String);

impl Id {
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl State {
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Arrival {
    /// As a `UTCDate`.
    #[must_use]
    pub fn to_utc_date(&self) -> String {
        format!("{}Z", self.0)
    }
}

impl FromStr for Id {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        text.to_owned().try_into()
    }
}

impl FromStr for State {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        text.to_owned().try_into()
    }
}

impl FromStr for Arrival {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for Id {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        let is_id = (1..=255).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_graphic());
        match is_id {
            true => Ok(Self(text)),
            false => Err(Error::malformed("an id of 1 to 255 graphic characters")),
        }
    }
}

impl TryFrom<String> for State {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        match text.len() {
            1..=Limits::STATE => Ok(Self(text)),
            _ => Err(Error::malformed("a state of 1 to 1024 octets")),
        }
    }
}

impl TryFrom<String> for Arrival {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        let time = text.strip_suffix('Z').unwrap_or_default();
        let (whole, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let shape = b"dddd-dd-ddTdd:dd:dd";
        let fits = whole.len() == shape.len()
            && whole
                .bytes()
                .zip(shape)
                .all(|(octet, wanted)| match wanted {
                    b'd' => octet.is_ascii_digit(),
                    _ => octet == *wanted,
                });
        let is_fraction =
            (1..=9).contains(&fraction.len()) && fraction.bytes().all(|c| c.is_ascii_digit());
        match fits && is_fraction {
            true => Ok(Self(time.to_owned())),
            false => Err(Error::malformed("a date of the form 2026-01-02T03:04:05Z")),
        }
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0
    }
}

impl From<State> for String {
    fn from(state: State) -> Self {
        state.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_one_word() {
        for id in ["M1", "agent@mail.test", &"x".repeat(255)] {
            assert_eq!(id.parse::<Id>().unwrap().as_str(), id);
        }
        for wrong in ["", "a b", "a\n", "é", &"x".repeat(256)] {
            assert!(wrong.parse::<Id>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn arrivals_are_in_the_order_of_time() {
        let texts = [
            "2025-12-31T23:59:59Z",
            "2026-01-02T03:04:05Z",
            "2026-01-02T03:04:05.25Z",
            "2026-01-02T03:04:05.5Z",
            "2026-01-02T03:04:06Z",
        ];
        let arrivals = texts.map(|text| text.parse::<Arrival>().unwrap());
        assert!(arrivals.is_sorted_by(|a, b| a < b), "{arrivals:?}");
        assert_eq!(arrivals[3].to_utc_date(), texts[3]);
        for wrong in [
            "",
            "Z",
            "2026-01-02T03:04:05",
            "2026-01-02 03:04:05Z",
            "2026-01-02T03:04:05.Z",
        ] {
            assert!(wrong.parse::<Arrival>().is_err(), "{wrong}");
        }
    }
}
