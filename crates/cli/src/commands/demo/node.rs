//! A node at work, seen from two of its agents.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use asmtp_envelope::{EnvelopeId, Limits, MonitorFact, OrderKey, Push, PushFrame, Timestamp};
use futures_util::StreamExt as _;
use mailmesh_node::{Config, DataFolder, Node};
use mailmesh_store::SqliteStore;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};

use super::scene::{Scene, Scenes};
use crate::exit::{Exit, Failure};
use crate::node::NodeClient;
use crate::output::{Output, one_line};

/// The name under which Alice watches what she sends.
const MONITOR: &str = "mon_demo";

/// Starts a node in a folder and plays the story.
pub(crate) async fn play(
    folder: &Path,
    patience: Duration,
    out: &mut Output,
) -> Result<Vec<Scene>, Failure> {
    let folder = DataFolder::hold(folder)?;
    let store = Arc::new(SqliteStore::open(folder.path()).await?);
    let token = folder.admin_token()?;
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let node = Node::start(Config::new(address, token.clone()), store).await?;
    let administrator = NodeClient::new(node.url().as_str(), token, None)?;
    let scenes = story(&node, &administrator, patience, Scenes::new(out)).await;
    node.shutdown().await;
    scenes
}

async fn story(
    node: &Node,
    administrator: &NodeClient,
    patience: Duration,
    mut scenes: Scenes<'_>,
) -> Result<Vec<Scene>, Failure> {
    let alice = Agent::create(administrator, "@acme.alice", patience).await?;
    let bob = Agent::create(administrator, "@beta.bob", patience).await?;
    let url = node.url();
    scenes.add(
        Scene::new("start", format!("a node listens at {url}"))
            .show(|out| writeln!(out, "agents: {} and {}", alice.handle, bob.handle))?
            .check(
                "each agent has a bearer of its own",
                alice.token() != bob.token(),
            )?,
    )?;

    let mut at_bob = bob.connect(node, None).await?;
    let first = alice.send(&bob, "Are you there?").await?;
    let frame = at_bob.frame().await?;
    scenes.add(
        Scene::new("push", format!("{} is told at once", bob.handle))
            .show(|out| writeln!(out, "{}", frame.line()))?
            .check("the frame names the envelope", frame.id() == first)?,
    )?;
    let cursor = frame.key();

    drop(at_bob);
    let mut at_alice = alice.connect(node, None).await?;
    let mut sent = Vec::new();
    for subject in ["An order", "A second one", "A third one"] {
        sent.push(alice.send(&bob, subject).await?);
    }
    let mut facts = Vec::new();
    for _ in &sent {
        facts.push(at_alice.fact().await?);
    }
    scenes.add(stored(&alice, &bob, &sent, &facts)?)?;

    let waiting = bob.call(Method::GET, "/mailbox?unread=true", None).await?;
    let waiting = waiting["envelope_headers"].as_array().map_or(0, Vec::len);
    let mut at_bob = bob.connect(node, Some(cursor)).await?;
    let mut replayed = Vec::new();
    for _ in &sent {
        replayed.push(at_bob.frame().await?);
    }
    let live = alice.send(&bob, "Welcome back").await?;
    let last = at_bob.frame().await?;
    let ids: Vec<_> = replayed.iter().map(PushFrame::id).collect();
    scenes.add(
        Scene::new(
            "replay",
            format!("{} comes back with its cursor", bob.handle),
        )
        .show(|out| {
            replayed
                .iter()
                .try_for_each(|frame| writeln!(out, "missed: {}", frame.line()))?;
            writeln!(out, "live:   {}", last.line())
        })?
        .check("everything waited, unread", waiting == 1 + sent.len())?
        .check("what it missed comes in the order it was sent", ids == sent)?
        .check("live frames follow without a gap", last.id() == live)?,
    )?;

    let path = format!("/messages/{}", sent[0]);
    let body = bob.call(Method::GET, &path, None).await?;
    let monitors = format!("/monitors/{MONITOR}");
    let known = alice.call(Method::GET, &monitors, None).await?;
    let known = known["facts"].as_array().cloned().unwrap_or_default();
    let told = body["content_parts"][0]["text"]
        .as_str()
        .unwrap_or_default();
    scenes.add(
        Scene::new("fetch", format!("{} reads a body", bob.handle))
            .result(&body)?
            .show(|out| writeln!(out, "{}: {}", alice.handle, one_line(told)))?
            .check(
                "the sender is who the node says it is",
                body["from"] == alice.handle,
            )?
            .check(
                "it does not show that it is watched",
                body.get("monitor").is_none(),
            )?
            .check(
                "the sender learns that it was stored, never that it was read",
                known.iter().all(|fact| fact["fact"] == "stored"),
            )?,
    )?;

    let block = json!({"handle": alice.handle});
    bob.call(Method::POST, "/agents/me/blocks", Some(&block))
        .await?;
    let refused = alice.send(&bob, "One more").await.err();
    let unknown = alice.post("@no.body", "Anybody?").await.err();
    let words = |failure: &Option<Failure>| failure.as_ref().map(ToString::to_string);
    scenes.add(
        Scene::new("block", format!("{} has had enough", bob.handle))
            .show(|out| writeln!(out, "{}", words(&refused).unwrap_or_default()))?
            .check("mail from a blocked agent is refused", refused.is_some())?
            .check(
                "the refusal is the one of an agent that does not exist",
                words(&refused) == words(&unknown),
            )?,
    )?;
    Ok(scenes.played())
}

