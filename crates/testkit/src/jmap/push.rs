//! Who listens for changes: event streams (RFC 8620 7.3) and sockets (RFC 8887).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tokio::sync::mpsc;

use crate::http::{Reply, Request, Socket};

#[derive(Default)]
pub(super) struct Listeners {
    streams: Vec<mpsc::UnboundedSender<Vec<u8>>>,
    sockets: Vec<OpenSocket>,
}

struct OpenSocket {
    texts: mpsc::UnboundedSender<String>,
    /// Whether the client asked for changes.
    is_enabled: Arc<AtomicBool>,
}

impl Listeners {
    /// Opens an event stream.
    pub(super) fn stream(&mut self) -> Reply {
        let (sender, more) = mpsc::unbounded_channel();
        self.streams.push(sender);
        Reply {
            more: Some(more),
            ..Reply::new(200, "text/event-stream", ": hello\n\n")
        }
    }

    /// Opens a socket for the client that wants one.
    pub(super) fn socket(&mut self, request: &Request) -> Reply {
        if request
            .header
            .get("sec-websocket-protocol")
            .map(String::as_str)
            != Some("jmap")
        {
            return Reply::new(400, "text/plain", "");
        }
        let (texts, receiver) = mpsc::unbounded_channel();
        let is_enabled = Arc::new(AtomicBool::new(false));
        self.sockets.push(OpenSocket {
            texts: texts.clone(),
            is_enabled: Arc::clone(&is_enabled),
        });
        // It ends with those in the list alone.
        let answers = texts.downgrade();
        let heard = move |text: &str| {
            let message: Value = serde_json::from_str(text).unwrap();
            let wants_mail = message["dataTypes"] == serde_json::json!(["Email"]);
            match message["@type"].as_str() {
                Some("WebSocketPushEnable") if wants_mail => {
                    is_enabled.store(true, Ordering::SeqCst)
                }
                _ => {
                    let refusal = r#"{"@type":"RequestError","type":"urn:ietf:params:jmap:error:notRequest"}"#;
                    answers.upgrade().map(|it| it.send(refusal.to_owned()));
                }
            }
        };
        Reply::socket(request, "jmap", Socket::new(receiver, heard))
    }

    /// Tells a change to all.
    pub(super) fn tell(&mut self, change: &Value) {
        let event = format!("event: state\ndata: {change}\n\n").into_bytes();
        self.streams.retain(|it| it.send(event.clone()).is_ok());
        self.sockets.retain(|it| {
            !it.is_enabled.load(Ordering::SeqCst) || it.texts.send(change.to_string()).is_ok()
        });
    }

    /// Says octets to all as they are.
    pub(super) fn say(&self, octets: &[u8]) {
        for stream in &self.streams {
            let _ = stream.send(octets.to_vec());
        }
        for socket in &self.sockets {
            let _ = socket
                .texts
                .send(String::from_utf8_lossy(octets).into_owned());
        }
    }

    pub(super) fn close(&mut self) {
        *self = Self::default();
    }

    /// The sockets that are enabled and open.
    pub(super) fn sockets(&self) -> usize {
        let open = self.sockets.iter().filter(|it| !it.texts.is_closed());
        open.filter(|it| it.is_enabled.load(Ordering::SeqCst))
            .count()
    }
}
