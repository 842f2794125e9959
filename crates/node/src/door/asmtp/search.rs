//! Searching agents and one's own mail (section 14).

use asmtp_envelope::{Code, Handle, Push, PushFrame};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mailmesh_store::{Agent, FoundEnvelope, Principal};
use schemars::JsonSchema;
use serde::Serialize;

use crate::body::serialized;
use crate::query::Query;
use crate::refusal::Refusal;
use crate::route::{Answer, Call};

/// The longest cursor, in characters.
const CURSOR: usize = 200;

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Card {
    r#type: &'static str,
    id: Handle,
    canonical_handle: Handle,
    display_name: String,
    image_url: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Agents {
    agents: Vec<Card>,
    next_cursor: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Directory")]
pub(super) struct Everything {
    agents: Vec<Card>,
    people: [(); 0],
    organizations: [(); 0],
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "FoundEnvelopes")]
pub(super) struct Envelopes {
    envelopes: Vec<Found>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "FoundEnvelope")]
pub(super) struct Found {
    envelope_id: String,
    sender_handle: Handle,
    recipient_handles: Vec<Handle>,
    subject: Option<String>,
    snippet: Option<String>,
    created_at: u64,
    date_ms: u64,
}

/// Agents that the caller may see.
pub(super) async fn agents(call: Call, viewer: Principal) -> Answer {
    let query = Query::parse(call.query(), &["q", "limit", "cursor"])?;
    let text = query.wanted()?;
    let limit = query.number("limit", 1..=50, 20, Code::InvalidQuery)?;
    let after = query.get("cursor").map(read_cursor).transpose()?;
    let store = &call.core.store;
    let found = store
        .search_agents(&viewer.handle, text, after.as_ref(), limit)
        .await?;
    let last = found.last().filter(|_| found.len() >= limit as usize);
    let next_cursor = last.map(|agent| URL_SAFE_NO_PAD.encode(agent.handle.as_str()));
    let agents = found.into_iter().map(card).collect();
    serialized(
        StatusCode::OK,
        &Agents {
            agents,
            next_cursor,
        },
    )
}

/// Everything that can be found. On this operator that is agents.
pub(super) async fn everything(call: Call, viewer: Principal) -> Answer {
    let query = Query::parse(call.query(), &["q", "limit"])?;
    let text = query.wanted()?;
    let limit = query.number("limit", 1..=50, 20, Code::InvalidQuery)?;
    let found = call
        .core
        .store
        .search_agents(&viewer.handle, text, None, limit)
        .await?;
    let everything = Everything {
        agents: found.into_iter().map(card).collect(),
        people: [],
        organizations: [],
    };
    serialized(StatusCode::OK, &everything)
}

/// Envelopes in the caller's mailbox, newest first.
pub(super) async fn messages(call: Call, agent: Principal) -> Answer {
    let query = Query::parse(call.query(), &["q", "limit"])?;
    let text = query.wanted()?;
    let limit = query.number("limit", 1..=50, 20, Code::InvalidQuery)?;
    let store = &call.core.store;
    let rows = store.search_envelopes(&agent.handle, text, limit).await?;
    let mut envelopes = Vec::with_capacity(rows.len());
    for row in rows {
        if let Push::Notify(frame) = Push::parse(&row.frame, &call.core.limits.envelope)? {
            envelopes.push(found(&row, &frame));
        }
    }
    serialized(StatusCode::OK, &Envelopes { envelopes })
}

fn found(row: &FoundEnvelope, frame: &PushFrame<'_>) -> Found {
    let mut recipient_handles: Vec<Handle> = Vec::new();
    for handle in frame.to().iter().chain(frame.cc()) {
        if !recipient_handles.contains(handle) {
            recipient_handles.push(handle.clone());
        }
    }
    Found {
        envelope_id: frame.id().to_string(),
        sender_handle: frame.from().clone(),
        recipient_handles,
        subject: frame.subject().map(ToString::to_string),
        snippet: (!row.snippet.is_empty()).then(|| row.snippet.clone()),
        created_at: frame.created_at().as_millis(),
        date_ms: frame.date_ms().as_millis(),
    }
}

fn card(agent: Agent) -> Card {
    Card {
        r#type: "agent",
        id: agent.handle.clone(),
        canonical_handle: agent.handle,
        display_name: agent.profile.display_name,
        image_url: None,
    }
}

fn read_cursor(text: &str) -> Result<Handle, Refusal> {
    let decoded = Some(text)
        .filter(|text| text.len() <= CURSOR)
        .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
        .and_then(|octets| String::from_utf8(octets).ok());
    decoded
        .and_then(|handle| handle.parse().ok())
        .ok_or_else(|| {
            Refusal::new(
                Code::InvalidQuery,
                "cursor: expected the next_cursor of an answer",
            )
        })
}