fn stored(
    alice: &Agent,
    bob: &Agent,
    sent: &[EnvelopeId],
    facts: &[MonitorFact],
) -> Result<Scene, Failure> {
    let of: Vec<_> = facts.iter().map(|fact| fact.envelope_id).collect();
    Scene::new(
        "wait",
        format!("{} is away, and mail waits for it", bob.handle),
    )
    .show(|out| {
        facts.iter().try_for_each(|fact| {
            let (id, fact, to) = (fact.envelope_id, fact.fact.as_str(), &fact.recipient);
            writeln!(out, "{} is told: {id} {fact} for {to}", alice.handle)
        })
    })?
    .check(
        "the node tells the sender of each that it has it",
        of == sent,
    )
}

/// An agent of the node, and its bearer.
struct Agent {
    handle: String,
    client: NodeClient,
    patience: Duration,
}

impl Agent {
    async fn create(
        administrator: &NodeClient,
        handle: &str,
        patience: Duration,
    ) -> Result<Self, Failure> {
        let new = json!({"handle": handle, "policy": "open"});
        let made = administrator
            .call(Method::POST, "/_admin/agents", Some(&new))
            .await?;
        Ok(Self {
            handle: handle.to_owned(),
            client: administrator.with_token(made["token"].as_str().unwrap_or_default())?,
            patience,
        })
    }

    fn token(&self) -> &str {
        self.client.token()
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        self.client.call(method, path, body).await
    }

    async fn send(&self, to: &Self, subject: &str) -> Result<EnvelopeId, Failure> {
        self.post(&to.handle, subject).await
    }

    async fn post(&self, to: &str, subject: &str) -> Result<EnvelopeId, Failure> {
        let mut random = [0; 10];
        getrandom::fill(&mut random)
            .map_err(|error| Failure::usage(format!("no random octets: {error}")))?;
        let now = u64::try_from(jiff::Timestamp::now().as_millisecond());
        let now = now.ok().and_then(Timestamp::new).unwrap_or(Timestamp::MAX);
        let id = EnvelopeId::mint(now, random);
        let id =
            id.map_err(|error| Failure::usage(format!("the clock of this machine: {error}")))?;
        let envelope = json!({
            "id": id, "to": [to], "subject": subject, "date_ms": now, "monitor": MONITOR,
            "content_parts": [{"type": "text", "text": format!("{subject}: forty widgets?")}],
        });
        self.call(Method::POST, "/messages", Some(&envelope))
            .await?;
        Ok(id)
    }

    /// Opens the push channel, behind a cursor or for live frames only.
    async fn connect(&self, node: &Node, cursor: Option<OrderKey>) -> Result<Channel, Failure> {
        let query = cursor.map_or_else(String::new, |key| {
            let (time, id) = (key.created_at, key.envelope_id);
            format!("?after_created_at={time}&after_envelope_id={id}")
        });
        let url = self.client.url("/connect").replacen("http", "ws", 1) + &query;
        let opening = async {
            let mut request = url.into_client_request()?;
            let bearer = format!("Bearer {}", self.token());
            let bearer = bearer.parse().map_err(tungstenite::http::Error::from)?;
            request.headers_mut().insert("authorization", bearer);
            let stream = TcpStream::connect(node.address()).await?;
            let (stream, _) = tokio_tungstenite::client_async(request, stream).await?;
            Ok::<_, tungstenite::Error>(stream)
        };
        let stream = opening.await.map_err(|error| broken(&error))?;
        Ok(Channel {
            stream,
            patience: self.patience,
        })
    }
}

/// The push channel of an agent.
struct Channel {
    stream: WebSocketStream<TcpStream>,
    patience: Duration,
}

impl Channel {
    async fn frame(&mut self) -> Result<PushFrame<'static>, Failure> {
        loop {
            if let Push::Notify(frame) = self.next().await? {
                return Ok(frame);
            }
        }
    }

    async fn fact(&mut self) -> Result<MonitorFact, Failure> {
        loop {
            if let Push::Fact(fact) = self.next().await? {
                return Ok(fact);
            }
        }
    }

    async fn next(&mut self) -> Result<Push, Failure> {
        loop {
            let message = timeout(self.patience, self.stream.next()).await;
            let message = message.map_err(|_| Failure::negative("nothing was pushed in time"))?;
            match message {
                Some(Ok(Message::Text(text))) => {
                    let push = Push::parse(text.as_bytes(), &Limits::default());
                    return push.map_err(|error| Failure::negative(format!("a frame: {error}")));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(broken(&error)),
                None => return Err(Failure::negative("the node closed the socket")),
            }
        }
    }
}

fn broken(error: &tungstenite::Error) -> Failure {
    Failure::new(Exit::Unreachable, format!("the push channel: {error}"))
}
