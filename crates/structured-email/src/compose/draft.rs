use std::collections::BTreeSet;

use memchr::memmem;
use serde::Serialize;

use super::plan::Plan;
use super::{Arrangement, ComposeError, ComposeErrorKind, Composed, Stamp, header};
use crate::{Limits, Mailbox};

/// A message to be written.
///
/// Nothing is checked until [`compose`](Self::compose), which writes all of the message or nothing.
///
/// | arrangement | needs | is written as |
/// |---|---|---|
/// | [`Full`](Arrangement::Full) | data, and text or HTML | `alternative(text, html, data…)` |
/// | [`Partial`](Arrangement::Partial) | data, and text or HTML | `related(alternative(text, html), data…)` |
/// | [`NonRepresentation`](Arrangement::NonRepresentation) | data, and text or HTML | `mixed(alternative(text, html), data…, attachments…)` |
/// | [`Mrm`](Arrangement::Mrm) | one piece of data, nothing else | one `application/ld+json` entity |
///
/// The first two become the first child of a `multipart/mixed` when there are attachments. A draft
/// that names no arrangement is `Full` with text or HTML and `Mrm` without; without data it is
/// plain mail. Text or HTML of nothing but white space counts as none wherever there is data.
///
/// Data that says nothing about the message, such as who its author is, goes
/// [`apart`](Self::data_apart): beside whatever arrangement the rest has.
///
/// ```
/// use structured_email::{Class, Draft, Message, Stamp};
///
/// let draft = Draft::new()
///     .from("Shop <orders@shop.example>")
///     .to("ann@example.org")
///     .subject("Your order")
///     .text("Thank you for order 7.")
///     .data_json(r#"{"@type":"Order","orderNumber":"7"}"#);
/// let stamp = Stamp {
///     date: 1_795_255_200,
///     message_id: "7@shop.example".to_owned(),
///     boundary: "=_8d1f0c6b2a9e4f7d3c5b1a06".to_owned(), // random in earnest
/// };
/// let mut out = Vec::new();
/// draft.compose(&stamp, &mut out)?;
///
/// let message = Message::parse(&out).unwrap();
/// assert_eq!(message.class(), Class::Full);
/// assert_eq!(message.items()[0].types(), ["Order"]);
/// # Ok::<(), structured_email::ComposeError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub(super) from: Option<Mailbox>,
    pub(super) to: Vec<Mailbox>,
    pub(super) cc: Vec<Mailbox>,
    pub(super) bcc: Vec<Mailbox>,
    pub(super) reply_to: Vec<Mailbox>,
    pub(super) subject: Option<String>,
    pub(super) in_reply_to: Vec<String>,
    pub(super) references: Vec<String>,
    pub(super) supersedes: Vec<String>,
    pub(super) text: Option<String>,
    pub(super) html: Option<String>,
    pub(super) data: Vec<Data>,
    pub(super) data_apart: Vec<Data>,
    pub(super) arrangement: Option<Arrangement>,
    pub(super) attachments: Vec<Attached>,
    pub(super) html_fallback: bool,
    pub(super) data_before_html: bool,
    pub(super) mailmesh_headers: bool,
    pub(super) keep_bcc: bool,
    pub(super) auto_replied: bool,
}

/// Data as JSON text, or why the caller's value has none.
#[derive(Clone, Debug)]
pub(super) enum Data {
    Json(String),
    Failed(String),
}

/// An attachment and the `Content-ID` it can be referred to by.
#[derive(Clone, Debug)]
pub(super) struct Attached {
    pub(super) content_id: Option<String>,
    pub(super) file: Attachment,
}

/// A file that travels with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // a file: name, type, content
pub struct Attachment {
    /// The name to offer when it is saved, at most 255 octets.
    pub filename: String,
    /// Type and subtype, such as `application/pdf`.
    ///
    /// Composite types may not be encoded (RFC 2046, 5.2.1), so of them only `message/rfc822` is
    /// taken, and only with US-ASCII lines of at most 998 octets. Such a message is written as it
    /// stands, and receivers count it as embedded message.
    pub media_type: String,
    /// The content. It comes back octet by octet, a message with CRLF for every line break.
    pub content: Vec<u8>,
}

impl Draft {
    /// An empty draft.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the author.
    #[must_use]
    pub fn from(mut self, mailbox: impl Into<Mailbox>) -> Self {
        self.from = Some(mailbox.into());
        self
    }

    /// Adds a recipient.
    #[must_use]
    pub fn to(mut self, mailbox: impl Into<Mailbox>) -> Self {
        self.to.push(mailbox.into());
        self
    }

    /// Adds a recipient of a copy.
    #[must_use]
    pub fn cc(mut self, mailbox: impl Into<Mailbox>) -> Self {
        self.cc.push(mailbox.into());
        self
    }

    /// Adds a recipient the others do not see. It is part of [`recipients`](Self::recipients)
    /// and not of the message, unless [`keep_bcc`](Self::keep_bcc) is set.
    #[must_use]
    pub fn bcc(mut self, mailbox: impl Into<Mailbox>) -> Self {
        self.bcc.push(mailbox.into());
        self
    }

