//! Bearers: minting them, and reading them from requests.

use std::fmt;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mailmesh_store::TokenHash;
use zeroize::Zeroizing;

use crate::refusal::Refusal;

/// The longest bearer that is looked at, in octets.
const LONGEST: usize = 1_024;

/// A secret that stands for an agent or the administrator: 32 random octets in base64url.
///
/// It is shown once to whom it is for, and kept as its SHA-256.
#[derive(Clone)]
pub struct Bearer(Zeroizing<String>);

impl Bearer {
    /// The bearer made of random octets.
    #[must_use]
    pub fn from_random(octets: [u8; 32]) -> Self {
        Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(octets)))
    }

    /// A bearer that somebody chose, such as the content of a token file; the line end that editors
    /// add is left away. `None` for one that does not fit in a header, or is empty.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let line = text
            .strip_suffix('\n')
            .map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
        let is_sound = (1..=LONGEST).contains(&line.len())
            && line.bytes().all(|octet| octet.is_ascii_graphic());
        is_sound.then(|| Self(Zeroizing::new(line.to_owned())))
    }

    /// The secret itself, to hand to its owner.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// All that is kept of it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer(secret)")
    }
}

/// The bearer of a request: the scheme in any letter case, any number of spaces (section 11).
///
/// # Errors
///
/// With `UNAUTHORIZED` when there is none, more than one, or another scheme.
pub(crate) fn presented(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Refusal::unauthorized());
    };
    value
        .to_str()
        .ok()
        .and_then(|text| text.trim().split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .filter(|token| (1..=LONGEST).contains(&token.len()))
        .ok_or_else(Refusal::unauthorized)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn schemes_are_read_loosely_and_nothing_else_is() {
        for sound in ["Bearer t", "bearer   t", "BEARER t "] {
            assert_eq!(presented(&headers(&[sound])).unwrap(), "t", "{sound}");
        }
        for wrong in [
            &[][..],
            &["Basic t"],
            &["Bearer"],
            &["Bearer "],
            &["Bearer t", "Bearer t"],
        ] {
            assert!(presented(&headers(wrong)).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn nothing_shows_a_secret() {
        let bearer = Bearer::from_random([7; 32]);
        assert_eq!(bearer.reveal().len(), 43);
        assert!(!format!("{bearer:?}").contains(bearer.reveal()));
    }

    #[test]
    fn a_token_file_may_end_in_a_line_end() {
        assert_eq!(Bearer::from_text("abc\r\n").unwrap().reveal(), "abc");
        for wrong in ["", "\n", "a b", "a\nb\n"] {
            assert!(Bearer::from_text(wrong).is_none(), "{wrong:?}");
        }
    }
}
