use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::transport::http;
use crate::{Error, ErrorKind, Folder};

/// Where a mailbox lives and how to treat it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The server: `https://HOST[:PORT]`, where the session resource is found by its well-known path
    /// (RFC 8620 2.2), or the whole URL of that resource. `http` to this machine only.
    pub server: String,
    /// The user. Without one the password is sent as a bearer token.
    pub user: Option<String>,
    /// The password or token.
    pub password: SecretString,
    /// The address mail is sent from, `local@domain`.
    pub from: String,
    /// Certificates to trust beside those of this machine, in PEM. None by default.
    pub extra_roots: Vec<u8>,
    /// The mailbox that is the inbox, the one with that role by default.
    pub folder: Folder,
    /// Keep a copy of what is sent in the mailbox for sent mail. Off by default.
    pub append_sent: bool,
    /// How much a server may say.
    pub limits: Limits,
    /// How long a server may take.
    pub timeouts: Timeouts,
}

/// How much a server may say before the call ends with [`ErrorKind::Protocol`].
///
/// Sizes are octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Limits::default()`
pub struct Limits {
    /// A whole message that is read. Default 32 MiB.
    pub message: usize,
    /// Any other answer. Default 8 MiB.
    pub answer: usize,
    /// Of each HTML part of a message in a listing. Default 32 KiB.
    pub html: u32,
}

/// How long a server may take before the call ends with [`ErrorKind::Timeout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Timeouts::default()`
pub struct Timeouts {
    /// To connect and agree on TLS. Default 30 s.
    pub connect: Duration,
    /// To answer one request. Default 60 s.
    pub request: Duration,
    /// To list, search, read or mark, with all requests that takes. Default 5 min.
    pub call: Duration,
    /// To take a whole message and say what became of it. Default 10 min.
    pub delivery: Duration,
    /// A wait begins anew after this time. Default 10 min.
    pub idle: Duration,
    /// A socket or event stream on which nothing was heard for so long is opened anew; the server is asked
    /// for three signs of life in that. Default 3 min.
    pub silence: Duration,
    /// Time between two looks where a server pushes nothing. Default 30 s.
    pub poll: Duration,
}

impl Config {
    /// A configuration with safe defaults.
    #[must_use]
    pub fn new(
        server: impl Into<String>,
        user: Option<String>,
        from: impl Into<String>,
        password: SecretString,
    ) -> Self {
        Self {
            server: server.into(),
            user,
            password,
            from: from.into(),
            extra_roots: Vec::new(),
            folder: Folder::inbox(),
            append_sent: false,
            limits: Limits::default(),
            timeouts: Timeouts::default(),
        }
    }

    /// Where the session resource is looked for.
    pub(super) fn entry(&self) -> Result<Url, Error> {
        let invalid = |message| Error::new(ErrorKind::Invalid, message);
        let mut url = Url::parse(&self.server)
            .map_err(|_| invalid("expected https://HOST[:PORT] as the server"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("expected a server URL without user and password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("expected a server URL without a query"));
        }
        if !http::is_protected(&url) {
            return Err(invalid("expected https to a server on another machine"));
        }
        if url.path() == "/" {
            url.set_path(mail_jmap::Session::WELL_KNOWN);
        }
        Ok(url)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 32 << 20,
            answer: 8 << 20,
            html: 32 << 10,
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            request: Duration::from_secs(60),
            call: Duration::from_secs(5 * 60),
            delivery: Duration::from_secs(10 * 60),
            idle: Duration::from_secs(10 * 60),
            silence: Duration::from_secs(3 * 60),
            poll: Duration::from_secs(30),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    fn config(server: &str) -> Config {
        Config::new(server, Some("u".into()), "u@mail.test", "hush".into())
    }

    #[test]
    fn passwords_stay_on_this_machine_without_tls() {
        for (server, entry) in [
            ("https://mail.test", "https://mail.test/.well-known/jmap"),
            ("https://mail.test/session", "https://mail.test/session"),
            ("http://[::1]:80/", "http://[::1]/.well-known/jmap"),
        ] {
            assert_eq!(config(server).entry().unwrap().as_str(), entry);
        }
        for wrong in [
            "http://mail.test",
            "https://u@mail.test",
            "https://mail.test?x",
            "mail.test",
        ] {
            assert!(config(wrong).entry().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_password_is_not_shown() {
        assert!(!format!("{:?}", config("https://mail.test")).contains("hush"));
    }
}
