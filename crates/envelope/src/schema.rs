//! JSON Schemas of what goes over the wire (feature `schema`), for whoever describes an operator or
//! checks one from outside.
//!
//! A schema says what a reader looks at first: members, types, grammars, counts. What two members
//! say together, and what octets there may be at most, only the reader knows.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{
    AllowlistEntry, ContentPart, Envelope, EnvelopeId, EnvelopePost, ErrorBody, FileId, Handle,
    HttpUrl, MarkRead, MonitorFact, MonitorHandle, OrderKey, Page, Policy, PushFrame, Receipt, Row,
    Subject, Timestamp, Visibility,
};

/// Gives types schemas under their own names.
macro_rules! schemas {
    ($($type:ty, $name:literal, $generator:pat => $schema:expr;)*) => {
        $(impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        })*
    };
}

fn text(pattern: &str) -> Schema {
    json_schema!({"type": "string", "pattern": pattern})
}

// Section 1.
schemas! {
    Handle, "Handle", _ => text(r"^@[a-z0-9_-]{1,64}\.[a-z0-9_-]{1,64}$");
    AllowlistEntry, "AllowlistEntry", _ => text(r"^@[a-z0-9_-]{1,64}\.([a-z0-9_-]{1,64}|\*)$");
    EnvelopeId, "EnvelopeId", _ => text("^01[0-9A-HJKMNP-TV-Z]{24}$");
    MonitorHandle, "MonitorHandle", _ => text("^mon_[0-9A-Za-z_-]{1,64}$");
    FileId, "FileId", _ => text("^file_[0-9A-Za-z_-]+$");
    HttpUrl, "HttpUrl", _ => text(r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s\\]+$");
    Subject, "Subject", _ => json_schema!({
        "type": "string",
        "maxLength": Subject::MAX,
        "pattern": r"^[^\x00-\x1f\x7f-\x9f]*$",
    });
    Timestamp, "Timestamp", _ => json_schema!({
        "type": "integer",
        "minimum": 0,
        "maximum": Timestamp::MAX.as_millis(),
    });
    Policy, "Policy", _ => json_schema!({"enum": ["allowlist", "open"]});
    Visibility, "Visibility", _ => json_schema!({"enum": ["private", "public"]});
}

// Sections 2 and 3.
schemas! {
    ContentPart, "ContentPart", generator => {
        let [url, file] = [generator.subschema_for::<HttpUrl>(), generator.subschema_for::<FileId>()];
        let size = generator.subschema_for::<Timestamp>();
        let source = [json_schema!({"required": ["url"]}), json_schema!({"required": ["file_id"]})];
        json_schema!({"oneOf": [
            {
                "type": "object",
                "properties": {"type": {"const": "text"}, "text": {"type": "string", "minLength": 1}},
                "required": ["type", "text"],
            },
            {
                "type": "object",
                "properties": {
                    "type": {"const": "image"},
                    "url": &url, "file_id": &file, "mime_type": {"type": "string"},
                },
                "required": ["type"],
                "oneOf": &source,
            },
            {
                "type": "object",
                "properties": {
                    "type": {"const": "file"},
                    "url": &url, "file_id": &file, "mime_type": {"type": "string"},
                    "name": {"type": "string"}, "size": size,
                },
                "required": ["type"],
                "oneOf": &source,
            },
            {
                "type": "object",
                "properties": {
                    "type": {"const": "data"}, "data": {"type": "object"}, "schema": {"type": "string"},
                },
                "required": ["type", "data"],
            },
        ]})
    };
    EnvelopePost, "EnvelopePost", generator => {
        let mut post = envelope(generator);
        // Who sends is for the operator to say.
        insert(&mut post, "properties", "from", false);
        for name in ["subject", "in_reply_to", "references", "monitor"] {
            let or_null = post.pointer(&format!("/properties/{name}")).cloned();
            let or_null = json_schema!({"anyOf": [or_null, {"type": "null"}]});
            insert(&mut post, "properties", name, or_null);
        }
        post
    };
    Envelope, "Envelope", generator => {
        let mut stored = envelope(generator);
        let from = generator.subschema_for::<Handle>();
        insert(&mut stored, "properties", "from", from);
        if let Some(required) = stored.get_mut("required").and_then(|names| names.as_array_mut()) {
            required.push("from".into());
        }
        stored
    };
    Receipt, "Receipt", generator => {
        let time = generator.subschema_for::<Timestamp>();
        json_schema!({
            "type": "object",
            "properties": {
                "id": generator.subschema_for::<EnvelopeId>(),
                "received_ms": &time,
                "created_at": &time,
                "recipients": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "properties": {"handle": generator.subschema_for::<Handle>()},
                        "required": ["handle"],
                    },
                },
            },
            "required": ["id", "received_ms", "created_at", "recipients"],
        })
    };
    ErrorBody, "Error", _ => json_schema!({
        "type": "object",
        "properties": {"error": {
            "type": "object",
            "properties": {
                "code": {"type": "string", "pattern": "^[A-Z_]+$"},
                "message": {"type": "string"},
            },
            "required": ["code", "message"],
        }},
        "required": ["error"],
    });
}

