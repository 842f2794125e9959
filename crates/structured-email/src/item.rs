use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use strict_json::Token;

use crate::json::{self, is_cid, read_again};
use crate::{Class, Section};

/// One statement: a JSON-LD object found in a message.
///
/// An item keeps the octets it came from. Signatures and digests are over octets, never over
/// JSON that was written again.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    pub(crate) class: Class,
    pub(crate) source: Source,
    pub(crate) part: Section,
    pub(crate) index: Option<usize>,
    pub(crate) types: Vec<String>,
    pub(crate) id: Option<String>,
    pub(crate) context: Arc<Context>,
    /// Where in `octets` the `@context` of the object around a `@graph` stands.
    pub(crate) inherited: Option<Range<usize>>,
    pub(crate) profile: Arc<[String]>,
    pub(crate) flags: Flags,
    /// It holds a `cid:` URI.
    pub(crate) has_cid: bool,
    pub(crate) covered_by: Vec<usize>,
    pub(crate) octets: Octets<'a>,
    /// Where this item's JSON stands in `octets`.
    pub(crate) json: Range<usize>,
}

impl Item<'_> {
    /// How the data relates to the readable content.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }

    /// Where in the message it was found.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }

    /// The MIME part it was found in.
    #[must_use]
    pub fn part(&self) -> &Section {
        &self.part
    }

    /// Its place, from 0, when the part holds an array or a `@graph`.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        self.index
    }

    /// The strings of its `@type`, in their order, at most 64 of them.
    ///
    /// Types, id and context are not given when a member name stands twice: two readers could
    /// disagree on them.
    #[must_use]
    pub fn types(&self) -> &[String] {
        &self.types
    }

    /// The `@id`.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The `@context`: its own, or else that of the object around its `@graph`.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The `profile` parameter of the media type, split on spaces.
    #[must_use]
    pub fn profile(&self) -> &[String] {
        &self.profile
    }

    /// What is special about it.
    #[must_use]
    pub fn flags(&self) -> Flags {
        self.flags
    }

    /// The signed entities that cover it, as indexes into
    /// [`Message::signatures`](crate::Message::signatures).
    #[must_use]
    pub fn covered_by(&self) -> &[usize] {
        &self.covered_by
    }

    /// The decoded octets of the whole part or script block. Elements of one array share them.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.octets.as_slice()
    }

    /// SHA-256 over [`octets`](Self::octets).
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.octets()).into()
    }

    /// The JSON text of this item as its sender wrote it, numbers and member order included.
    #[must_use]
    pub fn json(&self) -> &str {
        std::str::from_utf8(&self.octets()[self.json.clone()]).unwrap_or_default() // checked when read
    }

    /// The JSON as a value. `None` when a member name stands twice, since two readers could
    /// disagree on such data, and when it nests deeper than 128.
    #[must_use]
    pub fn value(&self) -> Option<serde_json::Value> {
        if self.flags.duplicate_member {
            return None;
        }
        json::to_value(self.json())
    }

    /// Reads the item as a type of the caller's.
    ///
    /// # Errors
    ///
    /// When the JSON does not have the shape of `T`, or a member name stands twice.
    pub fn deserialize<'de, T: Deserialize<'de>>(&'de self) -> Result<T, serde_json::Error> {
        if self.flags.duplicate_member {
            return Err(serde::de::Error::custom(
                "an object has two members of one name",
            ));
        }
        serde_json::from_str(self.json())
    }

    /// The `@context` of the object around its `@graph`, as it was written.
    #[cfg(feature = "json-ld")]
    pub(crate) fn inherited_context(&self) -> Option<&str> {
        let octets = self.octets().get(self.inherited.clone()?)?;
        std::str::from_utf8(octets).ok()
    }

    /// The `cid:` URIs in it, in document order.
    pub(crate) fn cids(&self) -> impl Iterator<Item = CidReference<'_>> {
        let json = self.json();
        let mut reader = self.has_cid.then(|| read_again(json).ok()).flatten();
        let mut is_id = false;
        std::iter::from_fn(move || {
            loop {
                match reader.as_mut()?.next().ok()?? {
                    Token::Name(name) => is_id = name.is(json, "@id"),
                    Token::String(text) if is_cid(text, json) => {
                        let token = match text.to_str(json) {
                            Cow::Borrowed(uri) => uri.get(4..).map(Cow::Borrowed),
                            Cow::Owned(uri) => {
                                uri.get(4..).map(|token| Cow::Owned(token.to_owned()))
                            }
                        };
                        return token.map(|token| CidReference { token, is_id });
                    }
                    Token::OpenObject | Token::OpenArray | Token::CloseArray => is_id = false,
                    _ => {}
                }
            }
        })
    }
}

/// A `cid:` URI in an item (RFC 2392).
#[derive(Clone, Debug)]
pub(crate) struct CidReference<'a> {
    /// What follows `cid:`, percent-encoding included.
    pub(crate) token: Cow<'a, str>,
    /// It is the value of an `@id`.
    pub(crate) is_id: bool,
}

/// Where an item was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// An `application/ld+json` part.
    Mime,
    /// A script block in an HTML body.
    Html,
    /// Microdata in an HTML body.
    Microdata,
}

impl Source {
    /// The name used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mime => "mime",
            Self::Html => "html",
            Self::Microdata => "microdata",
        }
    }
}

