//! The parameters of a URL that the envelope crate does not read itself.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use asmtp_envelope::Code;
use url::form_urlencoded;

use crate::refusal::Refusal;

/// The known parameters of a query, each at most once. Others are ignored (section 19).
#[derive(Debug)]
pub(crate) struct Query<'q>(Vec<(&'static str, Cow<'q, str>)>);

impl<'q> Query<'q> {
    /// Reads `a=1&b=2`, without the question mark.
    ///
    /// # Errors
    ///
    /// With `INVALID_QUERY` when a known parameter stands twice.
    pub(crate) fn parse(query: &'q str, names: &[&'static str]) -> Result<Self, Refusal> {
        let mut found: Vec<(&'static str, Cow<'q, str>)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let Some(&name) = names.iter().find(|&&known| known == name) else {
                continue;
            };
            if found.iter().any(|&(known, _)| known == name) {
                let message = format!("{name}: expected it once");
                return Err(Refusal::new(Code::InvalidQuery, message));
            }
            found.push((name, value));
        }
        Ok(Self(found))
    }

    /// The value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| &**value)
    }

    /// The value of a parameter in plain decimal digits, within a range.
    ///
    /// # Errors
    ///
    /// With `code`.
    pub(crate) fn number(
        &self,
        name: &'static str,
        range: RangeInclusive<u32>,
        default: u32,
        code: Code,
    ) -> Result<u32, Refusal> {
        let Some(text) = self.get(name) else {
            return Ok(default);
        };
        let is_decimal = text.bytes().all(|octet| octet.is_ascii_digit());
        let value = text.parse().ok().filter(|_| is_decimal);
        value.filter(|value| range.contains(value)).ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            Refusal::new(
                code,
                format!("{name}: expected an integer from {least} to {most}"),
            )
        })
    }

    /// What is searched for: 2 to 100 characters.
    ///
    /// # Errors
    ///
    /// With `INVALID_QUERY`.
    pub(crate) fn wanted(&self) -> Result<&str, Refusal> {
        let text = self.get("q").unwrap_or_default();
        if (2..=100).contains(&text.chars().count()) {
            Ok(text)
        } else {
            Err(Refusal::new(
                Code::InvalidQuery,
                "q: expected 2 to 100 characters",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_plain_decimal() {
        let number = |query| {
            let query = Query::parse(query, &["limit"]).unwrap();
            query.number("limit", 1..=50, 20, Code::InvalidLimit).ok()
        };
        assert_eq!(number(""), Some(20));
        assert_eq!(number("limit=50&other=x"), Some(50));
        for wrong in [
            "limit=",
            "limit=0",
            "limit=51",
            "limit=%2B5",
            "limit=1e1",
            "limit=99999999999",
        ] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
        assert!(Query::parse("limit=1&limit=1", &["limit"]).is_err());
    }

    #[test]
    fn lengths_of_searches_are_characters() {
        let length = |query| {
            Query::parse(query, &["q"])
                .unwrap()
                .wanted()
                .map(str::len)
                .ok()
        };
        assert_eq!(length("q=%C3%A9%C3%A9"), Some(4));
        assert_eq!(length("q=a"), None);
        assert_eq!(length(""), None);
    }
}