    /// Adds a mailbox that replies should go to.
    #[must_use]
    pub fn reply_to(mut self, mailbox: impl Into<Mailbox>) -> Self {
        self.reply_to.push(mailbox.into());
        self
    }

    /// Sets the subject.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Adds the id of a message that this one answers, with or without angle brackets.
    #[must_use]
    pub fn in_reply_to(mut self, id: impl Into<String>) -> Self {
        self.in_reply_to.push(id.into());
        self
    }

    /// Adds the ids of the messages before this one in the thread, oldest first.
    #[must_use]
    pub fn references<T: Into<String>>(mut self, ids: impl IntoIterator<Item = T>) -> Self {
        self.references.extend(ids.into_iter().map(Into::into));
        self
    }

    /// Adds the id of a message whose data this one revokes and replaces. Without data, or with
    /// `{}`, it cancels.
    #[must_use]
    pub fn supersedes(mut self, id: impl Into<String>) -> Self {
        self.supersedes.push(id.into());
        self
    }

    /// Sets the plain text. Line breaks of any kind become CRLF.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Sets the HTML. Line breaks of any kind become CRLF.
    #[must_use]
    pub fn html(mut self, html: impl Into<String>) -> Self {
        self.html = Some(html.into());
        self
    }

    /// Adds data: anything that serializes to a JSON object or array.
    ///
    /// Each call adds one part. Objects without `@context` get schema.org's.
    #[must_use]
    pub fn data(mut self, data: &(impl Serialize + ?Sized)) -> Self {
        self.data.push(match serde_json::to_string(data) {
            Ok(json) => Data::Json(json),
            Err(error) => Data::Failed(error.to_string()),
        });
        self
    }

    /// Adds data as JSON text, kept as it is written.
    ///
    /// Each call adds one part. Objects without `@context` get schema.org's as first member;
    /// nothing else of the text changes. An explicit `null` and an empty object stay.
    #[must_use]
    pub fn data_json(mut self, json: impl Into<String>) -> Self {
        self.data.push(Data::Json(json.into()));
        self
    }

    /// Adds data as JSON text that the arrangement does not concern, as
    /// [`data_json`](Self::data_json) takes it.
    ///
    /// Each call adds one part, in the outermost `multipart/mixed` before the attachments;
    /// receivers see a [`NonRepresentation`](crate::Class::NonRepresentation). In a draft with
    /// neither text nor HTML nor other data it is the data. Machine-readable data takes nothing
    /// beside it.
    #[must_use]
    pub fn data_apart(mut self, json: impl Into<String>) -> Self {
        self.data_apart.push(Data::Json(json.into()));
        self
    }

    /// Adds an attachment.
    #[must_use]
    pub fn attachment(mut self, file: Attachment) -> Self {
        self.attachments.push(Attached {
            content_id: None,
            file,
        });
        self
    }

    /// Adds an attachment with a `Content-ID`, so that the data can refer to it as `cid:…`
    /// (RFC 2392) instead of holding or linking its content.
    #[must_use]
    pub fn attachment_with_id(mut self, content_id: impl Into<String>, file: Attachment) -> Self {
        self.attachments.push(Attached {
            content_id: Some(content_id.into()),
            file,
        });
        self
    }

    /// Sets the arrangement of data and text.
    #[must_use]
    pub fn arrangement(mut self, arrangement: Arrangement) -> Self {
        self.arrangement = Some(arrangement);
        self
    }

    /// Also writes the data as script blocks into the HTML, for receivers that know nothing else.
    #[must_use]
    pub fn html_fallback(mut self, on: bool) -> Self {
        self.html_fallback = on;
        self
    }

    /// Writes the data of a full representation before the HTML, for readers whose mail client
    /// shows the last alternative whatever it is.
    #[must_use]
    pub fn data_before_html(mut self, on: bool) -> Self {
        self.data_before_html = on;
        self
    }

    /// Adds the header fields `$hasStructuredData` and `$MRM` that older mailmesh receivers
    /// filter on. No draft knows them, and no receiver may trust them.
    #[must_use]
    pub fn mailmesh_headers(mut self, on: bool) -> Self {
        self.mailmesh_headers = on;
        self
    }

    /// Writes `Bcc` into the message, for a copy that stays with its author.
    #[must_use]
    pub fn keep_bcc(mut self, on: bool) -> Self {
        self.keep_bcc = on;
        self
    }

    /// Says that no person wrote this answer (`Auto-Submitted: auto-replied`, RFC 3834 5), so that
    /// no machine answers it in turn.
    #[must_use]
    pub fn auto_replied(mut self, on: bool) -> Self {
        self.auto_replied = on;
        self
    }

    /// The author.
    #[must_use]
    pub fn author(&self) -> Option<&Mailbox> {
        self.from.as_ref()
    }

