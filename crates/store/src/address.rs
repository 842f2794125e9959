use std::fmt;
use std::str::FromStr;

use crate::{Error, ErrorKind};

/// The longest address, in octets (RFC 5321, 4.5.3.1.3 without the angle brackets).
const MAX_OCTETS: usize = 254;

/// The longest local part, in octets: the two labels of an ASMTP handle and a dot. RFC 5321 asks
/// for 64 at least and welcomes more (4.5.3.1).
const MAX_LOCAL: usize = 64 + 1 + 64;

/// The address of an agent, `local@domain`: the name of its mailbox.
///
/// Addresses differ by case nowhere in a store: the text is kept in lower case. The local part is
/// a dot-atom, not a quoted string (RFC 5321, 4.1.2), UTF-8 allowed (RFC 6531, 3.3); a `+` tag is
/// part of it. The domain is one or more labels; no address literal.
///
/// ```
/// use mailmesh_store::Address;
///
/// let address: Address = "Orders+Eu@Shop.Example".parse()?;
/// assert_eq!(address.as_str(), "orders+eu@shop.example");
/// assert!("no address".parse::<Address>().is_err());
/// # Ok::<(), mailmesh_store::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(String);

impl Address {
    /// Its text, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    #[must_use]
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// The part behind the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl FromStr for Address {
    type Err = Error;

    /// Reads `local@domain`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`], naming the part that is wrong.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |message| Err(Error::new(ErrorKind::Invalid, message));
        if text.len() > MAX_OCTETS {
            return invalid("expected an address of at most 254 octets");
        }
        // Lower case first: a letter's lower case can be longer than the letter.
        let text = text.to_lowercase();
        if text.len() > MAX_OCTETS {
            return invalid("expected an address of at most 254 octets");
        }
        let Some((local, domain)) = text.split_once('@') else {
            return invalid("expected an address, local@domain");
        };
        if !local.split('.').all(is_atom) || local.len() > MAX_LOCAL {
            return invalid("expected words joined by dots before the @, 129 octets at most");
        }
        if !domain.split('.').all(is_label) {
            return invalid("expected a domain name behind the @");
        }
        Ok(Self(text))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether this is an atom (RFC 5322, 3.2.3; RFC 6532, 3.2).
fn is_atom(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| {
            c.is_ascii_alphanumeric()
                || "!#$%&'*+-/=?^_`{|}~".contains(c)
                || is_printable_beyond_ascii(c)
        })
}

/// Whether this is a label of a domain name (RFC 1034, 3.5; RFC 5890, 2.3.2.1).
fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.chars().all(|c| {
            c.is_ascii_alphanumeric() || c == '-' || c == '_' || is_printable_beyond_ascii(c)
        })
}

fn is_printable_beyond_ascii(c: char) -> bool {
    !c.is_ascii() && !c.is_control() && !c.is_whitespace()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::Address;

    #[test]
    fn keeps_one_spelling() {
        for (text, kept) in [
            ("a@b", "a@b"),
            ("Alice@Agents.Example", "alice@agents.example"),
            ("a.b+tag@x-y.example", "a.b+tag@x-y.example"),
            ("Zoë@BÜCHER.example", "zoë@bücher.example"),
            (
                &format!("{}@b", "l".repeat(129)),
                &format!("{}@b", "l".repeat(129)),
            ),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.as_str(), kept);
            assert_eq!(format!("{}@{}", address.local(), address.domain()), kept);
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        let long = format!("a@{}", "b.".repeat(200));
        let long_local = format!("{}@b", "l".repeat(130));
        for text in [
            "",
            "@",
            "a",
            "a@",
            "@b",
            "a@@b",
            "a@b@c",
            " a@b",
            "a b@c",
            "a@b c",
            ".a@b",
            "a.@b",
            "a..b@c",
            "a@.b",
            "a@b.",
            "a@-b",
            "a@[127.0.0.1]",
            "\"a b\"@c",
            "<a@b>",
            "a@b\r\n",
            "a\0@b",
            "a,b@c",
            "a\u{a0}b@c",
            &long,
            &long_local,
        ] {
            assert!(text.parse::<Address>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_was_kept_is_read_back(text in "\\PC{1,8}@\\PC{1,8}") {
            if let Ok(address) = text.parse::<Address>() {
                prop_assert_eq!(&address.as_str().parse::<Address>().unwrap(), &address);
            }
        }
    }
}
