//! A JMAP server in memory, for two users who write to each other: what RFC 8620 and RFC 8621 say of
//! the methods a mailbox uses, with a push channel and with limits and answers that a test sets.
//!
//! Real servers are tested against too; this one can be told to go wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use mailmesh::Summary;
use serde_json::{Map, Value, json};
use structured_email::Message;
use tokio::sync::mpsc;

use crate::http::{Reply, Request, Server};

/// The users, who are accounts too.
pub const USERS: [&str; 2] = ["a@jmap.test", "b@jmap.test"];

/// The password of both.
pub const PASSWORD: &str = "secret";

/// A server that listens on this machine.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // read by tests
pub struct JmapServer {
    /// The HTTP side of it.
    pub http: Server,
    /// What it keeps.
    state: Arc<Mutex<State>>,
}

/// Changes the answer to a method call: name, arguments.
type Twist = Box<dyn FnMut(&str, &mut Value) + Send>;

#[derive(Default)]
struct State {
    emails: Vec<Email>,
    blobs: BTreeMap<String, Vec<u8>>,
    /// Grows by one with each change.
    changes: u64,
    /// States before this one are forgotten.
    forgotten: u64,
    core: Map<String, Value>,
    has_push: bool,
    listeners: Vec<mpsc::UnboundedSender<Vec<u8>>>,
    twist: Option<Twist>,
}

