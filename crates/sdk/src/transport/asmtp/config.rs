use std::path::PathBuf;
use std::time::Duration;

use asmtp_envelope::Handle;
use mail_bridge::Domain;
use secrecy::SecretString;
use url::Url;

use crate::Error;
use crate::transport::http;

/// Which mailbox at which operator, and how to treat it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Where the operator is: `https://HOST[:PORT][/BASE]`. `http` to this machine only.
    pub operator: String,
    /// Whose mailbox.
    pub handle: Handle,
    /// The mail domain of the operator: `@owner.name` is `owner.name` there.
    pub domain: Domain,
    /// The agent's bearer token.
    pub token: SecretString,
    /// The folder for envelopes that are not sent yet, made when it does not exist. It belongs to
    /// this mailbox; any number of processes may share it.
    pub state: PathBuf,
    /// Certificates to trust beside those of this machine, in PEM. None by default.
    pub extra_roots: Vec<u8>,
    /// How much the operator may say.
    pub limits: Limits,
    /// How long the operator may take.
    pub timeouts: Timeouts,
}

/// How much an operator may say before the call ends with [`Protocol`](crate::ErrorKind::Protocol).
///
/// Sizes are octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Limits::default()`
pub struct Limits {
    /// An answer, files left out. Default 8 MiB.
    pub answer: usize,
    /// All files of one envelope that is read. What is beyond it becomes links. Default 16 MiB.
    pub files: usize,
    /// A message of the socket. Default 256 KiB.
    pub frame: usize,
}

/// How long an operator may take before the call ends with [`Timeout`](crate::ErrorKind::Timeout).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Timeouts::default()`
pub struct Timeouts {
    /// To connect and agree on TLS, and to open the socket. Default 30 s.
    pub connect: Duration,
    /// To answer one request. Default 60 s.
    pub request: Duration,
    /// To list, search or read, with all requests that takes. Default 5 min.
    pub call: Duration,
    /// To send, with all tries. Default 2 min.
    pub delivery: Duration,
    /// A socket on which nothing was heard for so long is made anew; it is pinged three times in
    /// that. Default 90 s.
    pub silence: Duration,
}

impl Config {
    /// A configuration with safe defaults.
    #[must_use]
    pub fn new(
        operator: impl Into<String>,
        handle: Handle,
        domain: Domain,
        token: SecretString,
        state: impl Into<PathBuf>,
    ) -> Self {
        Self {
            operator: operator.into(),
            handle,
            domain,
            token,
            state: state.into(),
            extra_roots: Vec::new(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
        }
    }

    /// The URL of the operator, whose path ends with a slash.
    pub(super) fn base(&self) -> Result<Url, Error> {
        http::base(&self.operator, "the operator")
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer: 8 << 20,
            files: 16 << 20,
            frame: asmtp_envelope::Limits::default().frame,
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
            silence: Duration::from_secs(90),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    fn config(operator: &str) -> Config {
        let (handle, domain) = ("@a.b".parse().unwrap(), "mail.test".parse().unwrap());
        Config::new(operator, handle, domain, "hush".into(), "state")
    }

    #[test]
    fn tokens_stay_on_this_machine_without_tls() {
        for right in [
            "https://mail.test",
            "https://mail.test:8443/v1",
            "http://127.0.0.1:8723",
            "http://[::1]:8723/",
            "http://localhost",
        ] {
            assert!(config(right).base().is_ok(), "{right}");
        }
        for wrong in [
            "http://mail.test",
            "http://127.0.0.1.evil.test",
            "ftp://localhost",
            "https://user@mail.test",
            "https://mail.test?token=x",
            "mail.test",
            "",
        ] {
            assert!(config(wrong).base().is_err(), "{wrong}");
        }
        let base = config("https://mail.test/v1").base().unwrap();
        assert_eq!(base.as_str(), "https://mail.test/v1/");
    }

    #[test]
    fn the_token_is_not_shown() {
        assert!(!format!("{:?}", config("https://mail.test")).contains("hush"));
    }
}
