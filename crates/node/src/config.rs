use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use asmtp_envelope::HttpUrl;
use mailmesh_store::{Rates, Retention};

use crate::{Bearer, Clock};

/// What a node serves, and where.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Config::new(…)`
pub struct Config {
    /// Where to listen for HTTP. Port 0 picks a free one.
    pub http: SocketAddr,
    /// The certificate, for TLS. Without one only loopback addresses are listened on.
    pub tls: Option<TlsFiles>,
    /// Listens in plain text on addresses other than loopback all the same: something in front of
    /// the node does TLS.
    pub insecure_listen: bool,
    /// The URL that agents reach the node by, from which the URLs of files are built. By default
    /// the address that it listens on.
    pub public_url: Option<HttpUrl>,
    /// The secret of the administrator, for `/_admin`.
    pub admin: Bearer,
    /// The domain of the agents' addresses: `@owner.name` is `owner.name` at it.
    pub mail_domain: String,
    /// What `/healthz` calls this operator.
    pub network: String,
    /// How much an agent may send. `None` sets no limit.
    pub rates: Option<Rates>,
    /// Lets everybody on this machine use context-sync as whichever agent they say they are, without
    /// bearers. It is for loopback only.
    pub context_sync_open: bool,
    /// What is removed with time.
    pub retention: Retention,
    /// How much of everything there may be at a time.
    pub limits: Limits,
    /// Where the time comes from.
    pub clock: Clock,
}

/// The files with the certificate chain and its key, both PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration
pub struct TlsFiles {
    /// The certificate of the node, then those that lead to a root.
    pub certificate: PathBuf,
    /// The private key of the first certificate.
    pub key: PathBuf,
}

/// How much of everything there may be at a time, and how long it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Limits::default()`
pub struct Limits {
    /// What is taken in of envelopes and other JSON.
    pub envelope: asmtp_envelope::Limits,
    /// What is taken in of context-sync.
    pub context: context_sync::Limits,
    /// Octets of an uploaded file. Default 10 MiB (section 14).
    pub file: u64,
    /// Connections. Those beyond it wait to be accepted. Default 10,000.
    pub connections: usize,
    /// Requests that are worked on, bodies apart. Those beyond it are answered 503. Default 1,024.
    pub requests: usize,
    /// Bodies that are read. Those beyond it are answered 503. Default 1,024.
    pub bodies: usize,
    /// Bodies of one agent that are read. Others of it wait their turn, and are answered 429 when it
    /// does not come within their time. Default 64.
    pub caller_bodies: usize,
    /// Octets of answers that are made and not yet taken, those up to 32 KiB not counted: half of them of
    /// such as are ready, half of such as are yet to be read from the store, and those wait for room
    /// first. When there is none, further ones are answered 503. Default 256 MiB.
    pub answers: usize,
    /// How long the head of a request may take, idle time before it included. Default 30 s.
    pub head_patience: Duration,
    /// How long a JSON body may take, the wait for its turn included. Default 30 s.
    pub body_patience: Duration,
    /// How long an upload may take, as above. Default 5 minutes.
    pub upload_patience: Duration,
    /// How long a client may take nothing of what it is sent before its connection is closed. Default 60 s.
    pub write_patience: Duration,
    /// How long requests have to end when the node stops. Default 8 s.
    pub drain: Duration,
    /// Sockets of one agent. Default 16 (section 14).
    pub sockets: usize,
    /// Frames that wait for one socket. Default 1,000 (6.1).
    pub queue_frames: usize,
    /// Octets of frames that wait for one socket. Default 1 MiB (6.1).
    pub queue_octets: usize,
    /// A message from a client on a socket, in octets. Default 4 KiB (6.1).
    pub client_frame: usize,
    /// How often a socket is pinged. Default 30 s (6.1).
    pub ping_every: Duration,
    /// How long a socket may say nothing. Default 60 s (6.1).
    pub silence: Duration,
    /// How long a client has to take the close of its socket. Default 30 s (section 19).
    pub close_patience: Duration,
}

impl Config {
    /// The default configuration on an address.
    #[must_use]
    pub fn new(http: SocketAddr, admin: Bearer) -> Self {
        Self {
            http,
            tls: None,
            insecure_listen: false,
            public_url: None,
            admin,
            mail_domain: "localhost".to_owned(),
            network: "local".to_owned(),
            rates: Some(Rates::default()),
            context_sync_open: false,
            retention: Retention::default(),
            limits: Limits::default(),
            clock: Clock::system(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            envelope: asmtp_envelope::Limits::default(),
            context: context_sync::Limits::default(),
            file: 10 << 20,
            connections: 10_000,
            requests: 1_024,
            bodies: 1_024,
            caller_bodies: 64,
            answers: 256 << 20,
            head_patience: Duration::from_secs(30),
            body_patience: Duration::from_secs(30),
            upload_patience: Duration::from_secs(300),
            write_patience: Duration::from_secs(60),
            drain: Duration::from_secs(8),
            sockets: 16,
            queue_frames: 1_000,
            queue_octets: 1 << 20,
            client_frame: 4 << 10,
            ping_every: Duration::from_secs(30),
            silence: Duration::from_secs(60),
            close_patience: Duration::from_secs(30),
        }
    }
}
