//! The MIME tree of a message and how it is written.

use std::borrow::Cow;

use memchr::memmem;

use super::body::{Encoded, Place, encode_base64, encode_octets, encode_text};
use super::field::parameterized;
use super::grammar::check_boundary;
use super::{ComposeError, ComposeErrorKind};

/// A container or a leaf. At most three containers are nested.
#[derive(Debug)]
pub(super) enum Entity<'a> {
    Multipart {
        /// The media type, `multipart/…`.
        media_type: &'static str,
        children: Vec<Self>,
    },
    Leaf(Leaf<'a>),
}

/// One body and its MIME fields.
#[derive(Debug)]
pub(super) struct Leaf<'a> {
    pub(super) media_type: &'a str,
    pub(super) content: Content<'a>,
    pub(super) content_id: Option<String>,
    pub(super) disposition: Disposition<'a>,
    /// Whether the part speaks for the message: `Content-Purpose: Machine-readable`.
    pub(super) designated: bool,
}

#[derive(Debug)]
pub(super) enum Content<'a> {
    /// Text, in UTF-8.
    Text(Cow<'a, str>),
    /// Octets that must come back as they are.
    Octets(Cow<'a, [u8]>),
    /// A message, ready to be written as it stands.
    Message(Cow<'a, str>),
}

#[derive(Debug)]
pub(super) enum Disposition<'a> {
    Unsaid,
    Inline,
    /// With the filename, which may be empty.
    Attachment(&'a str),
}

impl Entity<'_> {
    pub(super) fn media_type(&self) -> &str {
        match self {
            Self::Multipart { media_type, .. } => media_type,
            Self::Leaf(leaf) => leaf.media_type,
        }
    }

    /// Writes the MIME fields, the blank line and the body of a message.
    pub(super) fn write(&self, boundary: &str, out: &mut Vec<u8>) -> Result<(), ComposeError> {
        check_boundary(boundary)?;
        match self {
            Self::Leaf(leaf) => leaf.write(&leaf.encode(Place::Message), out),
            Self::Multipart { .. } => {
                self.write_part(&mut Boundaries::new(boundary), out)?;
                out.extend_from_slice(b"\r\n");
            }
        }
        Ok(())
    }

    /// Writes the entity up to, not including, the line break before the boundary that follows.
    fn write_part(
        &self,
        boundaries: &mut Boundaries<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ComposeError> {
        match self {
            Self::Leaf(leaf) => {
                let body = leaf.encode(Place::Part);
                boundaries.check_absent(&body.octets)?;
                leaf.write(&body, out);
            }
            Self::Multipart {
                media_type,
                children,
            } => {
                let boundary = boundaries.next()?;
                let mut parameters = vec![("boundary", boundary.as_str())];
                // RFC 2387, 3.1: related names the type of its root.
                let root = children
                    .first()
                    .filter(|_| *media_type == "multipart/related");
                parameters.extend(root.map(|root| ("type", root.media_type())));
                parameterized("Content-Type", media_type, &parameters, out);
                for child in children {
                    out.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
                    child.write_part(boundaries, out)?;
                }
                out.extend_from_slice(format!("\r\n--{boundary}--").as_bytes());
            }
        }
        Ok(())
    }
}

impl Leaf<'_> {
    fn encode(&self, place: Place) -> Encoded {
        match &self.content {
            Content::Text(text) => encode_text(text, place),
            // A message that is nothing but data is always base64: its body is then proof
            // against relays that touch up text.
            Content::Octets(octets) if place == Place::Message => encode_base64(octets, place),
            Content::Octets(octets) => encode_octets(octets, place),
            Content::Message(message) => Encoded {
                encoding: "7bit",
                octets: message.as_bytes().to_vec(),
            },
        }
    }

    fn write(&self, body: &Encoded, out: &mut Vec<u8>) {
        self.write_fields(body.encoding, out);
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&body.octets);
    }

    fn write_fields(&self, encoding: &str, out: &mut Vec<u8>) {
        let charset: &[_] = match self.content {
            Content::Text(_) => &[("charset", "utf-8")],
            Content::Octets(_) | Content::Message(_) => &[],
        };
        parameterized("Content-Type", self.media_type, charset, out);
        out.extend_from_slice(format!("Content-Transfer-Encoding: {encoding}\r\n").as_bytes());
        match self.disposition {
            Disposition::Unsaid => {}
            Disposition::Inline => parameterized("Content-Disposition", "inline", &[], out),
            Disposition::Attachment("") => {
                parameterized("Content-Disposition", "attachment", &[], out);
            }
            Disposition::Attachment(name) => {
                parameterized(
                    "Content-Disposition",
                    "attachment",
                    &[("filename", name)],
                    out,
                );
            }
        }
        if let Some(id) = &self.content_id {
            out.extend_from_slice(format!("Content-ID: <{id}>\r\n").as_bytes());
        }
        if self.designated {
            out.extend_from_slice(b"Content-Purpose: Machine-readable\r\n");
        }
    }
}

/// The boundaries of one message: the caller's, then the same with `-2`, `-3`, …
struct Boundaries<'b> {
    base: &'b str,
    used: usize,
}

impl<'b> Boundaries<'b> {
    fn new(base: &'b str) -> Self {
        Self { base, used: 0 }
    }

    fn next(&mut self) -> Result<String, ComposeError> {
        self.used += 1;
        let boundary = match self.used {
            1 => self.base.to_owned(),
            n => format!("{}-{n}", self.base),
        };
        check_boundary(&boundary)?;
        Ok(boundary)
    }

    /// Every boundary starts with the caller's, so one look is enough.
    fn check_absent(&self, body: &[u8]) -> Result<(), ComposeError> {
        let line = format!("\n--{}", self.base);
        let line = line.as_bytes();
        if body.starts_with(&line[1..]) || memmem::find(body, line).is_some() {
            return Err(ComposeError::new(
                ComposeErrorKind::BoundaryInContent,
                "boundary",
                "expected a boundary that starts no line of the content",
            ));
        }
        Ok(())
    }
}
