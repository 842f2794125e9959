//! A2A cards that a strict receiver takes, and other texts for the same card.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use serde_json::{Value, json};

use crate::json_text;

/// A v1.0 card with all required fields, as JSON. Empty values and defaults are in it as well.
pub fn card() -> impl Strategy<Value = Value> {
    let required = (
        text(),
        text(),
        vec(interface(), 0..3),
        capabilities(),
        vec(text(), 0..3),
        vec(skill(), 0..3),
    );
    let optional = (
        of((text(), text())
            .prop_map(|(url, organization)| json!({"url": url, "organization": organization}))),
        of(text()),
        of(text()),
        of(vec(("[a-z]{0,3}|é|😀|！|__proto__", scheme()), 0..4).prop_map(object)),
        of(requirements()),
    );
    (required, optional).prop_map(|(required, optional)| {
        let (name, description, interfaces, capabilities, modes, skills) = required;
        let (provider, documentation, icon, schemes, requirements) = optional;
        let card = json!({
            "name": name,
            "description": description,
            "version": "1.0",
            "supportedInterfaces": interfaces,
            "capabilities": capabilities,
            "defaultInputModes": modes,
            "defaultOutputModes": ["text/plain"],
            "skills": skills,
        });
        with(
            card,
            [
                ("provider", provider),
                ("documentationUrl", documentation.map(Value::from)),
                ("iconUrl", icon.map(Value::from)),
                ("securitySchemes", schemes),
                ("securityRequirements", requirements),
            ],
        )
    })
}

fn interface() -> impl Strategy<Value = Value> {
    let binding = prop_oneof![Just("JSONRPC"), Just("GRPC"), Just("HTTP+JSON")];
    (text(), binding, of(text())).prop_map(|(url, binding, tenant)| {
        let interface = json!({"url": url, "protocolBinding": binding, "protocolVersion": "1.0"});
        with(interface, [("tenant", tenant.map(Value::from))])
    })
}

fn capabilities() -> impl Strategy<Value = Value> {
    let extension = (text(), of(text()), of(any::<bool>()), of(structure())).prop_map(
        |(uri, description, required, params)| {
            with(
                json!({"uri": uri}),
                [
                    ("description", description.map(Value::from)),
                    ("required", required.map(Value::from)),
                    ("params", params),
                ],
            )
        },
    );
    let flag = || of(any::<bool>());
    (flag(), flag(), flag(), of(vec(extension, 0..3))).prop_map(
        |(streaming, push, extended, extensions)| {
            with(
                json!({}),
                [
                    ("streaming", streaming.map(Value::from)),
                    ("pushNotifications", push.map(Value::from)),
                    ("extendedAgentCard", extended.map(Value::from)),
                    ("extensions", extensions.map(Value::from)),
                ],
            )
        },
    )
}

fn skill() -> impl Strategy<Value = Value> {
    let texts = || vec(text(), 0..3);
    (
        text(),
        text(),
        texts(),
        of(texts()),
        of(texts()),
        of(requirements()),
    )
        .prop_map(|(id, description, tags, examples, modes, requirements)| {
            let skill = json!({"id": id, "name": "S", "description": description, "tags": tags});
            with(
                skill,
                [
                    ("examples", examples.map(Value::from)),
                    ("inputModes", modes.map(Value::from)),
                    ("securityRequirements", requirements),
                ],
            )
        })
}

fn requirements() -> impl Strategy<Value = Value> {
    let scopes = prop_oneof![
        Just(json!({})),
        vec(text(), 0..3).prop_map(|scopes| json!({"list": scopes})),
    ];
    let requirement = prop_oneof![
        1 => Just(json!({})),
        4 => vec(("[a-z]{0,3}", scopes), 0..3).prop_map(|schemes| json!({"schemes": object(schemes)})),
    ];
    vec(requirement, 0..3).prop_map(Value::from)
}

