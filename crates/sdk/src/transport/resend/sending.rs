//! Sending: a composed message taken apart into the members of `POST /emails`.
//!
//! # Structured data
//!
//! It goes into the HTML as script blocks, as the composer writes them for receivers that read nothing
//! else. The service would take it as a file too, but it marks each file as an attachment and has no
//! member for `Content-Purpose`, and what is attached does not speak for its message.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};
use structured_email::{Draft, Mailbox, Message, Part, Stamp};

use super::config::Config;
use crate::{Error, ErrorKind, Outgoing};

/// The most recipients of a message.
const MOST_RECIPIENTS: usize = 50;

/// Fields that are members of their own, or that the service writes itself.
const NOT_PASSED_ON: [&str; 10] = [
    "from",
    "to",
    "cc",
    "bcc",
    "reply-to",
    "subject",
    "date",
    "sender",
    "mime-version",
    "message-id",
];

/// The body of a request, and what of the message is not in it.
#[derive(Debug)]
pub(super) struct Submission {
    pub(super) body: Value,
    pub(super) losses: Vec<String>,
}

impl Submission {
    /// Takes a message apart.
    ///
    /// # Errors
    ///
    /// Unsupported for what the service cannot send at all, Invalid for what is no message.
    pub(super) fn of(outgoing: &Outgoing, config: &Config) -> Result<Self, Error> {
        let message = Message::parse(&outgoing.message).map_err(|error| {
            Error::new(ErrorKind::Invalid, error.to_string()).with_source(error)
        })?;
        if message.needs_decryption() {
            return Err(unsupported("the service sends no encrypted messages"));
        }
        let mut members = Map::new();
        let mut losses = Vec::new();
        address(&mut members, outgoing, &message)?;
        members.insert(
            "subject".to_owned(),
            json!(message.subject().unwrap_or_default()),
        );
        let shown = shown(&message);
        body(&mut members, &message, &shown, &mut losses)?;
        files(&mut members, &message, &shown)?;
        header(&mut members, &message);
        if !message.signatures().is_empty() {
            losses.push("the signature: the service writes the message anew".to_owned());
        }
        if !config.tags.is_empty() {
            let tags = config.tags.iter();
            let tags = tags.map(|(name, value)| json!({ "name": name, "value": value }));
            members.insert("tags".to_owned(), tags.collect());
        }
        Ok(Self {
            body: Value::Object(members),
            losses,
        })
    }
}

/// Who gets it. The service sends to those it shows, and to blind copies.
fn address(
    members: &mut Map<String, Value>,
    outgoing: &Outgoing,
    message: &Message<'_>,
) -> Result<(), Error> {
    let is_meant = |mailbox: &Mailbox| {
        let mut recipients = outgoing.recipients.iter();
        recipients.any(|recipient| recipient.eq_ignore_ascii_case(&mailbox.address))
    };
    let (to, cc) = (message.mailboxes("To"), message.mailboxes("Cc"));
    if to.is_empty() {
        return Err(unsupported("the service sends to somebody in To only"));
    }
    if !to.iter().chain(&cc).all(is_meant) {
        let message = "the service sends to all that To and Cc name";
        return Err(unsupported(message));
    }
    if outgoing.recipients.len() > MOST_RECIPIENTS {
        let message = "the service sends a message to at most 50 recipients";
        return Err(unsupported(message));
    }
    let is_named = |recipient: &&String| {
        let mut named = to.iter().chain(&cc);
        named.any(|mailbox| mailbox.address.eq_ignore_ascii_case(recipient))
    };
    let bcc: Vec<&String> = outgoing
        .recipients
        .iter()
        .filter(|recipient| !is_named(recipient))
        .collect();
    members.insert("from".to_owned(), json!(written(&outgoing.from)));
    let reply_to = message.mailboxes("Reply-To");
    for (name, mailboxes) in [("to", to), ("cc", cc), ("reply_to", reply_to)] {
        if !mailboxes.is_empty() {
            let mailboxes = mailboxes.iter().map(written);
            members.insert(name.to_owned(), mailboxes.collect());
        }
    }
    if !bcc.is_empty() {
        members.insert("bcc".to_owned(), json!(bcc));
    }
    Ok(())
}

/// The parts whose content is the text and the HTML.
fn shown<'m, 'a>(message: &'m Message<'a>) -> Vec<&'m Part<'a>> {
    let first = |media_type: &str| {
        let mut parts = message.parts().iter();
        parts.find(|part| part.is_body() && part.media_type() == media_type)
    };
    [first("text/plain"), first("text/html")]
        .into_iter()
        .flatten()
        .collect()
}

