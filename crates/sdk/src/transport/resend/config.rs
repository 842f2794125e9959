use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::transport::http;
use crate::{Error, ErrorKind};

/// Which domain of which account, and how to treat it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Where the API is. Default [`Config::API`]; `http` to this machine only.
    pub api: String,
    /// The API key, with full access: one that may only send reads nothing.
    pub key: SecretString,
    /// The domain whose mail is the inbox.
    pub domain: String,
    /// The address mail is sent from, `local@domain`.
    pub from: String,
    /// Labels of each message that is sent, name and value: 1 to 256 of `A-Z a-z 0-9 _ -`.
    pub tags: Vec<(String, String)>,
    /// The folder for what the service does not keep: what was read, and keywords. It is made when it
    /// does not exist and belongs to this mailbox; any number of processes may share it.
    pub state: PathBuf,
    /// Certificates to trust beside those of this machine, in PEM. None by default.
    pub extra_roots: Vec<u8>,
    /// How much the service may say.
    pub limits: Limits,
    /// How long the service may take.
    pub timeouts: Timeouts,
}

/// How much the service may say before the call ends with [`ErrorKind::Protocol`].
///
/// Sizes are octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Limits::default()`
pub struct Limits {
    /// A whole message. Default 42 MiB; the service takes 40 MB.
    pub message: usize,
    /// Any other answer. Default 8 MiB.
    pub answer: usize,
    /// Messages that are kept in memory, so that a listing fetches each once. Default 32 MiB.
    pub kept: usize,
}

/// How long the service may take before the call ends with [`ErrorKind::Timeout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Timeouts::default()`
pub struct Timeouts {
    /// To connect and agree on TLS. Default 30 s.
    pub connect: Duration,
    /// To answer one request. Default 60 s.
    pub request: Duration,
    /// To list, search or read, with all requests and pauses that takes. Default 5 min.
    pub call: Duration,
    /// To take a message, with all tries. Default 2 min.
    pub delivery: Duration,
    /// The longest pause the service may ask for. One that is longer ends the call with
    /// [`ErrorKind::Busy`]. Default 30 s.
    pub pause: Duration,
    /// A wait begins anew after this time. Default 10 min.
    pub idle: Duration,
    /// Time between two looks for new mail. Default 15 s.
    pub poll: Duration,
}

impl Config {
    /// The API of the service.
    pub const API: &'static str = "https://api.resend.com";

    /// A configuration with safe defaults.
    #[must_use]
    pub fn new(
        domain: impl Into<String>,
        from: impl Into<String>,
        key: SecretString,
        state: impl Into<PathBuf>,
    ) -> Self {
        Self {
            api: Self::API.to_owned(),
            key,
            domain: domain.into(),
            from: from.into(),
            tags: Vec::new(),
            state: state.into(),
            extra_roots: Vec::new(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
        }
    }

    /// The API's URL, which ends with a slash.
    pub(super) fn base(&self) -> Result<Url, Error> {
        http::base(&self.api, "the API of the service")
    }

    /// Refuses tags that the service would.
    pub(super) fn check_tags(&self) -> Result<(), Error> {
        let is_legal = |text: &String| {
            let is_letter = |octet: u8| octet.is_ascii_alphanumeric() || b"_-".contains(&octet);
            (1..=256).contains(&text.len()) && text.bytes().all(is_letter)
        };
        let mut tags = self.tags.iter();
        match tags.all(|(name, value)| is_legal(name) && is_legal(value)) {
            true => Ok(()),
            false => Err(invalid(
                "expected tags of 1 to 256 letters, digits, _ and -",
            )),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 42 << 20,
            answer: 8 << 20,
            kept: 32 << 20,
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            request: Duration::from_secs(60),
            call: Duration::from_secs(5 * 60),
            delivery: Duration::from_secs(2 * 60),
            pause: Duration::from_secs(30),
            idle: Duration::from_secs(10 * 60),
            poll: Duration::from_secs(15),
        }
    }
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::Invalid, message)
}

#[cfg(test)]
mod tests {
    use super::Config;

    fn config(api: &str) -> Config {
        let mut config = Config::new("x.test", "a@x.test", "hush".into(), "state");
        config.api = api.to_owned();
        config
    }

    #[test]
    fn the_key_stays_on_this_machine_without_tls() {
        for (api, base) in [
            (Config::API, "https://api.resend.com/"),
            ("https://mail.test/resend", "https://mail.test/resend/"),
            ("http://127.0.0.1:80", "http://127.0.0.1/"),
        ] {
            assert_eq!(config(api).base().unwrap().as_str(), base);
        }
        for wrong in [
            "http://mail.test",
            "https://u@mail.test",
            "https://x?y",
            "x",
        ] {
            assert!(config(wrong).base().is_err(), "{wrong}");
        }
        assert!(!format!("{:?}", config(Config::API)).contains("hush"));
    }

    #[test]
    fn tags_are_what_the_service_takes() {
        let tagged = |name: &str| {
            let mut config = config(Config::API);
            config.tags = vec![(name.to_owned(), "x".to_owned())];
            config.check_tags().is_ok()
        };
        assert!(tagged("Campaign_1-a") && tagged(&"x".repeat(256)));
        assert!(!tagged("") && !tagged("a b") && !tagged("é") && !tagged(&"x".repeat(257)));
    }
}
