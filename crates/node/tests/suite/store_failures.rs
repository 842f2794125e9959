//! Whatever call of the store fails, the caller is told the truth, nothing of its request is left,
//! and the same request does it once the store is back.

use std::collections::BTreeSet;
use std::fmt::Debug;

use asmtp_envelope::{Direction, Listing};
use context_sync::{AgentId, Route};
use mailmesh_store::{ContextOptions, EntryId, ErrorKind, FactKey, Filter, Window};
use reqwest::Method;
use serde_json::{Value, json};

use crate::suite::failing_store::{Fault, Moment, faulty};
use crate::suite::operator::{Agent, Client, Operator, text, with};

/// The kinds that a call may fail with when the caller did nothing wrong.
const KINDS: [ErrorKind; 6] = [
    ErrorKind::Unavailable,
    ErrorKind::Busy,
    ErrorKind::Full,
    ErrorKind::NewerSchema,
    ErrorKind::Corrupt,
    ErrorKind::Io,
];

/// A request, and what it does when all is well.
struct Request {
    /// Its method and template in the table of routes.
    route: &'static str,
    client: Client,
    target: String,
    body: Option<(&'static str, Vec<u8>)>,
    status: u16,
    /// Whether the store is another one afterwards.
    writes: bool,
}

/// What came back.
struct Reply {
    status: u16,
    retry_after: Option<String>,
    body: Vec<u8>,
}

impl Request {
    /// One that changes nothing, of a route without parameters.
    fn get(route: &'static str, client: &Client) -> Self {
        let (_, template) = route.split_once(' ').unwrap();
        Self {
            route,
            client: client.clone(),
            target: template.to_owned(),
            body: None,
            status: 200,
            writes: false,
        }
    }

    /// One that changes something.
    fn writing(route: &'static str, client: &Client, status: u16) -> Self {
        Self {
            status,
            writes: true,
            ..Self::get(route, client)
        }
    }

    fn at(self, target: &str) -> Self {
        Self {
            target: target.to_owned(),
            ..self
        }
    }

    fn json(self, body: &Value) -> Self {
        Self {
            body: Some(("application/json", body.to_string().into_bytes())),
            ..self
        }
    }

    /// An upload of so many octets.
    fn form(self, size: usize) -> Self {
        let mut octets = b"--edge\r\nContent-Disposition: form-data; name=\"file\"; \
            filename=\"f.txt\"\r\nContent-Type: text/plain\r\n\r\n"
            .to_vec();
        octets.extend(vec![b'x'; size]);
        octets.extend(b"\r\n--edge--\r\n");
        Self {
            body: Some(("multipart/form-data; boundary=edge", octets)),
            ..self
        }
    }

