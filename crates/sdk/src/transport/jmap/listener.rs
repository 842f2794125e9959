//! Hearing of changes: an event stream that stays open between two waits.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use mail_jmap::{EventStream, Id, Limits, Pushed};
use reqwest::Response;
use tokio::time::{Instant, timeout};

use super::account::Account;
use super::fault;
use super::link::Link;
use crate::transport::http::lost;
use crate::{Error, ErrorKind};

/// Streams kept when nobody waits.
const KEPT: usize = 2;

/// The streams that are open while nobody waits.
#[derive(Default)]
pub(super) struct Listeners(Mutex<Vec<Listener>>);

/// An open event stream.
pub(super) struct Listener {
    response: Response,
    stream: EventStream,
    account: Id,
    silence: Duration,
    opened: Instant,
}

impl Listeners {
    /// A stream that was open before this call or is now; `None` when the server has none.
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
        match kept {
            Some(listener) => Ok(Some(listener)),
            None => Ok(link
                .listen(&account.session)
                .await?
                .map(|response| Listener {
                    response,
                    stream: EventStream::new(Limits::default()),
                    account: id.clone(),
                    silence,
                    opened: Instant::now(),
                })),
        }
    }

    /// Keeps a stream for the next to wait. One that is dropped instead is closed.
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
    /// When the stream ends, breaks, goes over a limit or says nothing for too long.
    pub(super) async fn heard(&mut self) -> Result<(), Error> {
        let mut events = Vec::new();
        loop {
            let chunk = timeout(self.silence, self.response.chunk()).await;
            let chunk = chunk.map_err(|_| silent())?.map_err(lost)?;
            let chunk = chunk.ok_or_else(silent)?;
            self.stream
                .read(&chunk, &mut events)
                .map_err(fault::unreadable)?;
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

    /// How long it has been open.
    pub(super) fn age(&self) -> Duration {
        self.opened.elapsed()
    }
}

fn silent() -> Error {
    Error::new(ErrorKind::Unreachable, "the server stopped pushing")
}
