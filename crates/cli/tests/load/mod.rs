//! Agents that keep writing to each other while something goes wrong, and what has to hold then:
//! whatever was acknowledged is in every mailbox exactly once, in one order, and what was pushed is
//! what a listing shows.
#![allow(dead_code, unreachable_pub)] // each test binary uses its share of this
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod kill;
mod ledger;
mod socket;

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

pub use kill::survives_kills;
use ledger::Ledger;

/// How long anything may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How long a client waits before it tries again.
pub const PAUSE: Duration = Duration::from_millis(20);
/// What a node may hold in memory under any load here, in MiB.
const MEMORY: u64 = 192;

/// How much of what.
#[derive(Clone, Copy)]
pub struct Plan {
    pub agents: usize,
    pub senders: usize,
    pub sockets: usize,
    /// Octets of text in an envelope.
    pub text: usize,
}

/// An agent, with a bearer that is good on every node.
#[derive(Clone)]
pub struct Agent {
    pub handle: String,
    pub token: String,
}

/// A row's place in a mailbox.
pub type Key = (u64, String);

/// The load on one node or more.
pub struct Load {
    client: Client,
    agents: Vec<Agent>,
    nodes: watch::Sender<Vec<String>>,
    ledger: Arc<Ledger>,
    senders: JoinSet<()>,
    is_over: watch::Sender<bool>,
    sockets: Vec<Follower>,
}

/// One that keeps a socket open.
struct Follower {
    /// The number of its agent.
    mailbox: usize,
    /// What it was pushed.
    seen: Arc<Mutex<Vec<Key>>>,
    task: JoinHandle<()>,
}

/// What was found in the end.
#[derive(Default)]
pub struct Figures {
    acknowledged: usize,
    found: usize,
    duplicates: usize,
    in_doubt: usize,
    unanswered: usize,
    refused: usize,
    frames: usize,
}

impl Plan {
    /// Enough to be always in the middle of something.
    pub const SMALL: Self = Self {
        agents: 4,
        senders: 8,
        sockets: 8,
        text: 200,
    };
}

