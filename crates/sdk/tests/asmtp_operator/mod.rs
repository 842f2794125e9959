//! A small HTTP server around the testkit's operator, and the ways in which operators go wrong.
#![allow(dead_code)] // not every test needs all of it

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};

use asmtp_envelope::{EnvelopeId, EnvelopePost, Gate, Handle, Limits, OrderKey, Policy, Timestamp};
use futures_util::{SinkExt as _, StreamExt as _};
use mailmesh::transport::asmtp::{AsmtpTransport, Config};
use mailmesh_testkit::asmtp::{Operator, Request, respond};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

/// The mail domain of the operator.
pub(crate) const DOMAIN: &str = "agents.test";

/// What happens to one request in the place of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The connection closes before the request is looked at.
    Drop,
    /// The request is carried out, and the connection closes.
    Swallow,
    /// This status, with this body.
    Answer(u16, String),
    /// An answer without an end.
    Endless,
    /// No answer.
    Silence,
}

/// An operator that listens on this machine.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

struct State {
    operator: Operator,
    files: BTreeMap<String, Vec<u8>>,
    mail: Vec<Kept>,
    sockets: Vec<(Handle, mpsc::UnboundedSender<Message>)>,
    /// By a piece of the request line, the faults of the next requests that have it.
    faults: Vec<(String, VecDeque<Fault>)>,
    /// Request lines, in order.
    requests: Vec<String>,
}