    /// The subject.
    #[must_use]
    pub fn subject_line(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// The envelope recipients: the addresses of to, cc and bcc, each once, in that order.
    #[must_use]
    pub fn recipients(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        [&self.to, &self.cc, &self.bcc]
            .into_iter()
            .flatten()
            .map(|mailbox| mailbox.address.as_str())
            .filter(|address| seen.insert(same_mailbox_key(address)))
            .collect()
    }

    /// Whether there is nothing to say: no subject, no text, no HTML, no data, no attachment.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.subject.is_none()
            && self.text.is_none()
            && self.html.is_none()
            && self.data.is_empty()
            && self.data_apart.is_empty()
            && self.attachments.is_empty()
    }

    /// Appends the message to `out`, lines ended by CRLF.
    ///
    /// # Errors
    ///
    /// When a value could not be written safely, when the arrangement does not fit the content,
    /// or when the result would be over the default [`Limits`]. `out` is then as it was.
    pub fn compose(&self, stamp: &Stamp, out: &mut Vec<u8>) -> Result<Composed, ComposeError> {
        let start = out.len();
        let written = self.write(stamp, out);
        if written.is_err() {
            out.truncate(start);
        }
        written
    }

    fn write(&self, stamp: &Stamp, out: &mut Vec<u8>) -> Result<Composed, ComposeError> {
        let limits = Limits::default();
        let start = out.len();
        let plan = Plan::of(self, stamp, &limits)?;
        let needs_smtputf8 = header::write(self, &plan, stamp, out)?;
        plan.entity.write(&stamp.boundary, out)?;
        let message = &out[start..];
        let header = memmem::find(message, b"\r\n\r\n").map_or(message.len(), |end| end + 4);
        check_size("header", header, limits.header)?;
        check_size("message", message.len(), limits.message)?;
        Ok(Composed {
            needs_smtputf8,
            warnings: plan.warnings,
        })
    }
}

fn check_size(field: &'static str, size: usize, limit: usize) -> Result<(), ComposeError> {
    if size > limit {
        let expected = format!("expected at most {limit} octets");
        return Err(ComposeError::new(
            ComposeErrorKind::TooLarge,
            field,
            expected,
        ));
    }
    Ok(())
}

/// Domains compare without case, local parts as they stand (RFC 5321, 2.4).
fn same_mailbox_key(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", domain.to_ascii_lowercase()),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Attachment, Draft};
    use crate::{ComposeErrorKind, Stamp};

    fn stamp() -> Stamp {
        Stamp {
            date: 0,
            message_id: "m@example.org".to_owned(),
            boundary: "b".to_owned(),
        }
    }

    #[test]
    fn recipients_are_named_once() {
        let draft = Draft::new()
            .to("A <a@Example.org>")
            .to("A@example.org")
            .cc("a@example.ORG")
            .bcc("b@example.org");
        assert_eq!(
            draft.recipients(),
            ["a@Example.org", "A@example.org", "b@example.org"]
        );
    }

    #[test]
    fn a_value_that_does_not_serialize_is_refused_when_composed() {
        let keys_are_no_strings = std::collections::BTreeMap::from([((1, 2), 3)]);
        let draft = Draft::new()
            .from("a@example.org")
            .data(&keys_are_no_strings);
        let error = draft.compose(&stamp(), &mut Vec::new()).unwrap_err();
        assert_eq!(
            (error.kind(), error.field()),
            (ComposeErrorKind::InvalidData, "data")
        );
    }

    #[test]
    fn an_automatic_answer_says_so_once() {
        let written = |draft: Draft| {
            let mut out = Vec::new();
            draft.compose(&stamp(), &mut out).unwrap();
            let message = crate::Message::parse(&out).unwrap();
            let is_field = |(name, _): &(&str, &[u8])| *name == "Auto-Submitted";
            let fields = message.headers().filter(is_field);
            fields
                .map(|(_, value)| String::from_utf8_lossy(value).trim().to_owned())
                .collect::<Vec<_>>()
        };
        let draft = Draft::new().from("a@example.org");
        assert!(written(draft.clone().text("t")).is_empty());
        let answer = draft.auto_replied(true);
        assert_eq!(written(answer.clone().text("t")), ["auto-replied"]);
        assert_eq!(written(answer.data_json("{}")), ["auto-replied"]);
    }

    #[test]
    fn nothing_is_written_that_receivers_refuse() {
        let draft = Draft::new().from("a@example.org").text("t");
        let long_header = draft.clone().subject("ü".repeat(120_000));
        let long_message = draft.attachment(Attachment {
            filename: "a".to_owned(),
            media_type: "application/octet-stream".to_owned(),
            content: vec![0; 20 << 20],
        });
        for (draft, field) in [(long_header, "header"), (long_message, "message")] {
            let mut out = b"before".to_vec();
            let error = draft.compose(&stamp(), &mut out).unwrap_err();
            assert_eq!(
                (error.kind(), error.field()),
                (ComposeErrorKind::TooLarge, field)
            );
            assert_eq!(out, b"before");
        }
    }

    #[test]
    fn an_empty_draft_says_nothing() {
        assert!(
            Draft::new()
                .from("a@example.org")
                .to("b@example.org")
                .is_empty()
        );
        assert!(!Draft::new().subject("").is_empty());
    }
}