impl Load {
    /// Creates the agents and sets them to work.
    pub async fn start(plan: Plan, nodes: Vec<String>, admin: &str) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        let mut agents = Vec::new();
        for n in 0..plan.agents {
            agents.push(create(&client, &nodes[0], admin, &format!("@load.n{n}")).await);
        }
        let mut load = Self {
            client,
            agents,
            nodes: watch::Sender::new(nodes),
            ledger: Arc::default(),
            senders: JoinSet::new(),
            is_over: watch::Sender::new(false),
            sockets: Vec::new(),
        };
        for n in 0..plan.sockets {
            load.open_socket(n);
        }
        for n in 0..plan.senders {
            load.add_sender(n, plan.text);
        }
        load
    }

    /// Says where the nodes are from now on.
    pub fn move_to(&self, nodes: Vec<String>) {
        self.nodes.send_replace(nodes);
    }

    /// Waits until so many envelopes more are acknowledged.
    pub async fn go_on(&mut self, more: usize) {
        self.wait(|ledger| &ledger.acknowledged, more).await;
    }

    /// Waits until so many posts more were refused with 503.
    pub async fn are_refused(&mut self, more: usize) {
        self.wait(|ledger| &ledger.refused, more).await;
    }

    /// Waits until a number of the ledger has risen.
    async fn wait(&mut self, number: impl Fn(&Ledger) -> &AtomicUsize, more: usize) {
        let count = |ledger| number(ledger).load(Ordering::Relaxed);
        let wanted = count(&self.ledger) + more;
        let waiting = async {
            while count(&self.ledger) < wanted {
                // A sender ends early only by a panic, which is the test's.
                if let Some(ended) = self.senders.try_join_next() {
                    ended.unwrap();
                }
                sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(PATIENCE, waiting).await.expect("no progress");
    }

    /// An answer to a request of the first agent to the first node.
    pub async fn get(&self, path: &str) -> reqwest::Response {
        let url = format!("{}{path}", self.nodes.borrow()[0]);
        let request = self.client.get(url).bearer_auth(&self.agents[0].token);
        request.send().await.unwrap()
    }

    /// Ends the load and checks everything against the first node.
    pub async fn finish(mut self) -> Figures {
        self.is_over.send_replace(true);
        while let Some(ended) = timeout(PATIENCE, self.senders.join_next()).await.unwrap() {
            ended.unwrap();
        }
        let before = self.mailboxes().await;
        let figures = self.ledger.compare(&before);
        for (id, envelope, from) in self.ledger.in_doubt() {
            let sent = async {
                loop {
                    if let Some(created_at) = self.post(from, &envelope).await {
                        return created_at;
                    }
                    sleep(PAUSE).await;
                }
            };
            let created_at = timeout(PATIENCE, sent).await.expect("no answer");
            self.ledger.acknowledge(&id, created_at);
        }
        let after = self.mailboxes().await;
        for (before, after) in before.iter().zip(&after) {
            assert!(after.starts_with(before), "a row behind a cursor");
        }
        let settled = self.ledger.compare(&after);
        assert_eq!(settled.in_doubt, 0);
        let frames = self.close_sockets(&after).await;
        Figures {
            frames,
            duplicates: figures.duplicates + settled.duplicates,
            ..figures
        }
    }

    /// Every mailbox as it is listed.
    async fn mailboxes(&self) -> Vec<Vec<Key>> {
        let mut mailboxes = Vec::new();
        for agent in &self.agents {
            mailboxes.push(self.list(agent).await);
        }
        mailboxes
    }

    async fn list(&self, agent: &Agent) -> Vec<Key> {
        let url = format!("{}/mailbox?limit=1000", self.nodes.borrow()[0]);
        let (mut keys, mut cursor) = (Vec::new(), String::new());
        loop {
            let request = self.client.get(format!("{url}{cursor}"));
            let answer = request.bearer_auth(&agent.token).send().await.unwrap();
            let page: Value = answer.json().await.unwrap();
            keys.extend(
                page["envelope_headers"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(key_of),
            );
            if page["next_cursor"].is_null() {
                break;
            }
            cursor = cursor_behind(keys.last().unwrap());
        }
        assert!(keys.is_sorted_by(|one, next| one < next), "rising keys");
        keys
    }

    /// Posts until the load is over, and each envelope until it is acknowledged.
    fn add_sender(&mut self, n: usize, text: usize) {
        let sender = Sender {
            client: self.client.clone(),
            nodes: self.nodes.subscribe(),
            ledger: self.ledger.clone(),
            agents: self.agents.clone(),
            text: "x".repeat(text),
        };
        let is_over = self.is_over.subscribe();
        self.senders
            .spawn(async move { sender.run(n, &is_over).await });
    }

    async fn post(&self, from: usize, envelope: &Value) -> Option<u64> {
        let url = self.nodes.borrow()[0].clone();
        let token = &self.agents[from].token;
        post(&self.client, &self.ledger, &url, token, envelope).await
    }

    fn open_socket(&mut self, n: usize) {
        let mailbox = n % self.agents.len();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let token = self.agents[mailbox].token.clone();
        let follow = socket::follow(n, token, self.nodes.subscribe(), seen.clone());
        self.sockets.push(Follower {
            mailbox,
            seen,
            task: tokio::spawn(follow),
        });
    }

    /// Waits until every socket has been pushed what its mailbox lists. Gives how many frames.
    async fn close_sockets(&mut self, mailboxes: &[Vec<Key>]) -> usize {
        let mut frames = 0;
        for follower in &self.sockets {
            let listed = &mailboxes[follower.mailbox];
            let is_behind = || follower.seen.lock().unwrap().len() < listed.len();
            let all = async {
                // It ends by itself only when it was pushed what it should not be.
                while is_behind() && !follower.task.is_finished() {
                    sleep(PAUSE).await;
                }
            };
            let _ = timeout(PATIENCE, all).await; // what was missing shows below
            follower.task.abort();
            let seen = follower.seen.lock().unwrap();
            assert_eq!(*seen, *listed, "frames are the rows, in their order");
            frames += seen.len();
        }
        frames
    }
}

impl Figures {
    /// Says what was found, in the line that the test command shows at its end, and checks the
    /// memory that the node held.
    pub fn conclude(&self, scenario: &str, memory: Option<u64>) {
        let held = memory.map_or_else(String::new, |most| format!(", {most} MiB at most"));
        println!("figures: {scenario}: {self}{held}");
        assert!(memory.is_none_or(|most| most < MEMORY), "{memory:?} MiB");
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} acknowledged, {} found, {} duplicates, {} posts unanswered, {} refused, {} frames",
            self.acknowledged,
            self.found,
            self.duplicates,
            self.unanswered,
            self.refused,
            self.frames
        )
    }
}

