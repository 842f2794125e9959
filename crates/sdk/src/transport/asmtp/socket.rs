//! The push channel: a WebSocket over a connection of the HTTP client (6.1).

use asmtp_envelope::{Failure, Limits, Push};
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::header::{CONNECTION, UPGRADE};
use reqwest::{StatusCode, Upgraded};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use super::operator::{Operator, retry_after_ms};

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
        let key = generate_key();
        let request = operator
            .connect()
            .header(CONNECTION, "Upgrade")
            .header(UPGRADE, "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", &key);
        let response = request.send().await.map_err(|error| {
            tracing::warn!(error = %error.without_url(), "the socket did not open");
            PASSING
        })?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            let status = response.status().as_u16();
            tracing::warn!(status, "the socket did not open");
            return Err(Failure::of_status(status, retry_after_ms(&response)));
        }
        let accept = response.headers().get("Sec-WebSocket-Accept");
        if accept.is_none_or(|accept| accept != derive_accept_key(key.as_bytes()).as_str()) {
            tracing::warn!("who answered does not speak WebSocket");
            return Err(PASSING);
        }
        let connection = response.upgrade().await.map_err(|_| PASSING)?;
        let limit = Some(operator.frame_limit());
        let config = WebSocketConfig::default()
            .max_message_size(limit)
            .max_frame_size(limit);
        Ok(WebSocketStream::from_raw_socket(connection, Role::Client, Some(config)).await)
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
