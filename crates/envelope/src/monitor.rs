use serde::{Deserialize, Serialize};

use crate::text_type::text_type;
use crate::{Code, Error, ErrorKind};

/// The name under which a sender watches an envelope: `mon_` and 1 to 64 of `[0-9A-Za-z_-]`
/// (section 1). Recipients never see it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MonitorHandle(Box<str>);

text_type!(MonitorHandle);

impl MonitorHandle {
    fn check(text: &str) -> Result<(), Error> {
        match text.strip_prefix("mon_") {
            Some(token) if token.len() <= 64 && is_token(token) => Ok(()),
            _ => Err(Error::new(
                ErrorKind::Invalid,
                Code::InvalidMonitor,
                "a monitor handle, mon_ and 1 to 64 of [0-9A-Za-z_-]",
            )),
        }
    }
}

pub(crate) fn is_token(text: &str) -> bool {
    let is_legal = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-');
    !text.is_empty() && text.bytes().all(is_legal)
}

#[cfg(test)]
mod tests {
    use super::MonitorHandle;

    #[test]
    fn monitor_handles_end_at_the_limit() {
        let of = |length: usize| format!("mon_{}", "a".repeat(length)).parse::<MonitorHandle>();
        assert!(of(1).is_ok() && of(64).is_ok());
        assert!(of(0).is_err() && of(65).is_err());
        assert!("mon_a.b".parse::<MonitorHandle>().is_err());
    }
}
