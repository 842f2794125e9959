//! What the service says about messages, member by member: one of a wrong type costs itself alone.

use jiff::Timestamp;
use serde_json::Value;
use structured_email::{Draft, Mailbox, Message, Stamp};

use super::fault;
use super::place::is_id;
use crate::Error;

/// The most of a list that is asked for, and may be answered.
pub(super) const PAGE: usize = 100;

/// A message as a list or a resource shows it.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) id: &'a str,
    members: &'a Value,
}

/// One page of a list, newest first, and whether more follows.
pub(super) fn page(answer: &Value) -> Result<(Vec<Row<'_>>, bool), Error> {
    let data = answer.get("data").and_then(Value::as_array);
    let data = data.ok_or_else(|| fault::unreadable("a list of messages"))?;
    if data.len() > PAGE {
        return Err(fault::unreadable("at most 100 messages on a page"));
    }
    let has_more = answer.get("has_more").and_then(Value::as_bool);
    let rows = data.iter().filter_map(Row::of).collect();
    Ok((rows, has_more.unwrap_or_default()))
}

impl<'a> Row<'a> {
    /// A message with an id that can be one.
    pub(super) fn of(members: &'a Value) -> Option<Self> {
        let id = members.get("id")?.as_str().filter(|id| is_id(id))?;
        Some(Self { id, members })
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        let text = self.members.get(name)?.as_str();
        text.filter(|text| !text.is_empty())
    }

    /// The addresses of a member: one, several, or `null`.
    fn mailboxes(&self, name: &str) -> Vec<Mailbox> {
        let texts = match self.members.get(name) {
            Some(Value::Array(texts)) => texts.iter().collect(),
            Some(text) => vec![text],
            None => Vec::new(),
        };
        let texts = texts.into_iter().filter_map(Value::as_str);
        texts.map(Mailbox::from).collect()
    }

    /// Whether it was received for a domain.
    pub(super) fn is_for(&self, domain: &str) -> bool {
        ["to", "cc", "bcc", "received_for"]
            .into_iter()
            .flat_map(|name| self.mailboxes(name))
            .any(|mailbox| {
                let its = mailbox.address.rsplit_once('@');
                its.is_some_and(|(_, its)| its.eq_ignore_ascii_case(domain))
            })
    }

    /// Whether it was sent from an address.
    pub(super) fn is_from(&self, address: &str) -> bool {
        let mut authors = self.mailboxes("from").into_iter();
        authors.any(|author| author.address.eq_ignore_ascii_case(address))
    }

    /// When it was made.
    pub(super) fn time(&self) -> Option<Timestamp> {
        time(self.text("created_at")?)
    }

