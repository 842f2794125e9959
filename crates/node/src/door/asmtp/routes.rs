use asmtp_envelope::{Envelope, EnvelopePost, MarkRead, Page, Receipt};

use super::{
    admin, agents, blocks, connect, files, health, mailbox, messages, monitors, profile, search,
};
use crate::openapi::{SchemaOf, schema};
use crate::route::Endpoint::{Admin, Agent, Open};
use crate::route::{Endpoint, Route, Verb};

/// A route without parameters, a body and refusals of its own; the entries below add theirs.
const fn route(
    verb: Verb,
    path: &'static str,
    endpoint: Endpoint,
    about: &'static str,
    gives: (u16, Option<SchemaOf>),
) -> Route {
    Route {
        verb,
        path,
        endpoint,
        about,
        query: &[],
        takes: None,
        gives,
        refuses: &[],
    }
}

impl Route {
    const fn query(self, query: &'static [&'static str]) -> Self {
        Self { query, ..self }
    }

    const fn takes(self, schema: SchemaOf) -> Self {
        Self {
            takes: Some(("application/json", schema)),
            ..self
        }
    }

    const fn takes_form(self, schema: SchemaOf) -> Self {
        Self {
            takes: Some(("multipart/form-data", schema)),
            ..self
        }
    }

    const fn refuses(self, refuses: &'static [u16]) -> Self {
        Self { refuses, ..self }
    }
}

