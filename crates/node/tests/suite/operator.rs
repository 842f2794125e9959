//! A node in this process, its agents, and their sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use futures_util::{SinkExt as _, StreamExt as _};
use mailmesh_node::{Bearer, Clock, Config, Node};
use mailmesh_store::Store;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::suite::description;

/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A node and what belongs to it.
pub(crate) struct Operator {
    pub(crate) node: Option<Node>,
    pub(crate) address: SocketAddr,
    pub(crate) admin: Client,
    /// Milliseconds that the clock of the node is away from that of the machine.
    pub(crate) skew: Arc<AtomicU64>,
    /// The engine itself.
    pub(crate) store: Arc<dyn Store>,
    _folder: TempDir,
}

/// Somebody with a bearer.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    pub(crate) token: String,
}

/// An agent of the node.
#[derive(Clone)]
pub(crate) struct Agent {
    pub(crate) handle: String,
    pub(crate) client: Client,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) octets: Vec<u8>,
    /// The body as JSON, null when it is none.
    pub(crate) body: Value,
}

impl Operator {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts a node without rate limits and with whatever else a test wants.
    pub(crate) async fn start_with(adjust: impl FnOnce(&mut Config)) -> Self {
        Self::start_on(|store| store, adjust).await
    }

    /// Starts a node on the engine under test, or on what a test puts around it.
    pub(crate) async fn start_on(
        around: impl FnOnce(Arc<dyn Store>) -> Arc<dyn Store>,
        adjust: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = crate::engine(folder.path()).await;
        let skew = Arc::new(AtomicU64::new(0));
        let token = Bearer::from_random([9; 32]);
        let mut config = Config::new(SocketAddr::from(([127, 0, 0, 1], 0)), token.clone());
        config.rates = None;
        let clock = skew.clone();
        config.clock = Clock::new(move || {
            let skew = clock.load(Ordering::SeqCst);
            // A difference below zero wraps, as two's complement does.
            let millis = i64::from_ne_bytes(skew.to_ne_bytes());
            let by = Duration::from_millis(millis.unsigned_abs());
            let now = SystemTime::now();
            if millis < 0 { now - by } else { now + by }
        });
        adjust(&mut config);
        let node = Node::start(config, around(store.clone())).await.unwrap();
        let address = node.address();
        let admin = Client {
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            base: format!("http://{address}"),
            token: token.reveal().to_owned(),
        };
        Self {
            node: Some(node),
            address,
            admin,
            skew,
            store,
            _folder: folder,
        }
    }

    /// Sets the clock of the node ahead, or back.
    pub(crate) fn set_skew(&self, millis: i64) {
        let octets = millis.to_ne_bytes();
        self.skew
            .store(u64::from_ne_bytes(octets), Ordering::SeqCst);
    }

    /// Creates an agent that exchanges mail with everybody.
    pub(crate) async fn open(&self, handle: &str) -> Agent {
        self.agent(json!({"handle": handle, "policy": "open"}))
            .await
    }

    /// Creates an agent with an empty allowlist.
    pub(crate) async fn closed(&self, handle: &str) -> Agent {
        self.agent(json!({"handle": handle})).await
    }

    pub(crate) async fn agent(&self, new: Value) -> Agent {
        let made = self.admin.post("/_admin/agents", &new).await.ok(201);
        Agent {
            handle: new["handle"].as_str().unwrap().to_owned(),
            client: self.with_token(made["token"].as_str().unwrap()),
        }
    }

    pub(crate) fn with_token(&self, token: &str) -> Client {
        Client {
            token: token.to_owned(),
            ..self.admin.clone()
        }
    }

    /// Sends octets as they are and reads the answer to the end of the connection.
    pub(crate) async fn raw(&self, request: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut answer))
            .await
            .unwrap()
            .unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).unwrap_or_default();
        (status.parse().unwrap_or(0), answer)
    }
}

impl Client {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, self.url(path))
            .bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::PATCH, path).json(body)).await
    }

    /// Posts octets as JSON, whatever they are.
    pub(crate) async fn post_text(&self, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        let request = self.request(Method::POST, path).body(body);
        Answer::of(request.header("content-type", "application/json")).await
    }

    /// Opens a socket.
    pub(crate) async fn connect(&self, query: &str) -> Socket {
        let opened = self.try_connect(query).await;
        opened.unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) async fn try_connect(&self, query: &str) -> Result<Socket, tungstenite::Error> {
        let url = self.url("/connect").replace("http://", "ws://") + query;
        let mut request = url.into_client_request().unwrap();
        let bearer = format!("Bearer {}", self.token).parse().unwrap();
        request.headers_mut().insert("authorization", bearer);
        let address = self.base.strip_prefix("http://").unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        let (stream, _) = tokio_tungstenite::client_async(request, stream).await?;
        Ok(Socket(stream))
    }
}

