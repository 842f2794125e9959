//! Cases about signing payloads.

use serde::Deserialize;

use crate::{AgentCard, Limits, Payloads, Profile};

/// A card and what is signed of it.
#[derive(Debug, Deserialize)]
pub(super) struct Case {
    pub(super) name: String,
    input_text: String,
    /// Null: the card is refused.
    spec: Option<String>,
    /// What the Python SDK signs; left out when it is the same as `spec`, null when it refuses.
    #[serde(default, deserialize_with = "super::nullable")]
    python: Option<Option<String>>,
    /// What the JavaScript SDK signs; left out when it is the same as `python`.
    #[serde(default, deserialize_with = "super::nullable")]
    js: Option<Option<String>>,
}

impl Case {
    /// Python speaks for the SDKs: where they differ, it is right or refuses.
    fn sdk(&self) -> Option<&str> {
        let python = self.python.as_ref().unwrap_or(&self.spec).as_deref();
        python.or_else(|| self.js.as_ref()?.as_deref())
    }
}

pub(super) fn run(case: &Case) -> Result<(), String> {
    let limits = Limits::default();
    let json = case.input_text.as_bytes();
    let payloads = Payloads::read(json, &limits);
    let parsed = AgentCard::parse(json, &limits);
    let (payloads, spec) = match (payloads, parsed, &case.spec) {
        (Ok(payloads), Ok(_), Some(spec)) => (payloads, spec),
        (Err(payload), Err(card), None) if payload == card => return Ok(()),
        (payloads, card, _) => {
            let (payloads, card) = (payloads.err(), card.err());
            return Err(format!("the payload gives {payloads:?}, the card {card:?}"));
        }
    };
    for (profile, expected) in [(Profile::Spec, Some(&**spec)), (Profile::Sdk, case.sdk())] {
        let found = String::from_utf8_lossy(payloads.of(profile));
        if expected.is_some_and(|expected| found != expected) {
            return Err(format!("{}: found {found}", profile.as_str()));
        }
    }
    let agree = case.sdk() == Some(spec);
    if payloads.agree() != agree || payloads.portable().is_ok() != agree {
        return Err(format!("portable: found {}", payloads.agree()));
    }
    Ok(())
}
