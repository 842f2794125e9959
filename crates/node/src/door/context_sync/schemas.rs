//! Schemas of the bodies, for the description. What they leave open is read by `context-sync`.

use schemars::{Schema, SchemaGenerator, json_schema};

/// The id of an agent (section 2).
fn agent() -> Schema {
    json_schema!({"type": "string", "minLength": 1, "maxLength": 255})
}

/// Agents, or null for none.
fn agents() -> Schema {
    json_schema!({"type": ["array", "null"], "items": agent()})
}

/// What both ways of sending have in common.
fn content() -> Schema {
    json_schema!({
        "properties": {
            "payload": {"description": "What it says"},
            "contextSnapshot": {"type": ["object", "null"], "description": "What the sender knows"},
            "handoff": {"type": ["object", "null"], "description": "How the snapshot is cut down"},
        },
    })
}

pub(super) fn register(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "required": ["agentId"], "properties": {"agentId": agent()},
    })
}

pub(super) fn registered(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "required": ["agentId", "created"],
        "properties": {"agentId": agent(), "created": {"type": "boolean"}},
    })
}

pub(super) fn send(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "required": ["from", "to"], "allOf": [content()],
        "properties": {
            "from": agent(), "to": agent(), "cc": agents(), "bcc": agents(),
            "threadId": {"type": ["string", "null"], "maxLength": 255},
            "replyTo": {"anyOf": [agent(), {"type": "null"}]},
        },
    })
}

pub(super) fn reply_all(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "required": ["from", "threadId"], "allOf": [content()],
        "properties": {"from": agent(), "threadId": {"type": "string", "minLength": 1, "maxLength": 255}},
    })
}

pub(super) fn receipt(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "required": ["messageId", "threadId", "deliveredTo"],
        "properties": {
            "messageId": {"type": "string"}, "threadId": {"type": "string"},
            "deliveredTo": {"type": "array", "items": agent()},
        },
    })
}

pub(super) fn mark_read(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "required": ["threadId"],
        "properties": {"threadId": {"type": "string", "minLength": 1, "maxLength": 255}},
    })
}

pub(super) fn done(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "required": ["ok"], "properties": {"ok": {"const": true}},
    })
}

pub(super) fn ready(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "required": ["ready"], "properties": {"ready": {"type": "boolean"}},
    })
}

/// The members that every message and frame has.
const MESSAGE: [&str; 5] = ["id", "threadId", "from", "to", "timestamp"];

fn message(more: &str) -> Schema {
    let mut required = MESSAGE.to_vec();
    required.push(more);
    json_schema!({
        "type": "object", "required": required,
        "properties": {
            "id": {"type": "string"}, "threadId": {"type": "string"},
            "from": agent(), "to": agent(),
            "cc": {"type": "array", "items": agent()}, "bcc": {"type": "array", "items": agent()},
            "replyTo": agent(), "payload": {},
            "timestamp": {"type": "integer", "description": "Milliseconds since 1970"},
        },
    })
}

fn context() -> Schema {
    json_schema!({
        "type": "object", "required": ["snapshot", "threadSummary", "recentMessages", "tokenCount"],
        "properties": {
            "snapshot": {"type": "object"}, "threadSummary": {"type": "string"},
            "recentMessages": {"type": "array", "items": message("contextSnapshot")},
            "tokenCount": {"type": "integer"}, "threadSummaryStructured": {"type": "object"},
        },
    })
}

pub(super) fn unread(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "required": ["messages"],
        "properties": {
            "messages": {"type": "array", "items": message("context")},
            "hasMore": {"const": true, "description": "More is unread than one answer has room for"},
        },
    })
}

pub(super) fn synced(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "required": ["context"], "properties": {"context": context()},
    })
}

