//! A node with a few agents of context-sync.

use std::collections::BTreeMap;

use mailmesh_node::Config;
use reqwest::Method;
use serde_json::{Value, json};

use crate::suite::operator::{Answer, Client, Operator};

/// A node, and the client of each agent.
pub(super) struct Door {
    pub(super) operator: Operator,
    clients: BTreeMap<String, Client>,
}

impl Door {
    /// A node that takes callers at their word.
    pub(super) async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    pub(super) async fn open_with(adjust: impl FnOnce(&mut Config)) -> Self {
        let operator = Operator::start_with(|config| {
            config.context_sync_open = true;
            adjust(config);
        });
        Self {
            operator: operator.await,
            clients: BTreeMap::new(),
        }
    }

    /// A node where each of these agents has a bearer, and has registered with it.
    pub(super) async fn keyed(agents: &[&str]) -> Self {
        Self::keyed_with(agents, |_| {}).await
    }

    pub(super) async fn keyed_with(agents: &[&str], adjust: impl FnOnce(&mut Config)) -> Self {
        let mut door = Self {
            operator: Operator::start_with(adjust).await,
            clients: BTreeMap::new(),
        };
        for (number, agent) in agents.iter().enumerate() {
            let owner = door.operator.open(&format!("@owner.n{number}")).await;
            door.clients.insert((*agent).to_owned(), owner.client);
            let made = door.register(agent, agent).await;
            assert_eq!(made.ok(201)["created"], true);
        }
        door
    }

    /// The client of an agent; in open mode everybody's.
    pub(super) fn client(&self, agent: &str) -> &Client {
        self.clients.get(agent).unwrap_or(&self.operator.admin)
    }

    pub(super) async fn register(&self, by: &str, agent: &str) -> Answer {
        self.post(by, "/agents/register", &json!({"agentId": agent}))
            .await
    }

    pub(super) async fn post(&self, by: &str, path: &str, body: &Value) -> Answer {
        let path = format!("/context-sync{path}");
        self.client(by).post(&path, body).await
    }

    pub(super) async fn get(&self, by: &str, path: &str) -> Answer {
        self.client(by).get(&format!("/context-sync{path}")).await
    }

    /// Posts octets as JSON, whatever they are.
    pub(super) async fn post_text(&self, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        let path = format!("/context-sync{path}");
        self.operator.admin.post_text(&path, body).await
    }

    pub(super) async fn ask(&self, method: Method, path: &str) -> Answer {
        let path = format!("/context-sync{path}");
        Answer::of(self.operator.admin.request(method, &path)).await
    }

    /// Sends, as the sender that the body names.
    pub(super) async fn send(&self, body: Value) -> Value {
        let from = body["from"].as_str().unwrap();
        self.post(from, "/messages/send", &body).await.ok(200)
    }

    /// Sends a short message and gives the thread.
    pub(super) async fn pair(&self, from: &str, to: &str) -> String {
        let sent = self.send(json!({"from": from, "to": to, "payload": 1}));
        text(&sent.await["threadId"])
    }

    pub(super) async fn reply_all(&self, from: &str, thread: &str) -> Answer {
        let body = json!({"from": from, "threadId": thread, "payload": "all"});
        self.post(from, "/messages/reply-all", &body).await
    }

    /// What is unread. The count of the mailbox is always the same.
    pub(super) async fn unread(&self, agent: &str) -> Vec<Value> {
        let path = format!("/mailbox/{}", segment(agent));
        let listed = self.get(agent, &format!("{path}/unread")).await.ok(200);
        let listed = listed["messages"].as_array().unwrap().clone();
        let mailbox = self.get(agent, &path).await.ok(200);
        assert_eq!(mailbox["unreadCount"], listed.len());
        listed
    }

    pub(super) async fn threads(&self, agent: &str) -> Vec<Value> {
        let path = format!("/mailbox/{}", segment(agent));
        self.get(agent, &path).await.ok(200)["threads"]
            .as_array()
            .unwrap()
            .clone()
    }

    pub(super) async fn thread(&self, agent: &str, thread: &str) -> Value {
        let path = format!("/threads/{thread}?as={}", segment(agent));
        self.get(agent, &path).await.ok(200)["thread"].clone()
    }

    pub(super) async fn sync(&self, agent: &str, thread: &str) -> Value {
        self.sync_by(agent, thread, "").await
    }

    pub(super) async fn sync_by(&self, agent: &str, thread: &str, query: &str) -> Value {
        let path = format!("/threads/{thread}/sync?as={}{query}", segment(agent));
        self.get(agent, &path).await.ok(200)["context"].clone()
    }

    pub(super) async fn participants(&self, agent: &str, thread: &str) -> Vec<Value> {
        let path = format!("/threads/{thread}/participants?as={}", segment(agent));
        let found = self.get(agent, &path).await.ok(200);
        found["participants"].as_array().unwrap().clone()
    }

    pub(super) async fn mark_read(&self, agent: &str, thread: &str) {
        let path = format!("/mailbox/{}/read", segment(agent));
        let done = self.post(agent, &path, &json!({"threadId": thread})).await;
        assert_eq!(done.ok(200), json!({"ok": true}));
    }
}

/// A path segment as published clients write it.
pub(super) fn segment(text: &str) -> String {
    let octet = |octet: u8| match octet {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(octet).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(octet).collect()
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

impl Answer {
    /// A refusal of this door: a status and nothing but JSON with a sentence or faults.
    #[track_caller]
    pub(super) fn turned_down(&self, status: u16) -> &Value {
        assert_eq!(self.status, status, "{}", self.body);
        let error = &self.body["error"];
        assert!(
            error.is_string() || error["fieldErrors"].is_object(),
            "{error}"
        );
        assert_eq!(
            self.headers["content-type"],
            "application/json; charset=utf-8"
        );
        error
    }
}
