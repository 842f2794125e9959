//! Reading an object member by member, so that one wrong member costs that member only.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Error;

/// The members of an object. Of two with one name the last counts, as for most readers.
///
/// The values are not looked into until they are asked for, so that one that nests too deep hides
/// no other.
#[derive(Debug)]
pub(crate) struct Fields<'a>(BTreeMap<Cow<'a, str>, &'a RawValue>);

impl<'a> Fields<'a> {
    pub(crate) fn read(raw: &'a RawValue) -> Result<Self, Error> {
        // A derived map of `Cow` would copy every name.
        #[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
        struct Name<'n>(#[serde(borrow)] Cow<'n, str>);
        serde_json::from_str::<BTreeMap<Name<'a>, &'a RawValue>>(raw.get())
            .map(|members| {
                Self(
                    members
                        .into_iter()
                        .map(|(name, value)| (name.0, value))
                        .collect(),
                )
            })
            .map_err(|error| Error::json("an object", &error))
    }

    pub(crate) fn raw(&self, name: &str) -> Option<&'a RawValue> {
        self.0.get(name).copied()
    }

    /// A member of the right type.
    pub(crate) fn get<T: Deserialize<'a>>(&self, name: &str) -> Option<T> {
        serde_json::from_str(self.raw(name)?.get()).ok()
    }

    /// A member that has to be there.
    pub(crate) fn require<T: Deserialize<'a>>(&self, name: &'static str) -> Result<T, Error> {
        self.get(name)
            .ok_or_else(|| Error::malformed(format_args!("a usable member `{name}`")))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(name, value)| (&**name, *value))
    }
}