/// One that writes.
struct Sender {
    client: Client,
    nodes: watch::Receiver<Vec<String>>,
    ledger: Arc<Ledger>,
    agents: Vec<Agent>,
    text: String,
}

impl Sender {
    async fn run(&self, n: usize, is_over: &watch::Receiver<bool>) {
        let count = self.agents.len();
        let from = n % count;
        for turn in n.. {
            let to = [turn % count, (turn + 1) % count];
            let handles = to.map(|agent| &self.agents[agent].handle);
            let id = ledger::fresh_id();
            let envelope = json!({
                "id": id, "to": handles, "date_ms": 1,
                "content_parts": [{"type": "text", "text": self.text}],
            });
            self.ledger.begin(&id, envelope.clone(), from, to);
            let mut tries = n;
            loop {
                if *is_over.borrow() {
                    return;
                }
                let url = {
                    let nodes = self.nodes.borrow();
                    nodes[tries % nodes.len()].clone()
                };
                let token = &self.agents[from].token;
                match post(&self.client, &self.ledger, &url, token, &envelope).await {
                    Some(created_at) => {
                        self.ledger.acknowledge(&id, created_at);
                        break;
                    }
                    // The same envelope again, to another node if there is one.
                    None => tries += 1,
                }
                sleep(PAUSE).await;
            }
        }
    }
}

/// Posts an envelope and gives the time of its key, or nothing when it is to be tried again.
async fn post(
    client: &Client,
    ledger: &Ledger,
    url: &str,
    token: &str,
    envelope: &Value,
) -> Option<u64> {
    let request = client.post(format!("{url}/messages")).bearer_auth(token);
    let Ok(answer) = request.json(envelope).send().await else {
        ledger.unanswered.fetch_add(1, Ordering::Relaxed);
        return None;
    };
    match answer.status().as_u16() {
        202 => answer.json::<Value>().await.ok()?["created_at"].as_u64(),
        503 => {
            assert!(answer.headers().contains_key("retry-after"));
            ledger.refused.fetch_add(1, Ordering::Relaxed);
            None
        }
        status => panic!("{status}: {:?}", answer.text().await),
    }
}

async fn create(client: &Client, url: &str, admin: &str, handle: &str) -> Agent {
    let request = client.request(Method::POST, format!("{url}/_admin/agents"));
    let new = json!({"handle": handle, "policy": "open"});
    let answer = request.bearer_auth(admin).json(&new).send().await.unwrap();
    let made: Value = answer.json().await.unwrap();
    Agent {
        handle: handle.to_owned(),
        token: made["token"].as_str().unwrap().to_owned(),
    }
}

fn key_of(row: &Value) -> Key {
    let id = row["id"].as_str().unwrap().to_owned();
    (row["created_at"].as_u64().unwrap(), id)
}

/// The parameters of a cursor, behind others.
fn cursor_behind((time, id): &Key) -> String {
    format!("&after_created_at={time}&after_envelope_id={id}")
}
