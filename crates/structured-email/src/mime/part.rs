use std::borrow::Cow;

use super::content::Fields;
use super::field;
use super::parameter::Parameters;
use super::text;
use super::transfer::{Decoded, Encoding};
use crate::{ProblemKind, Section};

/// One entity: a container or a leaf.
///
/// It borrows from the message; header values are decoded when they are asked for.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    pub(crate) section: Section,
    /// The container it stands in, as an index into the parts; the outermost is its own.
    pub(crate) parent: usize,
    pub(crate) media_type: Cow<'a, str>,
    pub(crate) kind: Kind,
    pub(crate) fields: Fields<'a>,
    /// Header, empty line and body.
    pub(crate) raw: &'a [u8],
    /// Where in `raw` the header ends and the body starts.
    pub(crate) header_end: usize,
    pub(crate) body_start: usize,
    pub(crate) role: Role,
}

/// What the media type says about how a part is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Alternative,
    Related,
    /// `multipart/signed`: transparent.
    Signed,
    /// `multipart/report`, `digest` and `parallel`: no usual home of structured data.
    Unusual,
    Digest,
    /// `multipart/mixed` and every subtype that is not known (RFC 2046 5.1.3).
    Mixed,
    /// Encrypted or enveloped: opaque until the caller decrypts it.
    Encrypted,
    /// A multipart that is not entered: too deep, or without a boundary.
    ClosedMultipart,
    /// `message/rfc822` and its kin: never entered.
    Embedded,
    Plain,
    Html,
    OtherText,
    JsonLd,
    /// A detached signature, by its type.
    Signature,
    /// Not looked at, because its header is too long.
    Opaque,
    Other,
}

/// What a leaf is to a reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Role {
    /// The root of a `multipart/related`.
    pub(crate) root: bool,
    /// Readable text, or HTML.
    pub(crate) body: bool,
    /// The body, or an alternative that holds it.
    pub(crate) readable: bool,
    /// A statement about the message under the policy in use.
    pub(crate) designated: bool,
    /// What a person would call an attachment.
    pub(crate) attachment: bool,
}

impl Kind {
    /// Reads a media type in lower case.
    pub(crate) fn of(media_type: &str) -> Self {
        match media_type {
            "text/plain" => Self::Plain,
            "text/html" => Self::Html,
            "application/ld+json" => Self::JsonLd,
            "multipart/alternative" => Self::Alternative,
            "multipart/related" => Self::Related,
            "multipart/signed" => Self::Signed,
            "multipart/digest" => Self::Digest,
            "multipart/report" | "multipart/parallel" => Self::Unusual,
            "multipart/encrypted" | "application/pkcs7-mime" | "application/x-pkcs7-mime" => {
                Self::Encrypted
            }
            "message/rfc822" | "message/global" | "message/partial" | "message/external-body" => {
                Self::Embedded
            }
            "application/pgp-signature"
            | "application/pkcs7-signature"
            | "application/x-pkcs7-signature" => Self::Signature,
            _ if media_type.starts_with("multipart/") => Self::Mixed,
            _ if media_type.starts_with("text/") => Self::OtherText,
            _ => Self::Other,
        }
    }

    /// Whether it is a container that is entered.
    pub(crate) fn is_open_multipart(self) -> bool {
        matches!(
            self,
            Self::Alternative
                | Self::Related
                | Self::Signed
                | Self::Unusual
                | Self::Digest
                | Self::Mixed
        )
    }

    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Plain | Self::Html | Self::OtherText)
    }
}

impl<'a> Part<'a> {
    /// Its number.
    #[must_use]
    pub fn section(&self) -> &Section {
        &self.section
    }

