//! Administration of agents (section 12). It has no way into allowlists, blocks and mail.

use asmtp_envelope::{AllowlistEntry, Code, Handle, Policy, Visibility};
use axum::http::StatusCode;
use mailmesh_store::{Address, Agent, NewAgent, Profile};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use super::mailbox::no_content;
use super::profile::{
    add_property, change, change_schema, members, policy_word, text, visibility_word,
};
use crate::ambient::random;
use crate::bearer::Bearer;
use crate::body::serialized;
use crate::refusal::Refusal;
use crate::route::{Answer, Call};

/// An agent as its operator sees it. The token is there once, in the answer that made it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AdminAgent")]
pub(super) struct Row<'a> {
    handle: &'a str,
    address: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    #[schemars(with = "Policy")]
    policy: &'static str,
    allowlist: &'a [AllowlistEntry],
    display_name: &'a str,
    description: Option<&'a str>,
    card_body: Option<&'a str>,
    #[schemars(with = "Visibility")]
    visibility: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AdminAgents")]
pub(super) struct Rows<'a> {
    agents: Vec<Row<'a>>,
}

/// Creates an agent.
pub(super) async fn create(call: Call) -> Answer {
    let core = call.core.clone();
    let body = call.json().await?;
    let (handle, wanted) = members(&body, &core.limits.envelope, |members| {
        let handle: Handle = text(members, "handle", Code::InvalidHandle)?.parse()?;
        Ok((handle, change(members)?))
    })?;
    let bearer = Bearer::from_random(random()?);
    let agent = NewAgent {
        address: address(&handle, core.mail_domain.as_str())?,
        token: bearer.hash(),
        policy: wanted.policy.unwrap_or(Policy::Allowlist),
        visibility: wanted.visibility.unwrap_or(Visibility::Private),
        profile: Profile {
            display_name: wanted.display_name.unwrap_or_else(|| handle.to_string()),
            description: wanted.description.flatten(),
            card_body: wanted.card_body.flatten(),
        },
        handle,
    };
    let agent = core.store.create_agent(agent, core.clock.now()).await?;
    serialized(StatusCode::CREATED, &row(&agent, &[], Some(&bearer)))
}

/// The schema of what [`create`] reads.
pub(super) fn new_schema(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = change_schema(generator);
    add_property(&mut schema, "handle", generator.subschema_for::<Handle>());
    schema.insert("required".to_owned(), ["handle"].into());
    schema
}

/// All agents by handle.
pub(super) async fn list(call: Call) -> Answer {
    let store = &call.core.store;
    let mut found = Vec::new();
    for agent in store.agents().await? {
        match store.allowlist(&agent.handle).await {
            Ok(allowlist) => found.push((agent, allowlist)),
            // It was removed since.
            Err(error) if error.kind() == mailmesh_store::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    let agents = found
        .iter()
        .map(|(agent, list)| row(agent, list, None))
        .collect();
    serialized(StatusCode::OK, &Rows { agents })
}

/// One agent.
pub(super) async fn show(call: Call) -> Answer {
    let store = &call.core.store;
    let agent = store.agent(&named(&call)?).await?;
    let allowlist = store.allowlist(&agent.handle).await?;
    serialized(StatusCode::OK, &row(&agent, &allowlist, None))
}

/// Changes an agent.
pub(super) async fn set(call: Call) -> Answer {
    let (core, handle) = (call.core.clone(), named(&call)?);
    let body = call.json().await?;
    let change = members(&body, &core.limits.envelope, change)?;
    let (store, now) = (&core.store, core.clock.now());
    // Read first: behind the change nothing may fail any more.
    let allowlist = store.allowlist(&handle).await?;
    let agent = store.update_agent(&handle, change, now).await?;
    serialized(StatusCode::OK, &row(&agent, &allowlist, None))
}

/// Removes an agent. Its handle is never given again.
pub(super) async fn remove(call: Call) -> Answer {
    let now = call.core.clock.now();
    call.core.store.remove_agent(&named(&call)?, now).await?;
    Ok(no_content())
}

/// Gives an agent another bearer. The old one ends at once, with its sockets.
pub(super) async fn rotate_token(call: Call) -> Answer {
    let (store, now) = (&call.core.store, call.core.clock.now());
    let handle = named(&call)?;
    let bearer = Bearer::from_random(random()?);
    // Read first, as above: a new bearer that nobody is told would lock the agent out.
    let allowlist = store.allowlist(&handle).await?;
    let agent = store.rotate_token(&handle, bearer.hash(), now).await?;
    serialized(StatusCode::OK, &row(&agent, &allowlist, Some(&bearer)))
}

fn row<'a>(
    agent: &'a Agent,
    allowlist: &'a [AllowlistEntry],
    bearer: Option<&'a Bearer>,
) -> Row<'a> {
    Row {
        handle: agent.handle.as_str(),
        address: agent.address.as_str(),
        token: bearer.map(Bearer::reveal),
        policy: policy_word(agent.policy),
        allowlist,
        display_name: &agent.profile.display_name,
        description: agent.profile.description.as_deref(),
        card_body: agent.profile.card_body.as_deref(),
        visibility: visibility_word(agent.visibility),
    }
}

fn named(call: &Call) -> Result<Handle, Refusal> {
    Ok(call.segment("handle").parse()?)
}

/// The address of a handle: `@owner.name` is `owner.name@domain`, both ways.
fn address(handle: &Handle, domain: &str) -> Result<Address, Refusal> {
    let (owner, name) = (handle.owner(), handle.name());
    format!("{owner}.{name}@{domain}").parse().map_err(|_| {
        Refusal::new(
            Code::InvalidHandle,
            "handle: expected one that makes a mail address",
        )
    })
}
