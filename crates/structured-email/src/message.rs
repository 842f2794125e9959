use std::borrow::Cow;

use crate::mime::Part;
use crate::{Class, Error, Event, Item, Limits, Mailbox, Policy, Problem, Section, Warning};

/// A message, parsed and classified: a view over the caller's octets.
#[derive(Debug)]
pub struct Message<'a> {
    raw: &'a [u8],
    parts: Vec<Part<'a>>,
}

impl<'a> Message<'a> {
    /// Parses with the strict [`Policy`] and the default [`Limits`].
    ///
    /// # Errors
    ///
    /// When the message or its header block is too large. Everything else that can be wrong
    /// with a message is one of its [`problems`](Self::problems).
    pub fn parse(raw: &'a [u8]) -> Result<Self, Error> {
        Self::parse_with(raw, Policy::STRICT, &Limits::default())
    }

    /// Parses with a policy and limits of the caller's.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn parse_with(raw: &'a [u8], policy: Policy, limits: &Limits) -> Result<Self, Error> {
        todo!()
    }

    /// How the structured data relates to the readable content.
    pub fn class(&self) -> Class {
        todo!()
    }

    /// The statements found, in document order.
    pub fn items(&self) -> &[Item<'a>] {
        todo!()
    }

    /// The one item, when there is exactly one.
    pub fn primary(&self) -> Option<&Item<'a>> {
        todo!()
    }

    /// Whether items contradict each other.
    pub fn conflict(&self) -> bool {
        todo!()
    }

    /// What the message does to an earlier one.
    pub fn event(&self) -> Event {
        todo!()
    }

    /// The message ids this message supersedes, without angle brackets.
    pub fn supersedes(&self) -> &[String] {
        todo!()
    }

    /// What went wrong with single parts.
    pub fn problems(&self) -> &[Problem] {
        todo!()
    }

    /// What is odd, with nothing lost.
    pub fn warnings(&self) -> &[Warning] {
        todo!()
    }

    /// The signed entities (`multipart/signed`), by section; `covered_by` of an item indexes it.
    pub fn signatures(&self) -> &[Section] {
        todo!()
    }

    /// Embedded messages. They are never entered.
    pub fn embedded_messages(&self) -> usize {
        todo!()
    }

    /// Whether a part has to be decrypted before anything is known about it.
    pub fn needs_decryption(&self) -> bool {
        todo!()
    }

    /// Whether sending the message on needs SMTPUTF8 (RFC 6531).
    pub fn needs_smtputf8(&self) -> bool {
        todo!()
    }

    /// All entities in document order, containers before their children.
    pub fn parts(&self) -> &[Part<'a>] {
        &self.parts
    }

    /// The parts a person would call attachments.
    pub fn attachments(&self) -> impl Iterator<Item = &Part<'a>> {
        self.parts.iter()
    }

    /// The readable plain text: the first `text/plain` body.
    pub fn text(&self) -> Option<Cow<'a, str>> {
        todo!()
    }

    /// The readable HTML: the first `text/html` body.
    pub fn html(&self) -> Option<Cow<'a, str>> {
        todo!()
    }

    /// The top-level header fields as they stand: name, and value still folded and encoded.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        std::iter::empty()
    }

    /// The first top-level field of this name, unfolded and decoded (RFC 2047).
    pub fn header(&self, name: &str) -> Option<Cow<'a, str>> {
        todo!()
    }

    /// The decoded subject.
    pub fn subject(&self) -> Option<Cow<'a, str>> {
        todo!()
    }

    /// The author mailboxes.
    pub fn from(&self) -> Vec<Mailbox> {
        todo!()
    }

    /// The mailboxes of an address field: `To`, `Cc`, `Reply-To`, …
    pub fn mailboxes(&self, name: &str) -> Vec<Mailbox> {
        todo!()
    }

    /// The `Date`, in seconds since 1970.
    pub fn date(&self) -> Option<i64> {
        todo!()
    }

    /// The `Message-ID`, without angle brackets.
    pub fn message_id(&self) -> Option<String> {
        todo!()
    }

    /// The ids of a field such as `References`, without angle brackets.
    pub fn message_ids(&self, name: &str) -> Vec<String> {
        todo!()
    }
}
