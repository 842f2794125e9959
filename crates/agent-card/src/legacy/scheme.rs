//! Security schemes of OpenAPI, told by `type`, became members named after the scheme.

use serde_json::{Map, Value, json};

use super::{ChangeKind, Changes, member};
use crate::schema::{self, Message};
use crate::{Error, Path};

/// The old name of a type, its v1.0 member, and its members: old name, new name.
type OldScheme = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const OLD_SCHEMES: [OldScheme; 5] = [
    (
        "apiKey",
        "apiKeySecurityScheme",
        &[("in", "location"), ("name", "name")],
    ),
    (
        "http",
        "httpAuthSecurityScheme",
        &[("scheme", "scheme"), ("bearerFormat", "bearerFormat")],
    ),
    (
        "oauth2",
        "oauth2SecurityScheme",
        &[
            ("flows", "flows"),
            ("oauth2MetadataUrl", "oauth2MetadataUrl"),
        ],
    ),
    (
        "openIdConnect",
        "openIdConnectSecurityScheme",
        &[("openIdConnectUrl", "openIdConnectUrl")],
    ),
    ("mutualTLS", "mtlsSecurityScheme", &[]),
];

/// Which flow to keep of several: the safest first.
const FLOWS: [&str; 5] = [
    "authorizationCode",
    "deviceCode",
    "clientCredentials",
    "implicit",
    "password",
];

pub(super) fn upgrade_all(
    card: &mut Map<String, Value>,
    changes: &mut Changes,
) -> Result<(), Error> {
    for name in ["securitySchemes", "security_schemes"] {
        let at = Path::Root.member(name);
        let Some(Value::Object(schemes)) = card.get_mut(name) else {
            continue; // no schemes, or refused by the v1.0 reader
        };
        for (name, scheme) in schemes {
            if let Value::Object(scheme) = scheme {
                upgrade(scheme, &at.member(name), changes)?;
            }
        }
    }
    Ok(())
}

fn upgrade(
    scheme: &mut Map<String, Value>,
    at: &Path<'_>,
    changes: &mut Changes,
) -> Result<(), Error> {
    read_case_form(scheme, "scheme", at, changes);
    if holds_one_of(scheme, &schema::SCHEME) {
        for old in [
            "type",
            "description",
            "in",
            "name",
            "scheme",
            "bearerFormat",
            "flows",
            "oauth2MetadataUrl",
            "openIdConnectUrl",
        ] {
            changes.drop(scheme, at, old, ChangeKind::Superseded);
        }
    } else if let Some(kind) = member::take(scheme, "type") {
        let at_type = at.member("type");
        let kind = member::text(kind, &at_type)?;
        let Some((_, name, members)) = OLD_SCHEMES.iter().find(|(old, ..)| *old == kind) else {
            changes.push(&at_type, ChangeKind::UnknownScheme);
            return Ok(());
        };
        let mut body = Map::new();
        for (old, new) in members.iter().chain(&[("description", "description")]) {
            body.extend(member::take(scheme, old).map(|value| ((*new).to_owned(), value)));
        }
        if let Some(Value::Object(flows)) = body.get_mut("flows") {
            keep_one_flow(flows, &at.member("flows"), changes);
        }
        scheme.insert((*name).to_owned(), body.into());
    }
    let oauth2 = "oauth2SecurityScheme";
    if let Some(Value::Object(body)) = scheme.get_mut(oauth2) {
        let at = at.member(oauth2);
        if let Some(Value::Object(flows)) = body.get_mut("flows") {
            read_case_form(flows, "flow", &at.member("flows"), changes);
        }
    }
    Ok(())
}

/// Turns `{"scheme": {"$case": "x", "value": {…}}}` into `{"x": {…}}`.
fn read_case_form(
    object: &mut Map<String, Value>,
    name: &str,
    at: &Path<'_>,
    changes: &mut Changes,
) {
    let Some(Value::Object(choice)) = object.get_mut(name) else {
        return;
    };
    let Some(Value::String(case)) = choice.get("$case").cloned() else {
        return;
    };
    let value = choice.remove("value").unwrap_or_else(|| json!({}));
    object.remove(name);
    changes.push(&at.member(name), ChangeKind::CaseForm);
    object.entry(case).or_insert(value);
}

fn keep_one_flow(flows: &mut Map<String, Value>, at: &Path<'_>, changes: &mut Changes) {
    let set = |flows: &Map<String, Value>, name: &str| member::has(flows, [name; 2]);
    let kept = FLOWS.into_iter().find(|name| set(flows, name));
    for name in FLOWS {
        if kept != Some(name) {
            changes.drop(flows, at, name, ChangeKind::ExtraFlow);
        }
    }
}

fn holds_one_of(object: &Map<String, Value>, message: &Message) -> bool {
    let mut fields = message.fields.iter();
    fields.any(|field| member::has(object, [field.name, field.proto_name]))
}
