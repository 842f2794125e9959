//! `url`, `preferredTransport`, `additionalInterfaces` and `protocolVersion` became
//! `supportedInterfaces`.

use serde_json::{Map, Value, json};

use super::{ChangeKind, Changes, INTERFACES, member};
use crate::{AgentInterface, Error, Path};

/// The version of cards that do not say: the last one in which they did not have to.
const UNSAID_VERSION: &str = "0.3";

pub(super) fn upgrade(card: &mut Map<String, Value>, changes: &mut Changes) -> Result<(), Error> {
    let root = &Path::Root;
    if member::has(card, INTERFACES) {
        for old in [
            "url",
            "preferredTransport",
            "additionalInterfaces",
            "protocolVersion",
        ] {
            changes.drop(card, root, old, ChangeKind::Superseded);
        }
        return Ok(());
    }
    let text = |card: &mut Map<String, Value>, name| {
        let value = member::take(card, name);
        let text = value.map(|value| member::text(value, &root.member(name)));
        text.transpose()
    };
    let version = text(card, "protocolVersion")?;
    let version = version.as_deref().unwrap_or(UNSAID_VERSION);
    let transport = text(card, "preferredTransport")?;
    let transport = transport.as_deref().unwrap_or(AgentInterface::JSONRPC);
    let interface = |url: &str, transport: &str| json!({"url": url, "protocolBinding": transport, "protocolVersion": version});
    let mut interfaces = Vec::new();
    if let Some(url) = text(card, "url")? {
        interfaces.push(interface(&url, transport));
    }
    let first = interfaces.first().cloned();
    for (url, transport) in additional(card)? {
        let other = interface(&url, &transport);
        // v0.3 recommends to repeat the first one.
        if first.as_ref() != Some(&other) {
            interfaces.push(other);
        }
    }
    if !interfaces.is_empty() {
        card.insert(INTERFACES[0].to_owned(), interfaces.into());
    }
    Ok(())
}

/// URL and transport of each further interface.
fn additional(card: &mut Map<String, Value>) -> Result<Vec<(String, String)>, Error> {
    let name = "additionalInterfaces";
    let at = Path::Root.member(name);
    let Some(interfaces) = member::take(card, name) else {
        return Ok(Vec::new());
    };
    let interfaces = member::array(interfaces, &at)?.into_iter().enumerate();
    interfaces
        .map(|(index, interface)| {
            let at = at.element(index);
            let mut interface = member::object(interface, &at)?;
            let mut text = |name| {
                let value = member::take(&mut interface, name).unwrap_or_default();
                member::text(value, &at.member(name))
            };
            Ok((text("url")?, text("transport")?))
        })
        .collect()
}