struct Email {
    user: String,
    id: String,
    mailboxes: BTreeSet<String>,
    keywords: BTreeSet<String>,
    created: u64,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

impl JmapServer {
    /// An empty one.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State {
            has_push: true,
            ..State::default()
        }));
        let answering = Arc::clone(&state);
        let http = Server::start(move |request| answering.lock().unwrap().answer(request)).await;
        Self { http, state }
    }

    /// Sets a limit of the core capability.
    pub fn limit(&self, name: &str, value: u64) {
        self.state().core.insert(name.to_owned(), json!(value));
    }

    /// Forgets all states before the present one.
    pub fn forget_states(&self) {
        let mut state = self.state();
        state.forgotten = state.changes;
    }

    /// Pushes nothing from here on, and says so.
    pub fn stop_pushing(&self) {
        self.state().has_push = false;
    }

    /// Ends the event streams that are open.
    pub fn close_streams(&self) {
        self.state().listeners.clear();
    }

    /// Writes octets to the event streams that are open.
    pub fn push(&self, octets: &[u8]) {
        let listeners = &self.state().listeners;
        listeners
            .iter()
            .for_each(|it| drop(it.send(octets.to_vec())));
    }

    /// Changes answers from here on.
    pub fn twist(&self, twist: impl FnMut(&str, &mut Value) + Send + 'static) {
        self.state().twist = Some(Box::new(twist));
    }

    /// Lets answers be as they are.
    pub fn untwist(&self) {
        self.state().twist = None;
    }

    /// Files octets in the inbox of a user as they are.
    pub fn deliver(&self, user: &str, raw: &[u8]) {
        self.state().deliver(user, raw);
    }

    /// Removes a message.
    pub fn destroy(&self, id: &str) {
        let mut state = self.state();
        state.changes += 1;
        state.emails.retain(|email| email.id != id);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Reply {
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
            ("GET", ["jmap", "session"]) => Reply::json(200, &self.session(&user)),
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
            ("GET", ["jmap", "events"]) if self.has_push => {
                let (sender, more) = mpsc::unbounded_channel();
                self.listeners.push(sender);
                Reply {
                    more: Some(more),
                    ..Reply::new(200, "text/event-stream", ": hello\n\n")
                }
            }
            ("GET", ["jmap", "events"]) => Reply::new(204, "text/plain", ""),
            _ => Reply::json(404, &json!({ "status": 404 })),
        }
    }

    fn session(&self, user: &str) -> Value {
        json!({
            "capabilities": {
                "urn:ietf:params:jmap:core": self.core,
                "urn:ietf:params:jmap:mail": {},
                "urn:ietf:params:jmap:submission": {},
            },
            "accounts": { user: { "name": user } },
            "primaryAccounts": { "urn:ietf:params:jmap:mail": user },
            "apiUrl": "api",
            "downloadUrl": "/jmap/download/{accountId}/{blobId}/{name}?accept={type}",
            "uploadUrl": "/jmap/upload/{accountId}",
            "eventSourceUrl": "/jmap/events?types={types}&closeafter={closeafter}&ping={ping}",
            "state": "s",
        })
    }

    fn api(&mut self, user: &str, body: &[u8]) -> Reply {
        let request: Value = serde_json::from_slice(body).unwrap();
        let (mut done, mut said): (Vec<Value>, Vec<Value>) = Default::default();
        let mut created = BTreeMap::new();
        for call in request["methodCalls"].as_array().unwrap() {
            let name = call[0].as_str().unwrap();
            let mut arguments = call[1].clone();
            if let Some(reference) = arguments.as_object_mut().unwrap().remove("#ids") {
                let of = done
                    .iter()
                    .find(|it| it[2] == reference["resultOf"] && it[0] != "error");
                let path = reference["path"].as_str().unwrap();
                match of {
                    Some(of) => arguments["ids"] = of[1].pointer(path).unwrap().clone(),
                    None => {
                        said.push(json!(["error", { "type": "invalidResultReference" }, call[2]]));
                        continue;
                    }
                }
            }
            let (name, answer) = match self.call(user, name, &arguments, &mut created) {
                Ok(answer) => (name, answer),
                Err(kind) => ("error", json!({ "type": kind })),
            };
            let mut told = answer.clone();
            if let Some(twist) = &mut self.twist {
                twist(name, &mut told);
            }
            done.push(json!([name, answer, call[2]]));
            said.push(json!([name, told, call[2]]));
        }
        Reply::json(
            200,
            &json!({ "methodResponses": said, "sessionState": "s" }),
        )
    }

    fn call(
        &mut self,
        user: &str,
        name: &str,
        arguments: &Value,
        created: &mut BTreeMap<String, String>,
    ) -> Result<Value, &'static str> {
        if arguments["accountId"] != user {
            return Err("accountNotFound");
        }
        match name {
            "Mailbox/get" => Ok(json!({ "state": "0", "list": [
                { "id": "in", "name": "Inbox", "parentId": null, "role": "inbox" },
                { "id": "dr", "name": "Drafts", "parentId": null, "role": "drafts" },
                { "id": "se", "name": "Sent", "parentId": null, "role": "sent" },
            ] })),
            "Identity/get" => Ok(json!({ "list": [{ "id": "me", "email": user }] })),
            "Email/query" => Ok(self.query(user, arguments)),
            "Email/get" => self.get(user, arguments),
            "Email/changes" => self.changes(user, arguments),
            "Email/set" => Ok(self.set(user, arguments)),
            "Email/import" => Ok(self.import(user, arguments, created)),
            "EmailSubmission/set" => Ok(self.submit(user, arguments, created)),
            _ => Err("unknownMethod"),
        }
    }

    fn query(&self, user: &str, arguments: &Value) -> Value {
        let of_user = self.emails.iter().filter(|email| email.user == user);
        let mut found: Vec<&Email> = of_user
            .filter(|email| self.passes(email, &arguments["filter"]))
            .collect();
        if arguments["sort"][0]["isAscending"] == false {
            found.reverse();
        }
        let count = |name: &str| usize::try_from(arguments[name].as_u64().unwrap()).unwrap();
        let ids = found.iter().skip(count("position")).take(count("limit"));
        let ids: Vec<&str> = ids.map(|email| email.id.as_str()).collect();
        json!({ "ids": ids, "position": count("position"), "queryState": "0" })
    }

    fn passes(&self, email: &Email, filter: &Value) -> bool {
        let Some(filter) = filter.as_object() else {
            return true;
        };
        filter.iter().all(|(name, value)| match name.as_str() {
            "operator" => value == "AND",
            "conditions" => value
                .as_array()
                .unwrap()
                .iter()
                .all(|it| self.passes(email, it)),
            "inMailbox" => email.mailboxes.contains(value.as_str().unwrap()),
            "hasKeyword" => email.keywords.contains(value.as_str().unwrap()),
            "notKeyword" => !email.keywords.contains(value.as_str().unwrap()),
            "after" => arrival(email.created).as_str() >= value.as_str().unwrap(),
            "text" => {
                let word = value.as_str().unwrap().trim_matches('"').to_lowercase();
                self.text(email).contains(&word.replace('\\', ""))
            }
            _ => false,
        })
    }

    /// What a search looks through.
    fn text(&self, email: &Email) -> String {
        let raw = &self.blobs[&format!("B{}", email.id)];
        let message = Message::parse(raw);
        let id = mailmesh::MailId::new("");
        let summary = Summary::of(id, raw, Vec::new(), true, 0);
        let mut text = vec![summary.subject];
        text.extend(summary.from.into_iter().chain(summary.to).chain(summary.cc));
        text.extend(message.ok().and_then(|it| it.text().map(String::from)));
        text.join("\n").to_lowercase()
    }

    fn get(&mut self, user: &str, arguments: &Value) -> Result<Value, &'static str> {
        let ids = arguments["ids"].as_array().unwrap();
        let most = self.core.get("maxObjectsInGet").and_then(Value::as_u64);
        if ids.len() as u64 > most.unwrap_or(500) {
            return Err("requestTooLarge");
        }
        let is_outline = arguments["fetchHTMLBodyValues"] == true;
        let (mut list, mut not_found) = (Vec::new(), Vec::new());
        for id in ids {
            let mut emails = self.emails.iter();
            match emails.find(|email| email.user == user && email.id == *id) {
                Some(email) => list.push(properties(email, &mut self.blobs, is_outline)),
                None => not_found.push(id),
            }
        }
        Ok(json!({ "state": self.changes.to_string(), "list": list, "notFound": not_found }))
    }

    fn changes(&self, user: &str, arguments: &Value) -> Result<Value, &'static str> {
        let since = arguments["sinceState"].as_str().unwrap();
        let since: u64 = since.parse().map_err(|_| "invalidArguments")?;
        if since < self.forgotten {
            return Err("cannotCalculateChanges");
        }
        let most = arguments["maxChanges"].as_u64().unwrap();
        let most = usize::try_from(most).unwrap();
        let emails = self.emails.iter();
        let new = emails.filter(|email| email.user == user && email.created > since);
        let new: Vec<&Email> = new.collect();
        let has_more = new.len() > most;
        let state = if has_more {
            new[most - 1].created
        } else {
            self.changes
        };
        let ids: Vec<&str> = new
            .iter()
            .take(most)
            .map(|email| email.id.as_str())
            .collect();
        Ok(
            json!({ "oldState": since.to_string(), "newState": state.to_string(),
            "hasMoreChanges": has_more, "created": ids, "updated": [], "destroyed": [] }),
        )
    }

    fn set(&mut self, user: &str, arguments: &Value) -> Value {
        let (mut updated, mut not_updated) = (Map::new(), Map::new());
        for (id, patch) in arguments["update"].as_object().into_iter().flatten() {
            match self.find(user, id) {
                Some(email) => {
                    email.patch(patch);
                    updated.insert(id.clone(), Value::Null);
                }
                None => drop(not_updated.insert(id.clone(), json!({ "type": "notFound" }))),
            }
        }
        let destroyed = arguments["destroy"].as_array().cloned().unwrap_or_default();
        self.emails
            .retain(|email| email.user != user || !destroyed.contains(&json!(email.id)));
        self.changed();
        json!({ "updated": updated, "notUpdated": not_updated, "destroyed": destroyed })
    }

    fn import(
        &mut self,
        user: &str,
        arguments: &Value,
        created: &mut BTreeMap<String, String>,
    ) -> Value {
        let mut done = Map::new();
        for (name, email) in arguments["emails"].as_object().unwrap() {
            let raw = self.blobs[email["blobId"].as_str().unwrap()].clone();
            let keywords = email["keywords"].as_object().unwrap().keys();
            let keywords: BTreeSet<String> = keywords.cloned().collect();
            let mailboxes = email["mailboxIds"].as_object().unwrap().keys();
            let id = self.file(user, mailboxes.cloned().collect(), keywords, &raw);
            done.insert(
                name.clone(),
                json!({ "id": id, "blobId": format!("B{id}") }),
            );
            created.insert(format!("#{name}"), id);
        }
        // Cyrus leaves the states out here.
        json!({ "created": done, "notCreated": {} })
    }

    /// Delivers to those there are, and refuses the message when one of them is not.
    fn submit(
        &mut self,
        user: &str,
        arguments: &Value,
        created: &BTreeMap<String, String>,
    ) -> Value {
        let (name, submission) = arguments["create"]
            .as_object()
            .unwrap()
            .iter()
            .next()
            .unwrap();
        let email = submission["emailId"].as_str().unwrap();
        let id = created.get(email).map_or(email, String::as_str).to_owned();
        let recipients = submission["envelope"]["rcptTo"].as_array().unwrap();
        let recipients: Vec<&str> = recipients
            .iter()
            .map(|it| it["email"].as_str().unwrap())
            .collect();
        let unknown = recipients.iter().filter(|it| !USERS.contains(*it));
        let unknown: Vec<&&str> = unknown.collect();
        if !unknown.is_empty() {
            let refusal = json!({ "type": "invalidRecipients", "invalidRecipients": unknown,
                "description": "550 no such user" });
            return json!({ "created": null, "notCreated": { name: refusal } });
        }
        let raw = self.blobs[&format!("B{id}")].clone();
        for recipient in recipients {
            self.deliver(recipient, &raw);
        }
        let reference = format!("#{name}");
        if let Some(patch) = arguments["onSuccessUpdateEmail"].get(&reference)
            && let Some(email) = self.find(user, &id)
        {
            email.patch(patch);
        }
        if arguments["onSuccessDestroyEmail"][0] == reference {
            self.emails.retain(|email| email.id != id);
        }
        json!({ "created": { name: { "id": format!("S{id}") } }, "notCreated": null })
    }

    fn deliver(&mut self, user: &str, raw: &[u8]) {
        self.file(
            user,
            BTreeSet::from(["in".to_owned()]),
            BTreeSet::new(),
            raw,
        );
        self.changed();
    }

    fn file(
        &mut self,
        user: &str,
        mailboxes: BTreeSet<String>,
        keywords: BTreeSet<String>,
        raw: &[u8],
    ) -> String {
        self.changes += 1;
        let id = format!("M{}", self.changes);
        self.blobs.insert(format!("B{id}"), raw.to_vec());
        self.emails.push(Email {
            user: user.to_owned(),
            id: id.clone(),
            mailboxes,
            keywords,
            created: self.changes,
        });
        id
    }

    fn keep(&mut self, octets: Vec<u8>) -> String {
        let id = format!("U{}", self.blobs.len());
        self.blobs.insert(id.clone(), octets);
        id
    }

    fn find(&mut self, user: &str, id: &str) -> Option<&mut Email> {
        let mut emails = self.emails.iter_mut();
        emails.find(|email| email.user == user && email.id == id)
    }

    /// Tells all who listen.
    fn changed(&mut self) {
        self.changes += 1;
        let state = self.changes.to_string();
        let changed = USERS.map(|user| (user.to_owned(), json!({ "Email": state })));
        let change = json!({ "@type": "StateChange", "changed": Map::from_iter(changed) });
        let event = format!("event: state\ndata: {change}\n\n").into_bytes();
        self.listeners.retain(|it| it.send(event.clone()).is_ok());
    }
}

