//! Hearing of changes: a socket or an event stream that stays open between two waits.

use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use mail_jmap::{EventStream, Id, Limits, Pushed};
use reqwest::Response;
use tokio::time::{Instant, timeout};

use super::account::Account;
use super::fault;
use super::link::Link;
use super::socket::Socket;
use crate::transport::http::lost;
use crate::{Error, ErrorKind};

/// Listeners kept when nobody waits.
const KEPT: usize = 2;

/// The listeners that are open while nobody waits.
#[derive(Default)]
pub(super) struct Listeners(Mutex<Vec<Listener>>);

/// What is heard of an account.
pub(super) struct Listener {
    source: Source,
    account: Id,
    silence: Duration,
    opened: Instant,
}

enum Source {
    /// RFC 8620 7.3.
    Events(Response, EventStream),
    /// RFC 8887.
    Socket(Box<Socket>),
}

impl Listeners {
    /// A listener that was open before this call or is now: on a socket, where the server offers one that
    /// can be opened, else on its event source. `None` when it pushes nothing.
    pub(super) async fn open(
        &self,
        link: &Link,
        account: &Account,
        silence: Duration,
    ) -> Result<Option<Listener>, Error> {
        let id = &account.session.account;
        let kept = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.retain(|listener| listener.account == *id);
            kept.pop()
        };
        if let Some(mut listener) = kept {
            if let Source::Socket(socket) = &mut listener.source {
                socket.resume();
            }
            return Ok(Some(listener));
        }
        let source = match socket(link, account, silence).await {
            Some(socket) => Some(Source::Socket(Box::new(socket))),
            None => link
                .listen(&account.session)
                .await?
                .map(|response| Source::Events(response, EventStream::new(Limits::default()))),
        };
        Ok(source.map(|source| Listener {
            source,
            account: id.clone(),
            silence,
            opened: Instant::now(),
        }))
    }

    /// Keeps a listener for the next to wait. One that is dropped instead is closed.
    pub(super) fn give_back(&self, listener: Listener) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT {
            kept.push(listener);
        }
    }
}

impl Listener {
    /// Waits until messages changed.
    ///
    /// # Errors
    ///
    /// When the source ends, breaks, goes over a limit or says nothing for too long.
    pub(super) async fn heard(&mut self) -> Result<(), Error> {
        let mut events = Vec::new();
        loop {
            match &mut self.source {
                Source::Socket(socket) => events.push(socket.next().await?),
                Source::Events(response, stream) => {
                    let chunk = timeout(self.silence, response.chunk()).await;
                    let chunk = chunk.map_err(|_| silent())?.map_err(lost)?;
                    let chunk = chunk.ok_or_else(silent)?;
                    stream
                        .read(&chunk, &mut events)
                        .map_err(fault::unreadable)?;
                }
            }
            let is_ours = |event: Pushed| match event {
                Pushed::Change(change) => change.email(&self.account).is_some(),
                Pushed::Alive => false,
            };
            // Several changes at once are one.
            if events.drain(..).any(is_ours) {
                return Ok(());
            }
        }
    }

    /// Takes note of why it ended: a socket on which the server refuses to push is not opened again.
    pub(super) fn ended(&self, error: &Error, account: &Account) {
        if matches!(self.source, Source::Socket(_)) && error.kind() != ErrorKind::Unreachable {
            account.is_socketless.store(true, Ordering::Relaxed);
        }
    }

    /// How long it has been open.
    pub(super) fn age(&self) -> Duration {
        self.opened.elapsed()
    }
}

/// The socket of an account. Where none can be opened, the event source may still be reached: not every
/// network lets both through.
async fn socket(link: &Link, account: &Account, silence: Duration) -> Option<Socket> {
    if account.is_socketless.load(Ordering::Relaxed) {
        return None;
    }
    match Socket::open(link, &account.session, silence).await {
        Ok(Some(socket)) => Some(socket),
        Ok(None) => {
            account.is_socketless.store(true, Ordering::Relaxed);
            None
        }
        Err(error) => {
            tracing::debug!(%error, "jmap: the socket did not open");
            None
        }
    }
}

pub(super) fn silent() -> Error {
    Error::new(ErrorKind::Unreachable, "the server stopped pushing")
}
