//! Opening a WebSocket over a connection of the HTTP client (RFC 6455 4.1).

use reqwest::header::{CONNECTION, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use reqwest::{RequestBuilder, Response, StatusCode, Upgraded};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

/// Why no socket was opened.
#[derive(Debug)]
pub(super) enum NotOpened {
    /// Nobody answered, or whoever did went away.
    Lost(reqwest::Error),
    /// Another answer than the one that opens a socket.
    Refused(Response),
    /// Whoever answered does not speak WebSocket, or not the protocol that was asked for.
    Foreign,
}

/// Opens a socket with a request, for a protocol on it if one is named. No message is longer than a limit.
pub(super) async fn open(
    request: RequestBuilder,
    protocol: Option<&str>,
    limit: usize,
) -> Result<WebSocketStream<Upgraded>, NotOpened> {
    let key = generate_key();
    let mut request = request
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", &key);
    if let Some(protocol) = protocol {
        request = request.header(SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    let response = request.send().await.map_err(NotOpened::Lost)?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(NotOpened::Refused(response));
    }
    let says = |name: &str, value: &str| {
        let said = response.headers().get(name);
        said.is_some_and(|said| said == value)
    };
    let is_accepted = says("Sec-WebSocket-Accept", &derive_accept_key(key.as_bytes()));
    if !is_accepted || protocol.is_some_and(|it| !says(SEC_WEBSOCKET_PROTOCOL.as_str(), it)) {
        return Err(NotOpened::Foreign);
    }
    let connection = response.upgrade().await.map_err(NotOpened::Lost)?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(limit))
        .max_frame_size(Some(limit));
    Ok(WebSocketStream::from_raw_socket(connection, Role::Client, Some(config)).await)
}
