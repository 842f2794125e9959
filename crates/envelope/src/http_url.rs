use serde::{Deserialize, Serialize};
use url::Url;

use crate::text_type::text_type;
use crate::{Code, Error, ErrorKind, FileId};

/// Where the octets of a part are: an `https` or `http` URL, scheme in any letter case (2.2).
///
/// It is kept as it was sent, so what URL parsers repair in silence, each in its own way, is
/// refused: white space, control characters, a backslash, a missing `//`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HttpUrl(Box<str>);

text_type!(HttpUrl);

impl HttpUrl {
    /// The URL of a file at an operator with the public URL `self`.
    #[must_use]
    pub fn of_file(&self, id: &FileId) -> Self {
        let base = self.0.trim_end_matches('/');
        Self(format!("{base}/files/{id}").into())
    }

    fn check(text: &str) -> Result<(), Error> {
        let repaired = |character: char| {
            character.is_whitespace() || character.is_control() || character == '\\'
        };
        let is_sound = has_scheme(text)
            && !text.contains(repaired)
            && Url::parse(text).is_ok_and(|url| url.has_host());
        if is_sound {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Invalid,
            Code::InvalidContent,
            "an https or http URL",
        ))
    }
}

fn has_scheme(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
    })
}

#[cfg(test)]
mod tests {
    use super::HttpUrl;

    #[test]
    fn only_https_and_http_pass() {
        for right in [
            "https://x",
            "HTTPS://cdn.example/w.png?a#b",
            "http://[::1]:80/",
            "https://ü.example/é",
        ] {
            assert!(right.parse::<HttpUrl>().is_ok(), "{right}");
        }
        for wrong in [
            "data:image/png;base64,AA",
            "DATA:,",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "ftp://x/y",
            "https:x",
            "https:/x",
            "https://",
            "//x",
            " https://x",
            "https://x\n",
            "java\nscript://x",
            "https://good\\@evil",
            "https://x:99999",
            "",
        ] {
            assert!(wrong.parse::<HttpUrl>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_file_gets_a_url_below_the_base() {
        let id = "file_a".parse().unwrap();
        for base in ["https://x", "https://x/"] {
            let base: HttpUrl = base.parse().unwrap();
            assert_eq!(base.of_file(&id).as_str(), "https://x/files/file_a");
        }
    }
}