/// The `@context` of an item. It is never fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Context {
    /// There is none, or it is `null`.
    #[default]
    None,
    /// schema.org, in one of its four spellings, as it was written.
    SchemaOrg(String),
    /// Some other URL.
    Remote(String),
    /// Term definitions in the data itself.
    Inline,
    /// Several: the URLs among them, in their order.
    Multiple(Vec<String>),
}

/// The four spellings of one vocabulary.
pub(crate) const SCHEMA_ORG: [&str; 4] = [
    "http://schema.org",
    "http://schema.org/",
    "https://schema.org",
    "https://schema.org/",
];

impl Context {
    /// Keeps hostile data from growing: a URL costs three octets in the text, but many more as
    /// a string.
    const MAX_URLS: usize = 64;

    /// Reads the value of an `@context` that was checked before.
    ///
    /// A list of one is that one. An `@import` names a remote context as a string does. At most
    /// 64 URLs of a list are given.
    pub(crate) fn read(json: &str) -> Self {
        let Ok(mut reader) = read_again(json) else {
            return Self::None;
        };
        let mut entries = 0_usize;
        let mut urls = Vec::new();
        let mut has_object = false;
        let (mut is_list, mut is_import) = (false, false);
        while let Ok(Some(token)) = reader.next() {
            // The depth at which an entry of the list, or the one value, stands.
            let depth = reader.depth().saturating_sub(usize::from(is_list));
            match token {
                Token::OpenArray if reader.span().start == 0 => is_list = true,
                Token::OpenObject if depth == 1 => {
                    entries += 1;
                    has_object = true;
                }
                Token::Name(name) => is_import = depth == 1 && name.is(json, "@import"),
                Token::String(url) if depth == 0 || (depth == 1 && is_import) => {
                    entries += usize::from(depth == 0);
                    if urls.len() < Self::MAX_URLS {
                        urls.push(url.to_str(json).into_owned());
                    }
                }
                Token::Bool(_) | Token::Null if depth == 0 => entries += 1,
                _ => {}
            }
        }
        match (entries, urls.pop()) {
            (..=1, Some(url)) if SCHEMA_ORG.contains(&url.as_str()) => Self::SchemaOrg(url),
            (..=1, Some(url)) => Self::Remote(url),
            (..=1, None) if has_object => Self::Inline,
            (..=1, None) => Self::None,
            (_, last) => {
                urls.extend(last);
                Self::Multiple(urls)
            }
        }
    }

    /// The name used in reports.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SchemaOrg(_) => "schema.org",
            Self::Remote(_) => "remote",
            Self::Inline => "inline",
            Self::Multiple(_) => "multiple",
        }
    }
}

/// What is special about an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Flags {
    /// Its part is marked as an attachment. Such items come in lenient mode only.
    pub attachment: bool,
    /// Its part has no `Content-Purpose`. Such items come in lenient mode only.
    pub no_purpose: bool,
    /// It stands in quoted HTML: somebody else's words.
    pub quoted: bool,
    /// It holds an integer beyond ±(2^53−1).
    pub big_int: bool,
    /// An object in it has two members of one name. Such items come in lenient mode only.
    pub duplicate_member: bool,
    /// A string in it holds control characters.
    pub control_characters: bool,
    /// It contradicts another item of the message.
    pub conflict: bool,
    /// An `@id` in it names the readable body.
    pub cid_of_body: bool,
    /// Its MIME fields are top-level header fields, which a signature may leave out.
    pub top_level: bool,
}

impl Flags {
    /// The names of the flags that are set, in a fixed order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        [
            (self.attachment, "Attachment"),
            (self.no_purpose, "NoPurpose"),
            (self.quoted, "Quoted"),
            (self.big_int, "BigInt"),
            (self.duplicate_member, "DuplicateMember"),
            (self.control_characters, "ControlCharacters"),
            (self.conflict, "Conflict"),
            (self.cid_of_body, "CidOfBody"),
        ]
        .into_iter()
        .filter_map(|(set, name)| set.then_some(name))
    }
}

/// Decoded octets: a view into the message where nothing had to be decoded, else shared.
#[derive(Clone, Debug)]
pub(crate) enum Octets<'a> {
    Borrowed(&'a [u8]),
    Shared(Arc<[u8]>),
}

impl Octets<'_> {
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Borrowed(octets) => octets,
            Self::Shared(octets) => octets,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_told_apart() {
        let remote = |url: &str| Context::Remote(url.into());
        for url in SCHEMA_ORG {
            let expected = Context::SchemaOrg(url.into());
            assert_eq!(Context::read(&format!("\"{url}\"")), expected);
            assert_eq!(Context::read(&format!("[ \"{url}\" ]")), expected);
        }
        for (json, expected) in [
            ("null", Context::None),
            ("[]", Context::None),
            ("[null]", Context::None),
            ("{}", Context::Inline),
            (r#"{"a":{"@context":"https://x.example"}}"#, Context::Inline),
            (r#"[{"@vocab":"https://x.example"}]"#, Context::Inline),
            (
                r#""https://schema.org/docs""#,
                remote("https://schema.org/docs"),
            ),
            (r#""""#, remote("")),
            (
                r#"{"@import":"https://x.example"}"#,
                remote("https://x.example"),
            ),
            (
                r#"["https://schema.org",{"@import":"https://x.example"},{"a":"b"}]"#,
                Context::Multiple(vec![
                    "https://schema.org".into(),
                    "https://x.example".into(),
                ]),
            ),
            (r#"[{},null]"#, Context::Multiple(vec![])),
        ] {
            assert_eq!(Context::read(json), expected, "{json}");
        }
    }
}
