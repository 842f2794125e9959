use std::time::Duration;

use context_sync::AgentId;
use secrecy::SecretString;

/// Which agent at which server, and how to treat it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Where the protocol is: `https://HOST[:PORT][/BASE]`, at a node of ours below `/context-sync`.
    /// `http` to this machine only.
    pub server: String,
    /// Who the caller is.
    pub agent: AgentId,
    /// The agent's bearer token. None by default, for a server in open mode.
    pub token: Option<SecretString>,
    /// Certificates to trust beside those of this machine, in PEM. None by default.
    pub extra_roots: Vec<u8>,
    /// How much the server may say.
    pub limits: Limits,
    /// How long the server may take.
    pub timeouts: Timeouts,
}

/// How much a server may say before the call ends with
/// [`Protocol`](crate::ErrorKind::Protocol).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Limits::default()`
pub struct Limits {
    /// An answer, in octets. Default 32 MiB.
    pub answer: usize,
}

/// How long a server may take before the call ends with [`Timeout`](crate::ErrorKind::Timeout).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Timeouts::default()`
pub struct Timeouts {
    /// To connect and agree on TLS. Default 30 s.
    pub connect: Duration,
    /// To answer one request. Default 30 s.
    pub request: Duration,
    /// A call with all its tries and pauses. Default 2 min.
    pub call: Duration,
    /// The longest pause that is kept when the server asks for one. A longer one ends the call with
    /// [`Busy`](crate::ErrorKind::Busy), and so does zero for every pause. Default 30 s.
    pub pause: Duration,
}

impl Config {
    /// A configuration with safe defaults and no token.
    #[must_use]
    pub fn new(server: impl Into<String>, agent: AgentId) -> Self {
        Self {
            server: server.into(),
            agent,
            token: None,
            extra_roots: Vec::new(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { answer: 32 << 20 }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            request: Duration::from_secs(30),
            call: Duration::from_secs(2 * 60),
            pause: Duration::from_secs(30),
        }
    }
}