// Sections 4, 6 and 9.
schemas! {
    PushFrame<'_>, "Frame", generator => frame(generator);
    Row<'_>, "Row", generator => {
        let mut row = frame(generator);
        let direction = json_schema!({"enum": ["in", "out", "self"]});
        insert(&mut row, "properties", "direction", direction);
        insert(&mut row, "properties", "unread", json_schema!({"type": "boolean"}));
        row
    };
    OrderKey, "Cursor", generator => json_schema!({
        "type": "object",
        "properties": {
            "created_at": generator.subschema_for::<Timestamp>(),
            "envelope_id": generator.subschema_for::<EnvelopeId>(),
        },
        "required": ["created_at", "envelope_id"],
    });
    Page<'_>, "Page", generator => json_schema!({
        "type": "object",
        "properties": {
            "envelope_headers": {"type": "array", "items": generator.subschema_for::<Row<'_>>()},
            "next_cursor": {"anyOf": [generator.subschema_for::<OrderKey>(), {"type": "null"}]},
        },
        "required": ["envelope_headers"],
    });
    MarkRead, "MarkRead", generator => json_schema!({
        "type": "object",
        "properties": {"ids": {
            "type": "array",
            "minItems": 1,
            "maxItems": MarkRead::MAX,
            "items": generator.subschema_for::<EnvelopeId>(),
        }},
        "required": ["ids"],
    });
    MonitorFact, "Fact", generator => json_schema!({
        "type": "object",
        "properties": {
            "op": {"const": MonitorFact::OP},
            "monitor": generator.subschema_for::<MonitorHandle>(),
            "envelope_id": generator.subschema_for::<EnvelopeId>(),
            "recipient_handle": generator.subschema_for::<Handle>(),
            "fact": {"enum": ["stored", "expired", "bounced"]},
            "at_ms": generator.subschema_for::<Timestamp>(),
        },
        "required": ["op", "monitor", "envelope_id", "recipient_handle", "fact", "at_ms"],
    });
}

/// What posts and stored envelopes share (2.1).
fn envelope(generator: &mut SchemaGenerator) -> Schema {
    let limits = crate::Limits::default();
    let id = generator.subschema_for::<EnvelopeId>();
    let handles = json_schema!({
        "type": "array",
        "minItems": 1,
        "maxItems": limits.recipients,
        "items": generator.subschema_for::<Handle>(),
    });
    json_schema!({
        "type": "object",
        "properties": {
            "id": &id,
            "to": &handles,
            "cc": &handles,
            "subject": generator.subschema_for::<Subject>(),
            "in_reply_to": &id,
            "references": {"type": "array", "maxItems": limits.references, "items": &id},
            "date_ms": generator.subschema_for::<Timestamp>(),
            "content_parts": {
                "type": "array",
                "minItems": 1,
                "maxItems": limits.parts,
                "items": generator.subschema_for::<ContentPart>(),
            },
            "monitor": generator.subschema_for::<MonitorHandle>(),
        },
        "required": ["id", "to", "date_ms", "content_parts"],
    })
}