impl Email {
    fn patch(&mut self, patch: &Value) {
        for (path, value) in patch.as_object().unwrap() {
            let Some((set, name)) = path.split_once('/') else {
                assert_eq!(
                    path, "mailboxIds",
                    "the only property that is set as a whole"
                );
                self.mailboxes = value.as_object().unwrap().keys().cloned().collect();
                continue;
            };
            let name = name.replace("~1", "/").replace("~0", "~");
            let set = if set == "keywords" {
                &mut self.keywords
            } else {
                &mut self.mailboxes
            };
            match value {
                Value::Null => drop(set.remove(&name)),
                _ => drop(set.insert(name)),
            }
        }
    }
}

/// Times that rise with each message, a quarter of a second apart.
fn arrival(created: u64) -> String {
    let (minutes, rest) = (created / 240, created % 240);
    let (hours, minutes) = (minutes / 60, minutes % 60);
    let fraction = ["", ".25", ".5", ".75"][usize::try_from(rest % 4).unwrap()];
    format!(
        "2026-01-02T{hours:02}:{minutes:02}:{:02}{fraction}Z",
        rest / 4
    )
}

fn properties(email: &Email, blobs: &mut BTreeMap<String, Vec<u8>>, is_outline: bool) -> Value {
    let blob = format!("B{}", email.id);
    let raw = blobs[&blob].clone();
    let set = |names: &BTreeSet<String>| -> Value {
        let members = names.iter().map(|name| (name.clone(), json!(true)));
        members.collect::<Map<_, _>>().into()
    };
    let mut out = json!({ "id": email.id, "blobId": blob, "size": raw.len(),
        "receivedAt": arrival(email.created), "keywords": set(&email.keywords),
        "mailboxIds": set(&email.mailboxes) });
    let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in header_and_body(&raw).0 {
        let known = FIELDS.into_iter().find(|it| it.eq_ignore_ascii_case(&name));
        let property = known.map(|known| format!("header:{known}:asRaw:all"));
        fields
            .entry(property.unwrap_or(name))
            .or_default()
            .push(value);
    }
    let fields = fields
        .into_iter()
        .map(|(name, values)| (name, json!(values)));
    out.as_object_mut().unwrap().extend(fields);
    if is_outline {
        let mut texts = Map::new();
        out["bodyStructure"] = structure(&raw, blobs, &mut texts);
        out["bodyValues"] = texts.into();
    }
    out
}

