use std::fmt;
use std::str::FromStr;

/// A version of the protocol: `1.0`. A patch part is accepted and ignored (A2A 3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct ProtocolVersion {
    /// The part before the dot.
    pub major: u32,
    /// The part behind the dot.
    pub minor: u32,
}

impl ProtocolVersion {
    /// The first version with a stable card.
    pub const V1_0: Self = Self::new(1, 0);
    /// The version of those who do not say theirs.
    pub const V0_3: Self = Self::new(0, 3);

    /// `major.minor`.
    #[must_use]
    pub const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor }
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A text that is no version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidVersion;

impl fmt::Display for InvalidVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a version such as 1.0")
    }
}

impl std::error::Error for InvalidVersion {}

impl FromStr for ProtocolVersion {
    type Err = InvalidVersion;

    /// Reads `major.minor` or `major.minor.patch`, digits only.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('.').map(|part| {
            // `u32::from_str` takes a sign as well.
            let digits = part.bytes().all(|octet| octet.is_ascii_digit());
            digits.then(|| part.parse::<u32>().ok()).flatten()
        });
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Some(major)), Some(Some(minor)), None | Some(Some(_)), None) => {
                Ok(Self { major, minor })
            }
            _ => Err(InvalidVersion),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ProtocolVersion;

    #[test]
    fn a_patch_part_is_ignored() {
        for text in ["0.3", "0.3.0", "0.3.17"] {
            assert_eq!(text.parse(), Ok(ProtocolVersion::V0_3));
        }
    }

    #[test]
    fn only_digits_and_dots_make_a_version() {
        for text in [
            "", "1", "1.", ".0", "1.0.", "1.0.0.0", "+1.0", "1.-0", "1.0a", "v1.0", "1. 0",
        ] {
            assert!(text.parse::<ProtocolVersion>().is_err(), "{text}");
        }
        assert!("1.99999999999".parse::<ProtocolVersion>().is_err());
    }
}
