/// The two payloads of a card, in canonical form (RFC 8785).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payloads {
    spec: Vec<u8>,
    sdk: Option<Vec<u8>>,
}

/// Which members of a card its signatures cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums)] // there is one text and one behaviour in the field
pub enum Profile {
    /// What the specification says (A2A 8.4.1).
    Spec,
    /// What the Python and JavaScript SDKs sign: every empty value is left out.
    Sdk,
}

impl Profile {
    /// The name in reports and on the command line: `spec` or `sdk`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Spec => "spec",
            Self::Sdk => "sdk",
        }
    }
}

impl Payloads {
    /// The octets that are signed under `profile`.
    #[must_use]
    pub fn of(&self, profile: Profile) -> &[u8] {
        match (profile, &self.sdk) {
            (Profile::Sdk, Some(sdk)) => sdk,
            _ => &self.spec,
        }
    }

    /// Whether both profiles sign the same octets.
    #[must_use]
    pub fn agree(&self) -> bool {
        self.sdk.is_none()
    }
}