    /// Type and subtype in lower case, such as `text/plain`. Where the field is missing or not
    /// legal, it is the type that RFC 2045 5.2 takes instead.
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// A parameter of the media type, decoded (RFC 2231).
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<Cow<'a, str>> {
        let value = Parameters::of(self.fields.content_type?).value(name)?;
        Some(text::decode(value, b""))
    }

    /// The name to offer when it is saved, decoded, with nothing but the last path segment and
    /// without control characters.
    #[must_use]
    pub fn filename(&self) -> Option<Cow<'a, str>> {
        let name = self.given_name()?;
        let last = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
        if last.is_empty() || last == "." || last == ".." {
            return None;
        }
        if last.len() == name.len() && !last.contains(char::is_control) {
            return Some(name);
        }
        let last: String = last.chars().filter(|c| !c.is_control()).collect();
        (!matches!(&*last, "" | "." | "..")).then_some(Cow::Owned(last))
    }

    /// The `Content-ID`, without angle brackets.
    #[must_use]
    pub fn content_id(&self) -> Option<&'a str> {
        self.fields.content_id
    }

    /// Whether it is a container. One that is encrypted, nested too deeply or lacks its
    /// boundary is not entered and has no children.
    #[must_use]
    pub fn is_multipart(&self) -> bool {
        self.media_type.starts_with("multipart/")
    }

    /// Whether it is an embedded message. They are never entered.
    #[must_use]
    pub fn is_embedded_message(&self) -> bool {
        self.kind == Kind::Embedded
    }

    /// Whether it is marked as an attachment. A disposition that nobody knows counts as one
    /// (RFC 2183 2.8).
    #[must_use]
    pub fn is_marked_attachment(&self) -> bool {
        let disposition = self
            .fields
            .disposition
            .map(field::token)
            .unwrap_or_default();
        !disposition.is_empty() && !disposition.eq_ignore_ascii_case(b"inline")
    }

    /// Whether it is part of the readable content: text or HTML that is no attachment.
    #[must_use]
    pub fn is_body(&self) -> bool {
        self.role.body
    }

    /// Whether it is structured data that speaks for the message, under the policy it was
    /// parsed with. Its data may be broken nevertheless.
    #[must_use]
    pub fn is_designated(&self) -> bool {
        self.role.designated
    }

    /// Whether a person would call it an attachment.
    #[must_use]
    pub fn is_attachment(&self) -> bool {
        self.role.attachment
    }

    /// Header, empty line and body as they stand: what a signature of `multipart/signed` is
    /// computed over (RFC 1847 2.1).
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The header fields as they stand, without the empty line behind them.
    #[must_use]
    pub fn raw_header(&self) -> &'a [u8] {
        &self.raw[..self.header_end]
    }

    /// The body as it stands, before transfer decoding.
    #[must_use]
    pub fn raw_body(&self) -> &'a [u8] {
        &self.raw[self.body_start..]
    }

    /// The body after transfer decoding, at most `limit` octets.
    ///
    /// # Errors
    ///
    /// `TooLarge`, `BadBase64` or `UnknownEncoding`.
    pub fn decode(&self, limit: usize) -> Result<Cow<'a, [u8]>, ProblemKind> {
        Ok(self.decode_within(limit)?.octets)
    }

    /// The body as text, in the charset it names or in UTF-8, or `None` when it is not text or
    /// cannot be decoded.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'a, str>> {
        if !self.kind.is_text() {
            return None;
        }
        let decoded = self.decode_within(usize::MAX).ok()?;
        Some(self.to_text(decoded.octets))
    }

    pub(crate) fn decode_within(&self, limit: usize) -> Result<Decoded<'a>, ProblemKind> {
        self.transfer_encoding().decode(self.raw_body(), limit)
    }

    /// At most `limit` octets of the decoded body, and whether there are more.
    pub(crate) fn decode_prefix(&self, limit: usize) -> Result<Decoded<'a>, ProblemKind> {
        self.transfer_encoding()
            .decode_prefix(self.raw_body(), limit)
    }

    /// Converts the decoded body from the charset it names.
    pub(crate) fn to_text(&self, octets: Cow<'a, [u8]>) -> Cow<'a, str> {
        let charset = self
            .fields
            .content_type
            .and_then(|value| Parameters::of(value).value("charset"))
            .unwrap_or_default();
        text::decode(octets, &charset)
    }

    /// The file name as its sender gave it, decoded.
    pub(crate) fn given_name(&self) -> Option<Cow<'a, str>> {
        let named = |value: Option<&'a [u8]>, name| Parameters::of(value?).value(name);
        let name = named(self.fields.disposition, "filename")
            .or_else(|| named(self.fields.content_type, "name"))?;
        // Encoded words have no place in a parameter (RFC 2047 5), but many put them there.
        Some(if memchr::memmem::find(&name, b"=?").is_some() {
            Cow::Owned(text::unstructured(&name).into_owned())
        } else {
            text::decode(name, b"")
        })
    }

    /// The encoding of a container means nothing (RFC 2045 6.4).
    fn transfer_encoding(&self) -> Encoding {
        if self.is_multipart() {
            Encoding::Identity
        } else {
            self.fields.encoding.unwrap_or_default()
        }
    }
}
