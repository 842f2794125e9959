use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::fields::Fields;
use crate::request::{FIELDS, property};
use crate::{Arrival, Id};

/// A message as far as it was asked for (RFC 8621 4). What the server did not say, or said in a way
/// that cannot be read, is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Email {
    /// Its id.
    pub id: Id,
    /// Where its octets are.
    pub blob: Option<Id>,
    /// How many they are.
    pub size: u64,
    /// When it arrived.
    pub arrival: Option<Arrival>,
    /// Its keywords.
    pub keywords: Vec<String>,
    /// The mailboxes it is in.
    pub mailboxes: Vec<Id>,
    /// Fields of its header: name, value as it stands.
    pub header: Vec<(&'static str, String)>,
    /// The structure of its body.
    pub body: Option<Part>,
    /// The texts of its HTML parts, by part.
    pub html: BTreeMap<String, String>,
}

/// A part of a body (RFC 8621 4.1.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// What its text goes by. A multipart has none.
    pub name: Option<String>,
    /// Where its content is, transfer encoding taken off.
    pub blob: Option<Id>,
    /// The octets of the content.
    pub size: u64,
    /// Type and subtype in lower case.
    pub media_type: String,
    /// The fields of its header: name, value as it stands.
    pub header: Vec<(String, String)>,
    /// The parts of a multipart.
    pub parts: Vec<Self>,
}

impl Email {
    /// Whether a keyword is set. Keywords have no case.
    #[must_use]
    pub fn has(&self, keyword: &str) -> bool {
        self.keywords
            .iter()
            .any(|set| set.eq_ignore_ascii_case(keyword))
    }

    /// The value of a field that was asked for, as it stands.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.header.iter();
        fields
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// `None` for what has no id: it cannot be named.
    pub(crate) fn read(raw: &RawValue) -> Option<Self> {
        let fields = Fields::read(raw).ok()?;
        // A set of names (RFC 8620 1.1 `Id[Boolean]`).
        let names = |name: &str| {
            let set = fields
                .get::<BTreeMap<String, bool>>(name)
                .unwrap_or_default();
            set.into_iter()
                .filter(|(_, set)| *set)
                .map(|(name, _)| name)
        };
        let mut header = Vec::new();
        for field in FIELDS {
            let values: Vec<String> = fields.get(&property(field)).unwrap_or_default();
            header.extend(values.into_iter().map(|value| (field, value)));
        }
        let texts = fields.get::<BTreeMap<String, Text>>("bodyValues");
        let texts = texts.unwrap_or_default().into_iter();
        Some(Self {
            id: fields.get("id")?,
            blob: fields.get("blobId"),
            size: fields.get("size").unwrap_or_default(),
            arrival: fields.get("receivedAt"),
            keywords: names("keywords").collect(),
            mailboxes: names("mailboxIds")
                .filter_map(|id| id.parse().ok())
                .collect(),
            header,
            // One that nests deeper than the reader follows is none; the rest stays readable.
            body: fields.get::<RawPart>("bodyStructure").map(Part::from),
            html: texts.map(|(part, text)| (part, text.value)).collect(),
        })
    }
}

impl Part {
    /// This part and those in it, in their order.
    pub fn walk(&self) -> impl Iterator<Item = &Self> {
        let mut open = vec![self];
        std::iter::from_fn(move || {
            let part = open.pop()?;
            open.extend(part.parts.iter().rev());
            Some(part)
        })
    }

    /// Whether it is made of parts.
    #[must_use]
    pub fn is_multipart(&self) -> bool {
        self.media_type.starts_with("multipart/")
    }
}

#[derive(Deserialize)]
struct Text {
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPart {
    #[serde(default)]
    part_id: Option<String>,
    #[serde(default)]
    blob_id: Option<Id>,
    #[serde(default)]
    size: Option<u64>,
    #[serde(default, rename = "type")]
    media_type: Option<String>,
    #[serde(default)]
    headers: Vec<RawField>,
    #[serde(default)]
    sub_parts: Option<Vec<Self>>,
}

#[derive(Deserialize)]
struct RawField {
    name: String,
    value: String,
}

impl From<RawPart> for Part {
    /// As deep as the JSON reader goes, which is not deep.
    fn from(raw: RawPart) -> Self {
        let header = raw.headers.into_iter();
        let parts = raw.sub_parts.unwrap_or_default();
        Self {
            name: raw.part_id,
            blob: raw.blob_id,
            size: raw.size.unwrap_or_default(),
            media_type: raw.media_type.unwrap_or_default().to_ascii_lowercase(),
            header: header.map(|field| (field.name, field.value)).collect(),
            parts: parts.into_iter().map(Self::from).collect(),
        }
    }
}
