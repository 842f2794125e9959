use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::{Error, ErrorKind};

/// The longest that the id of a thread or message may be, in octets.
const MAX: usize = 255;

/// Gives a type for the ids of one kind of thing.
macro_rules! id {
    ($(#[$about:meta])* $name:ident) => {
        $(#[$about])*
        ///
        /// Minted as UUID version 4, and otherwise opaque: any text of 1 to 255 octets without
        /// control characters may be asked for, and names nothing unless it was minted. Cloning is
        /// cheap.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// A new id, made of 16 octets from a random generator.
            #[must_use]
            pub fn mint(random: [u8; 16]) -> Self {
                Self(uuid(random).into())
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                check(text)?;
                Ok(Self(text.into()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// The id of a thread (section 3).
    ThreadId
}
id! {
    /// The id of a message (section 3).
    MessageId
}

fn check(text: &str) -> Result<(), Error> {
    if (1..=MAX).contains(&text.len()) && !text.contains(char::is_control) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Invalid,
        "an id: 1 to 255 octets without control characters",
    ))
}

/// RFC 9562 5.4.
fn uuid(mut octets: [u8; 16]) -> String {
    octets[6] = octets[6] & 0x0f | 0x40;
    octets[8] = octets[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(36);
    for (at, octet) in octets.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [octet >> 4, octet & 0x0f] {
            text.extend(char::from_digit(digit.into(), 16));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::ThreadId;

    #[test]
    fn minted_ids_are_of_version_4() {
        let id = ThreadId::mint([0xff; 16]);
        assert_eq!(id.as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        let id = ThreadId::mint([0; 16]);
        assert_eq!(id.as_str(), "00000000-0000-4000-8000-000000000000");
    }
}