fn scheme() -> impl Strategy<Value = Value> {
    let description = of(text()).prop_map(|text| text.map(Value::from));
    let scopes = vec(("[a-z]{0,3}", text()), 0..3).prop_map(|scopes| {
        object(
            scopes
                .into_iter()
                .map(|(name, text)| (name, text.into()))
                .collect(),
        )
    });
    let flow = prop_oneof![
        Just("authorizationCode"),
        Just("clientCredentials"),
        Just("deviceCode"),
    ];
    let flows = (flow, text(), scopes, any::<bool>()).prop_map(|(flow, url, scopes, pkce)| {
        let mut body = json!({"tokenUrl": url, "scopes": scopes});
        match flow {
            "authorizationCode" => {
                body["authorizationUrl"] = url.into();
                body["pkceRequired"] = pkce.into();
            }
            "deviceCode" => body["deviceAuthorizationUrl"] = url.into(),
            _ => {}
        }
        object(vec![(flow.to_owned(), body)])
    });
    let body = prop_oneof![
        Just(("mtlsSecurityScheme", json!({}))),
        text().prop_map(|name| (
            "apiKeySecurityScheme",
            json!({"location": "header", "name": name})
        )),
        text().prop_map(|format| (
            "httpAuthSecurityScheme",
            json!({"scheme": "Bearer", "bearerFormat": format})
        )),
        text().prop_map(|url| (
            "openIdConnectSecurityScheme",
            json!({"openIdConnectUrl": url})
        )),
        (flows, text()).prop_map(|(flows, url)| {
            (
                "oauth2SecurityScheme",
                json!({"flows": flows, "oauth2MetadataUrl": url}),
            )
        }),
    ];
    let scheme = (body, description).prop_map(|((name, body), description)| {
        object(vec![(
            name.to_owned(),
            with(body, [("description", description)]),
        )])
    });
    prop_oneof![6 => scheme, 1 => Just(json!({}))]
}

/// Any JSON object.
fn structure() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-(1_i64 << 53) + 1..1 << 53).prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has finite numbers", |number| number.is_finite())
            .prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec(("[a-z]{0,3}|\u{E000}|😀|~/", inner), 0..4).prop_map(object),
        ]
    });
    vec(("[a-z]{0,6}", value), 0..4).prop_map(object)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => Just(String::new()),
        6 => "[a-z]{1,8}",
        2 => "[ -~äß日😀\r\n\t\u{1}\u{7F}\u{2028}]{1,12}",
    ]
}

fn object(members: Vec<(String, Value)>) -> Value {
    Value::Object(members.into_iter().collect())
}

fn with<const N: usize>(mut object: Value, members: [(&str, Option<Value>); N]) -> Value {
    for (name, value) in members {
        if let Some(value) = value {
            object[name] = value;
        }
    }
    object
}

/// Another text for the same card: members in another order, white space, escapes where there
/// need be none, and some fields under their other name, all as `choices` say.
#[must_use]
pub fn respelled(card: &Value, choices: &[u8]) -> String {
    let mut turns = choices.iter().cycle().map(|choice| choice % 2 == 0);
    let card = renamed(card, Names::Fields, &mut || {
        turns.next().unwrap_or_default()
    });
    json_text::text(&card, choices)
}

/// What the names of an object are.
#[derive(Clone, Copy, PartialEq)]
enum Names {
    /// Fields, which have two names.
    Fields,
    /// Keys of a map whose values are messages.
    Keys,
    /// Data of others, all the way down.
    Data,
}

fn renamed(value: &Value, names: Names, turn: &mut impl FnMut() -> bool) -> Value {
    match value {
        Value::Array(elements) => {
            let elements = elements.iter();
            elements.map(|value| renamed(value, names, turn)).collect()
        }
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| {
                let inner = match (names, name.as_str()) {
                    (Names::Data, _) | (Names::Fields, "params") => Names::Data,
                    (Names::Fields, "securitySchemes" | "schemes" | "scopes") => Names::Keys,
                    _ => Names::Fields,
                };
                let value = renamed(value, inner, turn);
                match names == Names::Fields && turn() {
                    true => (snake_case(name), value),
                    false => (name.clone(), value),
                }
            });
            Value::Object(members.collect())
        }
        scalar => scalar.clone(),
    }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}
