use std::time::Duration;

use secrecy::SecretString;

use crate::{Endpoint, Error, ErrorKind, Folder, Tls};

/// Where a mailbox lives and how to treat it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The server that keeps the mail.
    pub imap: Endpoint,
    /// The server that sends.
    pub smtp: Endpoint,
    /// The user of the first, and of the second unless it has its own.
    pub user: String,
    /// The user of the server that sends, when it is another.
    pub smtp_user: Option<String>,
    /// The password of both.
    pub password: SecretString,
    /// The address mail is sent from, `local@domain`.
    pub from: String,
    /// Certificates to trust beside those of this machine, in PEM. None by default.
    pub extra_roots: Vec<u8>,
    /// The folder that is the inbox, `INBOX` by default.
    pub folder: Folder,
    /// Set `$hasStructuredData` and `$MRM` on messages that nobody has annotated, when a listing,
    /// a search or a watch comes across them. Off by default.
    pub annotate: bool,
    /// Keep a copy of what is sent in [`sent_folder`](Self::sent_folder). Off by default.
    pub append_sent: bool,
    /// The folder for copies, `Sent` by default.
    pub sent_folder: Folder,
    /// How much a server may say.
    pub limits: Limits,
    /// How long a server may take.
    pub timeouts: Timeouts,
}

/// How much a server may say before the connection is given up with
/// [`ErrorKind::Protocol`].
///
/// Sizes are octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Limits::default()`
pub struct Limits {
    /// A whole message that is read. Default 32 MiB.
    pub message: usize,
    /// One IMAP response, literals included. Default 1 MiB, at least 128 KiB.
    pub response: u32,
    /// All responses to one IMAP command. Default 8 MiB.
    pub answer: usize,
    /// The number of responses to one IMAP command. Default 100,000.
    pub responses: usize,
    /// The first piece of a message, fetched for a listing. Default 32 KiB.
    pub piece: u32,
}

/// How long a server may take before the call ends with [`ErrorKind::Timeout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Timeouts::default()`
pub struct Timeouts {
    /// To connect, agree on TLS and log in. Default 30 s.
    pub connect: Duration,
    /// To answer one command. Default 60 s.
    pub command: Duration,
    /// To list, search, read or mark, with all commands that takes. Default 5 min.
    pub call: Duration,
    /// To take a whole message and say what became of it (RFC 5321 4.5.3.2.6). Default 10 min.
    pub delivery: Duration,
    /// IDLE is renewed after this time, within the 29 minutes of RFC 2177. Default 10 min.
    pub idle: Duration,
    /// Time between two looks where a server has no IDLE. Default 30 s.
    pub poll: Duration,
}

impl Config {
    /// A configuration with safe defaults.
    #[must_use]
    pub fn new(
        imap: Endpoint,
        smtp: Endpoint,
        user: impl Into<String>,
        from: impl Into<String>,
        password: SecretString,
    ) -> Self {
        Self {
            imap,
            smtp,
            user: user.into(),
            smtp_user: None,
            password,
            from: from.into(),
            extra_roots: Vec::new(),
            folder: Folder::inbox(),
            annotate: false,
            append_sent: false,
            sent_folder: Folder::new("Sent"),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
        }
    }

    /// Whether it can be used: plain text stays on this machine, IDLE is renewed in time.
    pub(super) fn check(&self) -> Result<(), Error> {
        let invalid = |message| Err(Error::new(ErrorKind::Invalid, message));
        for endpoint in [&self.imap, &self.smtp] {
            if endpoint.tls == Tls::Plain && !endpoint.is_loopback() {
                return invalid("expected TLS or STARTTLS to a server on another machine");
            }
        }
        if self.timeouts.idle > MAX_IDLE {
            return invalid("expected IDLE to be renewed within 29 minutes");
        }
        if self.limits.response < MIN_RESPONSE || self.limits.piece > self.limits.response / 2 {
            return invalid("expected a response limit of 128 KiB or more, twice the piece");
        }
        Ok(())
    }

    pub(super) fn smtp_user(&self) -> &str {
        self.smtp_user.as_deref().unwrap_or(&self.user)
    }
}

const MAX_IDLE: Duration = Duration::from_secs(29 * 60);
const MIN_RESPONSE: u32 = 128 << 10;

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 32 << 20,
            response: 1 << 20,
            answer: 8 << 20,
            responses: 100_000,
            piece: 32 << 10,
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            command: Duration::from_secs(60),
            call: Duration::from_secs(5 * 60),
            delivery: Duration::from_secs(10 * 60),
            idle: Duration::from_secs(10 * 60),
            poll: Duration::from_secs(30),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(host: &str, tls: Tls) -> Config {
        let endpoint = Endpoint {
            host: host.to_owned(),
            port: 1,
            tls,
        };
        let password = SecretString::from("hush");
        Config::new(endpoint.clone(), endpoint, "u", "u@mail.test", password)
    }

    #[test]
    fn plain_text_stays_on_this_machine() {
        assert!(config("127.0.0.1", Tls::Plain).check().is_ok());
        assert!(config("mail.test", Tls::StartTls).check().is_ok());
        let refused = config("mail.test", Tls::Plain).check().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid);
    }

    #[test]
    fn idle_is_renewed_in_time() {
        let mut config = config("localhost", Tls::Plain);
        config.timeouts.idle = MAX_IDLE;
        assert!(config.check().is_ok());
        config.timeouts.idle += Duration::from_nanos(1);
        assert!(config.check().is_err());
    }

    #[test]
    fn nothing_is_changed_on_the_server_unless_asked_for() {
        let config = config("localhost", Tls::StartTls);
        assert!(!config.annotate && !config.append_sent && config.extra_roots.is_empty());
        assert_eq!(config.smtp_user(), "u");
    }

    #[test]
    fn the_password_is_not_shown() {
        assert!(!format!("{:?}", config("localhost", Tls::Plain)).contains("hush"));
    }
}
