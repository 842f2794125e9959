//! What the server says of itself and of agents (section 8).

use axum::http::{HeaderMap, StatusCode};
use context_sync::{AgentCard, AgentId, ServerCard};

use super::fault::Fault;
use super::{MOUNT, Outcome, access};
use crate::body::written;
use crate::core::Core;
use crate::route::Call;

/// The server.
pub(super) fn server(call: &Call) -> Outcome {
    let url = url(&call.core);
    let card = card(&call.core, &url);
    Ok(written(StatusCode::OK, |out| card.write(out)))
}

/// An agent. How much lies in its mailbox is only for who may act for it.
pub(super) async fn agent(call: Call, agent: AgentId) -> Outcome {
    let known = call.core.store.context_agent(&agent).await?;
    let known = known.ok_or_else(AgentCard::not_found)?;
    // The card is for everybody, so a bearer that is not known takes nothing away.
    let is_own = match check(&call.core, &call.head.headers, &agent).await {
        Ok(()) => true,
        Err(Fault::Refused(_)) => false,
        Err(fault) => return Err(fault),
    };
    let url = url(&call.core);
    let card = AgentCard {
        server: card(&call.core, &url),
        agent: &agent,
        created_at: known.created_at,
        counts: is_own.then_some((known.threads, known.unread)),
    };
    Ok(written(StatusCode::OK, |out| card.write(out)))
}

async fn check(core: &Core, headers: &HeaderMap, agent: &AgentId) -> Result<(), Fault> {
    access::identity(core, headers)
        .await?
        .check(core, agent)
        .await
}

fn url(core: &Core) -> String {
    format!("{}{MOUNT}", core.base.as_str().trim_end_matches('/'))
}

fn card<'a>(core: &Core, url: &'a str) -> ServerCard<'a> {
    ServerCard {
        url,
        version: env!("CARGO_PKG_VERSION"),
        is_open: core.context_open,
    }
}
