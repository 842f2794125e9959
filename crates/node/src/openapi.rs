//! The description of all routes, made of the table that answers them (OpenAPI 3.1), with the schemas
//! of the types that they read and write.

use std::collections::BTreeMap;

use asmtp_envelope::{ErrorBody, HttpUrl};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::door;
use crate::route::{Endpoint, Route};

/// What makes a schema; those it refers to are kept by the generator.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// The schema of a type, by reference.
pub(crate) fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// The whole document.
pub(crate) fn document(base: &HttpUrl) -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    let mut schemas = SchemaGenerator::new(settings);
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in door::routes() {
        let method = route.verb.as_str().to_ascii_lowercase();
        paths
            .entry(route.path)
            .or_default()
            .insert(method, operation(route, &mut schemas));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "mailmesh node",
            "description": "An ASMTP operator and a context-sync server: mailboxes of agents.",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{"url": base.as_str()}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "agent": {"type": "http", "scheme": "bearer", "description": "The bearer of an agent"},
                "admin": {"type": "http", "scheme": "bearer", "description": "The administrator's bearer"},
            },
            "schemas": schemas.take_definitions(true),
        },
    })
}

fn operation(route: &Route, schemas: &mut SchemaGenerator) -> Value {
    let mut operation = Map::new();
    operation.insert("summary".to_owned(), json!(route.about));
    let segments = route.path.split('/').filter_map(|segment| {
        let name = segment.strip_prefix('{')?.strip_suffix('}')?;
        Some(json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
    });
    let queries = route.query.iter().map(|name| {
        let is_needed = *name == "ids" || *name == "q" && !route.query.contains(&"category");
        json!({"name": name, "in": "query", "required": is_needed, "schema": {"type": "string"}})
    });
    let parameters: Vec<_> = segments.chain(queries).collect();
    if !parameters.is_empty() {
        operation.insert("parameters".to_owned(), Value::Array(parameters));
    }
    if let Some((kind, schema)) = route.takes {
        let body = json!({"required": true, "content": {kind: {"schema": schema(schemas)}}});
        operation.insert("requestBody".to_owned(), body);
    }
    let security = match route.endpoint {
        Endpoint::Open(_) | Endpoint::ContextSync { is_open: true, .. } => json!([]),
        Endpoint::Agent(_) | Endpoint::ContextSync { .. } => json!([{"agent": []}]),
        Endpoint::Admin(_) => json!([{"admin": []}]),
    };
    operation.insert("security".to_owned(), security);
    operation.insert("responses".to_owned(), responses(route, schemas));
    Value::Object(operation)
}

fn responses(route: &Route, schemas: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    let (status, answer) = route.gives;
    let good = match answer {
        Some(answer) => {
            json!({"description": "Done", "content": {"application/json": {"schema": answer(schemas)}}})
        }
        None => json!({"description": "Done"}),
    };
    responses.insert(status.to_string(), good);
    let common: &[u16] = match route.endpoint {
        Endpoint::Open(_) | Endpoint::ContextSync { is_open: true, .. } => &[400],
        Endpoint::Agent(_) | Endpoint::Admin(_) | Endpoint::ContextSync { .. } => &[400, 401, 503],
    };
    let body: &[u16] = match route.takes {
        Some(_) => &[408, 415, 429],
        None => &[],
    };
    let refusal = match route.endpoint {
        Endpoint::ContextSync { .. } => door::context_sync::refusal(schemas),
        _ => schema::<ErrorBody>(schemas),
    };
    let refusal = json!({
        "description": "Refused",
        "content": {"application/json": {"schema": refusal}},
    });
    for status in common.iter().chain(route.refuses).chain(body) {
        responses
            .entry(status.to_string())
            .or_insert_with(|| refusal.clone());
    }
    // What any server may have to say: that it failed.
    responses.insert("500".to_owned(), refusal);
    Value::Object(responses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_described_and_every_reference_leads_somewhere() {
        let document = document(&"https://mail.example".parse().unwrap());
        let operations = document["paths"].as_object().unwrap().values();
        let count: usize = operations.map(|path| path.as_object().unwrap().len()).sum();
        assert_eq!(count, door::routes().count());
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
