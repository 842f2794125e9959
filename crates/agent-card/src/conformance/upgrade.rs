//! Cases about older cards.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::legacy::{self, Change};
use crate::{AgentCard, Limits};

/// A card of an older version and what it is in v1.0.
#[derive(Debug, Deserialize)]
pub(super) struct Case {
    pub(super) name: String,
    card: Value,
    /// What the Python SDK makes of it, without signatures.
    python_parsed: Option<Value>,
    /// What it is by our rules, where that differs.
    upgraded: Option<Value>,
    changes: Value,
}

pub(super) fn run(case: &Case) -> Result<(), String> {
    let limits = Limits::default();
    let octets = |value: &Value| value.to_string().into_bytes();
    let upgraded = legacy::upgrade(&octets(&case.card), &limits).map_err(|e| e.to_string())?;
    let expected = case.upgraded.as_ref().or(case.python_parsed.as_ref());
    let expected = expected.ok_or("the case expects nothing")?;
    let expected = AgentCard::parse(&octets(expected), &limits).map_err(|e| e.to_string())?;
    let mut card = upgraded.parsed.card;
    card.signatures.clear();
    if card != expected.card {
        let found = String::from_utf8_lossy(&card.to_json()).into_owned();
        return Err(format!("found {found}"));
    }
    let changes: Vec<_> = upgraded.changes.iter().map(to_value).collect();
    if Value::from(changes.clone()) != case.changes {
        return Err(format!("changes: found {}", Value::from(changes)));
    }
    Ok(())
}

fn to_value(change: &Change) -> Value {
    json!(change)
}