/// What a search looks through.
struct Kept {
    key: OrderKey,
    people: Vec<Handle>,
    text: String,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut operator = Operator::new(&url, Timestamp::new(1_795_215_000_000).unwrap());
        for name in ["a", "b", "c"] {
            let handle: Handle = format!("@acme.{name}").parse().unwrap();
            operator
                .gates
                .insert(handle.clone(), Gate::new(handle, Policy::Open));
        }
        let state = State {
            operator,
            files: BTreeMap::new(),
            mail: Vec::new(),
            sockets: Vec::new(),
            faults: Vec::new(),
            requests: Vec::new(),
        };
        let server = Self {
            url,
            state: Arc::new(Mutex::new(state)),
        };
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = accepting.clone();
                tokio::spawn(async move { server.serve(BufReader::new(stream)).await });
            }
        });
        server
    }

    /// The mailbox of `@acme.NAME`, with its state in a folder.
    pub(crate) async fn open(&self, name: &str, folder: &Path) -> AsmtpTransport {
        AsmtpTransport::open(self.config(name, folder))
            .await
            .unwrap()
    }

    pub(crate) fn config(&self, name: &str, folder: &Path) -> Config {
        let handle: Handle = format!("@acme.{name}").parse().unwrap();
        let token = SecretString::from(format!("token-{name}"));
        let state = folder.join(name);
        Config::new(&self.url, handle, DOMAIN.parse().unwrap(), token, state)
    }

    /// Sends so many envelopes from `a` to `b`, with the subjects `number 1` and so on.
    pub(crate) fn fill(&self, count: usize) {
        let sender: Handle = "@acme.a".parse().unwrap();
        for number in 1..=count {
            let now = self.state().operator.now;
            let mut random = [0; 10];
            random[2..].copy_from_slice(&(number as u64).to_be_bytes());
            let post = json!({
                "id": EnvelopeId::mint(now, random).unwrap().as_str(), "to": ["@acme.b"],
                "date_ms": now.as_millis(), "subject": format!("number {number}"),
                "content_parts": [{ "type": "text", "text": format!("Number {number}.") }],
            });
            let (status, _) = self.answer(&sender, "POST /messages", post.to_string().as_bytes());
            assert_eq!(status, 202, "{post}");
        }
    }

    /// Lets the next requests whose first line has this piece go wrong.
    pub(crate) fn fail(&self, piece: &str, faults: impl IntoIterator<Item = Fault>) {
        let faults = faults.into_iter().collect();
        self.state().faults.push((piece.to_owned(), faults));
    }

    /// Lets all go well again.
    pub(crate) fn heal(&self) {
        self.state().faults.clear();
    }

    /// Closes the sockets with a code.
    pub(crate) fn close_sockets(&self, code: u16) {
        for (_, socket) in self.state().sockets.drain(..) {
            let frame = CloseFrame {
                code: CloseCode::from(code),
                reason: "".into(),
            };
            let _ = socket.send(Message::Close(Some(frame)));
        }
    }

    /// Sends a text to the sockets.
    pub(crate) fn push_text(&self, text: &str) {
        for (_, socket) in &self.state().sockets {
            let _ = socket.send(Message::text(text));
        }
    }

    pub(crate) fn sockets(&self) -> usize {
        let mut state = self.state();
        state.sockets.retain(|(_, socket)| !socket.is_closed());
        state.sockets.len()
    }

    /// How many requests had this piece in their first line.
    pub(crate) fn requests(&self, piece: &str) -> usize {
        let state = self.state();
        state
            .requests
            .iter()
            .filter(|line| line.contains(piece))
            .count()
    }

    /// How many envelopes an agent received.
    pub(crate) fn received(&self, name: &str) -> usize {
        let handle = format!("@acme.{name}").parse().unwrap();
        self.state().operator.received(&handle).count()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    async fn serve(&self, mut stream: BufReader<TcpStream>) -> Option<()> {
        loop {
            let mut head = Vec::new();
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).await.ok()? == 0 {
                    return None;
                }
                let line = line.trim_end().to_owned();
                if line.is_empty() {
                    break;
                }
                head.push(line);
            }
            let header = |name: &str| {
                let fields = head.iter().filter_map(|line| line.split_once(": "));
                let mut found = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
                found.next().map(|(_, value)| value.to_owned())
            };
            let length = header("content-length").map_or(0, |length| length.parse().unwrap());
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await.ok()?;
            let line = head[0].clone();
            let agent = header("authorization").and_then(|bearer| {
                let name = bearer.strip_prefix("Bearer token-")?.to_owned();
                let handle: Handle = format!("@acme.{name}").parse().ok()?;
                let known = self.state().operator.gates.contains_key(&handle);
                known.then_some(handle)
            });
            let fault = self.state().next_fault(&line);
            match fault {
                Some(Fault::Drop) => return None,
                Some(Fault::Silence) => return std::future::pending().await,
                Some(Fault::Endless) => {
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
                    while stream.write_all(&[b' '; 4096]).await.is_ok() {}
                    return None;
                }
                Some(Fault::Answer(status, body)) => {
                    write(&mut stream, status, body.as_bytes()).await?;
                    continue;
                }
                Some(Fault::Swallow) | None => {}
            }
            let Some(agent) = agent else {
                write(
                    &mut stream,
                    401,
                    br#"{"error":{"code":"UNAUTHORIZED","message":""}}"#,
                )
                .await?;
                continue;
            };
            if line.starts_with("GET /connect") {
                let key = header("sec-websocket-key")?;
                return self.push(stream, agent, &key).await;
            }
            let (status, answer) = self.answer(&agent, &line, &body);
            if matches!(fault, Some(Fault::Swallow)) {
                return None;
            }
            write(&mut stream, status, &answer).await?;
        }
    }

    fn answer(&self, agent: &Handle, line: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let mut state = self.state();
        let mut words = line.split(' ');
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        // Time passes, so that dates of envelopes differ.
        state.operator.now = state.operator.now.saturating_add(1);
        match (method, target) {
            ("POST", "/messages") => state.post(agent, body),
            ("POST", "/files") => state.upload(agent, body),
            ("GET", path) if path.starts_with("/files/") => match state.files.get(&path[7..]) {
                Some(content) => (200, content.clone()),
                None => (404, not_found()),
            },
            ("GET", path) if path.starts_with("/search/messages?") => state.search(agent, path),
            _ => {
                let request = Request {
                    agent,
                    method,
                    target,
                    body,
                };
                match respond(&mut state.operator, request) {
                    Some(response) => (response.status, response.body.to_string().into_bytes()),
                    None => (404, not_found()),
                }
            }
        }
    }

    async fn push(&self, mut stream: BufReader<TcpStream>, agent: Handle, key: &str) -> Option<()> {
        let accept = derive_accept_key(key.as_bytes());
        let head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.ok()?;
        let (sender, mut queue) = mpsc::unbounded_channel();
        self.state().sockets.push((agent, sender));
        let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
        loop {
            tokio::select! {
                message = queue.recv() => socket.send(message?).await.ok()?,
                message = socket.next() => drop(message?.ok()?),
            }
        }
    }
}

