//! `security` and, in v0.1, `authentication` became `securityRequirements`.

use serde_json::{Map, Value, json};

use super::{ChangeKind, Changes, member};
use crate::{Error, Path};

const REQUIREMENTS: [&str; 2] = ["securityRequirements", "security_requirements"];
const SCHEMES: [&str; 2] = ["securitySchemes", "security_schemes"];

/// Requirements of a card or a skill: `[{"name": ["scope"]}]`.
pub(super) fn upgrade_requirements(
    object: &mut Map<String, Value>,
    at: &Path<'_>,
    changes: &mut Changes,
) -> Result<(), Error> {
    let old = "security";
    if has_requirements(object) {
        changes.drop(object, at, old, ChangeKind::Superseded);
        return Ok(());
    }
    let Some(requirements) = member::take(object, old) else {
        return Ok(());
    };
    let at = at.member(old);
    let requirements = member::array(requirements, &at)?.into_iter().enumerate();
    let requirements: Result<Vec<_>, _> = requirements
        .map(|(index, requirement)| upgrade_requirement(requirement, &at.element(index)))
        .collect();
    insert_requirements(object, requirements?);
    Ok(())
}

fn upgrade_requirement(requirement: Value, at: &Path<'_>) -> Result<Value, Error> {
    let mut schemes = Map::new();
    for (name, scopes) in member::object(requirement, at)? {
        let at = at.member(&name);
        for (index, scope) in member::array(scopes.clone(), &at)?.into_iter().enumerate() {
            member::text(scope, &at.element(index))?;
        }
        schemes.insert(name, json!({"list": scopes}));
    }
    Ok(json!({"schemes": schemes}))
}

/// v0.1: `{"schemes": ["Bearer"], "credentials": "…"}`, schemes being alternatives.
///
/// A scheme that is not one of HTTP stays as one that nobody can satisfy: without it the card
/// would invite everybody.
pub(super) fn upgrade_authentication(
    card: &mut Map<String, Value>,
    changes: &mut Changes,
) -> Result<(), Error> {
    let old = "authentication";
    let at = Path::Root.member(old);
    if has_requirements(card) || member::has(card, ["security"; 2]) {
        changes.drop(card, &Path::Root, old, ChangeKind::Superseded);
        return Ok(());
    }
    let Some(authentication) = member::take(card, old) else {
        return Ok(());
    };
    let mut authentication = member::object(authentication, &at)?;
    changes.drop(
        &mut authentication,
        &at,
        "credentials",
        ChangeKind::Credentials,
    );
    let Some(names) = member::take(&mut authentication, "schemes") else {
        return Ok(());
    };
    let at = at.member("schemes");
    let (mut schemes, mut requirements) = (Map::new(), Vec::new());
    for (index, name) in member::array(names, &at)?.into_iter().enumerate() {
        let at = at.element(index);
        let name = member::text(name, &at)?;
        let key = name.to_ascii_lowercase();
        if schemes.contains_key(&key) {
            continue;
        }
        let scheme = match key.as_str() {
            "basic" | "bearer" | "digest" => json!({"httpAuthSecurityScheme": {"scheme": name}}),
            _ => {
                changes.push(&at, ChangeKind::UnknownScheme);
                json!({})
            }
        };
        requirements.push(json!({"schemes": {key.as_str(): {}}}));
        schemes.insert(key, scheme);
    }
    if let Value::Object(known) = member::entry(card, SCHEMES, Map::new()) {
        for (name, scheme) in schemes {
            known.entry(name).or_insert(scheme);
        }
    }
    insert_requirements(card, requirements);
    Ok(())
}

fn insert_requirements(object: &mut Map<String, Value>, requirements: Vec<Value>) {
    object.remove(REQUIREMENTS[1]); // at most an empty list
    object.insert(REQUIREMENTS[0].to_owned(), requirements.into());
}

/// No alternatives are the same as no member.
fn has_requirements(object: &Map<String, Value>) -> bool {
    REQUIREMENTS.iter().any(|name| match object.get(*name) {
        None | Some(Value::Null) => false,
        Some(Value::Array(alternatives)) => !alternatives.is_empty(),
        Some(_) => true,
    })
}
