//! The description of all routes, made of the table that answers them (OpenAPI 3.1).

use std::collections::BTreeMap;

use asmtp_envelope::HttpUrl;
use serde_json::{Map, Value, json};

use crate::door;
use crate::route::{Endpoint, Route};

/// The whole document.
pub(crate) fn document(base: &HttpUrl) -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in door::ROUTES {
        let method = route.verb.as_str().to_ascii_lowercase();
        paths
            .entry(route.path)
            .or_default()
            .insert(method, operation(route));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "mailmesh node",
            "description": "An ASMTP operator: mailboxes of agents.",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{"url": base.as_str()}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "agent": {"type": "http", "scheme": "bearer", "description": "The bearer of an agent"},
                "admin": {"type": "http", "scheme": "bearer", "description": "The administrator's bearer"},
            },
            "schemas": schemas(),
        },
    })
}

fn operation(route: &Route) -> Value {
    let mut operation = Map::new();
    operation.insert("summary".to_owned(), json!(route.about));
    let segments = route.path.split('/').filter_map(|segment| {
        let name = segment.strip_prefix('{')?.strip_suffix('}')?;
        Some(json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
    });
    let queries = route.query.iter().map(|name| {
        let is_needed = *name == "ids" || *name == "q";
        json!({"name": name, "in": "query", "required": is_needed, "schema": {"type": "string"}})
    });
    let parameters: Vec<_> = segments.chain(queries).collect();
    if !parameters.is_empty() {
        operation.insert("parameters".to_owned(), Value::Array(parameters));
    }
    if let Some(schema) = route.takes {
        let kind = if schema == "Upload" {
            "multipart/form-data"
        } else {
            "application/json"
        };
        let body = json!({"required": true, "content": {kind: {"schema": reference(schema)}}});
        operation.insert("requestBody".to_owned(), body);
    }
    let security = match route.endpoint {
        Endpoint::Open(_) => json!([]),
        Endpoint::Agent(_) => json!([{"agent": []}]),
        Endpoint::Admin(_) => json!([{"admin": []}]),
    };
    operation.insert("security".to_owned(), security);
    operation.insert("responses".to_owned(), responses(route));
    Value::Object(operation)
}

fn responses(route: &Route) -> Value {
    let mut responses = Map::new();
    let (status, schema) = route.gives;
    let good = match schema {
        Some(schema) => {
            json!({"description": "Done", "content": {"application/json": {"schema": reference(schema)}}})
        }
        None => json!({"description": "Done"}),
    };
    responses.insert(status.to_string(), good);
    let common: &[u16] = match route.endpoint {
        Endpoint::Open(_) => &[400],
        Endpoint::Agent(_) | Endpoint::Admin(_) => &[400, 401, 503],
    };
    let body: &[u16] = match route.takes {
        Some(_) => &[408, 415, 429],
        None => &[],
    };
    for status in common.iter().chain(route.refuses).chain(body) {
        let refusal = json!({
            "description": "Refused",
            "content": {"application/json": {"schema": reference("Error")}},
        });
        responses.entry(status.to_string()).or_insert(refusal);
    }
    Value::Object(responses)
}

fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

/// A JSON object with these members, those that end in a question mark optional.
fn object(members: &[(&str, Value)]) -> Value {
    let name = |name: &str| name.trim_end_matches('?').to_owned();
    let required: Vec<_> = members
        .iter()
        .filter(|(n, _)| !n.ends_with('?'))
        .map(|(n, _)| *n)
        .collect();
    let properties: Map<_, _> = members
        .iter()
        .map(|(n, schema)| (name(n), schema.clone()))
        .collect();
    json!({"type": "object", "properties": properties, "required": required})
}

fn list(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

fn schemas() -> Value {
    let text = json!({"type": "string"});
    let nullable = json!({"type": ["string", "null"]});
    let flag = json!({"type": "boolean"});
    let time = json!({"type": "integer", "minimum": 0, "maximum": 9_007_199_254_740_991_u64});
    let handle = json!({"type": "string", "pattern": "^@[a-z0-9_-]{1,64}\\.[a-z0-9_-]{1,64}$"});
    let id = json!({"type": "string", "pattern": "^01[0-9A-HJKMNP-TV-Z]{24}$"});
    let policy = json!({"enum": ["allowlist", "open"]});
    let visibility = json!({"enum": ["private", "public"]});
    let part = json!({
        "type": "object",
        "properties": {"type": {"enum": ["text", "image", "file", "data"]}},
        "required": ["type"],
    });
    let posted = [
        ("id", id.clone()),
        ("to", list(handle.clone())),
        ("cc?", list(handle.clone())),
        ("subject?", nullable.clone()),
        ("in_reply_to?", nullable.clone()),
        ("references?", list(id.clone())),
        ("date_ms", time.clone()),
        ("content_parts", list(part)),
        ("monitor?", nullable.clone()),
    ];
    let mut stored = posted.to_vec();
    stored.insert(1, ("from", handle.clone()));
    let frame = object(&[
        ("op", json!({"const": "envelope.notify"})),
        ("id", id.clone()),
        ("from", handle.clone()),
        ("to", list(handle.clone())),
        ("cc?", list(handle.clone())),
        ("subject?", text.clone()),
        ("in_reply_to?", id.clone()),
        ("type_hint", text.clone()),
        ("size_hint?", time.clone()),
        ("created_at", time.clone()),
        ("date_ms", time.clone()),
        ("direction?", json!({"enum": ["in", "out", "self"]})),
        ("unread?", flag.clone()),
    ]);
    let cursor = object(&[("created_at", time.clone()), ("envelope_id", id.clone())]);
    let fact = object(&[
        ("op", json!({"const": "monitor.fact"})),
        ("monitor", text.clone()),
        ("envelope_id", id.clone()),
        ("recipient_handle", handle.clone()),
        ("fact", json!({"enum": ["stored", "expired", "bounced"]})),
        ("at_ms", time.clone()),
    ]);
    let own = [
        ("display_name?", text.clone()),
        ("description?", nullable.clone()),
        ("card_body?", nullable.clone()),
    ];
    let mut administered = own.to_vec();
    administered.extend([
        ("policy?", policy.clone()),
        ("visibility?", visibility.clone()),
    ]);
    let mut created = administered.clone();
    created.insert(0, ("handle", handle.clone()));
    let block = object(&[
        ("blocked_agent_id", text.clone()),
        ("blocked_handle", handle.clone()),
        ("created_at", time.clone()),
    ]);
    let card = object(&[
        ("type", json!({"const": "agent"})),
        ("id", text.clone()),
        ("canonical_handle", handle.clone()),
        ("display_name", text.clone()),
        ("image_url", nullable.clone()),
    ]);
    let cards = list(card);
    let nothing = json!({"type": "array", "maxItems": 0});
    json!({
        "Error": object(&[("error", object(&[("code", text.clone()), ("message", text.clone())]))]),
        "Health": object(&[
            ("ok", flag.clone()),
            ("network", text.clone()),
            ("version", text.clone()),
            ("uptime_ms", time.clone()),
        ]),
        "Ready": object(&[("ready", flag.clone())]),
        "EnvelopePost": object(&posted),
        "Envelope": object(&stored),
        "Envelopes": object(&[("envelopes", list(reference("Envelope")))]),
        "Receipt": object(&[
            ("id", id.clone()),
            ("received_ms", time.clone()),
            ("created_at", time.clone()),
            ("recipients", list(object(&[("handle", handle.clone())]))),
        ]),
        "Page": object(&[
            ("envelope_headers", list(frame)),
            ("next_cursor", json!({"oneOf": [cursor, {"type": "null"}]})),
        ]),
        "MarkRead": object(&[("ids", list(id.clone()))]),
        "Marked": object(&[("read", list(id.clone()))]),
        "Facts": object(&[("facts", list(fact)), ("next_cursor", nullable.clone())]),
        "Upload": object(&[("file", json!({"type": "string", "contentMediaType": "application/octet-stream"}))]),
        "File": object(&[
            ("id", text.clone()),
            ("status", json!({"const": "ready"})),
            ("filename", text.clone()),
            ("content_type", text.clone()),
            ("size_bytes", time.clone()),
            ("created_at", time.clone()),
            ("expires_at", time.clone()),
        ]),
        "Profile": object(&[
            ("canonical_handle", handle.clone()),
            ("display_name", text.clone()),
            ("description", nullable.clone()),
            ("card_body", nullable.clone()),
            ("visibility", visibility.clone()),
            ("inbound_policy", policy.clone()),
            ("created_at", time.clone()),
            ("updated_at", time),
        ]),
        "ProfileChange": object(&own),
        "Entries": object(&[("entries", list(text.clone()))]),
        "BlockTarget": object(&[("handle", handle.clone())]),
        "Block": block.clone(),
        "Blocks": object(&[("blocks", list(block)), ("next_cursor", nullable.clone())]),
        "Unblocked": object(&[("unblocked", flag.clone())]),
        "ShownAgent": object(&[
            ("agent", reference("Profile")),
            ("viewer", object(&[("relationship", text.clone()), ("can_edit", flag)])),
        ]),
        "Agents": object(&[("agents", cards.clone()), ("next_cursor", nullable.clone())]),
        "Directory": object(&[
            ("agents", cards),
            ("people", nothing.clone()),
            ("organizations", nothing),
        ]),
        "FoundEnvelopes": object(&[("envelopes", list(object(&[
            ("envelope_id", id),
            ("sender_handle", handle.clone()),
            ("recipient_handles", list(handle.clone())),
            ("subject", nullable.clone()),
            ("snippet", nullable.clone()),
        ])))]),
        "NewAgent": object(&created),
        "AgentChange": object(&administered),
        "AdminAgent": object(&[
            ("handle", handle),
            ("address", text.clone()),
            ("token?", text.clone()),
            ("policy", policy),
            ("allowlist", list(text.clone())),
            ("display_name", text),
            ("description", nullable.clone()),
            ("card_body", nullable),
            ("visibility", visibility),
        ]),
        "AdminAgents": object(&[("agents", list(reference("AdminAgent")))]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_described_and_every_reference_leads_somewhere() {
        let document = document(&"https://mail.example".parse().unwrap());
        let operations = document["paths"].as_object().unwrap().values();
        let count: usize = operations.map(|path| path.as_object().unwrap().len()).sum();
        assert_eq!(count, door::ROUTES.len());
        let text = document.to_string();
        for reference in text.split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(
                document["components"]["schemas"][name].is_object(),
                "{name}"
            );
        }
    }
}
