use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::text_type::text_type;
use crate::{Code, Error, ErrorKind};

/// An agent's name, `@owner.name` (section 1).
///
/// Each label is 1 to 64 of `[a-z0-9_-]`, and there is exactly one dot. Nothing is folded: upper
/// case is refused. Cloning is cheap.
///
/// ```
/// let handle: asmtp_envelope::Handle = "@acme.alice".parse()?;
/// assert_eq!((handle.owner(), handle.name()), ("acme", "alice"));
/// # Ok::<(), asmtp_envelope::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Handle(Arc<str>);

text_type!(Handle);

impl Handle {
    /// The longest that a label may be, in octets.
    pub const MAX_LABEL: usize = 64;

    /// The label before the dot.
    #[must_use]
    pub fn owner(&self) -> &str {
        self.labels().0
    }

    /// The label after the dot.
    #[must_use]
    pub fn name(&self) -> &str {
        self.labels().1
    }

    fn labels(&self) -> (&str, &str) {
        split(&self.0).unwrap_or_default()
    }

    fn check(text: &str) -> Result<(), Error> {
        match split(text) {
            Some((owner, name)) if is_label(owner) && is_label(name) => Ok(()),
            _ => Err(Error::new(
                ErrorKind::Invalid,
                Code::InvalidHandle,
                "a handle, @owner.name, each label 1 to 64 of [a-z0-9_-]",
            )),
        }
    }
}

/// The labels of `@owner.name`, not yet checked.
pub(crate) fn split(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('@')?.split_once('.')
}

pub(crate) fn is_label(text: &str) -> bool {
    let is_legal = |octet| matches!(octet, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    (1..=Handle::MAX_LABEL).contains(&text.len()) && text.bytes().all(is_legal)
}

#[cfg(test)]
mod tests {
    use super::Handle;

    #[test]
    fn labels_end_at_the_limit() {
        let of = |owner: usize, name: usize| {
            format!("@{}.{}", "a".repeat(owner), "b".repeat(name)).parse::<Handle>()
        };
        assert!(of(64, 64).is_ok());
        assert!(of(65, 1).is_err());
        assert!(of(1, 65).is_err());
        assert!(of(0, 1).is_err());
        assert!(of(1, 0).is_err());
    }
}