const FIELDS: [&str; 13] = [
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "Supersedes",
    "MIME-Version",
    "Content-Type",
    "Content-Purpose",
    "Content-Disposition",
    "Content-ID",
];

/// The fields of a part, folded as they are, and what is behind them.
fn header_and_body(raw: &[u8]) -> (Vec<(String, String)>, &[u8]) {
    let end = raw.windows(4).position(|it| it == b"\r\n\r\n");
    let (head, body) = match end {
        Some(end) => (&raw[..end], &raw[end + 4..]),
        None => (raw, &b""[..]),
    };
    let head = String::from_utf8_lossy(head)
        .replace("\r\n ", "\0 ")
        .replace("\r\n\t", "\0\t");
    let fields = head.split("\r\n").filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_owned(), value.replace('\0', "\r\n")))
    });
    (fields.collect(), body)
}

fn structure(
    raw: &[u8],
    blobs: &mut BTreeMap<String, Vec<u8>>,
    texts: &mut Map<String, Value>,
) -> Value {
    let (fields, body) = header_and_body(raw);
    let field = |name: &str| {
        let mut fields = fields.iter();
        let found = fields.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.trim())
    };
    let content_type = field("Content-Type");
    let media_type = match content_type.split(';').next().unwrap() {
        "" => "text/plain".to_owned(),
        media_type => media_type.trim().to_lowercase(),
    };
    let header = fields.iter();
    let header: Vec<Value> = header
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let mut out = json!({ "type": media_type, "headers": header });
    if let Some((_, boundary)) = content_type.split_once("boundary=")
        && media_type.starts_with("multipart/")
    {
        let boundary = boundary.split(';').next().unwrap().trim().trim_matches('"');
        let parts = split(body, format!("--{boundary}").as_bytes());
        let parts = parts.into_iter().map(|part| structure(part, blobs, texts));
        out["subParts"] = parts.collect();
        return out;
    }
    let content = match field("Content-Transfer-Encoding").to_lowercase().as_str() {
        "base64" => {
            let letters = body.iter().filter(|octet| !octet.is_ascii_whitespace());
            let letters: Vec<u8> = letters.copied().collect();
            BASE64_STANDARD.decode(letters).unwrap_or_default()
        }
        "quoted-printable" => unquote(body),
        _ => body.to_vec(),
    };
    let name = blobs.len().to_string();
    if media_type == "text/html" {
        let value = json!({ "value": String::from_utf8_lossy(&content) });
        texts.insert(name.clone(), value);
    }
    out["partId"] = json!(name);
    out["size"] = json!(content.len());
    out["blobId"] = json!(format!("P{name}"));
    blobs.insert(format!("P{name}"), content);
    out
}

/// What stands between the lines that start with a boundary.
fn split<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut starts = Vec::new();
    for (at, octets) in body.windows(boundary.len()).enumerate() {
        // One boundary may begin as another does.
        let behind = &body[at + boundary.len()..];
        let is_whole = behind.starts_with(b"\r\n") || behind.starts_with(b"--");
        if octets == boundary && is_whole && (at == 0 || body[at - 1] == b'\n') {
            starts.push(at);
        }
    }
    let between = |pair: &[usize]| {
        let part = &body[pair[0] + boundary.len()..pair[1]];
        let part = part.strip_prefix(b"\r\n").unwrap_or(part);
        part.strip_suffix(b"\r\n").unwrap_or(part)
    };
    starts.windows(2).map(between).collect()
}

/// RFC 2045 6.7, for text that was encoded well.
fn unquote(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = body;
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first != b'=' {
            out.push(*first);
            continue;
        }
        let code = rest.get(..2).unwrap_or(rest);
        rest = &rest[code.len()..];
        let code = String::from_utf8_lossy(code);
        out.extend(u8::from_str_radix(&code, 16));
    }
    out
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
