//! Reading the query of a URL: each parameter at most once.

use std::borrow::Cow;

use url::form_urlencoded;

use crate::{Code, Error, ErrorKind, OrderKey, Timestamp};

/// The parameters that a route knows. Others are ignored (section 19).
#[derive(Debug)]
pub(crate) struct Query<'q, const N: usize> {
    names: [&'static str; N],
    values: [Option<Cow<'q, str>>; N],
}

impl<'q, const N: usize> Query<'q, N> {
    /// Reads `a=1&b=2`, without the question mark.
    ///
    /// # Errors
    ///
    /// When a known parameter stands twice: readers differ on which one counts.
    pub(crate) fn parse(query: &'q str, names: [&'static str; N]) -> Result<Self, Error> {
        let mut values = [const { None }; N];
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let Some(at) = names.iter().position(|&known| known == name) else {
                continue;
            };
            if values[at].replace(value).is_some() {
                return Err(invalid("a parameter once").member(names[at]));
            }
        }
        Ok(Self { names, values })
    }

    /// The value of a parameter.
    pub(crate) fn get(&self, name: &'static str) -> Option<&str> {
        let at = self.names.iter().position(|&known| known == name)?;
        self.values[at].as_deref()
    }

    /// The value of a parameter that is one of a few words.
    pub(crate) fn word<T: Copy>(
        &self,
        name: &'static str,
        words: &[(&str, T)],
        expected: &'static str,
    ) -> Result<Option<T>, Error> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let found = words.iter().find(|(word, _)| *word == text);
        match found {
            Some((_, value)) => Ok(Some(*value)),
            None => Err(invalid(expected).member(name)),
        }
    }

    /// The cursor in `after_created_at` and `after_envelope_id`: both or neither (4.2).
    pub(crate) fn after(&self) -> Result<Option<OrderKey>, Error> {
        let (time, id) = (CREATED_AT, ENVELOPE_ID);
        match (self.get(time), self.get(id)) {
            (None, None) => Ok(None),
            (Some(created_at), Some(envelope_id)) => Ok(Some(OrderKey {
                created_at: Timestamp::from_token(created_at)
                    .ok_or_else(|| invalid("an integer from 0 to 2^53-1").member(time))?,
                envelope_id: envelope_id
                    .parse()
                    .map_err(|error: Error| error.member(id))?,
            })),
            (Some(_), None) => Err(invalid("both halves of a cursor").member(id)),
            (None, Some(_)) => Err(invalid("both halves of a cursor").member(time)),
        }
    }
}

pub(crate) const CREATED_AT: &str = "after_created_at";
pub(crate) const ENVELOPE_ID: &str = "after_envelope_id";

pub(crate) fn invalid(expected: &'static str) -> Error {
    Error::new(ErrorKind::Invalid, Code::InvalidQuery, expected)
}
