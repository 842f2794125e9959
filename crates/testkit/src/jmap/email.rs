//! Messages, and what `Email/get` says of them (RFC 8621 4.1).

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

/// A message in the mailboxes of a user.
pub(super) struct Email {
    pub(super) user: String,
    pub(super) id: String,
    pub(super) mailboxes: BTreeSet<String>,
    pub(super) keywords: BTreeSet<String>,
    pub(super) created: u64,
}

impl Email {
    pub(super) fn patch(&mut self, patch: &Value) {
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
pub(super) fn arrival(created: u64) -> String {
    let (minutes, rest) = (created / 240, created % 240);
    let (hours, minutes) = (minutes / 60, minutes % 60);
    let fraction = ["", ".25", ".5", ".75"][usize::try_from(rest % 4).unwrap()];
    format!(
        "2026-01-02T{hours:02}:{minutes:02}:{:02}{fraction}Z",
        rest / 4
    )
}

pub(super) fn properties(
    email: &Email,
    blobs: &mut BTreeMap<String, Vec<u8>>,
    is_outline: bool,
) -> Value {
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
