use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The secret that a client of the HTTP server shows. Only its SHA-256 is kept.
#[derive(Clone)]
pub struct AccessToken([u8; 32]);

/// The shortest and the longest, in octets.
const SHORTEST: usize = 16;
const LONGEST: usize = 1_024;

impl AccessToken {
    /// A token that somebody made, such as 32 random octets in base64url. `None` for one that does
    /// not fit in a header or is shorter than 16 octets.
    #[must_use]
    pub fn new(secret: &str) -> Option<Self> {
        let is_sound = (SHORTEST..=LONGEST).contains(&secret.len())
            && secret.bytes().all(|octet| octet.is_ascii_graphic());
        is_sound.then(|| Self(digest(secret)))
    }

    /// Whether this is the token. It takes as long for one as for another.
    pub(crate) fn is(&self, shown: &str) -> bool {
        shown.len() <= LONGEST && bool::from(digest(shown).ct_eq(&self.0))
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(secret)")
    }
}

fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::AccessToken;

    #[test]
    fn one_token_opens() {
        let token = AccessToken::new("0123456789abcdef").unwrap();
        assert!(token.is("0123456789abcdef"));
        for other in [
            "",
            "0123456789abcde",
            "0123456789abcdef0",
            "0123456789abcdeF",
        ] {
            assert!(!token.is(other), "{other:?}");
        }
        assert_eq!(format!("{token:?}"), "AccessToken(secret)");
    }

    #[test]
    fn what_cannot_be_shown_or_is_guessed_is_no_token() {
        for secret in [
            "",
            "0123456789abcde",
            "0123456789 abcdef",
            "0123456789abcdef\n",
        ] {
            assert!(AccessToken::new(secret).is_none(), "{secret:?}");
        }
        assert!(AccessToken::new(&"a".repeat(1_025)).is_none());
    }
}
