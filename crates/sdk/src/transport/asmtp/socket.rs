//! The push channel: a WebSocket over a connection of the HTTP client (6.1).

use asmtp_envelope::{Failure, Limits, Push};
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Upgraded;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use super::operator::{Operator, retry_after_ms};
use crate::transport::websocket::{self, NotOpened};

/// A socket that is open.
pub(super) struct Socket {
    stream: WebSocketStream<Upgraded>,
    pings: Interval,
    heard: Instant,
    silence: std::time::Duration,
}

/// What a socket brought.
pub(super) enum Brought {
    Push(Push),
    /// What it said cannot be read.
    Garbled,
}

const PASSING: Failure = Failure::Passing {
    retry_after_ms: None,
};

impl Socket {
    /// Opens a socket (RFC 6455 4.1).
    pub(super) async fn open(operator: &Operator) -> Result<Self, Failure> {
        let opening = timeout(operator.timeouts.connect, Self::shake_hands(operator));
        let stream = opening.await.unwrap_or(Err(PASSING))?;
        let silence = operator.timeouts.silence;
        let mut pings = interval(silence / 3);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            stream,
            pings,
            heard: Instant::now(),
            silence,
        })
    }

    async fn shake_hands(operator: &Operator) -> Result<WebSocketStream<Upgraded>, Failure> {
        let opening = websocket::open(operator.connect(), None, operator.frame_limit());
        opening.await.map_err(|why| match why {
            NotOpened::Lost(error) => {
                tracing::warn!(error = %error.without_url(), "the socket did not open");
                PASSING
            }
            NotOpened::Refused(response) => {
                let status = response.status().as_u16();
                tracing::warn!(status, "the socket did not open");
                Failure::of_status(status, retry_after_ms(&response))
            }
            NotOpened::Foreign => {
                tracing::warn!("who answered does not speak WebSocket");
                PASSING
            }
        })
    }

    /// What comes next. It can be dropped and called again.
    pub(super) async fn next(&mut self) -> Result<Brought, Failure> {
        loop {
            let message = tokio::select! {
                message = self.stream.next() => message,
                _ = self.pings.tick() => {
                    if self.heard.elapsed() >= self.silence {
                        return Err(PASSING);
                    }
                    let ping = Message::Ping(Bytes::new());
                    self.stream.send(ping).await.map_err(|_| PASSING)?;
                    continue;
                }
            };
            self.heard = Instant::now();
            match message {
                Some(Ok(Message::Text(text))) => {
                    let push = Push::parse(text.as_bytes(), &Limits::default());
                    return Ok(push.map_or(Brought::Garbled, Brought::Push));
                }
                Some(Ok(Message::Binary(_))) => return Ok(Brought::Garbled),
                Some(Ok(Message::Close(frame))) => {
                    let code = frame.map_or(1005, |frame| frame.code.into());
                    return Err(Failure::of_close(code));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(PASSING),
            }
        }
    }
}
