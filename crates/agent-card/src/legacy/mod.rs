//! Cards of A2A v0.1 to v0.3, mixed cards, and the form of the JavaScript SDK's memory.
//!
//! Where `supportedInterfaces` is present, v1.0 data wins everywhere: an older member is read
//! only when its counterpart is absent. A security scheme that holds both forms is read from the
//! v1.0 member. What cannot be kept is reported, and what cannot be understood of a security
//! scheme stays as one that nobody can satisfy: an upgrade never opens a door.

mod interfaces;
mod member;
mod scheme;
mod security;

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};
use strict_json::Document;

use crate::{AgentCard, Error, Limits, ParsedCard, Path, Pointer};

/// A card of any version, read as v1.0.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UpgradedCard {
    /// The card in v1.0. Its `missing` fields are what the old version did not have.
    pub parsed: ParsedCard,
    /// What the card was.
    pub form: Form,
    /// What was not carried over as it stood, in the order it was met.
    pub changes: Vec<Change>,
}

/// Which members a card is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // there are old members, new ones, or both
pub enum Form {
    /// v1.0 only.
    Current,
    /// v1.0 with members of older versions beside it, as the Python SDK serves cards.
    Mixed,
    /// v0.1 to v0.3. A signature of such a card cannot be verified: those versions do not say
    /// what is signed.
    Legacy,
}

/// Something that an upgrade did not carry over as it stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// Where it was.
    pub path: Pointer,
    /// What became of it.
    pub kind: ChangeKind,
}

/// What became of a member in an upgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum ChangeKind {
    /// Dropped: the v1.0 member beside it says the same or more.
    Superseded,
    /// Dropped: v1.0 has no such member.
    Removed,
    /// Dropped: v1.0 lets a scheme have one OAuth flow.
    ExtraFlow,
    /// Dropped: a card is no place for credentials.
    Credentials,
    /// Dropped: it signs a card that nobody can make again.
    Signature,
    /// Kept as a scheme that nobody can satisfy: its type is not known.
    UnknownScheme,
    /// Read, although it is no ProtoJSON: the JavaScript SDK's memory, written as it was.
    CaseForm,
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Superseded => "dropped: the v1.0 member beside it says the same or more",
            Self::Removed => "dropped: v1.0 has no such member",
            Self::ExtraFlow => "dropped: v1.0 lets a scheme have one OAuth flow",
            Self::Credentials => "dropped: a card is no place for credentials",
            Self::Signature => "dropped: it signs a card that nobody can make again",
            Self::UnknownScheme => {
                "kept as a scheme that nobody can satisfy: its type is not known"
            }
            Self::CaseForm => "read, although it is no ProtoJSON",
        })
    }
}

impl Form {
    /// What a card is made of, told from the names of its members.
    #[must_use]
    pub fn of(document: &Document<'_>) -> Self {
        let Some(card) = document.root().as_object() else {
            return Self::Current;
        };
        let has = |names: &[&str]| {
            let mut members = card.iter();
            members.any(|(name, value)| names.contains(&name) && !value.is_null())
        };
        match (has(&INTERFACES), has(&OLD_MEMBERS)) {
            (_, false) => Self::Current,
            (true, true) => Self::Mixed,
            (false, true) => Self::Legacy,
        }
    }
}

const INTERFACES: [&str; 2] = ["supportedInterfaces", "supported_interfaces"];
const OLD_MEMBERS: [&str; 8] = [
    "url",
    "preferredTransport",
    "additionalInterfaces",
    "protocolVersion",
    "supportsAuthenticatedExtendedCard",
    "supportsExtendedAgentCard",
    "security",
    "authentication",
];

/// Reads a card of any version.
///
/// # Errors
///
/// As [`AgentCard::parse`]. `WrongType` also for members of older versions.
pub fn upgrade(json: &[u8], limits: &Limits) -> Result<UpgradedCard, Error> {
    let document = Document::parse(json, &limits.json())?;
    let form = Form::of(&document);
    let mut card = member::object(document.root().to_serde(), &Path::Root)?;
    let mut changes = Changes::default();
    upgrade_card(&mut card, form, &mut changes)?;
    let json = Value::Object(card).to_string();
    Ok(UpgradedCard {
        parsed: AgentCard::parse(json.as_bytes(), &wider(limits))?,
        form,
        changes: changes.0,
    })
}

#[derive(Debug, Default)]
struct Changes(Vec<Change>);

impl Changes {
    fn push(&mut self, at: &Path<'_>, kind: ChangeKind) {
        let path = at.pointer();
        self.0.push(Change { path, kind });
    }

    /// Drops an old member.
    fn drop(
        &mut self,
        object: &mut Map<String, Value>,
        at: &Path<'_>,
        name: &str,
        kind: ChangeKind,
    ) {
        if member::take(object, name).is_some() {
            self.push(&at.member(name), kind);
        }
    }
}

fn upgrade_card(
    card: &mut Map<String, Value>,
    form: Form,
    changes: &mut Changes,
) -> Result<(), Error> {
    let root = &Path::Root;
    if form == Form::Legacy {
        changes.drop(card, root, "signatures", ChangeKind::Signature);
    }
    interfaces::upgrade(card, changes)?;
    upgrade_capabilities(card, changes)?;
    scheme::upgrade_all(card, changes)?;
    security::upgrade_authentication(card, changes)?;
    security::upgrade_requirements(card, root, changes)?;
    let Some(Value::Array(skills)) = card.get_mut("skills") else {
        return Ok(()); // no skills, or refused by the v1.0 reader
    };
    let at = root.member("skills");
    for (index, skill) in skills.iter_mut().enumerate() {
        if let Value::Object(skill) = skill {
            security::upgrade_requirements(skill, &at.element(index), changes)?;
        }
    }
    Ok(())
}

/// `supportsAuthenticatedExtendedCard` (0.2, 0.3) and `supportsExtendedAgentCard` (drafts of 1.0)
/// became a capability, `stateTransitionHistory` ceased to be one.
fn upgrade_capabilities(card: &mut Map<String, Value>, changes: &mut Changes) -> Result<(), Error> {
    let root = &Path::Root;
    let at = root.member("capabilities");
    if let Some(Value::Object(capabilities)) = card.get_mut("capabilities") {
        let old = "stateTransitionHistory";
        changes.drop(capabilities, &at, old, ChangeKind::Removed);
    }
    for old in [
        "supportsAuthenticatedExtendedCard",
        "supportsExtendedAgentCard",
    ] {
        let Some(extended) = member::take(card, old) else {
            continue;
        };
        let extended = member::flag(extended, &root.member(old))?;
        let capabilities = member::entry(card, ["capabilities"; 2], Map::new());
        let Value::Object(capabilities) = capabilities else {
            return Ok(()); // refused by the v1.0 reader
        };
        if member::has(capabilities, ["extendedAgentCard", "extended_agent_card"]) {
            changes.push(&root.member(old), ChangeKind::Superseded);
        } else {
            capabilities.insert("extendedAgentCard".to_owned(), extended.into());
        }
    }
    Ok(())
}

/// Room for the wrappers that v1.0 puts around requirements and schemes.
fn wider(limits: &Limits) -> Limits {
    Limits {
        size: limits.size.saturating_mul(4),
        nodes: limits.nodes.saturating_mul(4),
        depth: limits.depth.saturating_add(4),
        ..*limits
    }
}