    /// Its `Message-ID`, without angle brackets.
    pub(super) fn message_id(&self) -> Option<&'a str> {
        let id = self.text("message_id")?.trim();
        Some(id.trim_matches(['<', '>'])).filter(|id| !id.is_empty())
    }

    /// Where the whole message is.
    pub(super) fn download_url(&self) -> Option<&'a str> {
        let raw = self.members.get("raw")?;
        raw.get("download_url")?.as_str()
    }

    /// A message of what the service says of this one. What cannot stand in a message is left out.
    pub(super) fn written(&self) -> Vec<u8> {
        let stamp = |message_id: &str| Stamp {
            date: self.time().map_or(0, Timestamp::as_second),
            message_id: message_id.to_owned(),
            boundary: format!("=_{}", self.id),
        };
        let own = format!("{}@resend.invalid", self.id);
        let named = self.message_id().unwrap_or(&own);
        for (draft, message_id) in [
            (self.draft(true), named),
            (self.draft(true), &own),
            (self.draft(false), named),
            (self.draft(false), &own),
        ] {
            let mut raw = Vec::new();
            if draft.compose(&stamp(message_id), &mut raw).is_ok() {
                return without_nobody(raw);
            }
        }
        Vec::new()
    }

    fn draft(&self, with_addresses: bool) -> Draft {
        let mut draft = Draft::new()
            .from(NOBODY)
            .subject(self.text("subject").unwrap_or_default());
        if with_addresses {
            for author in self.mailboxes("from").into_iter().take(1) {
                draft = draft.from(author);
            }
            for (name, add) in [
                ("to", Draft::to as fn(Draft, Mailbox) -> Draft),
                ("cc", Draft::cc),
                ("reply_to", Draft::reply_to),
            ] {
                draft = self.mailboxes(name).into_iter().fold(draft, add);
            }
            let answered = self.header_ids("in-reply-to");
            if let Some(id) = answered.into_iter().next() {
                draft = draft.in_reply_to(id);
            }
            draft = draft.references(self.header_ids("references"));
        }
        match (self.text("text"), self.text("html")) {
            (None, None) => draft.text(""),
            (text, html) => {
                let draft = text.into_iter().fold(draft, Draft::text);
                html.into_iter().fold(draft, Draft::html)
            }
        }
    }

    /// The ids in a field of the header that the service hands out.
    fn header_ids(&self, name: &str) -> Vec<String> {
        let fields = self.members.get("headers").and_then(Value::as_object);
        let mut fields = fields.into_iter().flatten();
        let value = fields.find(|(field, _)| field.eq_ignore_ascii_case(name));
        let Some(value) = value.and_then(|(_, value)| value.as_str()) else {
            return Vec::new();
        };
        let field = format!("References: {}\r\n\r\n", value.replace(['\r', '\n'], " "));
        let message = Message::parse(field.as_bytes());
        message.map_or_else(|_| Vec::new(), |message| message.message_ids("References"))
    }
}

/// The author of a message that names none. The composer wants one; no reader sees it.
const NOBODY: &str = "nobody@resend.invalid";

/// Takes the field away that names nobody.
fn without_nobody(mut raw: Vec<u8>) -> Vec<u8> {
    let field = format!("From: {NOBODY}\r\n");
    let mut windows = raw.windows(field.len());
    if let Some(at) = windows.position(|window| window == field.as_bytes()) {
        raw.drain(at..at + field.len());
    }
    raw
}

/// The forms in which the service writes a time: RFC 3339, the same with a space, and as its reference
/// has it once, with a colon behind the date.
fn time(text: &str) -> Option<Timestamp> {
    let text = text.get(..text.len().min(40))?;
    let (date, rest) = text.split_at_checked(10)?;
    let clock = rest.strip_prefix(['T', 't', ' ', ':'])?;
    let whole = format!("{date}T{clock}");
    whole.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_read_in_every_form() {
        let expected: Timestamp = "2023-04-03T22:13:42.674981Z".parse().unwrap();
        for text in [
            "2023-04-03T22:13:42.674981+00:00",
            "2023-04-03T22:13:42.674981Z",
            "2023-04-03 22:13:42.674981+00",
            "2023-04-03:22:13:42.674981Z",
        ] {
            assert_eq!(time(text), Some(expected), "{text}");
        }
        for wrong in ["", "2023-04-03", "yesterday at noon", "é2023-04-03T22:13"] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_written_costs_itself() {
        for members in [
            json!({ "id": "1", "from": 7, "to": [null, "a@x.test"], "subject": "s" }),
            json!({ "id": "1", "from": "a\r\nBcc: b@x.test", "subject": "s", "text": "t" }),
            json!({ "id": "1", "subject": "s", "message_id": "<a b\r\nc>" }),
            json!({ "id": "1", "subject": "s", "headers": { "References": "<a>\r\n<b>" } }),
        ] {
            let raw = Row::of(&members).unwrap().written();
            let message = Message::parse(&raw).unwrap();
            assert_eq!(message.subject().as_deref(), Some("s"), "{members}");
            assert_eq!(message.header("Bcc"), None);
        }
    }
}
