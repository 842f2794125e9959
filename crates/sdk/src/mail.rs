use std::borrow::Cow;

use serde::{Serialize, Serializer};
use structured_email::{Draft, Item, Message, Part};

use crate::reply::Reply;
use crate::{Error, ErrorKind, MailId, Summary};

/// One whole message.
///
/// It owns the octets as they arrived. [`message`](Self::message) parses them and gives all
/// there is to see; the other methods are short ways to what an agent asks for most, and parse
/// again on each call, which costs microseconds.
///
/// Serializes as the command line's `read --json` prints it: the members of [`Summary`] and
/// `text`, `html`, `items`, `attachments`, `headers`, `references`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Mail {
    /// What a listing shows.
    pub summary: Summary,
    /// The message as it arrived.
    pub raw: Vec<u8>,
}

/// A file that came with a message. [`Mail::attachment`] gives its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Attached {
    /// The number of its MIME part (RFC 9051 6.4.5).
    pub part: String,
    /// The name to offer when it is saved: one path segment.
    pub filename: Option<String>,
    /// Type and subtype in lower case.
    pub media_type: String,
    /// Octets of its content, or `None` when the content cannot be decoded.
    pub size: Option<u64>,
}

impl Mail {
    /// A message as a transport read it.
    #[must_use]
    pub fn new(id: MailId, raw: Vec<u8>, keywords: Vec<String>, unread: bool) -> Self {
        let summary = Summary::of(id, &raw, keywords, unread, raw.len() as u64);
        Self { summary, raw }
    }

    /// Parses the message with the strict policy: structure, items, text.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Protocol`] when the message or its header is over the default limits.
    pub fn message(&self) -> Result<Message<'_>, Error> {
        Message::parse(&self.raw)
            .map_err(|error| Error::new(ErrorKind::Protocol, error.to_string()).with_source(error))
    }

    /// The readable plain text.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.message().ok()?.text().map(Cow::into_owned)
    }

    /// The readable HTML, as its author wrote it: not safe to show as it is.
    #[must_use]
    pub fn html(&self) -> Option<String> {
        self.message().ok()?.html().map(Cow::into_owned)
    }

    /// The structured data, one value per item. Extraction says nothing about trust: see
    /// [`structured_email::assess`] before acting on any of it.
    #[must_use]
    pub fn data(&self) -> Vec<serde_json::Value> {
        let Ok(message) = self.message() else {
            return Vec::new();
        };
        message.items().iter().filter_map(Item::value).collect()
    }

    /// The files that came with it.
    #[must_use]
    pub fn attachments(&self) -> Vec<Attached> {
        let Ok(message) = self.message() else {
            return Vec::new();
        };
        message.attachments().map(Attached::of).collect()
    }

    /// The content of the file at `index` of [`attachments`](Self::attachments).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when there is no such file, [`ErrorKind::Protocol`] when its
    /// transfer encoding is broken.
    pub fn attachment(&self, index: usize) -> Result<Vec<u8>, Error> {
        let message = self.message()?;
        let part = message.attachments().nth(index);
        let part = part.ok_or_else(|| Error::new(ErrorKind::NotFound, "no such attachment"))?;
        match part.decode(self.raw.len()) {
            Ok(content) => Ok(content.into_owned()),
            Err(problem) => Err(Error::new(ErrorKind::Protocol, problem.detail())),
        }
    }

    /// The ids of the messages before it in its thread, oldest first, without angle brackets.
    #[must_use]
    pub fn references(&self) -> Vec<String> {
        self.message()
            .map(|message| message.message_ids("References"))
            .unwrap_or_default()
    }

    /// The draft in the thread behind this message (RFC 5322 3.6.4), its recipients and subject as
    /// they are. [`AgentMailbox::reply`](crate::AgentMailbox::reply) sets those, too.
    ///
    /// # Errors
    ///
    /// As [`message`](Self::message).
    pub fn threaded(&self, draft: Draft) -> Result<Draft, Error> {
        let reply = Reply::to(&self.message()?, "", false);
        Ok(reply.thread(draft))
    }

    /// Whether subject, addresses and text hold every word of `query`, in any case; a query
    /// without a word is held by nothing.
    #[must_use]
    pub fn holds(&self, query: &str) -> bool {
        let Summary {
            from,
            to,
            cc,
            subject,
            ..
        } = &self.summary;
        let mut words = subject.clone();
        for words_of in from.iter().chain(to).chain(cc).chain(self.text().iter()) {
            words.push('\n');
            words.push_str(words_of);
        }
        let words = words.to_lowercase();
        let mut wanted = query.split_whitespace().peekable();
        wanted.peek().is_some() && wanted.all(|word| words.contains(&word.to_lowercase()))
    }
}

impl Serialize for Mail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let message = self.message().ok();
        let message = message.as_ref();
        let headers = message.map(|message| message.headers().map(HeaderField::of).collect());
        WholeMail {
            summary: &self.summary,
            text: message.and_then(Message::text),
            html: message.and_then(Message::html),
            items: message.map_or(&[], Message::items),
            attachments: self.attachments(),
            headers: headers.unwrap_or_default(),
            references: self.references(),
        }
        .serialize(serializer)
    }
}

impl Attached {
    fn of(part: &Part<'_>) -> Self {
        Self {
            part: part.section().to_string(),
            filename: part.filename().map(Cow::into_owned),
            media_type: part.media_type().to_owned(),
            size: part
                .decode(usize::MAX)
                .ok()
                .map(|content| content.len() as u64),
        }
    }
}

#[derive(Serialize)]
struct WholeMail<'m, 'a> {
    #[serde(flatten)]
    summary: &'m Summary,
    text: Option<Cow<'a, str>>,
    html: Option<Cow<'a, str>>,
    items: &'m [Item<'a>],
    attachments: Vec<Attached>,
    headers: Vec<HeaderField<'a>>,
    references: Vec<String>,
}

/// A top-level field, unfolded (RFC 5322 2.2.3) and else as it stands.
#[derive(Serialize)]
struct HeaderField<'a> {
    name: &'a str,
    value: String,
}

impl<'a> HeaderField<'a> {
    fn of((name, value): (&'a str, &'a [u8])) -> Self {
        let value = String::from_utf8_lossy(value).replace(['\r', '\n'], "");
        Self {
            name,
            value: value.trim().to_owned(),
        }
    }
}
