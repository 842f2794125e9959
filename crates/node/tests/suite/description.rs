//! Holds everything that is asked and answered to the node's own description, `/openapi.json`.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::suite::operator::{Answer, Operator, text, with, without};

/// Validators by where their schema stands in the description. They are made when they are needed.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Checks an answer, and the body it answers, against the description of the node.
pub(crate) fn check(description: &Value, request: &reqwest::Request, answer: &Answer) {
    let method = request.method().as_str().to_lowercase();
    let Some(template) = template(description, &method, request.url().path()) else {
        return; // no route, or not with this method
    };
    let operation = &description["paths"][&template][&method];
    let name = format!("{method} {template}: {}", answer.status);
    let described = &operation["responses"][answer.status.to_string()];
    assert!(described.is_object(), "{name} is not described");
    if let Some(schema) = validator(description, described) {
        validate(&schema, &answer.body).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
    }
    let octets = request.body().and_then(reqwest::Body::as_bytes);
    let posted = octets.and_then(|octets| serde_json::from_slice(octets).ok());
    let schema = validator(description, &operation["requestBody"]);
    let (Some(posted), Some(schema)) = (posted, schema) else {
        return;
    };
    let code = answer.body["error"]["code"].as_str();
    match (validate(&schema, &posted), code) {
        (Err(wrong), None) if answer.status < 400 => {
            panic!("{name}, but the schema refuses it: {wrong}")
        }
        (Ok(()), Some(code)) if is_in_the_schema(code) => {
            panic!("{name} {code}, but the schema takes {posted}")
        }
        _ => {}
    }
}

/// Refusals that a schema can foresee: not those of one member by another, of octets instead of
/// characters, or of what the store knows.
fn is_in_the_schema(code: &str) -> bool {
    [
        "INVALID_ENVELOPE_ID",
        "INVALID_HANDLE",
        "INVALID_MONITOR",
        "INVALID_POLICY",
        "INVALID_VISIBILITY",
        "INVALID_ALLOWLIST_ENTRY",
        "INVALID_ENTRIES",
        "INVALID_DISPLAY_NAME",
    ]
    .contains(&code)
}

fn validate(schema: &Validator, value: &Value) -> Result<(), String> {
    let wrong = schema.validate(value).err();
    wrong.map_or(Ok(()), |wrong| {
        Err(format!("{wrong} at {}", wrong.instance_path()))
    })
}

/// The validator of what an answer or a request body holds as JSON, if it has a schema.
fn validator(description: &Value, holder: &Value) -> Option<Arc<Validator>> {
    let schema = &holder["content"]["application/json"]["schema"];
    let mut whole = schema.as_object()?.clone();
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let made = validators.entry(schema.to_string()).or_insert_with(|| {
        let components = description["components"].clone();
        whole.insert("components".to_owned(), components);
        Arc::new(jsonschema::draft202012::new(&Value::Object(whole)).unwrap())
    });
    Some(made.clone())
}

/// The template that fits a path, the one with the fewest parameters first.
fn template(description: &Value, method: &str, path: &str) -> Option<String> {
    let fits = |template: &str| {
        let (wanted, found) = (template.split('/'), path.split('/'));
        let is_same = wanted.clone().count() == found.clone().count();
        let mut pairs = wanted.zip(found);
        is_same && pairs.all(|(wanted, found)| wanted.starts_with('{') || wanted == found)
    };
    let paths = description["paths"].as_object()?.iter();
    let with_method = paths.filter(|(_, methods)| methods[method].is_object());
    let fitting = with_method
        .map(|(template, _)| template)
        .filter(|template| fits(template));
    fitting
        .min_by_key(|template| template.matches('{').count())
        .cloned()
}

#[tokio::test]
async fn the_description_is_that_of_the_types() {
    let operator = Operator::start().await;
    let description = operator.admin.get("/openapi.json").await.ok(200);
    assert_eq!(description["openapi"], "3.1.0");
    let schemas = description["components"]["schemas"].as_object().unwrap();
    for name in [
        "EnvelopePost",
        "Envelope",
        "Page",
        "Row",
        "Receipt",
        "Profile",
        "Error",
    ] {
        assert!(schemas[name]["required"].is_array(), "{name}");
    }
    // Each reference leads somewhere: a validator refuses to be made otherwise.
    let methods = description["paths"].as_object().unwrap().values();
    for operation in methods.flat_map(|methods| methods.as_object().unwrap().values()) {
        let _ = validator(&description, &operation["requestBody"]);
        for answer in operation["responses"].as_object().unwrap().values() {
            let _ = validator(&description, answer);
        }
    }
    assert!(VALIDATORS.lock().unwrap().len() > 20);
}

/// A post that its schema takes is one that the node reads, and the other way round.
#[tokio::test]
async fn posts_and_their_schema_agree() {
    let operator = Operator::start().await;
    let b = operator.open("@beta.b").await;
    let description = operator.admin.get("/openapi.json").await.ok(200);
    let body = &description["paths"]["/messages"]["post"]["requestBody"];
    let schema = validator(&description, body).unwrap();
    let parts = |part: Value| json!({"content_parts": [part]});
    let url = "https://cdn.example/w.png";
    for (members, is_right) in [
        (json!({}), true),
        (
            json!({"subject": null, "monitor": null, "in_reply_to": null, "references": null}),
            true,
        ),
        (json!({"references": []}), true),
        (json!({"other": 1}), true),
        (
            json!({"subject": "s".repeat(256), "monitor": "mon_q7"}),
            true,
        ),
        (parts(json!({"type": "image", "url": url})), true),
        (
            parts(json!({"type": "file", "url": url, "size": 7, "x": []})),
            true,
        ),
        (
            parts(json!({"type": "data", "data": {}, "schema": "urn:x"})),
            true,
        ),
        (json!({"from": "@beta.b"}), false),
        (json!({"id": "x"}), false),
        (json!({"to": []}), false),
        (json!({"to": "@beta.b"}), false),
        (json!({"to": ["@beta.*"]}), false),
        (json!({"cc": null}), false),
        (json!({"cc": []}), false),
        (json!({"subject": "a\u{7}"}), false),
        (json!({"subject": "s".repeat(257)}), false),
        (json!({"date_ms": -1}), false),
        (json!({"date_ms": 9_007_199_254_740_992_u64}), false),
        (json!({"date_ms": "1"}), false),
        (json!({"monitor": "mon_"}), false),
        (json!({"in_reply_to": 7}), false),
        (json!({"references": "x"}), false),
        (json!({"content_parts": []}), false),
        (parts(json!("text")), false),
        (parts(json!({"type": "audio"})), false),
        (parts(json!({"type": "text", "text": ""})), false),
        (parts(json!({"type": "image"})), false),
        (
            parts(json!({"type": "image", "url": url, "file_id": "file_1"})),
            false,
        ),
        (
            parts(json!({"type": "image", "url": "data:text/plain,x"})),
            false,
        ),
        (
            parts(json!({"type": "file", "url": url, "name": null})),
            false,
        ),
        (
            parts(json!({"type": "file", "url": url, "size": "1"})),
            false,
        ),
        (parts(json!({"type": "data", "data": []})), false),
    ] {
        let post = with(text(&[&b]), members);
        let status = b.post(&post).await.status;
        assert_eq!(status == 202, is_right, "{post}");
        let by_schema = validate(&schema, &post);
        assert_eq!(by_schema.is_ok(), is_right, "{post}: {by_schema:?}");
    }
    for name in ["id", "to", "date_ms", "content_parts"] {
        let post = without(text(&[&b]), name);
        assert!(validate(&schema, &post).is_err(), "{name}");
    }
}
