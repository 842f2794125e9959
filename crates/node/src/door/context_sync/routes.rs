use super::{answer, schemas};
use crate::openapi::SchemaOf;
use crate::route::Endpoint::ContextSync;
use crate::route::{Endpoint, Route, Verb};

/// Every request is answered by one function, which reads its path again as the protocol says.
const ENDPOINT: Endpoint = ContextSync {
    answer: |call| Box::pin(answer(call)),
    is_open: false,
};

const OPEN: Endpoint = ContextSync {
    answer: |call| Box::pin(answer(call)),
    is_open: true,
};

const fn get(path: &'static str, about: &'static str, gives: SchemaOf) -> Route {
    Route {
        verb: Verb::Get,
        path,
        endpoint: ENDPOINT,
        about,
        query: &[],
        takes: None,
        gives: (200, Some(gives)),
        refuses: &[403, 404],
    }
}

const fn post(path: &'static str, about: &'static str, takes: SchemaOf, gives: SchemaOf) -> Route {
    Route {
        verb: Verb::Post,
        takes: Some(("application/json", takes)),
        refuses: &[403, 404, 409, 413],
        ..get(path, about, gives)
    }
}

/// Every route of the door.
pub(crate) static ROUTES: &[Route] = &[
    Route {
        gives: (201, Some(schemas::registered)),
        ..post(
            "/context-sync/agents/register",
            "Makes an agent of context-sync known, and the caller's own",
            schemas::register,
            schemas::registered,
        )
    },
    post(
        "/context-sync/messages/send",
        "Sends a message into a thread",
        schemas::send,
        schemas::receipt,
    ),
    post(
        "/context-sync/messages/reply-all",
        "Replies to all visible participants of a thread",
        schemas::reply_all,
        schemas::receipt,
    ),
    post(
        "/context-sync/mailbox/{id}/read",
        "Marks a thread read up to now",
        schemas::mark_read,
        schemas::done,
    ),
    Route {
        query: &["recent"],
        ..get(
            "/context-sync/mailbox/{id}/unread",
            "Unread messages, each with the context of its thread",
            schemas::unread,
        )
    },
    Route {
        query: &["limit", "offset"],
        ..get(
            "/context-sync/mailbox/{id}",
            "Threads of an agent that there is room for, newest first, or a page of them",
            schemas::mailbox,
        )
    },
    Route {
        query: &["as", "limit", "offset"],
        ..get(
            "/context-sync/threads/{thread}",
            "A thread: its newest messages that there is room for, or a page of them, oldest first",
            schemas::one_thread,
        )
    },
    Route {
        query: &["as", "recent"],
        ..get(
            "/context-sync/threads/{thread}/sync",
            "The context of a thread",
            schemas::synced,
        )
    },
    Route {
        query: &["as"],
        ..get(
            "/context-sync/threads/{thread}/participants",
            "Who takes part in a thread",
            schemas::participants,
        )
    },
    Route {
        endpoint: OPEN,
        refuses: &[],
        ..get(
            "/context-sync/health",
            "Says that the process lives",
            schemas::done,
        )
    },
    Route {
        endpoint: OPEN,
        refuses: &[503],
        ..get(
            "/context-sync/ready",
            "Says whether the store answers",
            schemas::ready,
        )
    },
    post(
        "/context-sync/mailbox/{id}/graph/nodes",
        "Keeps a node of the agent's graph",
        schemas::node,
        schemas::done,
    ),
    post(
        "/context-sync/mailbox/{id}/graph/edges",
        "Keeps an edge of the agent's graph",
        schemas::edge,
        schemas::done,
    ),
    Route {
        query: &["q", "limit"],
        ..get(
            "/context-sync/mailbox/{id}/graph/query",
            "Nodes that hold a text, and what is two edges away",
            schemas::graph,
        )
    },
    post(
        "/context-sync/mailbox/{id}/index",
        "Keeps an entry of the agent's index",
        schemas::index_entry,
        schemas::done,
    ),
    Route {
        query: &["q", "category", "limit"],
        ..get(
            "/context-sync/mailbox/{id}/index",
            "Entries that hold a text",
            schemas::index_entries,
        )
    },
    get(
        "/context-sync/mailbox/{id}/index/{key}",
        "An entry of the agent's index",
        schemas::index_entry,
    ),
    Route {
        verb: Verb::Delete,
        ..get(
            "/context-sync/mailbox/{id}/index/{key}",
            "Removes an entry of the agent's index",
            schemas::done,
        )
    },
    Route {
        endpoint: OPEN,
        refuses: &[],
        ..get(
            "/context-sync/.well-known/agent-card.json",
            "What the server says of itself",
            schemas::card,
        )
    },
    Route {
        endpoint: OPEN,
        refuses: &[404],
        ..get(
            "/context-sync/.well-known/agent-card/{id}",
            "What the server says of an agent",
            schemas::card,
        )
    },
];