/// Every route of the door.
pub(crate) static ROUTES: &[Route] = &[
    route(
        Verb::Get,
        "/healthz",
        Open(|call| Box::pin(health::health(call))),
        "Says that the process lives",
        (200, Some(schema::<health::Health<'_>>)),
    ),
    route(
        Verb::Get,
        "/health",
        Open(|call| Box::pin(health::health(call))),
        "Says that the process lives",
        (200, Some(schema::<health::Health<'_>>)),
    ),
    route(
        Verb::Get,
        "/readyz",
        Open(|call| Box::pin(health::ready(call))),
        "Says whether the store answers",
        (200, Some(schema::<health::Ready>)),
    )
    .refuses(&[503]),
    route(
        Verb::Get,
        "/metrics",
        Open(|call| Box::pin(health::metrics(call))),
        "Counters for Prometheus",
        (200, None),
    ),
    route(
        Verb::Get,
        "/openapi.json",
        Open(|call| Box::pin(health::description(call))),
        "This description",
        (200, None),
    ),
    route(
        Verb::Post,
        "/messages",
        Agent(|call, agent| Box::pin(messages::post(call, agent))),
        "Posts an envelope",
        (202, Some(schema::<Receipt>)),
    )
    .takes(schema::<EnvelopePost>)
    .refuses(&[404, 409, 413, 429]),
    route(
        Verb::Get,
        "/messages",
        Agent(|call, agent| Box::pin(messages::fetch_several(call, agent))),
        "Fetches bodies and marks them read",
        (200, Some(messages::several_schema)),
    )
    .query(&["ids"]),
    route(
        Verb::Get,
        "/messages/{id}",
        Agent(|call, agent| Box::pin(messages::fetch(call, agent))),
        "Fetches a body and marks it read",
        (200, Some(schema::<Envelope>)),
    )
    .refuses(&[404]),
    route(
        Verb::Get,
        "/mailbox",
        Agent(|call, agent| Box::pin(mailbox::list(call, agent))),
        "Lists headers in key order",
        (200, Some(schema::<Page<'_>>)),
    )
    .query(&[
        "order",
        "limit",
        "unread",
        "direction",
        "after_created_at",
        "after_envelope_id",
    ]),
    route(
        Verb::Post,
        "/mailbox/read",
        Agent(|call, agent| Box::pin(mailbox::mark_read(call, agent))),
        "Sets read marks",
        (200, Some(mailbox::marked_schema)),
    )
    .takes(schema::<MarkRead>)
    .refuses(&[413]),
    route(
        Verb::Get,
        "/mailbox/{id}",
        Agent(|call, agent| Box::pin(messages::peek(call, agent))),
        "Shows a body and marks nothing",
        (200, Some(schema::<Envelope>)),
    )
    .refuses(&[404]),
    route(
        Verb::Delete,
        "/mailbox/{id}",
        Agent(|call, agent| Box::pin(mailbox::remove(call, agent))),
        "Removes a received envelope from the mailbox",
        (204, None),
    )
    .refuses(&[404]),
    route(
        Verb::Get,
        "/connect",
        Agent(|call, agent| Box::pin(connect::connect(call, agent))),
        "Opens the push channel, a WebSocket",
        (101, None),
    )
    .query(&["after_created_at", "after_envelope_id"])
    .refuses(&[429]),
    route(
        Verb::Get,
        "/monitors/{monitor}",
        Agent(|call, agent| Box::pin(monitors::list(call, agent))),
        "Lists what became of watched envelopes",
        (200, Some(monitors::facts_schema)),
    )
    .query(&["limit", "after"])
    .refuses(&[404]),
    route(
        Verb::Post,
        "/files",
        Agent(|call, agent| Box::pin(files::upload(call, agent))),
        "Uploads a file",
        (201, Some(schema::<files::Uploaded>)),
    )
    .takes_form(files::upload_schema)
    .refuses(&[413, 429]),
    route(
        Verb::Get,
        "/files/{id}",
        Agent(|call, agent| Box::pin(files::download(call, agent))),
        "Downloads a file",
        (200, None),
    )
    .refuses(&[404]),
    route(
        Verb::Get,
        "/agents/me",
        Agent(|call, agent| Box::pin(agents::me(call, agent))),
        "The caller's profile",
        (200, Some(schema::<profile::Profile<'_>>)),
    ),
    route(
        Verb::Patch,
        "/agents/me",
        Agent(|call, agent| Box::pin(agents::change_me(call, agent))),
        "Changes the caller's profile",
        (200, Some(schema::<profile::Profile<'_>>)),
    )
    .takes(profile::own_change_schema)
    .refuses(&[413]),
    route(
        Verb::Get,
        "/agents/me/allowlist",
        Agent(|call, agent| Box::pin(agents::allowlist(call, agent))),
        "Whom the caller lets pass",
        (200, Some(schema::<agents::Entries>)),
    ),
    route(
        Verb::Post,
        "/agents/me/allowlist",
        Agent(|call, agent| Box::pin(agents::allow(call, agent))),
        "Adds to the allowlist",
        (200, Some(schema::<agents::Entries>)),
    )
    .takes(agents::allow_schema)
    .refuses(&[413]),
    route(
        Verb::Delete,
        "/agents/me/allowlist/{entry}",
        Agent(|call, agent| Box::pin(agents::disallow(call, agent))),
        "Takes an entry from the allowlist",
        (200, Some(schema::<agents::Entries>)),
    )
    .refuses(&[404]),
    route(
        Verb::Get,
        "/agents/me/blocks",
        Agent(|call, agent| Box::pin(blocks::list(call, agent))),
        "Whom the caller blocks, newest first",
        (200, Some(schema::<blocks::Rows>)),
    )
    .query(&["limit", "cursor"]),
    route(
        Verb::Post,
        "/agents/me/blocks",
        Agent(|call, agent| Box::pin(blocks::add(call, agent))),
        "Blocks a handle",
        (201, Some(schema::<blocks::Row>)),
    )
    .takes(blocks::target_schema)
    .refuses(&[413]),
    route(
        Verb::Delete,
        "/agents/me/blocks/{handle}",
        Agent(|call, agent| Box::pin(blocks::remove(call, agent))),
        "Ends a block",
        (200, Some(schema::<blocks::Unblocked>)),
    )
    .refuses(&[404]),
    route(
        Verb::Get,
        "/agents/{owner}/{name}",
        Agent(|call, agent| Box::pin(agents::show(call, agent))),
        "The profile of an agent",
        (200, Some(schema::<agents::Shown<'_>>)),
    )
    .refuses(&[404]),
    route(
        Verb::Get,
        "/agents/{owner}/{name}/card",
        Agent(|call, agent| Box::pin(agents::card(call, agent))),
        "The card of an agent, Markdown",
        (200, None),
    )
    .refuses(&[404]),
    route(
        Verb::Get,
        "/search",
        Agent(|call, agent| Box::pin(search::everything(call, agent))),
        "Searches agents",
        (200, Some(schema::<search::Everything>)),
    )
    .query(&["q", "limit"]),
    route(
        Verb::Get,
        "/search/agents",
        Agent(|call, agent| Box::pin(search::agents(call, agent))),
        "Searches agents, page by page",
        (200, Some(schema::<search::Agents>)),
    )
    .query(&["q", "limit", "cursor"]),
    route(
        Verb::Get,
        "/search/messages",
        Agent(|call, agent| Box::pin(search::messages(call, agent))),
        "Searches the caller's mailbox, newest first",
        (200, Some(schema::<search::Envelopes>)),
    )
    .query(&["q", "limit"]),
    route(
        Verb::Post,
        "/_admin/agents",
        Admin(|call| Box::pin(admin::create(call))),
        "Creates an agent and its bearer",
        (201, Some(schema::<admin::Row<'_>>)),
    )
    .takes(admin::new_schema)
    .refuses(&[409, 413]),
    route(
        Verb::Get,
        "/_admin/agents",
        Admin(|call| Box::pin(admin::list(call))),
        "All agents by handle",
        (200, Some(schema::<admin::Rows<'_>>)),
    ),
    route(
        Verb::Get,
        "/_admin/agents/{handle}",
        Admin(|call| Box::pin(admin::show(call))),
        "One agent",
        (200, Some(schema::<admin::Row<'_>>)),
    )
    .refuses(&[404]),
    route(
        Verb::Patch,
        "/_admin/agents/{handle}",
        Admin(|call| Box::pin(admin::set(call))),
        "Changes an agent",
        (200, Some(schema::<admin::Row<'_>>)),
    )
    .takes(profile::change_schema)
    .refuses(&[404, 413]),
    route(
        Verb::Delete,
        "/_admin/agents/{handle}",
        Admin(|call| Box::pin(admin::remove(call))),
        "Removes an agent for good",
        (204, None),
    )
    .refuses(&[404]),
    route(
        Verb::Post,
        "/_admin/agents/{handle}/rotate-token",
        Admin(|call| Box::pin(admin::rotate_token(call))),
        "Gives an agent another bearer",
        (200, Some(schema::<admin::Row<'_>>)),
    )
    .refuses(&[404]),
];
