//! The mail service Resend in memory, with two accounts of a domain each that write to each other: what
//! its public API reference says of sending and receiving, with answers that a test sets.
//!
//! It writes `Date` and `Message-ID` itself, keeps no mark of anything, makes mail of the members it is
//! sent, and hands out what it received by URLs that take no key.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use structured_email::{Attachment, Draft, Mailbox, Message, Stamp};

use crate::http::{Reply, Request, Server};

/// The domains of the accounts.
pub const DOMAINS: [&str; 2] = ["a.resend.test", "b.resend.test"];

/// The keys of the accounts.
pub const KEYS: [&str; 2] = ["re_secret_a", "re_secret_b"];

/// A service that listens on this machine.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // read by tests
pub struct ResendService {
    /// The HTTP side of it.
    pub http: Server,
    state: Arc<Mutex<State>>,
}

/// Changes a good answer: the path, the answer.
type Twist = Box<dyn FnMut(&str, &mut Value) + Send>;

#[derive(Default)]
struct State {
    /// How the last client reached it.
    url: String,
    /// Grows by one with each message: the id, and the microsecond of its arrival.
    count: u64,
    received: Vec<Mail>,
    sent: Vec<Mail>,
    /// What was answered under an idempotency key, and to which body.
    answered: BTreeMap<String, (Vec<u8>, Value)>,
    pace: Option<Pace>,
    twist: Option<Twist>,
}

/// A message of one account, as its resource shows it.
struct Mail {
    account: usize,
    id: String,
    resource: Value,
    raw: Vec<u8>,
}

/// So many requests in each window.
struct Pace {
    limit: u32,
    window: Duration,
    began: Instant,
    used: u32,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

impl ResendService {
    /// An empty one that takes any number of requests.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let answering = Arc::clone(&state);
        let http = Server::start(move |request| answering.lock().unwrap().answer(request)).await;
        Self { http, state }
    }

    /// Takes so many requests a second from here on.
    pub fn limit_rate(&self, limit: u32) {
        self.state().pace = Some(Pace {
            limit,
            window: Duration::from_secs(1),
            began: Instant::now(),
            used: 0,
        });
    }

    /// Changes answers from here on.
    pub fn twist(&self, twist: impl FnMut(&str, &mut Value) + Send + 'static) {
        self.state().twist = Some(Box::new(twist));
    }

    /// Lets answers be as they are.
    pub fn untwist(&self) {
        self.state().twist = None;
    }

    /// Receives octets as they are, for an account.
    pub fn deliver(&self, account: usize, raw: &[u8]) {
        let to = format!("agent@{}", DOMAINS[account]);
        self.state().receive(account, &[to], raw.to_vec());
    }

    /// Receives octets for other addresses of an account than its domain's.
    pub fn deliver_to(&self, account: usize, to: &str, raw: &[u8]) {
        self.state()
            .receive(account, &[to.to_owned()], raw.to_vec());
    }

    /// Removes a message that was received.
    pub fn destroy(&self, id: &str) {
        self.state().received.retain(|mail| mail.id != id);
    }

