use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use super::email::Email;
use super::push::Listeners;
use super::{PASSWORD, USERS};
use crate::http::{Reply, Request};

/// Changes the answer to a method call: name, answer.
pub(super) type Twist = Box<dyn FnMut(&str, &mut Value) + Send>;

/// What the server keeps.
#[derive(Default)]
pub(super) struct State {
    pub(super) emails: Vec<Email>,
    pub(super) blobs: BTreeMap<String, Vec<u8>>,
    /// Grows by one with each change.
    pub(super) changes: u64,
    /// States before this one are forgotten.
    pub(super) forgotten: u64,
    pub(super) core: Map<String, Value>,
    pub(super) has_events: bool,
    pub(super) has_socket: bool,
    pub(super) refuses_sockets: bool,
    pub(super) listeners: Listeners,
    pub(super) twist: Option<Twist>,
}

impl State {
    pub(super) fn answer(&mut self, request: &Request) -> Reply {
        let Some(user) = user(request) else {
            return Reply::json(401, &json!({ "status": 401 }));
        };
        let (path, _) = request
            .target
            .split_once('?')
            .unwrap_or((&request.target, ""));
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        match (request.method.as_str(), &segments[..]) {
            ("GET", [".well-known", "jmap"]) => Reply {
                header: vec![("location", "/jmap/session".to_owned())],
                ..Reply::new(301, "text/plain", "")
            },
            ("GET", ["jmap", "session"]) => {
                let host = request.header.get("host");
                Reply::json(200, &self.session(&user, host.map_or("", String::as_str)))
            }
            ("POST", ["jmap", "api"]) => self.api(&user, &request.body),
            ("POST", ["jmap", "upload", _]) => {
                let blob = self.keep(request.body.clone());
                let size = request.body.len();
                let uploaded = json!({ "accountId": user, "blobId": blob, "size": size });
                Reply::json(201, &uploaded)
            }
            ("GET", ["jmap", "download", _, blob, _]) => match self.blobs.get(*blob) {
                Some(octets) => Reply::new(200, "application/octet-stream", octets.clone()),
                None => Reply::json(404, &json!({ "status": 404 })),
            },
            ("GET", ["jmap", "events"]) if self.has_events => self.listeners.stream(),
            ("GET", ["jmap", "socket"]) if self.has_socket && !self.refuses_sockets => {
                self.listeners.socket(request)
            }
            ("GET", ["jmap", "events"]) => Reply::new(204, "text/plain", ""),
            _ => Reply::json(404, &json!({ "status": 404 })),
        }
    }

    fn session(&self, user: &str, host: &str) -> Value {
        let mut capabilities = json!({
            "urn:ietf:params:jmap:core": self.core,
            "urn:ietf:params:jmap:mail": {},
            "urn:ietf:params:jmap:submission": {},
        });
        if self.has_socket {
            capabilities["urn:ietf:params:jmap:websocket"] =
                json!({ "url": format!("ws://{host}/jmap/socket"), "supportsPush": true });
        }
        json!({
            "capabilities": capabilities,
            "accounts": { user: { "name": user } },
            "primaryAccounts": { "urn:ietf:params:jmap:mail": user },
            "apiUrl": "api",
            "downloadUrl": "/jmap/download/{accountId}/{blobId}/{name}?accept={type}",
            "uploadUrl": "/jmap/upload/{accountId}",
            "eventSourceUrl": "/jmap/events?types={types}&closeafter={closeafter}&ping={ping}",
            "state": "s",
        })
    }

    /// Tells all who listen.
    pub(super) fn changed(&mut self) {
        self.changes += 1;
        let state = self.changes.to_string();
        let changed = USERS.map(|user| (user.to_owned(), json!({ "Email": state })));
        let change = json!({ "@type": "StateChange", "changed": Map::from_iter(changed) });
        self.listeners.tell(&change);
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

/// Who asks, by the password.
fn user(request: &Request) -> Option<String> {
    let header = request.header.get("authorization")?;
    let of = |user: &str| {
        let pair = format!("{user}:{PASSWORD}");
        format!("Basic {}", BASE64_STANDARD.encode(pair))
    };
    let user = USERS.into_iter().find(|user| of(user) == *header)?;
    Some(user.to_owned())
}
