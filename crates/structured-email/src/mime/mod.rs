//! The MIME structure of a message.

use std::borrow::Cow;

use crate::{ProblemKind, Section};

/// One entity: a container or a leaf.
#[derive(Debug)]
pub struct Part<'a> {
    section: Section,
    body: &'a [u8],
}

impl<'a> Part<'a> {
    /// Its number.
    pub fn section(&self) -> &Section {
        &self.section
    }

    /// Type and subtype in lower case, such as `text/plain`.
    pub fn media_type(&self) -> &str {
        todo!()
    }

    /// A parameter of the media type, decoded (RFC 2231).
    pub fn parameter(&self, name: &str) -> Option<Cow<'a, str>> {
        todo!()
    }

    /// The name to offer when it is saved, decoded, with nothing but the last path segment.
    pub fn filename(&self) -> Option<Cow<'a, str>> {
        todo!()
    }

    /// The `Content-ID`, without angle brackets.
    pub fn content_id(&self) -> Option<&str> {
        todo!()
    }

    /// Whether it is a container.
    pub fn is_multipart(&self) -> bool {
        todo!()
    }

    /// Whether it is marked as an attachment.
    pub fn is_marked_attachment(&self) -> bool {
        todo!()
    }

    /// The body as it stands, before transfer decoding.
    pub fn raw_body(&self) -> &'a [u8] {
        self.body
    }

    /// The body after transfer decoding, at most `limit` octets.
    ///
    /// # Errors
    ///
    /// `TooLarge`, `BadBase64` or `UnknownEncoding`.
    pub fn decode(&self, limit: usize) -> Result<Cow<'a, [u8]>, ProblemKind> {
        todo!()
    }
}
