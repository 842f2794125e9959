use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use mailmesh_node::{Config, DataFolder, Node, TlsFiles, read_token};
use mailmesh_store::{PostgresStore, Rates, Retention, SqliteStore, Store};
use serde::Deserialize;
use serde_json::json;

use crate::config;
use crate::exit::{Exit, Failure};
use crate::input;
use crate::output::{Output, note};
use crate::runtime;

/// Run a node: mailboxes of agents over ASMTP, and threads over context-sync
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Prints `ready http ADDR` when it listens. SIGTERM and Ctrl-C stop it: requests that have arrived are \
answered, sockets close with 1001. SIGHUP reads the certificate again. The configuration file is TOML \
with the names of the flags; flags come before it.

Example: mailmesh serve --data /var/lib/mailmesh --mail-domain agents.example
Example: mailmesh serve --http 0.0.0.0:443 --tls-certificate chain.pem --tls-key key.pem \\
           --public-url https://mail.agents.example")]
pub(crate) struct Args {
    /// A configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

/// What a node is told, by flags or by the configuration file.
#[derive(Debug, Default, Deserialize, clap::Args)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Listen here for HTTP; port 0 picks a free one [default: 127.0.0.1:8723]
    #[arg(long, value_name = "ADDR")]
    http: Option<SocketAddr>,
    /// The folder of the store and the admin token [default: this user's data directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Keep everything in PostgreSQL instead of the folder: postgres://USER@HOST/DATABASE; the
    /// password comes from PGPASSWORD or a password file [or MAILMESH_DATABASE]
    #[arg(long, value_name = "URL", env = "MAILMESH_DATABASE", hide_env = true)]
    database: Option<String>,
    /// The domain of the agents' mail addresses [default: localhost]
    #[arg(long, value_name = "DOMAIN")]
    mail_domain: Option<String>,
    /// The URL that agents reach the node by [default: where it listens]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// A file with the administrator's token [default: admin.token in the data folder, made if
    /// there is none]
    #[arg(long, value_name = "FILE")]
    admin_token_file: Option<PathBuf>,
    /// A certificate chain, PEM, for TLS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// Its private key, PEM
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Listen without TLS on addresses other than loopback
    #[arg(long)]
    insecure_listen: bool,
    /// Take callers of /context-sync at their word, without tokens; on loopback only
    #[arg(long)]
    context_sync_open: bool,
    /// Take envelopes and messages as fast as they come
    #[arg(long)]
    no_rate_limit: bool,
    /// Remove received mail after so many days [default: keep it for ever]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    keep_days: Option<u32>,
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let settings = match &self.config {
            Some(path) => self.settings.or(read(path)?),
            None => self.settings,
        };
        let data = match &settings.data {
            Some(data) => data.clone(),
            None => config::data_dir()?,
        };
        runtime::serve(async {
            // Before anything else: what follows must not be done twice at a time.
            let folder = DataFolder::hold(data)?;
            let config = settings.node(&folder)?;
            let store = settings.store(&folder).await?;
            let mut signals = Signals::listen()?;
            let node = Node::start(config, store).await?;
            ready(&node, out)?;
            signals.serve(&node).await;
            node.shutdown().await;
            Ok(Exit::Done)
        })
    }
}

impl Settings {
    /// These settings, and where they say nothing those.
    fn or(self, file: Self) -> Self {
        Self {
            http: self.http.or(file.http),
            data: self.data.or(file.data),
            database: self.database.or(file.database),
            mail_domain: self.mail_domain.or(file.mail_domain),
            public_url: self.public_url.or(file.public_url),
            admin_token_file: self.admin_token_file.or(file.admin_token_file),
            tls_certificate: self.tls_certificate.or(file.tls_certificate),
            tls_key: self.tls_key.or(file.tls_key),
            insecure_listen: self.insecure_listen || file.insecure_listen,
            context_sync_open: self.context_sync_open || file.context_sync_open,
            no_rate_limit: self.no_rate_limit || file.no_rate_limit,
            keep_days: self.keep_days.or(file.keep_days),
        }
    }

    fn node(&self, folder: &DataFolder) -> Result<Config, Failure> {
        let admin = match &self.admin_token_file {
            Some(path) => read_token(path)?,
            None => folder.admin_token()?,
        };
        let http = self
            .http
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8723)));
        let mut config = Config::new(http, admin);
        config.tls = match (&self.tls_certificate, &self.tls_key) {
            (Some(certificate), Some(key)) => Some(TlsFiles {
                certificate: certificate.clone(),
                key: key.clone(),
            }),
            (None, None) => None,
            _ => return Err(Failure::usage("tls-certificate and tls-key go together")),
        };
        config.insecure_listen = self.insecure_listen;
        config.context_sync_open = self.context_sync_open;
        config.rates = (!self.no_rate_limit).then(Rates::default);
        if let Some(url) = &self.public_url {
            let url = url.trim_end_matches('/').parse();
            config.public_url =
                Some(url.map_err(|error| Failure::usage(format!("public-url: {error}")))?);
        }
        if let Some(domain) = &self.mail_domain {
            domain_of(domain)?;
            config.mail_domain.clone_from(domain);
        }
        config.retention = Retention {
            entries: self
                .keep_days
                .map(|days| Duration::from_secs(u64::from(days) * 24 * 60 * 60)),
            ..Retention::default()
        };
        Ok(config)
    }

    /// The store of the folder, or of the database.
    async fn store(&self, folder: &DataFolder) -> Result<Arc<dyn Store>, Failure> {
        Ok(match &self.database {
            Some(url) => Arc::new(PostgresStore::open(&url.parse()?).await?),
            None => Arc::new(SqliteStore::open(folder.path()).await?),
        })
    }
}

/// Checks that a domain makes addresses.
fn domain_of(domain: &str) -> Result<(), Failure> {
    let made = format!("owner.name@{domain}").parse::<mailmesh_store::Address>();
    made.map(drop)
        .map_err(|error| Failure::usage(format!("mail-domain: {error}")))
}

/// Reads a configuration file. Paths in it are relative to its folder.
fn read(path: &Path) -> Result<Settings, Failure> {
    /// No configuration is as long as this.
    const LIMIT: usize = 1 << 20;
    let mut settings: Settings = config::from_toml(&input::read_text(path, LIMIT)?, path)?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    for file in [
        &mut settings.data,
        &mut settings.admin_token_file,
        &mut settings.tls_certificate,
        &mut settings.tls_key,
    ]
    .into_iter()
    .flatten()
    {
        *file = folder.join(&*file);
    }
    Ok(settings)
}

/// One line for each door, as soon as it is open.
fn ready(node: &Node, out: &mut Output) -> Result<(), Failure> {
    let address = node.address();
    if out.is_json() {
        let url = node.url().as_str();
        out.value_line(&json!({"ready": "http", "address": address, "url": url}))?;
    } else {
        writeln!(out, "ready http {address}")?;
        out.flush()?;
    }
    Ok(())
}

/// What the system says to a server.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| {
            signal(kind)
                .map_err(|error| Failure::usage(format!("cannot listen to signals: {error}")))
        };
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    /// Waits until the node has to stop.
    async fn serve(&mut self, node: &Node) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hang_up.recv() => {
                    if let Err(error) = node.reload_certificates() {
                        note(&format!("{error}; the certificate in use stays"));
                    }
                }
            }
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Result<Self, Failure> {
        Ok(Self)
    }

    async fn serve(&mut self, _: &Node) {
        if tokio::signal::ctrl_c().await.is_err() {
            note("cannot listen to Ctrl-C; stopping");
        }
    }
}