fn thread() -> Schema {
    let agents = json_schema!({"type": "array", "items": agent()});
    json_schema!({
        "type": "object",
        "required": ["id", "participants", "silentParticipants", "messages", "createdAt", "updatedAt"],
        "properties": {
            "id": {"type": "string"}, "participants": agents, "silentParticipants": agents,
            "messages": {"type": "array", "items": message("contextSnapshot")},
            "createdAt": {"type": "integer"}, "updatedAt": {"type": "integer"},
            "omittedMessages": {
                "type": "integer", "minimum": 1,
                "description": "Older messages that there was no room for; pages of the thread have them",
            },
        },
    })
}

pub(super) fn one_thread(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "required": ["thread"],
        "properties": {
            "thread": thread(), "total": {"type": "integer"},
            "limit": {"type": "integer"}, "offset": {"type": "integer"},
        },
    })
}

pub(super) fn mailbox(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "required": ["threads", "unreadCount"],
        "properties": {
            "threads": {"type": "array", "items": thread()}, "unreadCount": {"type": "integer"},
            "total": {
                "type": "integer",
                "description": "All threads; there with a page, and when there was no room for all",
            },
            "limit": {"type": "integer"}, "offset": {"type": "integer"},
        },
    })
}

pub(super) fn participants(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "required": ["participants"],
        "properties": {"participants": {"type": "array", "items": {
            "type": "object", "required": ["agentId", "role", "joinedAt"],
            "properties": {
                "agentId": agent(), "role": {"enum": ["to", "cc", "bcc"]},
                "joinedAt": {"type": "integer"},
            },
        }}},
    })
}

/// What a note may hold beside its fields.
fn metadata() -> Schema {
    json_schema!({"type": ["object", "null"]})
}

fn word() -> Schema {
    json_schema!({"type": "string", "minLength": 1, "maxLength": 255})
}

pub(super) fn node(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "required": ["id", "type", "name"],
        "properties": {
            "id": word(), "type": {"enum": ["message", "file", "symbol", "decision", "task"]},
            "name": word(), "description": {"type": ["string", "null"]}, "metadata": metadata(),
        },
    })
}

pub(super) fn edge(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "required": ["sourceId", "targetId", "type"],
        "properties": {
            "sourceId": word(), "targetId": word(), "type": word(),
            "weight": {"type": ["number", "null"]},
        },
    })
}

pub(super) fn graph(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "required": ["nodes", "edges"],
        "properties": {
            "nodes": {"type": "array", "items": node(generator)},
            "edges": {"type": "array", "items": edge(generator)},
        },
    })
}

pub(super) fn index_entry(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "required": ["key", "category", "summary"],
        "properties": {
            "key": word(), "summary": {"type": "string", "minLength": 1}, "metadata": metadata(),
            "category": {"enum": [
                "file", "symbol", "api", "config", "architecture", "module", "overview",
            ]},
        },
    })
}

pub(super) fn index_entries(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "required": ["entries"],
        "properties": {"entries": {"type": "array", "items": index_entry(generator)}},
    })
}

pub(super) fn card(_: &mut SchemaGenerator) -> Schema {
    let required = [
        "name",
        "description",
        "url",
        "version",
        "capabilities",
        "provider",
        "securitySchemes",
        "authentication",
    ];
    json_schema!({
        "type": "object", "required": required,
        "properties": {
            "name": {"type": "string"}, "url": {"type": "string"},
            "authentication": {"enum": ["none", "required"]},
        },
    })
}

/// Every refusal: a sentence, or what is wrong with which field.
pub(crate) fn refusal(_: &mut SchemaGenerator) -> Schema {
    let sentences = json_schema!({"type": "array", "items": {"type": "string"}});
    json_schema!({
        "type": "object", "required": ["error"],
        "properties": {"error": {"anyOf": [{"type": "string"}, {
            "type": "object", "required": ["formErrors", "fieldErrors"],
            "properties": {
                "formErrors": sentences,
                "fieldErrors": {"type": "object", "additionalProperties": sentences},
            },
        }]}},
    })
}