/// Text, HTML, and the data in it.
fn body(
    members: &mut Map<String, Value>,
    message: &Message<'_>,
    shown: &[&Part<'_>],
    losses: &mut Vec<String>,
) -> Result<(), Error> {
    let content = |media_type: &str| {
        let part = shown.iter().find(|part| part.media_type() == media_type);
        let text = part.and_then(|part| part.text());
        text.map(|text| text.replace("\r\n", "\n"))
    };
    let (text, mut html) = (content("text/plain"), content("text/html"));
    let mut data = Vec::new();
    for part in message.parts().iter().filter(|part| part.is_designated()) {
        let json = part.text().or_else(|| {
            let octets = part.decode(usize::MAX).ok()?;
            String::from_utf8(octets.into_owned()).ok().map(Into::into)
        });
        data.push(json.ok_or_else(|| invalid("expected structured data in UTF-8"))?);
    }
    if !data.is_empty() {
        losses
            .push("how data and text relate: the data is in script blocks of the HTML".to_owned());
        if text.is_none() && html.is_none() {
            losses.push(
                "that it is for machines only: the service sends no message without a body"
                    .to_owned(),
            );
        }
        let readable = html.unwrap_or_else(|| as_html(text.as_deref().unwrap_or_default()));
        html = Some(with_data(&readable, &data)?);
    }
    // Without this member the service makes a text of the HTML.
    let text = text.unwrap_or_default();
    members.insert("text".to_owned(), json!(text));
    if let Some(html) = html {
        members.insert("html".to_owned(), json!(html));
    }
    Ok(())
}

/// A text as HTML.
fn as_html(text: &str) -> String {
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!("<div style=\"white-space: pre-wrap\">{escaped}</div>")
}

/// The HTML with the data that it does not hold yet in script blocks, written by the composer.
fn with_data(html: &str, data: &[impl AsRef<str>]) -> Result<String, Error> {
    let held = items_of(html)?;
    let missing: Vec<&str> = data
        .iter()
        .map(AsRef::as_ref)
        .filter(|json| {
            let value = serde_json::from_str::<Value>(json);
            let values = match value.unwrap_or_default() {
                Value::Array(values) => values,
                value => vec![value],
            };
            !values.iter().all(|value| held.contains(value))
        })
        .collect();
    if missing.is_empty() {
        return Ok(html.to_owned());
    }
    let draft = Draft::new().from(NOBODY).to(NOBODY).html(html);
    let draft = missing.into_iter().fold(draft, Draft::data_json);
    let raw = composed(&draft.html_fallback(true))?;
    let message = Message::parse(&raw).map_err(|error| invalid(&error.to_string()))?;
    let html = message.html().map(|html| html.replace("\r\n", "\n"));
    html.ok_or_else(|| invalid("expected HTML that can hold the data"))
}

/// The data that HTML holds.
fn items_of(html: &str) -> Result<Vec<Value>, Error> {
    let raw = composed(&Draft::new().from(NOBODY).to(NOBODY).html(html))?;
    let message = Message::parse(&raw).map_err(|error| invalid(&error.to_string()))?;
    let items = message.items().iter();
    Ok(items.filter_map(|item| item.value()).collect())
}

/// A message that is written to be read here.
fn composed(draft: &Draft) -> Result<Vec<u8>, Error> {
    let stamp = Stamp {
        date: 0,
        message_id: NOBODY.to_owned(),
        boundary: "=_data".to_owned(),
    };
    let mut raw = Vec::new();
    let composed = draft.compose(&stamp, &mut raw);
    composed
        .map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()).with_source(error))?;
    Ok(raw)
}

const NOBODY: &str = "nobody@resend.invalid";

/// Every other part, as a file.
fn files(
    members: &mut Map<String, Value>,
    message: &Message<'_>,
    shown: &[&Part<'_>],
) -> Result<(), Error> {
    let is_shown = |part: &Part<'_>| shown.iter().any(|it| it.section() == part.section());
    let mut files = Vec::new();
    for part in message.parts() {
        if part.is_multipart() || part.is_designated() || is_shown(part) {
            continue;
        }
        let content = part.decode(usize::MAX);
        let content = content.map_err(|problem| invalid(problem.detail()))?;
        let name = part.filename().map_or_else(
            || format!("part-{}", part.section()),
            std::borrow::Cow::into_owned,
        );
        let mut file = json!({
            "filename": name,
            "content": BASE64_STANDARD.encode(content),
            "content_type": part.media_type(),
        });
        if let Some(id) = part.content_id() {
            file["content_id"] = json!(id);
        }
        files.push(file);
    }
    if !files.is_empty() {
        members.insert("attachments".to_owned(), Value::Array(files));
    }
    Ok(())
}

/// The other fields of the header. Of several of one name the first goes.
fn header(members: &mut Map<String, Value>, message: &Message<'_>) {
    let mut fields = Map::new();
    for (name, _) in message.headers() {
        let lower = name.to_ascii_lowercase();
        if NOT_PASSED_ON.contains(&lower.as_str()) || lower.starts_with("content-") {
            continue;
        }
        let is_new = !fields
            .keys()
            .any(|known: &String| known.eq_ignore_ascii_case(name));
        if let Some(value) = message.header(name).filter(|_| is_new) {
            fields.insert(name.to_owned(), json!(value.trim()));
        }
    }
    if !fields.is_empty() {
        members.insert("headers".to_owned(), Value::Object(fields));
    }
}

/// A mailbox in the syntax of a header (RFC 5322 3.4), unencoded.
fn written(mailbox: &Mailbox) -> String {
    match &mailbox.name {
        None => mailbox.address.clone(),
        Some(name) => {
            let is_plain = |c: char| c.is_alphanumeric() || " !#$%&'*+-/=?^_`{|}~".contains(c);
            if name.chars().all(is_plain) {
                return format!("{name} <{}>", mailbox.address);
            }
            let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{quoted}\" <{}>", mailbox.address)
        }
    }
}

fn unsupported(message: &str) -> Error {
    Error::new(ErrorKind::Unsupported, message)
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::Invalid, message)
}
