//! Writes what the vectors hold into the corpus of each target: messages, JSON texts, HTML bodies,
//! cards, keys, posts, pushes, envelopes, and requests and answers of context sync. Targets that take lists of decisions start from random ones.
//!
//! `cargo +nightly run --example seeds` in this folder, before a run.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;

use mailmesh_testkit::random::Random;
use mailmesh_testkit::{properties, vectors};
use serde_json::Value;
use structured_email::{HtmlData, Limits, Message, Policy};

/// A seed above this size only slows a fuzzer down.
const LARGEST: usize = 16 << 10;

fn main() -> Result<(), Box<dyn Error>> {
    let mut seeds = Seeds::default();
    for (_, file) in vectors::load("structured-email")? {
        let file: Value = serde_json::from_str(&file)?;
        for case in file["cases"].as_array().into_iter().flatten() {
            if let Some(raw) = octets(&case["message"]) {
                seeds.add(raw);
            }
            // The draft of a compose case is JSON, and as good as any octets for a plan.
            seeds.json.insert(case["draft"].to_string().into_bytes());
            seeds.compose.insert(case.to_string().into_bytes());
        }
    }
    for folder in ["json-canonicalization", "agent-card"] {
        for (_, file) in vectors::load(folder)? {
            collect_texts(&serde_json::from_str(&file)?, &mut seeds.strict_json);
        }
    }
    seeds
        .signed_cards
        .extend(properties::signed_cards().iter().cloned());
    for (_, file) in vectors::load("agent-card")? {
        let file: Value = serde_json::from_str(&file)?;
        seeds.add_keys(&file);
        seeds.add_cards(&file);
        if file["test"] == "verify" {
            for case in file["cases"].as_array().into_iter().flatten() {
                seeds
                    .signed_cards
                    .insert(case["card"].to_string().into_bytes());
            }
        }
    }
    for (_, file) in vectors::load("asmtp")? {
        let file: Value = serde_json::from_str(&file)?;
        for case in file["cases"].as_array().into_iter().flatten() {
            let bodies = case["bodies"].as_array().into_iter().flatten();
            seeds
                .post
                .extend(bodies.chain([&case["body"]]).filter_map(body));
            seeds.frame.extend(
                [&case["message"], &case["body"]]
                    .into_iter()
                    .filter_map(body),
            );
        }
    }
    for folder in ["context-sync", "context-sync/captured"] {
        for (_, file) in vectors::load(folder)? {
            seeds.add_exchanges(&serde_json::from_str(&file)?);
        }
    }
    for (_, file) in vectors::load("bridge")? {
        let file: Value = serde_json::from_str(&file)?;
        for case in file["cases"].as_array().into_iter().flatten() {
            seeds.bridged_mail.extend(octets(&case["mail"]));
            seeds.bridged_envelopes.extend(body(&case["envelope"]));
            seeds.bridged_messages.extend(body(&case["message"]));
        }
    }
    let mut random = Random::new(0);
    seeds.decisions = (0..64).map(|n| random.octets(8 * n)).collect();
    seeds.write()
}

/// Takes the JSON texts that canonicalization vectors hold, as text or in hexadecimal.
fn collect_texts(value: &Value, texts: &mut BTreeSet<Vec<u8>>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect_texts(value, texts)),
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value.as_str()) {
                    ("input" | "input_text" | "canonical", Some(text)) => {
                        texts.insert(text.as_bytes().to_owned());
                    }
                    ("input_utf8_hex", Some(hex)) => texts.extend(from_hex(hex)),
                    _ => collect_texts(value, texts),
                }
            }
        }
        _ => {}
    }
}

fn from_hex(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2);
    let octet = |pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(octet).collect()
}