impl Agent {
    /// Posts a short text and gives its id.
    pub(crate) async fn send(&self, to: &[&Self]) -> String {
        let post = text(to);
        self.post(&post).await.ok(202);
        post["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn post(&self, envelope: &Value) -> Answer {
        self.client.post("/messages", envelope).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.client.get(path).await
    }

    /// The ids that a listing shows.
    pub(crate) async fn listed(&self, query: &str) -> Vec<String> {
        let page = self.get(&format!("/mailbox{query}")).await.ok(200);
        let rows = page["envelope_headers"].as_array().unwrap();
        rows.iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Answer {
    /// Asks, and holds the answer to the description of the node.
    pub(crate) async fn of(request: reqwest::RequestBuilder) -> Self {
        let (client, request) = request.build_split();
        let request = request.unwrap();
        let description = described(&client, request.url()).await;
        let asked = request.try_clone();
        let answer = Self::read(&client, request).await;
        if let (Some(description), Some(asked)) = (description, asked) {
            description::check(&description, &asked, &answer);
        }
        answer
    }

    async fn read(client: &reqwest::Client, request: reqwest::Request) -> Self {
        let answer = timeout(PATIENCE, client.execute(request)).await;
        let answer = answer.unwrap().unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let octets = answer.bytes().await.unwrap().to_vec();
        let body = serde_json::from_slice(&octets).unwrap_or_default();
        Self {
            status,
            headers,
            octets,
            body,
        }
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub(crate) fn ok(self, status: u16) -> Value {
        let text = String::from_utf8_lossy(&self.octets);
        assert_eq!(self.status, status, "{text}");
        self.body
    }

    /// A refusal with this status and code.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) {
        let found = (
            self.status,
            self.body["error"]["code"].as_str().unwrap_or_default(),
        );
        assert_eq!(found, (status, code), "{}", self.body);
        assert!(self.body["error"]["message"].is_string());
        assert_eq!(
            self.headers["content-type"],
            "application/json; charset=utf-8"
        );
    }
}

/// What the node says of its routes, asked once in a process; `None` where that node is busy with what
/// a test does to it.
async fn described(client: &reqwest::Client, url: &reqwest::Url) -> Option<Arc<Value>> {
    static DESCRIPTION: OnceCell<Arc<Value>> = OnceCell::const_new();
    let ask = || async {
        let url = url.join("/openapi.json").map_err(drop)?;
        let request = client.get(url).build().map_err(drop)?;
        let answer = Answer::read(client, request).await;
        (answer.status == 200)
            .then(|| Arc::new(answer.body))
            .ok_or(())
    };
    DESCRIPTION.get_or_try_init(ask).await.ok().cloned()
}

/// The push channel of an agent.
pub(crate) struct Socket(pub(crate) WebSocketStream<TcpStream>);

impl Socket {
    /// The next frame.
    pub(crate) async fn frame(&mut self) -> Value {
        let frame = self.frame_or_close().await;
        frame.unwrap_or_else(|code| panic!("closed with {code} instead of a frame"))
    }

    /// The next frame, or the code of the close that came instead.
    pub(crate) async fn frame_or_close(&mut self) -> Result<Value, u16> {
        loop {
            let message = timeout(PATIENCE, self.0.next())
                .await
                .expect("no frame came");
            match message.unwrap().unwrap() {
                Message::Text(text) => return Ok(serde_json::from_str(&text).unwrap()),
                Message::Close(Some(close)) => return Err(close.code.into()),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?} instead of a frame"),
            }
        }
    }

    /// The id in the next frame.
    pub(crate) async fn id(&mut self) -> String {
        let frame = self.frame().await;
        assert_eq!(frame["op"], "envelope.notify", "{frame}");
        frame["id"].as_str().unwrap().to_owned()
    }

    /// Waits for the close and gives its code and the frames before it.
    pub(crate) async fn closed(&mut self) -> (u16, usize) {
        let mut frames = 0;
        loop {
            let message = timeout(PATIENCE, self.0.next())
                .await
                .expect("no close came");
            match message {
                Some(Ok(Message::Close(Some(close)))) => return (close.code.into(), frames),
                Some(Ok(Message::Text(_))) => frames += 1,
                Some(Ok(_)) => {}
                other => panic!("{other:?} instead of a close"),
            }
        }
    }

    pub(crate) async fn send(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }
}

/// A new envelope id; later ones are greater.
pub(crate) fn id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("01{:024}", NEXT.fetch_add(1, Ordering::SeqCst))
}

/// A short text to some agents.
pub(crate) fn text(to: &[&Agent]) -> Value {
    let to: Vec<_> = to.iter().map(|agent| &agent.handle).collect();
    json!({
        "id": id(), "to": to, "date_ms": 7,
        "content_parts": [{"type": "text", "text": "hello"}],
    })
}

/// An envelope with some members more, or others.
pub(crate) fn with(mut envelope: Value, members: Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        envelope[name] = value.clone();
    }
    envelope
}

/// An envelope without a member.
pub(crate) fn without(mut envelope: Value, member: &str) -> Value {
    envelope.as_object_mut().unwrap().remove(member);
    envelope
}
