use std::fmt;
use std::str::FromStr;

use crate::{Error, ErrorKind, OrderKey};

/// The place of a monitor fact among all facts of its sender. Later facts are greater.
///
/// As text it is two numbers with a dash between, `1795215861473000-0`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs)] // the two halves of a key
pub struct FactKey {
    /// The order key of what happened: for a stored envelope its own.
    pub key: OrderKey,
    /// Which of the facts with this key, in the order of the recipients.
    pub index: u16,
}

impl FactKey {
    /// The key before all others.
    pub const START: Self = Self {
        key: OrderKey::START,
        index: 0,
    };
}

impl fmt::Display for FactKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.key, self.index)
    }
}

impl FromStr for FactKey {
    type Err = Error;

    /// Reads what [`Display`](fmt::Display) writes, and nothing else.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`].
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = |(key, index): (&str, &str)| {
            let key = OrderKey::from_micros(key.parse().ok()?).ok()?;
            let index = index.parse().ok()?;
            Some(Self { key, index })
        };
        text.split_once('-')
            .and_then(read)
            .filter(|key| key.to_string() == text)
            .ok_or_else(|| Error::new(ErrorKind::Invalid, "expected the key of a fact"))
    }
}

#[cfg(test)]
mod tests {
    use super::FactKey;

    #[test]
    fn keys_have_one_spelling() {
        let key: FactKey = "1795215861473000-3".parse().unwrap();
        assert_eq!((key.key.as_micros(), key.index), (1_795_215_861_473_000, 3));
        for wrong in [
            "",
            "1",
            "1-",
            "-1",
            "01-1",
            "1-+1",
            "1-65536",
            "1-1-1",
            "9223372036854775808-0",
        ] {
            assert!(wrong.parse::<FactKey>().is_err(), "{wrong}");
        }
    }
}
