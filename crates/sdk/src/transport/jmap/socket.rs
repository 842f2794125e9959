//! The WebSocket on which a server pushes (RFC 8887).

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use mail_jmap::{Limits, PushSocket, Pushed, Session};
use reqwest::Upgraded;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{self, Bytes, Message};

use super::fault;
use super::link::Link;
use super::listener::silent;
use crate::{Error, ErrorKind};

/// A socket that is open.
pub(super) struct Socket {
    stream: WebSocketStream<Upgraded>,
    protocol: PushSocket,
    pings: Interval,
    heard: Instant,
    silence: Duration,
}

impl Socket {
    /// Opens a socket and asks for changes, or gives `None` when the server offers none that can be opened.
    pub(super) async fn open(
        link: &Link,
        session: &Session,
        silence: Duration,
    ) -> Result<Option<Self>, Error> {
        let Some(mut stream) = link.socket(session).await? else {
            return Ok(None);
        };
        let mut protocol = PushSocket::new(Limits::default());
        let enable = Message::text(protocol.enable());
        stream.send(enable).await.map_err(|_| silent())?;
        // A timer cannot be shorter.
        let mut pings = interval((silence / 3).max(Duration::from_millis(1)));
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Some(Self {
            stream,
            protocol,
            pings,
            heard: Instant::now(),
            silence,
        }))
    }

    /// Begins to listen anew: what was not read in between was not silence.
    pub(super) fn resume(&mut self) {
        self.heard = Instant::now();
    }

    /// What the server says next. It can be dropped and called again.
    ///
    /// # Errors
    ///
    /// When the socket ends or breaks, the server refuses to push, or it says nothing for too long.
    pub(super) async fn next(&mut self) -> Result<Pushed, Error> {
        loop {
            let message = tokio::select! {
                message = self.stream.next() => message,
                _ = self.pings.tick() => {
                    if self.heard.elapsed() >= self.silence {
                        return Err(silent());
                    }
                    let ping = Message::Ping(Bytes::new());
                    self.stream.send(ping).await.map_err(|_| silent())?;
                    continue;
                }
            };
            self.heard = Instant::now();
            match message {
                Some(Ok(Message::Text(text))) => {
                    let pushed = self.protocol.read(text.as_bytes());
                    return pushed.map_err(fault::unreadable);
                }
                Some(Err(tungstenite::Error::Capacity(_))) => {
                    let message = "expected shorter messages on the socket";
                    return Err(Error::new(ErrorKind::Protocol, message));
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(silent()),
                // Pongs, and what no server sends (4.1).
                Some(Ok(_)) => return Ok(Pushed::Alive),
            }
        }
    }
}