    /// The messages that were sent, newest last, as their requests described them.
    #[must_use]
    pub fn submissions(&self) -> Vec<Value> {
        let requests = self.http.requests();
        let posts = requests.iter().filter(|request| request.method == "POST");
        posts
            .map(|request| serde_json::from_slice(&request.body).unwrap())
            .collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Reply {
        let host = request.header.get("host").map_or("", String::as_str);
        self.url = format!("http://{host}");
        let (path, query) = request
            .target
            .split_once('?')
            .unwrap_or((&request.target, ""));
        if let Some(id) = path.strip_prefix("/inbound/") {
            return self.download(id, query, request);
        }
        let key = request.header.get("authorization");
        let key = key.and_then(|value| value.strip_prefix("Bearer "));
        let Some(key) = key else {
            return error(401, "missing_api_key", "Missing API key");
        };
        let Some(account) = KEYS.iter().position(|known| *known == key) else {
            return error(403, "invalid_api_key", "API key is invalid");
        };
        let (left, reset) = match self.pace.as_mut().map(Pace::take) {
            Some(None) => {
                let mut reply = error(429, "rate_limit_exceeded", "Too many requests");
                reply.header.push(("retry-after", "1".to_owned()));
                reply.header.push(("ratelimit-remaining", "0".to_owned()));
                reply.header.push(("ratelimit-reset", "1".to_owned()));
                return reply;
            }
            Some(Some(left)) => (left, 1),
            None => (1000, 1),
        };
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let mut reply = match (request.method.as_str(), &segments[..]) {
            ("POST", ["emails"]) => self.send(account, request),
            ("GET", ["emails"]) => self.list(account, path, query, false),
            ("GET", ["emails", "receiving"]) => self.list(account, path, query, true),
            ("GET", ["emails", "receiving", id]) => self.one(account, path, id, true),
            ("GET", ["emails", id]) => self.one(account, path, id, false),
            _ => error(405, "method_not_allowed", "Method is not allowed"),
        };
        reply.header.push(("ratelimit-remaining", left.to_string()));
        reply.header.push(("ratelimit-reset", reset.to_string()));
        reply
    }

    fn twisted(&mut self, path: &str, mut answer: Value) -> Reply {
        if let Some(twist) = &mut self.twist {
            twist(path, &mut answer);
        }
        Reply::json(200, &answer)
    }

    fn list(&mut self, account: usize, path: &str, query: &str, received: bool) -> Reply {
        let parameter = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(it, _)| *it == name).map(|(_, value)| value)
        };
        let limit: usize = parameter("limit").map_or(20, |limit| limit.parse().unwrap_or(0));
        if !(1..=100).contains(&limit) {
            return error(422, "validation_error", "limit must be 1 to 100");
        }
        let mails = if received { &self.received } else { &self.sent };
        let own = mails.iter().rev().filter(|mail| mail.account == account);
        let own: Vec<&Mail> = own.collect();
        let start = match parameter("after") {
            None => 0,
            Some(after) => match own.iter().position(|mail| mail.id == after) {
                Some(at) => at + 1,
                None => return error(422, "validation_error", "after names no email"),
            },
        };
        let rows = own.iter().skip(start).take(limit);
        let rows: Vec<Value> = rows
            .map(|mail| {
                let mut row = mail.resource.clone();
                for name in ["object", "html", "text", "headers", "raw"] {
                    row.as_object_mut().unwrap().remove(name);
                }
                row
            })
            .collect();
        let has_more = own.len() > start + rows.len();
        let answer = json!({ "object": "list", "has_more": has_more, "data": rows });
        self.twisted(path, answer)
    }

    fn one(&mut self, account: usize, path: &str, id: &str, received: bool) -> Reply {
        let is_uuid = id.len() == 36 && id.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-');
        if !is_uuid {
            return error(422, "validation_error", "The id must be a valid UUID");
        }
        let mails = if received { &self.received } else { &self.sent };
        let mut own = mails.iter().filter(|mail| mail.account == account);
        match own.find(|mail| mail.id == id) {
            Some(mail) => {
                let mut resource = mail.resource.clone();
                if received {
                    let url = format!("{}/inbound/{id}?signature=good", self.url);
                    resource["raw"] =
                        json!({ "download_url": url, "expires_at": "2030-01-01T00:00:00Z" });
                }
                self.twisted(path, resource)
            }
            None => error(404, "not_found", "Email not found"),
        }
    }

    /// A signed URL is all it takes; a key has no business there.
    fn download(&self, id: &str, query: &str, request: &Request) -> Reply {
        if request.header.contains_key("authorization") || query != "signature=good" {
            return Reply::new(403, "application/xml", "<Error/>");
        }
        match self.received.iter().find(|mail| mail.id == id) {
            Some(mail) => Reply::new(200, "message/rfc822", mail.raw.clone()),
            None => Reply::new(404, "application/xml", "<Error/>"),
        }
    }

    fn send(&mut self, account: usize, request: &Request) -> Reply {
        let key = request.header.get("idempotency-key").cloned();
        if let Some(key) = &key {
            if !(1..=256).contains(&key.len()) {
                return error(400, "invalid_idempotency_key", "1 to 256 characters");
            }
            if let Some((body, answer)) = self.answered.get(key) {
                return match *body == request.body {
                    true => Reply::json(200, answer),
                    false => error(409, "invalid_idempotent_request", "Another body"),
                };
            }
        }
        let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
            return error(400, "validation_error", "Not JSON");
        };
        let from = Mailbox::from(body["from"].as_str().unwrap_or_default());
        if !from.address.ends_with(&format!("@{}", DOMAINS[account])) {
            return error(403, "validation_error", "The domain is not verified");
        }
        let to = mailboxes(&body["to"]);
        if to.is_empty() || to.len() > 50 {
            return error(422, "validation_error", "to has 1 to 50 addresses");
        }
        let is_text = |name: &str| body[name].as_str().is_some();
        if !is_text("subject") || !(is_text("text") || is_text("html")) {
            return error(422, "missing_required_field", "Missing `html` or `text`");
        }
        let id = self.next_id();
        let message_id = format!("{id}@mail.resend.test");
        let raw = match self.written(&body, &from, &message_id) {
            Ok(raw) => raw,
            Err(message) => return error(422, "validation_error", &message),
        };
        let named = [to, mailboxes(&body["cc"]), mailboxes(&body["bcc"])].concat();
        for (receiver, domain) in DOMAINS.iter().enumerate() {
            let its = named.iter().map(|mailbox| &mailbox.address);
            let its = its.filter(|address| address.ends_with(&format!("@{domain}")));
            let its: Vec<String> = its.cloned().collect();
            if !its.is_empty() {
                self.receive(receiver, &its, raw.clone());
            }
        }
        let mut resource = json!({
            "object": "email", "id": id, "message_id": format!("<{message_id}>"),
            "created_at": self.time().replace('T', " ").replace('Z', "+00"),
            "last_event": "delivered", "html": null, "text": null,
            "to": [], "cc": null, "bcc": null, "reply_to": null,
        });
        for name in [
            "from", "to", "cc", "bcc", "reply_to", "subject", "html", "text",
        ] {
            if let Some(value) = body.get(name) {
                resource[name] = value.clone();
            }
        }
        self.sent.push(Mail {
            account,
            id: id.clone(),
            resource,
            raw,
        });
        let answer = json!({ "id": id });
        if let Some(key) = key {
            let kept = (request.body.clone(), answer.clone());
            self.answered.insert(key, kept);
        }
        self.twisted("/emails", answer)
    }

    /// The mail that goes out: alternatives of text and HTML, and files that are attachments.
    fn written(&self, body: &Value, from: &Mailbox, message_id: &str) -> Result<Vec<u8>, String> {
        let text = |name: &str| body[name].as_str().filter(|text| !text.is_empty());
        let mut draft = Draft::new()
            .from(from.clone())
            .subject(body["subject"].as_str().unwrap_or_default());
        draft = mailboxes(&body["to"]).into_iter().fold(draft, Draft::to);
        draft = mailboxes(&body["cc"]).into_iter().fold(draft, Draft::cc);
        draft = mailboxes(&body["reply_to"])
            .into_iter()
            .fold(draft, Draft::reply_to);
        draft = text("html").into_iter().fold(draft, Draft::html);
        draft = match text("text") {
            Some(text) => draft.text(text),
            None if text("html").is_none() => draft.text(""),
            None => draft,
        };
        for file in body["attachments"].as_array().into_iter().flatten() {
            let member = |name: &str| file[name].as_str().unwrap_or_default();
            let content = BASE64_STANDARD.decode(member("content"));
            let attachment = Attachment {
                filename: member("filename").to_owned(),
                media_type: member("content_type").to_owned(),
                content: content.map_err(|error| error.to_string())?,
            };
            draft = match file["content_id"].as_str() {
                Some(id) => draft.attachment_with_id(id, attachment),
                None => draft.attachment(attachment),
            };
        }
        let stamp = Stamp {
            date: 1_767_323_045 + 60,
            message_id: message_id.to_owned(),
            boundary: "=_of-the-service".to_owned(),
        };
        let mut raw = Vec::new();
        for (name, value) in body["headers"].as_object().into_iter().flatten() {
            let value = value.as_str().unwrap_or_default();
            if !name.eq_ignore_ascii_case("message-id") && value.is_ascii() {
                raw.extend(format!("{name}: {value}\r\n").into_bytes());
            }
        }
        let composed = draft.compose(&stamp, &mut raw);
        composed.map_err(|error| error.to_string())?;
        Ok(raw)
    }

    fn receive(&mut self, account: usize, for_: &[String], raw: Vec<u8>) {
        let id = self.next_id();
        let message = Message::parse(&raw).ok();
        let named = |name: &str| -> Vec<String> {
            let mailboxes = message.as_ref().map(|message| message.mailboxes(name));
            let mailboxes = mailboxes.into_iter().flatten();
            mailboxes.map(|mailbox| mailbox.to_string()).collect()
        };
        let (mut to, cc) = (named("To"), named("Cc"));
        if to.is_empty() {
            to = for_.to_vec();
        }
        let is_shown = |address: &&String| to.iter().chain(&cc).any(|it| it.contains(*address));
        let bcc: Vec<&String> = for_.iter().filter(|it| !is_shown(it)).collect();
        let message_id = message.as_ref().and_then(Message::message_id);
        let resource = json!({
            "object": "email", "id": id, "created_at": self.time(),
            "from": named("From").first(), "to": to, "cc": cc, "bcc": bcc,
            "reply_to": named("Reply-To"),
            "subject": message.as_ref().and_then(Message::subject),
            "message_id": message_id.map(|id| format!("<{id}>")),
            "text": message.as_ref().and_then(Message::text),
            "html": message.as_ref().and_then(Message::html),
            "headers": {}, "attachments": [],
        });
        self.received.push(Mail {
            account,
            id,
            resource,
            raw,
        });
    }

    fn next_id(&mut self) -> String {
        self.count += 1;
        format!("00000000-0000-4000-8000-{:012x}", self.count)
    }

    /// A microsecond for each message.
    fn time(&self) -> String {
        let (seconds, micros) = (self.count / 1_000_000, self.count % 1_000_000);
        format!(
            "2026-01-02T03:{:02}:{:02}.{micros:06}Z",
            seconds / 60,
            seconds % 60
        )
    }
}

impl Pace {
    /// How many are left behind this request, or `None` when it is one too many.
    fn take(&mut self) -> Option<u32> {
        if self.began.elapsed() >= self.window {
            (self.began, self.used) = (Instant::now(), 0);
        }
        self.used += 1;
        self.limit.checked_sub(self.used)
    }
}

fn mailboxes(value: &Value) -> Vec<Mailbox> {
    let texts = value.as_array().into_iter().flatten();
    let texts = texts.chain([value]).filter_map(Value::as_str);
    texts.map(Mailbox::from).collect()
}

fn error(status: u16, name: &str, message: &str) -> Reply {
    let body = json!({ "statusCode": status, "name": name, "message": message });
    Reply::json(status, &body)
}
