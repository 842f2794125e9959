//! What an agent is on the wire, and reading changes to it (section 12).

use asmtp_envelope::{Code, Limits, Policy, Visibility};
use mailmesh_store::{Agent, AgentChange};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use strict_json::{Document, Object, Value};

use crate::refusal::Refusal;

/// The longest display name, in octets.
const NAME: usize = 256;
/// The longest description, in octets.
const DESCRIPTION: usize = 4 << 10;
/// The longest card, in octets.
const CARD: usize = 256 << 10;

/// A profile. Members that only a hosted operator fills are as the reference gives them.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Profile<'a> {
    canonical_handle: &'a str,
    display_name: &'a str,
    description: Option<&'a str>,
    image_url: Option<&'a str>,
    #[schemars(with = "Visibility")]
    visibility: &'static str,
    #[schemars(with = "Policy")]
    inbound_policy: &'static str,
    inactive: bool,
    /// Always: who is connected is nobody's business (section 12).
    is_online: bool,
    owner_label: String,
    owner_display_name: &'a str,
    owner_image_url: Option<&'a str>,
    id: &'a str,
    local_name: &'a str,
    namespace: &'a str,
    owner_type: &'static str,
    owner_id: &'a str,
    scope: &'static str,
    paused: bool,
    card_body: Option<&'a str>,
    skills: Option<&'a str>,
    created_at: u64,
    updated_at: u64,
}

impl<'a> Profile<'a> {
    pub(super) fn of(agent: &'a Agent) -> Self {
        let handle = &agent.handle;
        Self {
            canonical_handle: handle.as_str(),
            display_name: &agent.profile.display_name,
            description: agent.profile.description.as_deref(),
            image_url: None,
            visibility: visibility_word(agent.visibility),
            inbound_policy: policy_word(agent.policy),
            inactive: false,
            is_online: true,
            owner_label: format!("@{}", handle.owner()),
            owner_display_name: handle.owner(),
            owner_image_url: None,
            id: handle.as_str(),
            local_name: handle.name(),
            namespace: handle.owner(),
            owner_type: "account",
            owner_id: handle.owner(),
            scope: "personal",
            paused: false,
            card_body: agent.profile.card_body.as_deref(),
            skills: None,
            created_at: agent.created_at.as_millis(),
            updated_at: agent.updated_at.as_millis(),
        }
    }
}

/// Reads a change that an agent may make to itself.
///
/// # Errors
///
/// With `INVALID_UPDATE` when it changes nothing.
pub(super) fn read_own_change(body: &[u8], limits: &Limits) -> Result<AgentChange, Refusal> {
    let change = members(body, limits, own_change)?;
    if change == AgentChange::default() {
        let message = "expected display_name, description or card_body";
        return Err(Refusal::new(Code::InvalidUpdate, message));
    }
    Ok(change)
}

/// The members that an agent may change itself.
fn own_change(members: Object<'_>) -> Result<AgentChange, Refusal> {
    let optional = |name, most, code| -> Result<_, Refusal> {
        let value = members.get(name);
        let read = |value: Value<'_>| {
            (!value.is_null())
                .then(|| limited(value, name, most, code))
                .transpose()
        };
        value.map(read).transpose()
    };
    let display_name = members.get("display_name");
    let display_name = display_name
        .map(|name| limited(name, "display_name", NAME, Code::InvalidDisplayName))
        .transpose()?;
    if display_name.as_deref() == Some("") {
        let message = "display_name: expected a name";
        return Err(Refusal::new(Code::InvalidDisplayName, message));
    }
    Ok(AgentChange {
        display_name,
        description: optional("description", DESCRIPTION, Code::InvalidDescription)?,
        card_body: optional("card_body", CARD, Code::InvalidCardBody)?,
        ..AgentChange::default()
    })
}

/// The schema of what [`read_own_change`] reads.
pub(super) fn own_change_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "display_name": {"type": "string", "minLength": 1, "maxLength": NAME, "pattern": NO_NUL},
            "description": {"type": ["string", "null"], "maxLength": DESCRIPTION, "pattern": NO_NUL},
            "card_body": {"type": ["string", "null"], "maxLength": CARD, "pattern": NO_NUL},
        },
    })
}

/// The one character that a database refuses in a text.
const NO_NUL: &str = r"^[^\x00]*$";

/// The schema of what [`change`] reads.
pub(super) fn change_schema(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = own_change_schema(generator);
    let (policy, visibility) = (
        generator.subschema_for::<Policy>(),
        generator.subschema_for::<Visibility>(),
    );
    add_property(&mut schema, "policy", policy);
    add_property(&mut schema, "visibility", visibility);
    schema
}

/// Adds a member to the schema of an object.
pub(super) fn add_property(schema: &mut Schema, name: &str, of: Schema) {
    let members = schema.get_mut("properties");
    if let Some(members) = members.and_then(|members| members.as_object_mut()) {
        members.insert(name.to_owned(), of.to_value());
    }
}

/// The members that the administrator may set.
pub(super) fn change(members: Object<'_>) -> Result<AgentChange, Refusal> {
    let policy = match members.get("policy").map(Value::as_str) {
        None => None,
        Some(Some("allowlist")) => Some(Policy::Allowlist),
        Some(Some("open")) => Some(Policy::Open),
        Some(_) => {
            let message = "policy: expected allowlist or open";
            return Err(Refusal::new(Code::InvalidPolicy, message));
        }
    };
    let visibility = match members.get("visibility").map(Value::as_str) {
        None => None,
        Some(Some("public")) => Some(Visibility::Public),
        Some(Some("private")) => Some(Visibility::Private),
        Some(_) => {
            let message = "visibility: expected public or private";
            return Err(Refusal::new(Code::InvalidVisibility, message));
        }
    };
    Ok(AgentChange {
        policy,
        visibility,
        ..own_change(members)?
    })
}

/// Reads the members of a JSON object.
///
/// # Errors
///
/// With `INVALID_JSON`, and whatever `read` gives.
pub(super) fn members<T>(
    body: &[u8],
    limits: &Limits,
    read: impl FnOnce(Object<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let limits = strict_json::Limits {
        size: limits.body,
        depth: limits.depth,
        ..strict_json::Limits::default()
    };
    let wrong = || Refusal::new(Code::InvalidJson, "expected a JSON object");
    let document = Document::parse(body, &limits).map_err(|_| wrong())?;
    read(document.root().as_object().ok_or_else(wrong)?)
}

/// A member that has to be a string.
pub(super) fn text<'d>(
    members: Object<'d>,
    name: &'static str,
    code: Code,
) -> Result<&'d str, Refusal> {
    let text = members.get(name).and_then(Value::as_str);
    text.ok_or_else(|| Refusal::new(code, format!("{name}: expected a string")))
}

fn limited(
    value: Value<'_>,
    name: &'static str,
    most: usize,
    code: Code,
) -> Result<String, Refusal> {
    let fits = |text: &&str| text.len() <= most && !text.contains('\0');
    let text = value.as_str().filter(fits).map(str::to_owned);
    let message = || format!("{name}: expected a string of at most {most} octets without NUL");
    text.ok_or_else(|| Refusal::new(code, message()))
}

/// The policy on the wire.
pub(super) fn policy_word(policy: Policy) -> &'static str {
    match policy {
        Policy::Allowlist => "allowlist",
        Policy::Open => "open",
    }
}

/// The visibility on the wire.
pub(super) fn visibility_word(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Private => "private",
        Visibility::Public => "public",
    }
}
