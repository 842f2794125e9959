use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use asmtp_envelope::HttpUrl;
use mailmesh_store::{Retention, Store};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::{self, MissedTickBehavior};

use crate::answers::Answers;
use crate::config::Config;
use crate::core::Core;
use crate::error::{Error, ErrorKind};
use crate::fanout::Hub;
use crate::intake::Intake;
use crate::listener::Listener;
use crate::metrics::Metrics;
use crate::route;
use crate::tls::Identity;

/// How often what is over its time is removed.
const SWEEP: Duration = Duration::from_secs(60 * 60);
/// How often the certificate files are looked at.
const CERTIFICATES: Duration = Duration::from_secs(60);

/// A node that serves until it is shut down. Dropping it ends it at once.
#[derive(Debug)]
pub struct Node {
    address: SocketAddr,
    url: HttpUrl,
    core: Arc<Core>,
    identity: Option<Arc<Identity>>,
    stop: watch::Sender<bool>,
    listener: JoinHandle<()>,
    helpers: Vec<JoinHandle<()>>,
}

impl Node {
    /// Starts a node on a store. It must be called inside a Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] for plain text on an address other than loopback that was not asked
    /// for in words, and for open context-sync on one; [`ErrorKind::Tls`] when the certificate cannot be used; [`ErrorKind::Io`] when
    /// the address cannot be listened on.
    pub async fn start(config: Config, store: Arc<dyn Store>) -> Result<Self, Error> {
        if config.tls.is_none() && !config.insecure_listen && !config.http.ip().is_loopback() {
            let address = config.http;
            return Err(Error::new(
                ErrorKind::Config,
                format!("{address} is not loopback: give it a certificate, or --insecure-listen"),
            ));
        }
        if config.context_sync_open && !config.http.ip().is_loopback() {
            let address = config.http;
            return Err(Error::new(
                ErrorKind::Config,
                format!("{address} is not loopback: --context-sync-open is for loopback only"),
            ));
        }
        let identity = config.tls.map(Identity::load).transpose()?;
        let acceptor = identity.as_ref().map(Identity::acceptor).transpose()?;
        let listening = async {
            let socket = TcpListener::bind(config.http).await?;
            let address = socket.local_addr()?;
            Ok((socket, address))
        };
        let (socket, address) = listening.await.map_err(|cause: std::io::Error| {
            let message = format!("cannot listen on {}", config.http);
            Error::new(ErrorKind::Io, message).with_source(cause)
        })?;
        let url = match config.public_url {
            Some(url) => url,
            None => own_url(address, identity.is_some())?,
        };
        let mail_domain = config.mail_domain.parse().map_err(|error| {
            let message = "expected a mail domain, labels joined by dots";
            Error::new(ErrorKind::Config, message).with_source(error)
        })?;
        let limits = config.limits;
        let hub = Arc::new(Hub::new(store.clone(), limits));
        let core = Arc::new(Core {
            store: store.clone(),
            hub: hub.clone(),
            clock: config.clock,
            limits,
            rates: config.rates,
            context_open: config.context_sync_open,
            base: url.clone(),
            mail_domain,
            network: config.network,
            metrics: Arc::new(Metrics::default()),
            requests: Arc::new(Semaphore::new(limits.requests)),
            intake: Arc::new(Intake::new(&limits)),
            answers: Answers::new(limits.answers),
            started: Instant::now(),
            admin: config.admin.hash(),
        });
        let stop = watch::Sender::new(false);
        let listener = Listener {
            socket,
            acceptor,
            router: route::router(&core),
            limits,
        };
        let mut helpers = vec![
            tokio::spawn(hub.run(store.wakes())),
            tokio::spawn(sweep(core.clone(), config.retention)),
        ];
        if let Some(identity) = identity.clone() {
            helpers.push(tokio::spawn(watch_certificates(identity)));
        }
        Ok(Self {
            address,
            url,
            core,
            identity,
            listener: tokio::spawn(listener.serve(stop.subscribe())),
            stop,
            helpers,
        })
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL that agents reach it by.
    #[must_use]
    pub fn url(&self) -> &HttpUrl {
        &self.url
    }

    /// Reads the certificate files again, for new connections. It happens by itself within a
    /// minute of a change.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Tls`] when they cannot be used; the certificate in use stays then.
    pub fn reload_certificates(&self) -> Result<(), Error> {
        self.identity.as_deref().map_or(Ok(()), Identity::reload)
    }

    /// Stops: accepts no more connections, closes sockets with 1001, and answers every request
    /// whose head has arrived. Ends when that is done, or after [`Limits::drain`](crate::Limits).
    pub async fn shutdown(mut self) {
        let deadline = time::Instant::now() + self.core.limits.drain + Duration::from_secs(1);
        self.stop.send_replace(true);
        let ended = async {
            tokio::join!(self.core.hub.close(), async {
                // A listener that panicked has nothing left to answer.
                let _ = (&mut self.listener).await;
            });
        };
        if time::timeout_at(deadline, ended).await.is_err() {
            tracing::warn!("sockets did not end in time");
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.listener.abort();
        self.helpers.iter().for_each(JoinHandle::abort);
    }
}

fn own_url(address: SocketAddr, is_secure: bool) -> Result<HttpUrl, Error> {
    let scheme = if is_secure { "https" } else { "http" };
    format!("{scheme}://{address}")
        .parse()
        .map_err(|cause: asmtp_envelope::Error| {
            Error::new(ErrorKind::Config, "expected an address that makes a URL").with_source(cause)
        })
}

/// Removes what is over its time, now and every hour.
async fn sweep(core: Arc<Core>, retention: Retention) {
    let mut turns = every(SWEEP);
    loop {
        turns.tick().await;
        match core.store.sweep(core.clock.now(), &retention).await {
            Ok(swept) => tracing::debug!(?swept, "swept"),
            Err(error) => tracing::warn!(kind = ?error.kind(), "cannot sweep the store"),
        }
    }
}

async fn watch_certificates(identity: Arc<Identity>) {
    let mut turns = every(CERTIFICATES);
    loop {
        turns.tick().await;
        if let Err(error) = identity.reload_if_changed() {
            tracing::warn!(%error, "the certificate in use stays");
        }
    }
}

fn every(period: Duration) -> time::Interval {
    let mut turns = time::interval(period);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    turns
}