    /// Sends it, the same octets each time. `None` for an answer that breaks off.
    async fn send(&self) -> Option<Reply> {
        let (method, _) = self.route.split_once(' ').unwrap();
        let method: Method = method.parse().unwrap();
        let mut request = self.client.request(method, &self.target);
        if let Some((kind, octets)) = &self.body {
            request = request.header("content-type", *kind).body(octets.clone());
        }
        let answer = request.send().await.ok()?;
        let retry_after = answer.headers().get("retry-after");
        Some(Reply {
            status: answer.status().as_u16(),
            retry_after: retry_after.map(|value| value.to_str().unwrap().to_owned()),
            body: answer.bytes().await.ok()?.into(),
        })
    }
}

/// What the context-sync door says of an error is one sentence; elsewhere it has a code.
fn is_context(route: &str) -> bool {
    route.contains(" /context-sync/")
}

/// Status and code for a failure of a call.
fn expected(route: &str, call: &str, kind: ErrorKind) -> (u16, &'static str) {
    match kind {
        // Readiness is one word: it is not ready.
        _ if route == "GET /readyz" => (503, "UNAVAILABLE"),
        // The agent has as many unclaimed files as it may have.
        ErrorKind::Full if call == "begin_file" => (429, "RATE_LIMITED"),
        ErrorKind::Unavailable | ErrorKind::Busy | ErrorKind::Full => (503, "UNAVAILABLE"),
        _ => (500, "INTERNAL_ERROR"),
    }
}

#[tokio::test]
async fn every_call_of_every_route_may_fail() {
    let (operator, fault) = faulty().await;
    let requests = every_request(&operator).await;
    let tested: BTreeSet<_> = requests.iter().map(|request| request.route).collect();
    let untested: Vec<_> = routes(&operator)
        .await
        .into_iter()
        .filter(|route| !tested.contains(route.as_str()) && route != "GET /connect")
        .collect();
    assert!(untested.is_empty(), "add a request: {untested:?}");
    let mut failures = 0;
    for request in &requests {
        failures += fails_cleanly(&operator, &fault, request).await;
    }
    println!("{} requests, {failures} failed calls", requests.len());
}

/// Has each call that a request makes fail in every way, then none. Gives how many failed.
async fn fails_cleanly(operator: &Operator, fault: &Fault, request: &Request) -> u32 {
    let route = request.route;
    let before = dump(operator, fault).await;
    let mut failures = 0;
    for n in 1.. {
        for kind in KINDS {
            fault.strike(n, kind);
            let reply = request.send().await;
            let Some(call) = fault.rest() else {
                assert_eq!(reply.unwrap().status, request.status, "{route}, retried");
                let is_changed = dump(operator, fault).await != before;
                assert_eq!(is_changed, request.writes, "{route}, retried");
                return failures;
            };
            failures += 1;
            let what = format!("{route}, {call} fails: {kind:?}");
            let Some(reply) = reply else {
                // Only a file whose first part was sent breaks off; nobody takes it for the whole.
                assert_eq!((route, call), ("GET /files/{id}", "chunk"), "{what}");
                assert!(n > 3, "{what}");
                continue;
            };
            let body: Value = serde_json::from_slice(&reply.body).unwrap();
            if route == "GET /context-sync/ready" {
                assert_eq!(
                    (reply.status, &body["ready"]),
                    (503, &json!(false)),
                    "{what}"
                );
                continue;
            }
            let (status, code) = expected(route, call, kind);
            assert_eq!(reply.status, status, "{what}");
            if is_context(route) {
                assert!(body["error"].is_string(), "{what}: {body}");
            } else {
                assert_eq!(body["error"]["code"], code, "{what}");
            }
            assert_eq!(reply.retry_after.is_some(), status != 500, "{what}");
        }
        assert_eq!(
            dump(operator, fault).await,
            before,
            "{route}, call {n} failed"
        );
    }
    failures
}

/// The routes that the node says it has, as `GET /mailbox`.
async fn routes(operator: &Operator) -> Vec<String> {
    let description = operator.admin.get("/openapi.json").await.ok(200);
    let paths = description["paths"].as_object().unwrap();
    let of_path = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().unwrap();
        let route = |method: &String| format!("{} {path}", method.to_uppercase());
        methods.keys().map(route).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

/// A request for every route but the push channel. Each does something when it succeeds.
async fn every_request(operator: &Operator) -> Vec<Request> {
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let (one, two, three, four) = (
        a.send(&[&b]).await,
        a.send(&[&b]).await,
        a.send(&[&b]).await,
        a.send(&[&b]).await,
    );
    let watched = with(text(&[&b]), json!({"monitor": "mon_1"}));
    a.post(&watched).await.ok(202);
    let (claimed, large) = (upload(&a, 9).await, upload(&a, 600_000).await);
    let naming = json!({"content_parts": [{"type": "file", "file_id": claimed}]});
    for (list, entry) in [
        ("allowlist", json!({"entries": ["@x.y"]})),
        ("blocks", json!({"handle": "@x.y"})),
    ] {
        let path = format!("/agents/me/{list}");
        assert!(a.client.post(&path, &entry).await.status < 300);
    }
    for handle in ["@gone.soon", "@old.token"] {
        operator.open(handle).await;
    }
    let everybody = json!({"cc": ["@acme.a"], "monitor": "mon_2", "subject": "all"});
    let everybody = with(text(&[&b]), everybody);
    let naming = with(text(&[&b]), naming);
    let thread = thread_of_ann_and_ben(&a.client, &b.client).await;
    let (a, b, admin) = (&a.client, &b.client, &operator.admin);
    let (get, writing) = (Request::get, Request::writing);
    let mut requests = context_requests(a, b, &thread);
    requests.extend([
        get("GET /healthz", a),
        get("GET /health", a),
        get("GET /readyz", a),
        get("GET /metrics", a),
        get("GET /openapi.json", a),
        writing("POST /messages", a, 202).json(&everybody),
        writing("POST /messages", a, 202).json(&naming),
        writing("GET /messages/{id}", b, 200).at(&format!("/messages/{one}")),
        writing("GET /messages", b, 200).at(&format!("/messages?ids={two}")),
        get("GET /mailbox", b).at("/mailbox?direction=both"),
        get("GET /mailbox/{id}", b).at(&format!("/mailbox/{three}")),
        writing("POST /mailbox/read", b, 200).json(&json!({"ids": [three]})),
        writing("DELETE /mailbox/{id}", b, 204).at(&format!("/mailbox/{four}")),
        get("GET /monitors/{monitor}", a).at("/monitors/mon_1"),
        writing("POST /files", a, 201).form(300_000),
        get("GET /files/{id}", a).at(&format!("/files/{large}")),
        get("GET /agents/me", a),
        writing("PATCH /agents/me", a, 200).json(&json!({"display_name": "A"})),
        get("GET /agents/me/allowlist", a),
        writing("POST /agents/me/allowlist", a, 200).json(&json!({"entries": ["@n.*"]})),
        writing("DELETE /agents/me/allowlist/{entry}", a, 200).at("/agents/me/allowlist/@x.y"),
        get("GET /agents/me/blocks", a),
        writing("POST /agents/me/blocks", a, 201).json(&json!({"handle": "@z.z"})),
        writing("DELETE /agents/me/blocks/{handle}", a, 200).at("/agents/me/blocks/@x.y"),
        get("GET /agents/{owner}/{name}", a).at("/agents/acme/a"),
        get("GET /agents/{owner}/{name}/card", a).at("/agents/acme/a/card"),
        get("GET /search", a).at("/search?q=acme"),
        get("GET /search/agents", a).at("/search/agents?q=acme"),
        get("GET /search/messages", b).at("/search/messages?q=hello"),
        writing("POST /_admin/agents", admin, 201).json(&json!({"handle": "@new.one"})),
        get("GET /_admin/agents", admin),
        get("GET /_admin/agents/{handle}", admin).at("/_admin/agents/@acme.a"),
        writing("PATCH /_admin/agents/{handle}", admin, 200)
            .at("/_admin/agents/@acme.a")
            .json(&json!({"policy": "allowlist"})),
        writing("POST /_admin/agents/{handle}/rotate-token", admin, 200)
            .at("/_admin/agents/@old.token/rotate-token"),
        writing("DELETE /_admin/agents/{handle}", admin, 204).at("/_admin/agents/@gone.soon"),
    ]);
    requests
}

/// The agents of context-sync, the last not yet registered.
const NAMES: [&str; 3] = ["ann@x", "ben@x", "new@x"];

/// A thread with an unread message for each, and what Ann noted.
async fn thread_of_ann_and_ben(ann: &Client, ben: &Client) -> String {
    let mut thread = String::new();
    for (client, name, other) in [(ann, NAMES[0], NAMES[1]), (ben, NAMES[1], NAMES[0])] {
        let id = json!({"agentId": name});
        client
            .post("/context-sync/agents/register", &id)
            .await
            .ok(201);
        let message = json!({"from": name, "to": other, "payload": 1});
        let sent = client.post("/context-sync/messages/send", &message).await;
        thread = sent.ok(200)["threadId"].as_str().unwrap().to_owned();
    }
    let node = json!({"id": "m", "type": "task", "name": "n or m"});
    let kept = ann.post("/context-sync/mailbox/ann%40x/graph/nodes", &node);
    kept.await.ok(200);
    for key in ["kept", "gone"] {
        let entry = json!({"key": key, "category": "file", "summary": "s"});
        let kept = ann
            .post("/context-sync/mailbox/ann%40x/index", &entry)
            .await;
        kept.ok(200);
    }
    thread
}

/// A request for every route of the context-sync door.
fn context_requests(a: &Client, b: &Client, thread: &str) -> Vec<Request> {
    let (get, writing) = (Request::get, Request::writing);
    let at = |request: Request, path: &str| request.at(&format!("/context-sync{path}"));
    let of_thread = |part: &str| format!("/threads/{thread}{part}?as=ann%40x");
    let message = json!({"from": "ann@x", "to": "ben@x", "payload": 2});
    // By the names that are theirs without a claim, and so into their mailboxes.
    let envelope = json!({"from": "@acme.a", "to": "@beta.b", "payload": 2});
    let reply = json!({"from": "ben@x", "threadId": thread, "payload": 3});
    let node = json!({"id": "n", "type": "task", "name": "n"});
    let edge = json!({"sourceId": "n", "targetId": "m", "type": "needs"});
    let entry = json!({"key": "new", "category": "file", "summary": "s"});
    let card = "GET /context-sync/.well-known/agent-card/{id}";
    vec![
        get("GET /context-sync/health", a),
        get("GET /context-sync/ready", a),
        get("GET /context-sync/.well-known/agent-card.json", a),
        at(get(card, a), "/.well-known/agent-card/ann%40x"),
        writing("POST /context-sync/agents/register", a, 201).json(&json!({"agentId": "new@x"})),
        writing("POST /context-sync/messages/send", a, 200).json(&message),
        writing("POST /context-sync/messages/send", a, 200).json(&envelope),
        writing("POST /context-sync/messages/reply-all", b, 200).json(&reply),
        at(get("GET /context-sync/mailbox/{id}", a), "/mailbox/ann%40x"),
        at(
            get("GET /context-sync/mailbox/{id}/unread", a),
            "/mailbox/ann%40x/unread",
        ),
        at(
            writing("POST /context-sync/mailbox/{id}/read", a, 200),
            "/mailbox/ann%40x/read",
        )
        .json(&json!({"threadId": thread})),
        at(get("GET /context-sync/threads/{thread}", a), &of_thread("")),
        at(
            get("GET /context-sync/threads/{thread}/sync", a),
            &of_thread("/sync"),
        ),
        at(
            get("GET /context-sync/threads/{thread}/participants", a),
            &of_thread("/participants"),
        ),
        at(
            writing("POST /context-sync/mailbox/{id}/graph/nodes", a, 200),
            "/mailbox/ann%40x/graph/nodes",
        )
        .json(&node),
        at(
            writing("POST /context-sync/mailbox/{id}/graph/edges", a, 200),
            "/mailbox/ann%40x/graph/edges",
        )
        .json(&edge),
        at(
            get("GET /context-sync/mailbox/{id}/graph/query", a),
            "/mailbox/ann%40x/graph/query?q=n",
        ),
        at(
            writing("POST /context-sync/mailbox/{id}/index", a, 200),
            "/mailbox/ann%40x/index",
        )
        .json(&entry),
        at(
            get("GET /context-sync/mailbox/{id}/index", a),
            "/mailbox/ann%40x/index?q=s",
        ),
        at(
            get("GET /context-sync/mailbox/{id}/index/{key}", a),
            "/mailbox/ann%40x/index/kept",
        ),
        at(
            writing("DELETE /context-sync/mailbox/{id}/index/{key}", a, 200),
            "/mailbox/ann%40x/index/gone",
        ),
    ]
}

async fn upload(agent: &Agent, size: usize) -> String {
    let request = Request::writing("POST /files", &agent.client, 201).form(size);
    let reply = request.send().await.unwrap();
    let file: Value = serde_json::from_slice(&reply.body).unwrap();
    file["id"].as_str().unwrap().to_owned()
}

/// All that the traits of the store show of it, a line each.
async fn dump(operator: &Operator, fault: &Fault) -> BTreeSet<String> {
    let store = &*operator.store;
    let mut lines = BTreeSet::new();
    for agent in store.agents().await.unwrap() {
        let handle = &agent.handle;
        let mut line = |what: &dyn Debug| lines.insert(format!("{handle}: {what:?}"));
        line(&agent);
        line(&store.allowlist(handle).await.unwrap());
        line(&store.blocks(handle, None, 100).await.unwrap());
        let everything = Listing {
            direction: Direction::Both,
            limit: 1_000,
            ..Listing::default()
        };
        for row in store.list_envelopes(handle, &everything).await.unwrap() {
            line(&(String::from_utf8_lossy(&row.frame), row.entry, row.key));
        }
        for fact in store
            .facts_after(handle, FactKey::START, 100)
            .await
            .unwrap()
        {
            line(&fact);
        }
        // The same mailbox as mail sees it.
        let window = Window::after(EntryId::START, 1_000);
        let all = Filter::default();
        let entries = store.list(&agent.address, &all, window).await;
        for entry in entries.unwrap() {
            line(&entry);
        }
        line(&store.folders(&agent.address).await.unwrap());
    }
    for name in NAMES {
        let agent: AgentId = name.parse().unwrap();
        let mut line = |what: &dyn Debug| lines.insert(format!("{name}: {what:?}"));
        let options = ContextOptions {
            window: context_sync::Window::default(),
            now: context_sync::Timestamp::MAX,
            limits: context_sync::Limits::default(),
        };
        line(&store.context_agent(&agent).await.unwrap());
        let all = store.threads(&agent, None, options.limits).await;
        line(&all.unwrap());
        line(&store.unread(&agent, options).await.unwrap());
        let path = format!("/mailbox/{}", name.replace('@', "%40"));
        let route = |part: &str| Route::parse("GET", &format!("{path}{part}"), "q=n&limit=100");
        if let Ok(Route::QueryGraph { query, .. }) = route("/graph/query") {
            line(&store.query_graph(&agent, &query).await.unwrap());
        }
        if let Ok(Route::SearchIndex { search, .. }) =
            Route::parse("GET", &format!("{path}/index"), "")
        {
            line(&store.search_index(&agent, &search).await.unwrap());
        }
    }
    for (uploader, id) in fault.files() {
        if let Ok((meta, _)) = store.read_file(&uploader, &id).await {
            lines.insert(format!("{uploader}: {meta:?}"));
        }
    }
    lines
}

#[tokio::test]
async fn what_the_store_says_of_the_request_is_the_callers_to_know() {
    let (operator, fault) = faulty().await;
    let a = operator.open("@acme.a").await;
    let (a, admin) = (&a.client, &operator.admin);
    let create = json!({"handle": "@new.one"});
    let add = json!({"entries": ["@one.too-many"]});
    let gone = Request::get("GET /mailbox", a);
    let too_many = Request::writing("POST /agents/me/allowlist", a, 200).json(&add);
    let taken = Request::writing("POST /_admin/agents", admin, 201).json(&create);
    for (request, call, kind, status, code) in [
        (gone, 2, ErrorKind::NotFound, 404, "NOT_FOUND"),
        (too_many, 2, ErrorKind::Invalid, 400, "INVALID_REQUEST"),
        (taken, 1, ErrorKind::Exists, 409, "AGENT_EXISTS"),
    ] {
        fault.strike(call, kind);
        let reply = request.send().await.unwrap();
        assert!(fault.rest().is_some());
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        let found = (reply.status, body["error"]["code"].as_str().unwrap());
        assert_eq!(found, (status, code), "{}", request.route);
    }
}

#[tokio::test]
async fn an_answer_that_got_lost_behind_the_commit_is_given_to_the_retry() {
    let (operator, fault) = faulty().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let mut socket = b.client.connect("").await;
    let post = text(&[&b]);
    fault.strike_only("accept", 1, ErrorKind::Unavailable, Moment::After);
    a.post(&post).await.refused(503, "UNAVAILABLE");
    assert_eq!(fault.rest(), Some("accept"));
    operator.set_skew(5_000);
    let receipt = a.post(&post).await.ok(202);
    let page = b.get("/mailbox").await.ok(200);
    let rows = page["envelope_headers"].as_array().unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["created_at"], receipt["created_at"]);
    let marker = a.send(&[&b]).await;
    assert_eq!(
        [socket.id().await, socket.id().await],
        [post["id"].as_str().unwrap(), &marker]
    );
}