/// What frames and rows share (6.2).
fn frame(generator: &mut SchemaGenerator) -> Schema {
    let [id, time] = [
        generator.subschema_for::<EnvelopeId>(),
        generator.subschema_for::<Timestamp>(),
    ];
    let handles = json_schema!({
        "type": "array",
        "minItems": 1,
        "items": generator.subschema_for::<Handle>(),
    });
    json_schema!({
        "type": "object",
        "properties": {
            "op": {"const": PushFrame::OP},
            "id": &id,
            "from": generator.subschema_for::<Handle>(),
            "to": &handles,
            "cc": &handles,
            "subject": generator.subschema_for::<Subject>(),
            "in_reply_to": &id,
            "type_hint": {"enum": ["text", "image", "file", "data", "mixed"]},
            "size_hint": &time,
            "created_at": &time,
            "date_ms": &time,
        },
        "required": ["op", "id", "from", "to", "type_hint", "created_at", "date_ms"],
    })
}

fn insert(schema: &mut Schema, of: &str, name: &str, value: impl Into<Schema>) {
    let members = schema
        .get_mut(of)
        .and_then(|members| members.as_object_mut());
    if let Some(members) = members {
        members.insert(name.to_owned(), value.into().to_value());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use schemars::schema_for;

    use super::*;
    use crate::{Limits, Push};

    /// The members that a reader of parts keeps apart from those it does not know are those that
    /// the schema has.
    #[test]
    fn parts_have_the_members_that_their_reader_knows() {
        let url = r#""url":"https://x.example/""#;
        let schema = schema_for!(ContentPart);
        let variants = schema.get("oneOf").unwrap().as_array().unwrap();
        let parts = [
            r#"{"type":"text","text":"x"}"#.to_owned(),
            format!(r#"{{"type":"image",{url}}}"#),
            format!(r#"{{"type":"file",{url}}}"#),
            r#"{"type":"data","data":{}}"#.to_owned(),
        ];
        for (variant, part) in variants.iter().zip(parts) {
            let post = format!(
                r#"{{"id":"01M7XK89PHPMRZKMZSCZZQDCQX","to":["@a.b"],"date_ms":1,"content_parts":[{part}]}}"#
            );
            let post = EnvelopePost::parse(post.as_bytes(), &Limits::default()).unwrap();
            let known: BTreeSet<_> = post.content_parts()[0]
                .body()
                .members()
                .iter()
                .copied()
                .collect();
            let properties = variant["properties"].as_object().unwrap();
            assert_eq!(
                properties
                    .keys()
                    .map(String::as_str)
                    .collect::<BTreeSet<_>>(),
                known
            );
        }
    }

    /// What is written has no member that its schema does not have.
    #[test]
    fn frames_have_the_members_that_are_written() {
        let body =
            br#"{"id":"01M7XK89PHPMRZKMZSCZZQDCQX","from":"@a.b","to":["@a.b"],"cc":["@a.c"],
            "subject":"s","in_reply_to":"01M7XK89PHPMRZKMZSCZZQDCQX","date_ms":1,
            "content_parts":[{"type":"text","text":"x"}]}"#;
        let envelope = Envelope::parse(body, &Limits::default()).unwrap();
        let mut frame = Vec::new();
        PushFrame::of(&envelope, Timestamp::default(), 7).write(&mut frame);
        assert!(Push::parse(&frame, &Limits::default()).is_ok());
        let written: serde_json::Value = serde_json::from_slice(&frame).unwrap();
        let written: BTreeSet<_> = written.as_object().unwrap().keys().cloned().collect();
        let schema = schema_for!(PushFrame<'_>);
        let properties = schema.get("properties").unwrap().as_object().unwrap();
        assert_eq!(properties.keys().cloned().collect::<BTreeSet<_>>(), written);
    }
}