#[derive(Default)]
struct Seeds {
    message: BTreeSet<Vec<u8>>,
    json: BTreeSet<Vec<u8>>,
    html: BTreeSet<Vec<u8>>,
    compose: BTreeSet<Vec<u8>>,
    strict_json: BTreeSet<Vec<u8>>,
    cards: BTreeSet<Vec<u8>>,
    signed_cards: BTreeSet<Vec<u8>>,
    keys: BTreeSet<Vec<u8>>,
    post: BTreeSet<Vec<u8>>,
    frame: BTreeSet<Vec<u8>>,
    context_requests: BTreeSet<Vec<u8>>,
    context_answers: BTreeSet<Vec<u8>>,
    context_routes: BTreeSet<Vec<u8>>,
    bridged_mail: BTreeSet<Vec<u8>>,
    bridged_envelopes: BTreeSet<Vec<u8>>,
    bridged_messages: BTreeSet<Vec<u8>>,
    decisions: BTreeSet<Vec<u8>>,
}

impl Seeds {
    fn add(&mut self, raw: Vec<u8>) {
        let policy = Policy {
            html: HtmlData::Both,
            microdata: true,
            ..Policy::LENIENT
        };
        if let Ok(message) = Message::parse_with(&raw, policy, &Limits::default()) {
            for part in message.parts() {
                match part.media_type() {
                    "application/ld+json" => &mut self.json,
                    "text/html" => &mut self.html,
                    _ => continue,
                }
                .extend(part.decode(LARGEST).map(|body| body.into_owned()));
            }
        }
        self.message.insert(raw);
    }

    /// Requests and answers of context sync, wherever they stand.
    fn add_exchanges(&mut self, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.add_exchanges(value)),
            Value::Object(members) => {
                let line = match (&value["request"], &value["method"], &value["path"]) {
                    (Value::String(line), ..) => Some(line.clone()),
                    (_, Value::String(method), Value::String(path)) => {
                        Some(format!("{method} {path}"))
                    }
                    _ => None,
                };
                if let Some(line) = line {
                    self.context_routes.insert(line.into_bytes());
                    self.context_requests.extend(body(&value["body"]));
                    self.context_requests.extend(body(&value["raw_body"]));
                } else {
                    self.context_answers.extend(body(&value["body"]));
                }
                members.values().for_each(|value| self.add_exchanges(value));
            }
            _ => {}
        }
    }

    /// The cards of a file, as text or as JSON.
    fn add_cards(&mut self, file: &Value) {
        for case in file["cases"].as_array().into_iter().flatten() {
            if let Some(text) = case["input_text"].as_str() {
                self.cards.insert(text.as_bytes().to_owned());
            } else if case["card"].is_object() {
                self.cards.insert(case["card"].to_string().into_bytes());
            }
        }
    }

    /// The key set of a file, and every single key in it, as a set too.
    fn add_keys(&mut self, file: &Value) {
        let set = &file["jwks"];
        let single = file["test_private_jwks"].as_object().into_iter();
        let single = single.flat_map(|keys| keys.values());
        for key in single.chain(set["keys"].as_array().into_iter().flatten()) {
            self.keys.insert(key.to_string().into_bytes());
            self.keys
                .insert(format!("{{\"keys\":[{key}]}}").into_bytes());
        }
        if !set.is_null() {
            self.keys.insert(set.to_string().into_bytes());
        }
    }

    fn write(self) -> Result<(), Box<dyn Error>> {
        let targets = [
            ("structured_email_message", self.message),
            ("structured_email_json", self.json),
            ("structured_email_html", self.html),
            ("structured_email_compose", self.compose),
            ("strict_json_reader", self.strict_json.clone()),
            ("strict_json_canonical", self.strict_json),
            ("agent_card_reader", self.cards),
            ("agent_card_verifier", self.signed_cards),
            ("agent_card_jwks", self.keys),
            ("envelope_post", self.post),
            ("envelope_frame", self.frame),
            ("bridge_mail", self.bridged_mail.clone()),
            ("bridge_stored", self.bridged_mail.clone()),
            ("human_reply", self.bridged_mail),
            ("bridge_envelope", self.bridged_envelopes),
            ("bridge_context", self.bridged_messages),
            ("envelope_accept", self.decisions.clone()),
            ("envelope_receiver", self.decisions.clone()),
            ("envelope_outbox", self.decisions.clone()),
            ("context_requests", self.context_requests),
            ("context_answers", self.context_answers),
            ("context_route", self.context_routes),
            ("context_operations", self.decisions),
            ("jmap_answers", jmap("response")?),
            ("jmap_session", jmap("session")?),
            ("jmap_events", jmap("events")?),
            ("imap_search", searches()),
            ("resend_answers", resend()),
            ("mcp_inputs", mcp()),
        ];
        for (target, seeds) in targets {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("corpus")
                .join(target);
            fs::create_dir_all(&folder)?;
            for (n, seed) in seeds
                .iter()
                .filter(|seed| seed.len() <= LARGEST)
                .enumerate()
            {
                fs::write(folder.join(format!("vector-{n:03}")), seed)?;
            }
        }
        Ok(())
    }
}