impl State {
    fn next_fault(&mut self, line: &str) -> Option<Fault> {
        self.requests.push(line.to_owned());
        let mut faults = self.faults.iter_mut();
        faults.find_map(|(piece, faults)| {
            let concerned = line.contains(piece.as_str());
            concerned.then(|| faults.pop_front()).flatten()
        })
    }

    fn post(&mut self, agent: &Handle, body: &[u8]) -> (u16, Vec<u8>) {
        let mut answer = Vec::new();
        match self.operator.post(agent, body) {
            Ok((receipt, pushed)) => {
                let post = EnvelopePost::parse(body, &Limits::default()).unwrap();
                let mut people = receipt.recipients.clone();
                people.push(agent.clone());
                let kept = Kept {
                    key: receipt.key(),
                    people,
                    text: searched(&post),
                };
                self.mail.push(kept);
                for (handle, pushed) in pushed {
                    let text = String::from_utf8(pushed.octets()).unwrap();
                    for (agent, socket) in &self.sockets {
                        if *agent == handle {
                            let _ = socket.send(Message::text(text.clone()));
                        }
                    }
                }
                receipt.write(&mut answer);
                (202, answer)
            }
            Err(error) => {
                error.write(&mut answer);
                (error.code().map_or(500, |code| code.status()), answer)
            }
        }
    }

    /// One part of `multipart/form-data`.
    fn upload(&mut self, agent: &Handle, body: &[u8]) -> (u16, Vec<u8>) {
        let find = |piece: &[u8], from: usize| {
            let mut windows = body[from..].windows(piece.len());
            windows.position(|window| window == piece).unwrap() + from
        };
        let boundary = &body[..find(b"\r\n", 0)];
        let start = find(b"\r\n\r\n", 0) + 4;
        let end = find(&[b"\r\n", boundary].concat(), start);
        if start == end {
            return (
                400,
                br#"{"error":{"code":"INVALID_FILE","message":""}}"#.to_vec(),
            );
        }
        let id = format!("file_{}", self.files.len());
        self.files.insert(id.clone(), body[start..end].to_vec());
        self.operator
            .files
            .insert(id.parse().unwrap(), agent.clone());
        (
            201,
            json!({"id": id, "status": "ready"})
                .to_string()
                .into_bytes(),
        )
    }

    fn search(&self, agent: &Handle, target: &str) -> (u16, Vec<u8>) {
        let url = url::Url::parse(&format!("http://x{target}")).unwrap();
        let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        let text = query["q"].to_ascii_lowercase();
        if !(2..=100).contains(&text.chars().count()) {
            return (
                400,
                br#"{"error":{"code":"INVALID_QUERY","message":""}}"#.to_vec(),
            );
        }
        let is_hit = |kept: &&Kept| kept.people.contains(agent) && kept.text.contains(&text);
        let mut hits: Vec<&Kept> = self.mail.iter().filter(is_hit).collect();
        hits.sort_by_key(|kept| std::cmp::Reverse(kept.key));
        hits.dedup_by_key(|kept| kept.key);
        let rows: Vec<Value> = hits
            .iter()
            .take(query["limit"].parse().unwrap())
            .map(|kept| {
                json!({"envelope_id": kept.key.envelope_id.as_str(),
                       "created_at": kept.key.created_at.as_millis()})
            })
            .collect();
        (200, json!({"envelopes": rows}).to_string().into_bytes())
    }
}

/// Any id that no envelope has.
pub(crate) fn unknown_id() -> EnvelopeId {
    "01ZZZZZZZZZZZZZZZZZZZZZZZZ".parse().unwrap()
}

fn searched(post: &EnvelopePost) -> String {
    let mut text = post
        .subject()
        .map_or("", |subject| subject.as_str())
        .to_owned();
    for part in post.content_parts() {
        if let asmtp_envelope::Body::Text(words) = part.body() {
            text.push('\n');
            text.push_str(words);
        }
    }
    text.to_ascii_lowercase()
}

fn not_found() -> Vec<u8> {
    br#"{"error":{"code":"NOT_FOUND","message":"not found"}}"#.to_vec()
}

async fn write(stream: &mut BufReader<TcpStream>, status: u16, body: &[u8]) -> Option<()> {
    let head = format!(
        "HTTP/1.1 {status} -\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body).await.ok()
}
