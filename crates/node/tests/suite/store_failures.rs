//! Whatever call of the store fails, the caller is told the truth, nothing of its request is left,
//! and the same request does it once the store is back.

use std::collections::BTreeSet;
use std::fmt::Debug;

use asmtp_envelope::{Decision, Direction, EnvelopePost, Listing, Timestamp};
use mailmesh_store::{
    AcceptOptions, Acceptance, EntryId, ErrorKind, FactKey, Filter, TokenHash, Window,
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite;

use crate::suite::failing_store::{FailingStore, Fault, Moment};
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

/// The query of a cursor in front of everything.
const START: &str = "?after_created_at=0&after_envelope_id=01000000000000000000000000";

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
    fn get(route: &'static str, client: &Client, target: &str) -> Self {
        Self {
            route,
            client: client.clone(),
            target: target.to_owned(),
            body: None,
            status: 200,
            writes: false,
        }
    }

    fn writing(route: &'static str, client: &Client, target: &str, status: u16) -> Self {
        Self {
            status,
            writes: true,
            ..Self::get(route, client, target)
        }
    }

    fn json(self, body: &Value) -> Self {
        Self {
            body: Some(("application/json", body.to_string().into_bytes())),
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

/// A node on a store with a fault.
async fn faulty() -> (Operator, Fault) {
    let fault = Fault::default();
    let around = |store| FailingStore::around(store, fault.clone());
    let operator = Operator::start_on(around, |_| {}).await;
    // The sweep at the start is no part of any request.
    operator.admin.get("/readyz").await.ok(200);
    (operator, fault)
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
            let code = body["error"]["code"].as_str().unwrap();
            assert_eq!((reply.status, code), expected(route, call, kind), "{what}");
            assert_eq!(reply.retry_after.is_some(), reply.status != 500, "{what}");
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
    let (a, b, admin) = (&a.client, &b.client, &operator.admin);
    let (get, writing) = (Request::get, Request::writing);
    let everybody = json!({"cc": ["@acme.a"], "monitor": "mon_2", "subject": "all"});
    let to_b = |more| with(text(&[&named("@beta.b", b)]), more);
    vec![
        get("GET /healthz", a, "/healthz"),
        get("GET /health", a, "/health"),
        get("GET /readyz", a, "/readyz"),
        get("GET /metrics", a, "/metrics"),
        get("GET /openapi.json", a, "/openapi.json"),
        writing("POST /messages", a, "/messages", 202).json(&to_b(everybody)),
        writing("POST /messages", a, "/messages", 202).json(&to_b(naming)),
        writing("GET /messages/{id}", b, &format!("/messages/{one}"), 200),
        writing("GET /messages", b, &format!("/messages?ids={two}"), 200),
        get("GET /mailbox", b, "/mailbox?direction=both"),
        writing("POST /mailbox/read", b, "/mailbox/read", 200).json(&json!({"ids": [three]})),
        writing("DELETE /mailbox/{id}", b, &format!("/mailbox/{four}"), 204),
        get("GET /monitors/{monitor}", a, "/monitors/mon_1"),
        Request {
            body: Some(form(300_000)),
            ..writing("POST /files", a, "/files", 201)
        },
        get("GET /files/{id}", a, &format!("/files/{large}")),
        get("GET /agents/me", a, "/agents/me"),
        writing("PATCH /agents/me", a, "/agents/me", 200).json(&json!({"display_name": "A"})),
        get("GET /agents/me/allowlist", a, "/agents/me/allowlist"),
        writing("POST /agents/me/allowlist", a, "/agents/me/allowlist", 200)
            .json(&json!({"entries": ["@n.*"]})),
        writing(
            "DELETE /agents/me/allowlist/{entry}",
            a,
            "/agents/me/allowlist/@x.y",
            200,
        ),
        get("GET /agents/me/blocks", a, "/agents/me/blocks"),
        writing("POST /agents/me/blocks", a, "/agents/me/blocks", 201)
            .json(&json!({"handle": "@z.z"})),
        writing(
            "DELETE /agents/me/blocks/{handle}",
            a,
            "/agents/me/blocks/@x.y",
            200,
        ),
        get("GET /agents/{owner}/{name}", a, "/agents/acme/a"),
        get("GET /agents/{owner}/{name}/card", a, "/agents/acme/a/card"),
        get("GET /search", a, "/search?q=acme"),
        get("GET /search/agents", a, "/search/agents?q=acme"),
        get("GET /search/messages", b, "/search/messages?q=hello"),
        writing("POST /_admin/agents", admin, "/_admin/agents", 201)
            .json(&json!({"handle": "@new.one"})),
        get("GET /_admin/agents", admin, "/_admin/agents"),
        get(
            "GET /_admin/agents/{handle}",
            admin,
            "/_admin/agents/@acme.a",
        ),
        writing(
            "PATCH /_admin/agents/{handle}",
            admin,
            "/_admin/agents/@acme.a",
            200,
        )
        .json(&json!({"policy": "allowlist"})),
        writing(
            "POST /_admin/agents/{handle}/rotate-token",
            admin,
            "/_admin/agents/@old.token/rotate-token",
            200,
        ),
        writing(
            "DELETE /_admin/agents/{handle}",
            admin,
            "/_admin/agents/@gone.soon",
            204,
        ),
    ]
}

fn named(handle: &str, client: &Client) -> Agent {
    Agent {
        handle: handle.to_owned(),
        client: client.clone(),
    }
}

/// An upload, the same octets each time.
fn form(size: usize) -> (&'static str, Vec<u8>) {
    let mut octets = b"--edge\r\nContent-Disposition: form-data; name=\"file\"; \
        filename=\"f.txt\"\r\nContent-Type: text/plain\r\n\r\n"
        .to_vec();
    octets.extend(vec![b'x'; size]);
    octets.extend(b"\r\n--edge--\r\n");
    ("multipart/form-data; boundary=edge", octets)
}

async fn upload(agent: &Agent, size: usize) -> String {
    let request = Request {
        body: Some(form(size)),
        ..Request::writing("POST /files", &agent.client, "/files", 201)
    };
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
    let requests = [
        (
            2,
            ErrorKind::NotFound,
            404,
            "NOT_FOUND",
            Request::get("GET /mailbox", a, "/mailbox"),
        ),
        (
            2,
            ErrorKind::Invalid,
            400,
            "INVALID_REQUEST",
            Request::writing("POST /agents/me/allowlist", a, "/agents/me/allowlist", 200)
                .json(&json!({"entries": ["@one.too-many"]})),
        ),
        (
            1,
            ErrorKind::Exists,
            409,
            "AGENT_EXISTS",
            Request::writing("POST /_admin/agents", admin, "/_admin/agents", 201).json(&create),
        ),
    ];
    for (n, kind, status, code, request) in requests {
        fault.strike(n, kind);
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
    fault.strike_only("accept", 1, Moment::After);
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

#[tokio::test]
async fn a_handshake_that_fails_is_answered_and_holds_no_place() {
    let fault = Fault::default();
    let around = |store| FailingStore::around(store, fault.clone());
    let operator = Operator::start_on(around, |config| config.limits.sockets = 1).await;
    let a = operator.open("@acme.a").await;
    for (query, calls) in [("", 3), (START, 2)] {
        for n in 1..=calls {
            fault.strike(n, ErrorKind::Unavailable);
            match a.client.try_connect(query).await {
                Err(tungstenite::Error::Http(answer)) => {
                    assert_eq!(answer.status(), 503);
                    assert!(answer.headers().contains_key("retry-after"));
                    let body = answer.body().as_deref().unwrap();
                    let body: Value = serde_json::from_slice(body).unwrap();
                    assert_eq!(body["error"]["code"], "UNAVAILABLE");
                }
                other => panic!("call {n}: {:?}", other.map(|_| "connected")),
            }
            assert!(fault.rest().is_some(), "call {n}");
        }
    }
    let mut socket = a.client.connect("").await;
    let id = a.send(&[&a]).await;
    assert_eq!(socket.id().await, id);
}

#[tokio::test]
async fn a_replay_that_fails_is_taken_up_where_it_ended() {
    let (operator, fault) = faulty().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    // Two pages of the replay.
    for _ in 0..10 {
        let to = [&b];
        futures_util::future::join_all((0..30).map(|_| a.send(&to))).await;
    }
    let mut sent = b.listed("?limit=1000").await;
    let mut closes = 0;
    // Two pages and the empty one; then where live frames begin, and the look at the seam.
    let pages = (1..=3).map(|n| ("list_envelopes", n));
    for (call, n) in pages.chain([("last_keys", 1), ("list_envelopes", 4)]) {
        fault.strike_only(call, n, Moment::Before);
        let mut seen: Vec<String> = Vec::new();
        let mut query = START.to_owned();
        let mut socket = b.client.connect(&query).await;
        while seen.len() < sent.len() {
            match socket.frame_or_close().await {
                Ok(frame) => {
                    let id = frame["id"].as_str().unwrap();
                    let time = &frame["created_at"];
                    query = format!("?after_created_at={time}&after_envelope_id={id}");
                    seen.push(id.to_owned());
                }
                Err(code) => {
                    assert_eq!(code, 1013);
                    closes += 1;
                    socket = b.client.connect(&query).await;
                }
            }
        }
        // Live frames follow whether or not the end of the replay has failed.
        let live = a.send(&[&b]).await;
        let next = match socket.frame_or_close().await {
            Ok(frame) => frame,
            Err(_) => b.client.connect(&query).await.frame().await,
        };
        assert_eq!(
            (&seen, &next["id"]),
            (&sent, &json!(live)),
            "{call} {n} failed"
        );
        sent.push(live);
    }
    assert!(closes > 0);
}

#[tokio::test]
async fn what_cannot_be_pushed_now_is_pushed_once_the_store_is_back() {
    let (operator, fault) = faulty().await;
    let a = operator.open("@acme.a").await;
    let mut socket = a.client.connect("").await;
    let mut struck = BTreeSet::new();
    for n in 1..=4 {
        let post = with(text(&[&a]), json!({"monitor": "mon_1"}));
        fault.strike(n, ErrorKind::Unavailable);
        slip_in(&operator, &a, &post).await;
        assert_eq!(socket.frame().await["id"], post["id"]);
        assert_eq!(socket.frame().await["envelope_id"], post["id"], "the fact");
        struck.extend(fault.rest());
    }
    assert!(struck.len() > 1, "{struck:?}");
}

#[tokio::test]
async fn a_bearer_that_cannot_be_looked_up_gets_nothing_until_it_is() {
    let (operator, fault) = faulty().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let mut socket = b.client.connect("").await;
    let first = a.send(&[&b]).await;
    assert_eq!(socket.id().await, first);
    fault.strike(1, ErrorKind::Unavailable);
    let now = Timestamp::new(7).unwrap();
    let handle = b.handle.parse().unwrap();
    let rotated = operator
        .store
        .rotate_token(&handle, TokenHash::of("another"), now);
    rotated.await.unwrap();
    slip_in(&operator, &a, &text(&[&b])).await;
    assert_eq!(socket.closed().await, (1008, 0));
}

/// Has an envelope accepted behind the back of the node, past the fault.
async fn slip_in(operator: &Operator, from: &Agent, envelope: &Value) {
    let limits = asmtp_envelope::Limits::default();
    let post = EnvelopePost::parse(envelope.to_string().as_bytes(), &limits).unwrap();
    let base = "https://mail.example".parse().unwrap();
    let options = AcceptOptions::new(Timestamp::new(7).unwrap(), base);
    let sender = from.handle.parse().unwrap();
    let accepted = operator.store.accept(&sender, post, options).await.unwrap();
    assert!(matches!(
        accepted,
        Acceptance::Decided(Decision::Accepted(_))
    ));
}