/// Queries that were trouble for others.
fn searches() -> BTreeSet<Vec<u8>> {
    let queries = [
        "order 7",
        "\" OR ALL",
        "a\\ b",
        "Grüße \"",
        "{3}\r\nabc",
        "a\r\nx LOGOUT",
        "(OR TEXT a TEXT b)",
    ];
    queries.map(|query| query.as_bytes().to_vec()).into()
}

/// A list, a message, a webhook and a refusal of Resend, as its reference shows them.
fn resend() -> BTreeSet<Vec<u8>> {
    let message = serde_json::json!({
        "object": "email", "id": "00000000-0000-4000-8000-000000000001",
        "created_at": "2026-01-02 03:04:05.123456+00", "from": "Ann <ann@x.test>",
        "to": ["b@x.test"], "cc": [], "bcc": null, "reply_to": [], "subject": "Grüße",
        "text": "x", "html": "<p>x</p>", "message_id": "<1@x.test>",
        "headers": { "References": "<0@x.test>" },
        "raw": { "download_url": "https://x.test/1?signature=s" },
    });
    let list = serde_json::json!({ "object": "list", "has_more": true, "data": [message] });
    let id = &message["id"];
    let webhook = serde_json::json!({ "type": "email.received", "data": { "email_id": id } });
    let refusal =
        serde_json::json!({ "statusCode": 422, "name": "validation_error", "message": "x" });
    [message.clone(), list, webhook, refusal]
        .map(|answer| answer.to_string().into_bytes())
        .into()
}

/// A cursor, what a server found out about a sender, and a payload.
fn mcp() -> BTreeSet<Vec<u8>> {
    let inputs = [
        "eyJtIjoiYSIsImYiOiJJTkJPWCIsIm4iOjUwLCJsIjoiMSJ9",
        "spf=pass (ok; really) smtp.mailfrom=ann@a.test; dkim=pass reason=\"x; dmarc=pass\" header.d=a.test",
        "dmarc/1=fail header.from=a.test",
        "{\"goal\":\"build\",\"a\":[1,{\"b\":\"\u{200b}\"}],\"a\u{200b}\":1.50}",
    ];
    inputs.map(|input| input.as_bytes().to_vec()).into()
}

/// What Cyrus said, and an event stream.
fn jmap(kind: &str) -> Result<BTreeSet<Vec<u8>>, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/jmap/tests/captured");
    let mut seeds = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(kind))
        {
            seeds.insert(fs::read(path)?);
        }
    }
    Ok(seeds)
}

/// A body or message that a vector gives as text or as JSON.
fn body(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.clone().into_bytes()),
        Value::Object(_) => Some(value.to_string().into_bytes()),
        _ => None,
    }
}

/// The octets that a vector gives as text or as a list of pieces; see `vectors/README.md`.
fn octets(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.clone().into_bytes()),
        Value::Array(pieces) => {
            let pieces: Option<Vec<_>> = pieces.iter().map(piece).collect();
            Some(pieces?.concat())
        }
        _ => None,
    }
}

fn piece(value: &Value) -> Option<Vec<u8>> {
    if let Some(line) = value.as_str() {
        return Some(format!("{line}\r\n").into_bytes());
    }
    if let Some(raw) = value["raw"].as_str() {
        return Some(raw.to_owned().into_bytes());
    }
    let (repeat, times) = (value["repeat"].as_str()?, value["times"].as_u64()?);
    let times = usize::try_from(times)
        .ok()
        .filter(|times| times * repeat.len() <= LARGEST)?;
    Some(
        (1..=times)
            .flat_map(|n| repeat.replace("{n}", &n.to_string()).into_bytes())
            .collect(),
    )
}
