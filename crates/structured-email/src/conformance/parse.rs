//! Cases that read a message.

use serde_json::{Value, json};

use super::Outcome;
use super::compare::compare;
use super::schema::{ParseTest, PolicyName};
use crate::{ErrorKind, Limits, Message};

pub(super) fn run(id: &str, test: &ParseTest) -> Vec<Outcome> {
    let names = test.policy.names();
    if names.is_empty() {
        return vec![Outcome::new(id, Err("the case names no policy".to_owned()))];
    }
    let octets = test.message.make();
    let judge = |name: PolicyName| match &octets {
        Ok(octets) => compare(&report(octets, name, test), &test.expected),
        Err(error) => Err(error.clone()),
    };
    match names {
        [only] => vec![Outcome::new(id, judge(*only))],
        several => several
            .iter()
            .map(|name| Outcome::new(format!("{id}/{}", name.as_str()), judge(*name)))
            .collect(),
    }
}

fn report(octets: &[u8], name: PolicyName, test: &ParseTest) -> Value {
    let policy = name.policy(test.html, test.microdata);
    match Message::parse_with(octets, policy, &Limits::default()) {
        Ok(message) => to_value(&message),
        Err(error) => json!({"refused": match error.kind() {
            ErrorKind::MessageTooLarge => "MessageTooLarge",
            ErrorKind::HeaderTooLarge => "HeaderTooLarge",
        }}),
    }
}

/// The report by way of its text: the numbers of raw JSON then count as numbers.
pub(super) fn to_value(message: &Message<'_>) -> Value {
    serde_json::to_string(&message.report())
        .and_then(|text| serde_json::from_str(&text))
        .unwrap_or_else(|error| json!({"unprintable": error.to_string()}))
}
