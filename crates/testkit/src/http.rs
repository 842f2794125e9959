//! An HTTP server on this machine that answers as a test wants it to, and the ways in which servers
//! go wrong.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

/// A request as it came.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // read by tests
pub struct Request {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The header, names in lower case.
    pub header: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
#[allow(clippy::exhaustive_structs)] // built by tests
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Further fields of the header.
    pub header: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// More of the body as it comes, until the sender is dropped. Such a body has no length.
    pub more: Option<mpsc::UnboundedReceiver<Vec<u8>>>,
    /// What the connection becomes.
    pub socket: Option<Socket>,
}

/// A WebSocket of the server.
pub struct Socket {
    texts: mpsc::UnboundedReceiver<String>,
    heard: Box<dyn Fn(&str) + Send + Sync>,
}

/// What happens in the place of an answer.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_enums)] // what tests need
pub enum Fault {
    /// The connection closes before the request is looked at.
    Drop,
    /// The request is carried out, and so many octets of the answer are sent before the connection
    /// closes.
    Cut(usize),
    /// This status, field and body.
    Answer(u16, &'static str, String),
    /// An answer without an end.
    Endless,
    /// No answer.
    Silence,
}

/// A server that listens on this machine.
#[derive(Clone)]
pub struct Server {
    /// Where it listens, `http://127.0.0.1:PORT`.
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    answer: Box<dyn Fn(&Request) -> Reply + Send + Sync>,
    seen: Mutex<Seen>,
    at_once: AtomicUsize,
}

#[derive(Default)]
struct Seen {
    requests: Vec<Request>,
    most_at_once: usize,
    /// By a piece of the request line, the faults of the next requests that have it.
    faults: Vec<(String, VecDeque<Fault>)>,
}

impl Server {
    /// Starts one that answers so.
    pub async fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            seen: Mutex::default(),
            at_once: AtomicUsize::new(0),
        });
        let accepting = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&accepting);
                tokio::spawn(async move { shared.serve(BufReader::new(stream)).await });
            }
        });
        Self { url, shared }
    }

    /// Lets the next requests whose first line has this piece go wrong.
    pub fn fail(&self, piece: &str, faults: impl IntoIterator<Item = Fault>) {
        let faults = faults.into_iter().collect();
        self.shared.seen().faults.push((piece.to_owned(), faults));
    }

    /// Lets all go well again.
    pub fn heal(&self) {
        self.shared.seen().faults.clear();
    }

    /// The requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.seen().requests.clone()
    }

    /// The most requests that were open at one time.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        self.shared.seen().most_at_once
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Reply {
    /// An answer of this type.
    #[must_use]
    pub fn new(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            header: vec![("content-type", media_type.to_owned())],
            body: body.into(),
            more: None,
            socket: None,
        }
    }

    /// The answer that makes a WebSocket of the connection, for a protocol (RFC 6455 4.2.2).
    ///
    /// # Panics
    ///
    /// When the request asks for none.
    #[must_use]
    pub fn socket(request: &Request, protocol: &str, socket: Socket) -> Self {
        let key = request.header["sec-websocket-key"].as_bytes();
        Self {
            status: 101,
            header: vec![
                ("connection", "Upgrade".to_owned()),
                ("upgrade", "websocket".to_owned()),
                ("sec-websocket-accept", derive_accept_key(key)),
                ("sec-websocket-protocol", protocol.to_owned()),
            ],
            body: Vec::new(),
            more: None,
            socket: Some(socket),
        }
    }

    /// An answer in JSON.
    #[must_use]
    pub fn json(status: u16, value: &serde_json::Value) -> Self {
        Self::new(status, "application/json", value.to_string())
    }
}

impl Socket {
    /// One that says the texts that come, until their sender is dropped, and passes on those it hears.
    pub fn new(
        texts: mpsc::UnboundedReceiver<String>,
        heard: impl Fn(&str) + Send + Sync + 'static,
    ) -> Self {
        let heard = Box::new(heard);
        Self { texts, heard }
    }

    async fn serve(mut self, stream: &mut BufReader<TcpStream>) -> Option<()> {
        let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
        loop {
            tokio::select! {
                text = self.texts.recv() => socket.send(Message::text(text?)).await.ok()?,
                message = socket.next() => {
                    if let Message::Text(text) = message?.ok()? {
                        (self.heard)(&text);
                    }
                }
            }
        }
    }
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Socket").finish_non_exhaustive()
    }
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    /// Until the connection closes. A client that hangs up in the middle is what tests want to see.
    async fn serve(&self, mut stream: BufReader<TcpStream>) -> Option<()> {
        loop {
            let request = read(&mut stream).await?;
            let fault = self.note(&request);
            let served = self.reply(&mut stream, &request, fault).await;
            self.at_once.fetch_sub(1, Ordering::SeqCst);
            served?;
        }
    }

    fn note(&self, request: &Request) -> Option<Fault> {
        let line = format!("{} {}", request.method, request.target);
        let mut seen = self.seen();
        seen.requests.push(request.clone());
        let at_once = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        seen.most_at_once = seen.most_at_once.max(at_once);
        let mut faults = seen.faults.iter_mut();
        let (_, faults) = faults.find(|(piece, left)| line.contains(piece) && !left.is_empty())?;
        faults.pop_front()
    }

    async fn reply(
        &self,
        stream: &mut BufReader<TcpStream>,
        request: &Request,
        fault: Option<Fault>,
    ) -> Option<()> {
        let answer = match fault {
            None => (self.answer)(request),
            Some(Fault::Drop) => return None,
            Some(Fault::Silence) => std::future::pending().await,
            Some(Fault::Cut(octets)) => {
                let whole = head_and_body(&(self.answer)(request));
                let cut = whole.len().min(octets);
                stream.write_all(&whole[..cut]).await.ok()?;
                return None;
            }
            Some(Fault::Answer(status, field, body)) => {
                let mut reply = Reply::new(status, "application/json", body);
                if let Some((name, value)) = field.split_once(": ") {
                    reply.header.push((name, value.to_owned()));
                }
                reply
            }
            Some(Fault::Endless) => {
                let head = b"HTTP/1.1 200 -\r\ncontent-type: application/json\r\n\r\n\"";
                stream.write_all(head).await.ok()?;
                loop {
                    stream.write_all(&[b'x'; 4096]).await.ok()?;
                }
            }
        };
        stream.write_all(&head_and_body(&answer)).await.ok()?;
        if let Some(socket) = answer.socket {
            return socket.serve(stream).await;
        }
        let Some(mut more) = answer.more else {
            return Some(());
        };
        while let Some(octets) = more.recv().await {
            stream.write_all(&octets).await.ok()?;
        }
        None
    }
}

fn head_and_body(reply: &Reply) -> Vec<u8> {
    let mut out = format!("HTTP/1.1 {} -\r\n", reply.status);
    for (name, value) in &reply.header {
        out += &format!("{name}: {value}\r\n");
    }
    if reply.more.is_none() && !matches!(reply.status, 101 | 204) {
        out += &format!("content-length: {}\r\n", reply.body.len());
    }
    out += "\r\n";
    [out.as_bytes(), &reply.body].concat()
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    if stream.read_line(&mut line).await.ok()? == 0 {
        return None;
    }
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut header = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        header.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = header.get("content-length");
    let length = length.and_then(|it| it.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request {
        method,
        target,
        header,
        body,
    })
}
