use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::reader::{Fields, FromFields};
use crate::Error;
use crate::schema::{self, Message};

/// Schemes that have to be satisfied together, each with its scopes (A2A 4.5).
///
/// A list of requirements is a list of alternatives. A requirement without a scheme means that
/// anonymous access is acceptable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SecurityRequirement {
    /// Name of a scheme to the scopes it needs.
    #[serde(
        skip_serializing_if = "BTreeMap::is_empty",
        serialize_with = "string_lists"
    )]
    pub schemes: BTreeMap<String, Vec<String>>,
}

impl SecurityRequirement {
    /// Anonymous access.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// One scheme with scopes, to which [`and`](Self::and) adds others.
    #[must_use]
    pub fn new<S: Into<String>>(
        scheme: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        Self::default().and(scheme, scopes)
    }

    /// A further scheme that has to be satisfied as well.
    #[must_use]
    pub fn and<S: Into<String>>(
        mut self,
        scheme: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        let scopes = scopes.into_iter().map(Into::into).collect();
        self.schemes.insert(scheme.into(), scopes);
        self
    }
}

impl FromFields for SecurityRequirement {
    const MESSAGE: &'static Message = &schema::REQUIREMENT;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        let schemes: BTreeMap<_, StringList> = fields.message_map("schemes")?;
        let scopes = schemes
            .into_iter()
            .map(|(name, scopes)| (name, scopes.list));
        Ok(Self {
            schemes: scopes.collect(),
        })
    }
}

/// The message that a list of strings is wrapped in.
#[derive(Debug)]
struct StringList {
    list: Vec<String>,
}

impl FromFields for StringList {
    const MESSAGE: &'static Message = &schema::STRING_LIST;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        Ok(Self {
            list: fields.texts("list")?,
        })
    }
}

fn string_lists<S: Serializer>(
    schemes: &BTreeMap<String, Vec<String>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(schemes.iter().map(|(name, scopes)| {
        // An empty list is the default of its field, and not written.
        let list = (!scopes.is_empty()).then_some(("list", scopes));
        (name, BTreeMap::from_iter(list))
    }))
}
