use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use structured_email::{ErrorKind, Limits, Mailbox, Message, keyword_eq};

use crate::Mark;

/// What a listing shows of a message. Serializes as the command line's `list --json` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// The id that `read` takes.
    pub id: MailId,
    /// The `Message-ID`, without angle brackets.
    pub message_id: Option<String>,
    /// The author: `Name <local@domain>`, or the address alone.
    pub from: Option<String>,
    /// `To`.
    pub to: Vec<String>,
    /// `Cc`.
    pub cc: Vec<String>,
    /// The decoded subject, empty when there is none.
    pub subject: String,
    /// The `Date` in UTC (RFC 3339).
    pub date: Option<String>,
    /// Octets of the whole message.
    pub size: u64,
    /// The class of its structured data, as [`structured_email::Class::as_str`] names it.
    pub class: String,
    /// Whether structured data was found in it.
    pub has_structured_data: bool,
    /// Whether it is for machines only.
    pub is_mrm: bool,
    /// The types of its items, each once, in their order.
    pub types: Vec<String>,
    /// The keywords the store or server keeps.
    pub keywords: Vec<String>,
    /// Whether it is unread.
    pub unread: bool,
    /// `In-Reply-To`, without angle brackets.
    pub in_reply_to: Option<String>,
}

/// The id of a message in a mailbox, opaque and stable.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct MailId(String);

impl Summary {
    /// Reads what a listing shows from a message, or from as much of it as the transport has.
    ///
    /// Never fails: what cannot be read is left empty. Of a message over the default
    /// [`Limits`], the part within them is read. `size` is given because `raw` may be less than
    /// the message.
    #[must_use]
    pub fn of(id: MailId, raw: &[u8], keywords: Vec<String>, unread: bool, size: u64) -> Self {
        match parse_within_limits(raw) {
            Some(message) => Self::of_message(id, &message, keywords, unread, size),
            None => Self {
                keywords,
                unread,
                size,
                ..Self::empty(id)
            },
        }
    }

    /// The same from a message that is parsed already.
    #[must_use]
    pub fn of_message(
        id: MailId,
        message: &Message<'_>,
        keywords: Vec<String>,
        unread: bool,
        size: u64,
    ) -> Self {
        let class = message.class();
        let has_structured_data = !message.items().is_empty();
        let mut seen = BTreeSet::new();
        let types = message.items().iter().flat_map(|item| item.types());
        Self {
            id,
            message_id: message.message_id(),
            from: message.from().first().map(Mailbox::to_string),
            to: message
                .mailboxes("To")
                .iter()
                .map(Mailbox::to_string)
                .collect(),
            cc: message
                .mailboxes("Cc")
                .iter()
                .map(Mailbox::to_string)
                .collect(),
            subject: message.subject().map(Into::into).unwrap_or_default(),
            date: message.date().and_then(rfc3339),
            size,
            class: class.as_str().to_owned(),
            has_structured_data,
            is_mrm: class.is_mrm() && has_structured_data,
            types: types.filter(|name| seen.insert(*name)).cloned().collect(),
            keywords,
            unread,
            in_reply_to: message.message_ids("In-Reply-To").into_iter().next(),
        }
    }

    /// Does what a mark says to this view of the message. Keywords have no case.
    pub fn apply(&mut self, mark: &Mark) {
        match mark {
            Mark::Read => self.unread = false,
            Mark::Unread => self.unread = true,
            Mark::Keyword(keyword) => {
                if !self.keywords.iter().any(|kept| keyword_eq(kept, keyword)) {
                    self.keywords.push(keyword.clone());
                }
            }
            Mark::ClearKeyword(keyword) => self.keywords.retain(|kept| !keyword_eq(kept, keyword)),
        }
    }

    fn empty(id: MailId) -> Self {
        Self {
            id,
            message_id: None,
            from: None,
            to: Vec::new(),
            cc: Vec::new(),
            subject: String::new(),
            date: None,
            size: 0,
            class: structured_email::Class::None.as_str().to_owned(),
            has_structured_data: false,
            is_mrm: false,
            types: Vec::new(),
            keywords: Vec::new(),
            unread: false,
            in_reply_to: None,
        }
    }
}

impl MailId {
    /// An id as a transport made it.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MailId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for MailId {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(text))
    }
}

/// A message over a limit is cut so that its sender cannot hide it from a listing.
fn parse_within_limits(raw: &[u8]) -> Option<Message<'_>> {
    let limits = Limits::default();
    let raw = &raw[..raw.len().min(limits.message)];
    match Message::parse(raw) {
        Ok(message) => Some(message),
        Err(error) if error.kind() == ErrorKind::HeaderTooLarge => {
            let head = &raw[..raw.len().min(limits.header)];
            let end = head
                .iter()
                .rposition(|&octet| octet == b'\n')
                .map_or(0, |at| at + 1);
            Message::parse(&head[..end]).ok()
        }
        Err(_) => None,
    }
}

fn rfc3339(seconds: i64) -> Option<String> {
    jiff::Timestamp::from_second(seconds)
        .ok()
        .map(|time| time.to_string())
}
