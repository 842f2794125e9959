mod assembly;
mod headers;
mod notes;

use std::borrow::Cow;

use crate::cid::{self, ContentIds};
use crate::mime::{Kind, Part};
use crate::{Class, Error, Event, Item, Limits, Policy, Problem, Section, Warning};

/// A message, parsed and classified: a view over the caller's octets.
///
/// Encrypted mail is opaque. To look inside, decrypt the part elsewhere and parse what comes
/// out as a message of its own: it is a MIME entity like any other. The verdict about who
/// encrypted or signed it is the caller's.
///
/// # What is read here, and what by `mail-parser`
///
/// `mail-parser` reads single field values (addresses, dates, ids, encoded words) and knows the
/// charsets. The structure is read by this crate, because it has to show what `mail-parser`
/// leaves out: fields and parameters that stand twice (of a field it keeps the last), the
/// octets of each part, alien octets in base64, and limits on depth, parts and decoded sizes
/// that are met while reading.
///
/// Of a field or parameter that stands twice the first counts, and
/// [`AmbiguousHeaders`](crate::WarningKind::AmbiguousHeaders) tells: for a part that has a MIME
/// field twice, for the message when a field like `From` or `Subject` stands twice.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    raw: &'a [u8],
    parts: Vec<Part<'a>>,
    class: Class,
    items: Vec<Item<'a>>,
    conflict: bool,
    event: Event,
    supersedes: Vec<String>,
    problems: Vec<Problem>,
    warnings: Vec<Warning>,
    signatures: Vec<Section>,
    embedded_messages: usize,
    needs_decryption: bool,
    needs_smtputf8: bool,
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
        assembly::assemble(raw, policy, limits)
    }

    /// The octets it was parsed from.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// How the structured data relates to the readable content.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }

    /// The statements found: those of MIME parts in document order, then those in HTML.
    #[must_use]
    pub fn items(&self) -> &[Item<'a>] {
        &self.items
    }

    /// The one item, when there is exactly one.
    #[must_use]
    pub fn primary(&self) -> Option<&Item<'a>> {
        match &self.items[..] {
            [item] if !self.conflict => Some(item),
            _ => None,
        }
    }

    /// Whether items contradict each other.
    #[must_use]
    pub fn conflict(&self) -> bool {
        self.conflict
    }

    /// What the message does to an earlier one.
    #[must_use]
    pub fn event(&self) -> Event {
        self.event
    }

    /// The message ids this message supersedes, without angle brackets. Its own is left out,
    /// and of more than 64 the first 64 are kept.
    #[must_use]
    pub fn supersedes(&self) -> &[String] {
        &self.supersedes
    }

    /// What went wrong with single parts.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What is odd, with nothing lost.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The signed entities (the first part of each `multipart/signed`), by section;
    /// `covered_by` of an item indexes it.
    #[must_use]
    pub fn signatures(&self) -> &[Section] {
        &self.signatures
    }

    /// Embedded messages. They are never entered: data in a forwarded message is no statement
    /// by this sender.
    #[must_use]
    pub fn embedded_messages(&self) -> usize {
        self.embedded_messages
    }

    /// Whether a part has to be decrypted before anything is known about it.
    #[must_use]
    pub fn needs_decryption(&self) -> bool {
        self.needs_decryption
    }

    /// Whether sending the message on needs SMTPUTF8 (RFC 6531).
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        self.needs_smtputf8
    }

    /// All entities in document order, containers before their children. There is at least
    /// one.
    #[must_use]
    pub fn parts(&self) -> &[Part<'a>] {
        &self.parts
    }

    /// The part with this number.
    #[must_use]
    pub fn part(&self, section: &Section) -> Option<&Part<'a>> {
        self.parts.iter().find(|part| part.section() == section)
    }

    /// The part that a `cid:` URI names (RFC 2392), the first where several share one
    /// `Content-ID`.
    #[must_use]
    pub fn part_by_cid(&self, url: &str) -> Option<&Part<'a>> {
        let (scheme, token) = url.split_once(':')?;
        if !scheme.eq_ignore_ascii_case("cid") {
            return None;
        }
        let index = ContentIds::of(&self.parts)
            .find(&cid::decoded(token))
            .next()?;
        self.parts.get(index)
    }

    /// The parts a person would call attachments.
    pub fn attachments(&self) -> impl Iterator<Item = &Part<'a>> {
        self.parts.iter().filter(|part| part.is_attachment())
    }

    /// The readable plain text: the first `text/plain` body.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'a, str>> {
        self.bodies(Kind::Plain).next()?.text()
    }

    /// The readable HTML: the first `text/html` body.
    #[must_use]
    pub fn html(&self) -> Option<Cow<'a, str>> {
        self.bodies(Kind::Html).next()?.text()
    }

    fn bodies(&self, kind: Kind) -> impl Iterator<Item = &Part<'a>> {
        self.parts
            .iter()
            .filter(move |part| part.is_body() && part.kind == kind)
    }
}
