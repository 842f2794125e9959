//! Writing messages.

use serde::Serialize;

use crate::Mailbox;

/// A message to be written.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub(crate) from: Option<Mailbox>,
    pub(crate) to: Vec<Mailbox>,
    pub(crate) cc: Vec<Mailbox>,
    pub(crate) bcc: Vec<Mailbox>,
    pub(crate) reply_to: Vec<Mailbox>,
    pub(crate) subject: Option<String>,
    pub(crate) in_reply_to: Option<String>,
    pub(crate) references: Vec<String>,
    pub(crate) supersedes: Vec<String>,
    pub(crate) text: Option<String>,
    pub(crate) html: Option<String>,
    pub(crate) data: Vec<String>,
    pub(crate) arrangement: Option<Arrangement>,
    pub(crate) attachments: Vec<Attachment>,
}

/// How data and text are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Arrangement {
    /// The data says everything the text says.
    Full,
    /// The data describes some of the text.
    Partial,
    /// The data has nothing to do with the text.
    NonRepresentation,
    /// No text: for machines only.
    Mrm,
}

/// A file that travels with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // a file: name, type, content
pub struct Attachment {
    /// The name to offer when it is saved.
    pub filename: String,
    /// Type and subtype, such as `application/pdf`.
    pub media_type: String,
    /// The content.
    pub content: Vec<u8>,
}

/// What a message cannot take from its author's words: time and random bits, both the caller's.
///
/// The same draft and the same stamp give the same octets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct Stamp {
    /// The `Date`, in seconds since 1970, written in UTC.
    pub date: i64,
    /// The `Message-ID`, with or without angle brackets.
    pub message_id: String,
    /// The boundary of the outermost multipart; inner ones get `-2`, `-3`, … behind it. At
    /// least 96 random bits unless the output has to be repeatable.
    pub boundary: String,
}

/// What [`Draft::compose`] wrote.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Composed {
    /// Whether sending it needs SMTPUTF8 (RFC 6531).
    pub needs_smtputf8: bool,
    /// What the author may want to know: `full` with only one of text and HTML.
    pub warnings: Vec<ComposeWarning>,
}

/// What is odd about a draft that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ComposeWarning {
    /// A full representation should come with plain text.
    NoText,
    /// A full representation should come with HTML.
    NoHtml,
}

/// Why a draft was not written. Nothing of it is in the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComposeError {
    _todo: (),
}

impl Draft {
    /// An empty draft.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a recipient.
    pub fn to(mut self, mailbox: impl Into<Mailbox>) -> Self {
        self.to.push(mailbox.into());
        self
    }

    /// Adds data: anything that serializes to a JSON object or array.
    pub fn data(mut self, data: &impl Serialize) -> Self {
        todo!()
    }

    /// Adds data as JSON text, kept as it is written.
    pub fn data_json(mut self, json: impl Into<String>) -> Self {
        todo!()
    }

    /// Appends the message to `out`.
    ///
    /// # Errors
    ///
    /// When a value could not be written safely, or the arrangement does not fit the content.
    pub fn compose(&self, stamp: &Stamp, out: &mut Vec<u8>) -> Result<Composed, ComposeError> {
        todo!()
    }
}
