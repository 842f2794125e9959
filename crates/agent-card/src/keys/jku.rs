use std::collections::BTreeSet;

use super::Origin;
use super::origin::InvalidOrigin;

/// What a caller may do with a `jku` (RFC 7515 4.1.2).
///
/// The signer chooses that URL. To fetch it blindly would let a stranger send requests from
/// here, and name the keys that prove him right. So a `jku` only ever selects among URLs that the
/// caller trusts already. Fetch what [`trusted`](Self::trusted) returns, follow no redirect, and
/// bind the keys to the origins they may speak for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum JkuPolicy {
    /// Never look at it.
    #[default]
    Ignore,
    /// It may name one of these, character for character.
    Exact(JkuList),
}

/// The URLs of key sets that a caller trusts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JkuList(BTreeSet<String>);

impl JkuPolicy {
    /// Allows these URLs.
    ///
    /// # Errors
    ///
    /// [`InvalidOrigin`] when one is not `https`, names a user, has a fragment, or holds
    /// something other than visible ASCII.
    pub fn exact<I>(urls: I) -> Result<Self, InvalidOrigin>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let mut list = BTreeSet::new();
        for url in urls {
            let url = url.into();
            check(&url)?;
            list.insert(url);
        }
        Ok(Self::Exact(JkuList(list)))
    }

    /// The caller's own URL that a hint names, if it names one.
    #[must_use]
    pub fn trusted(&self, jku: &str) -> Option<&str> {
        match self {
            Self::Ignore => None,
            Self::Exact(JkuList(urls)) => urls.get(jku).map(String::as_str),
        }
    }
}

fn check(url: &str) -> Result<(), InvalidOrigin> {
    Origin::of_url(url)?;
    let plain = url
        .bytes()
        .all(|octet| octet.is_ascii_graphic() && octet != b'#');
    plain.then_some(()).ok_or(InvalidOrigin(()))
}

#[cfg(test)]
mod tests {
    use super::JkuPolicy;

    #[test]
    fn only_the_very_url_is_trusted() {
        let url = "https://keys.example.com/jwks.json";
        let policy = JkuPolicy::exact([url]).unwrap();
        assert_eq!(policy.trusted(url), Some(url));
        for jku in [
            "https://keys.example.com/jwks.json?",
            "https://KEYS.example.com/jwks.json",
            "https://keys.example.com/jwks.json#",
            "https://keys.example.com:443/jwks.json",
            "http://keys.example.com/jwks.json",
        ] {
            assert_eq!(policy.trusted(jku), None, "{jku}");
        }
        assert_eq!(JkuPolicy::Ignore.trusted(url), None);
    }

    #[test]
    fn urls_that_must_not_be_fetched_cannot_be_listed() {
        for url in [
            "http://keys.example.com/jwks.json",
            "https://user:pass@keys.example.com/jwks.json",
            "https://keys.example.com/jwks.json#k1",
            "https://keys.example.com/jwks json",
            "file:///etc/passwd",
        ] {
            assert!(JkuPolicy::exact([url]).is_err(), "{url}");
        }
    }
}
