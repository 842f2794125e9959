//! A push channel that is opened again whenever it ends.

use std::sync::{Arc, Mutex};

use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};

use super::{Key, PATIENCE, PAUSE, cursor_behind, key_of};

/// Follows a mailbox from its beginning: behind each end the channel is opened with the cursor of
/// the last frame, on the next node.
pub async fn follow(
    n: usize,
    token: String,
    nodes: watch::Receiver<Vec<String>>,
    seen: Arc<Mutex<Vec<Key>>>,
) {
    for turn in n.. {
        let url = {
            let nodes = nodes.borrow();
            nodes[turn % nodes.len()].clone()
        };
        let start = (0, "0".repeat(26).replacen("00", "01", 1));
        let last = seen.lock().unwrap().last().cloned().unwrap_or(start);
        let opening = timeout(PATIENCE, connect(&url, &token, &last));
        if let Ok(Ok(mut socket)) = opening.await {
            while let Some(Ok(message)) = socket.next().await {
                let Message::Text(text) = message else {
                    continue;
                };
                let key = key_of(&serde_json::from_str::<Value>(&text).unwrap());
                let mut seen = seen.lock().unwrap();
                let is_behind = seen.last().is_some_and(|last| *last >= key);
                assert!(!is_behind, "{key:?} behind {:?}", seen.last());
                seen.push(key);
            }
        }
        sleep(PAUSE).await;
    }
}

async fn connect(
    url: &str,
    token: &str,
    last: &Key,
) -> Result<WebSocketStream<TcpStream>, tungstenite::Error> {
    let address = url.strip_prefix("http://").unwrap();
    let url = format!("ws://{address}/connect?{}", &cursor_behind(last)[1..]);
    let mut request = url.into_client_request()?;
    let bearer = format!("Bearer {token}").parse().unwrap();
    request.headers_mut().insert("authorization", bearer);
    let stream = TcpStream::connect(address).await?;
    let (stream, _) = tokio_tungstenite::client_async(request, stream).await?;
    Ok(stream)
}
