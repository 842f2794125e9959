//! Profiles, cards and allowlists (sections 10 and 12).

use asmtp_envelope::{AllowlistEntry, Gate, Handle, read_entries};
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use mailmesh_store::{Agent, Principal};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::profile::{self, Profile};
use crate::body::serialized;
use crate::core::Core;
use crate::refusal::Refusal;
use crate::route::{Answer, Call};

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Entries {
    entries: Vec<AllowlistEntry>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ShownAgent")]
pub(super) struct Shown<'a> {
    agent: Profile<'a>,
    viewer: Viewer,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Viewer {
    relationship: &'static str,
    can_edit: bool,
}

/// The profile of the caller.
pub(super) async fn me(call: Call, agent: Principal) -> Answer {
    let agent = call.core.store.agent(&agent.handle).await?;
    serialized(StatusCode::OK, &Profile::of(&agent))
}

/// Changes what the caller says of itself.
pub(super) async fn change_me(call: Call, agent: Principal) -> Answer {
    let core = call.core.clone();
    let body = call.json().await?;
    let change = profile::read_own_change(&body, &core.limits.envelope)?;
    let now = core.clock.now();
    let agent = core.store.update_agent(&agent.handle, change, now).await?;
    serialized(StatusCode::OK, &Profile::of(&agent))
}

/// Whom the caller lets pass.
pub(super) async fn allowlist(call: Call, agent: Principal) -> Answer {
    let entries = call.core.store.allowlist(&agent.handle).await?;
    serialized(StatusCode::OK, &Entries { entries })
}

/// Adds to the allowlist.
pub(super) async fn allow(call: Call, agent: Principal) -> Answer {
    let core = call.core.clone();
    let body = call.json().await?;
    let entries = read_entries(&body, &core.limits.envelope)?;
    let entries = core.store.allow(&agent.handle, &entries).await?;
    serialized(StatusCode::OK, &Entries { entries })
}

/// The schema of what [`allow`] reads.
pub(super) fn allow_schema(generator: &mut SchemaGenerator) -> Schema {
    let entry = generator.subschema_for::<AllowlistEntry>();
    json_schema!({
        "type": "object",
        "properties": {"entries": {"type": "array", "minItems": 1, "items": entry}},
        "required": ["entries"],
    })
}

/// Takes an entry from the allowlist.
pub(super) async fn disallow(call: Call, agent: Principal) -> Answer {
    let entry: AllowlistEntry = call.segment("entry").parse()?;
    let entries = call.core.store.disallow(&agent.handle, &entry).await?;
    serialized(StatusCode::OK, &Entries { entries })
}

/// The profile of an agent that the caller may see.
pub(super) async fn show(call: Call, viewer: Principal) -> Answer {
    let agent = visible(&call.core, &viewer.handle, named(&call)?).await?;
    let is_owner = agent.handle == viewer.handle;
    let shown = Shown {
        agent: Profile::of(&agent),
        viewer: Viewer {
            relationship: if is_owner { "owner" } else { "none" },
            can_edit: is_owner,
        },
    };
    serialized(StatusCode::OK, &shown)
}

/// The card of an agent that the caller may see, Markdown.
pub(super) async fn card(call: Call, viewer: Principal) -> Answer {
    let agent = visible(&call.core, &viewer.handle, named(&call)?).await?;
    let card = agent.profile.card_body.unwrap_or_default();
    let mut response = Response::new(Body::from(card));
    let markdown = HeaderValue::from_static("text/markdown; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, markdown);
    Ok(response)
}

fn named(call: &Call) -> Result<Handle, Refusal> {
    let (owner, name) = (call.segment("owner"), call.segment("name"));
    let handle = format!("@{owner}.{name}").parse();
    handle.map_err(|_| Refusal::not_found())
}

/// An agent that the viewer may see. One that is hidden is answered as one that does not exist.
async fn visible(core: &Core, viewer: &Handle, handle: Handle) -> Result<Agent, Refusal> {
    let agent = core.store.agent(&handle).await?;
    let mut gate = Gate::new(handle, agent.policy);
    gate.allowlist = core.store.allowlist(&gate.agent).await?;
    if gate.shows(agent.visibility, viewer) {
        Ok(agent)
    } else {
        Err(Refusal::not_found())
    }
}
