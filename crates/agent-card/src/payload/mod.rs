//! From a card to the octets that are signed (A2A 8.4.1), and to what they leave out.

mod portable;
mod projection;
mod uncovered;

use strict_json::Document;

pub use portable::{Difference, NotPortable, Remedy};
pub use uncovered::{Uncovered, UncoveredReason};

use crate::{AgentCard, Error, Limits};
use projection::Projection;

/// Which members of a card its signatures cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums)] // there is one text and one behaviour in the field
pub enum Profile {
    /// What the specification says (A2A 8.4.1): every member that is present in the sense of
    /// the schema.
    Spec,
    /// What the Python and JavaScript SDKs sign: of that, no empty string, array or object and
    /// no `null`, at any depth.
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

/// The payloads of a card under both profiles, in canonical form (RFC 8785), and what each of
/// them leaves out.
///
/// `signatures` is never part of a payload, and not reported as left out.
///
/// ```
/// use agent_card::{Limits, Payloads, Profile};
///
/// let card = br#"{"name":"Example Agent","description":"","skills":[]}"#;
/// let payloads = Payloads::read(card, &Limits::default())?;
/// assert_eq!(payloads.of(Profile::Spec), br#"{"description":"","name":"Example Agent","skills":[]}"#);
/// assert_eq!(payloads.of(Profile::Sdk), br#"{"name":"Example Agent"}"#);
///
/// let difference = &payloads.differences()[0];
/// assert_eq!(difference.to_string(), "/description: give it a value");
/// # Ok::<(), agent_card::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payloads {
    spec: Payload,
    /// None when it is the same.
    sdk: Option<Payload>,
    differences: Vec<Difference>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Payload {
    octets: Vec<u8>,
    uncovered: Vec<Uncovered>,
}

impl Payloads {
    /// The payloads of a card as it was received.
    ///
    /// # Errors
    ///
    /// As [`AgentCard::parse`], but for entries of `signatures`, which are not looked at.
    pub fn read(json: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = Document::parse(json, &limits.json())?;
        Self::of_document(&document, limits)
    }

    /// The payloads of a card that is made here.
    ///
    /// # Errors
    ///
    /// When the card, written as JSON, is beyond the limits.
    pub fn of_card(card: &AgentCard, limits: &Limits) -> Result<Self, Error> {
        Self::read(&card.to_json(), limits)
    }

    /// The payloads of a card whose JSON has been read.
    ///
    /// # Errors
    ///
    /// As [`Payloads::read`].
    pub fn of_document(document: &Document<'_>, limits: &Limits) -> Result<Self, Error> {
        let spec = Projection::of(document, Profile::Spec, limits)?;
        let mut payloads = Self {
            spec: Payload {
                octets: spec.out,
                uncovered: spec.uncovered,
            },
            sdk: None,
            differences: Vec::new(),
        };
        // Nothing is empty in nearly every card, and then both payloads are one.
        if spec.holds_empty {
            let sdk = Projection::of(document, Profile::Sdk, limits)?;
            payloads.sdk = Some(Payload {
                octets: sdk.out,
                uncovered: sdk.uncovered,
            });
            payloads.differences = sdk.differences;
        }
        Ok(payloads)
    }

    /// The octets that are signed under a profile.
    #[must_use]
    pub fn of(&self, profile: Profile) -> &[u8] {
        &self.payload(profile).octets
    }

    /// The received members that a payload does not hold, each named as a whole: members that
    /// v1.0 does not know, and under [`Profile::Sdk`] what is empty.
    ///
    /// A field at its default is not among them where that is the same as no field.
    #[must_use]
    pub fn uncovered(&self, profile: Profile) -> &[Uncovered] {
        &self.payload(profile).uncovered
    }

    /// Whether the payloads are the same, so that every implementation signs and verifies the
    /// same octets.
    #[must_use]
    pub fn agree(&self) -> bool {
        self.sdk.is_none()
    }

    /// The members that make the payloads differ.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// The one payload of both profiles.
    ///
    /// # Errors
    ///
    /// When they differ, with the members that make them differ.
    pub fn portable(&self) -> Result<&[u8], NotPortable> {
        if self.agree() {
            Ok(&self.spec.octets)
        } else {
            Err(NotPortable::new(self.differences.clone()))
        }
    }

    /// One payload, and what it leaves out.
    pub(crate) fn into_parts(self, profile: Profile) -> (Vec<u8>, Vec<Uncovered>) {
        let payload = match (profile, self.sdk) {
            (Profile::Sdk, Some(sdk)) => sdk,
            _ => self.spec,
        };
        (payload.octets, payload.uncovered)
    }

    fn payload(&self, profile: Profile) -> &Payload {
        match (profile, &self.sdk) {
            (Profile::Sdk, Some(sdk)) => sdk,
            _ => &self.spec,
        }
    }
}
