use std::fmt;

/// A mailbox: an address and, if there is one, the name of its owner (RFC 5322, 3.4).
///
/// Addresses are compared as they stand; nothing here is validated. [`Draft::compose`] refuses
/// what could not be written safely.
///
/// [`Draft::compose`]: crate::Draft::compose
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs)] // the two halves of a mailbox
pub struct Mailbox {
    /// The display name, decoded.
    pub name: Option<String>,
    /// `local@domain`.
    pub address: String,
}

impl From<&str> for Mailbox {
    /// Reads `Name <local@domain>` or a bare address.
    fn from(text: &str) -> Self {
        let text = text.trim();
        if let Some((name, rest)) = text.rsplit_once('<')
            && let Some(address) = rest.strip_suffix('>')
        {
            let name = name.trim();
            let name = name
                .strip_prefix('"')
                .and_then(|n| n.strip_suffix('"'))
                .unwrap_or(name);
            return Self {
                name: (!name.is_empty()).then(|| name.to_owned()),
                address: address.trim().to_owned(),
            };
        }
        Self {
            name: None,
            address: text.to_owned(),
        }
    }
}

impl From<String> for Mailbox {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => f.write_str(&self.address),
        }
    }
}
