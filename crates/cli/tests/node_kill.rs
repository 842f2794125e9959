//! H16: a node is killed in mid-load, again and again, and nothing it acknowledged is lost.
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![cfg(unix)]

mod home;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use home::Home;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

const ROUNDS: u64 = 6;
const SENDERS: u64 = 8;

/// What became of the posts, by id.
#[derive(Default)]
struct Posts {
    accepted: BTreeSet<String>,
    /// Nobody answered: it may be there or not.
    unknown: BTreeMap<String, Value>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h16_everything_acknowledged_is_there_once() {
    let home = Home::new();
    let posts = Arc::new(Mutex::new(Posts::default()));
    let (mut node, url) = start(&home);
    let admin = std::fs::read_to_string(home.path().join("node/admin.token")).unwrap();
    let token = create(&url, admin.trim_end(), "@acme.a").await;
    let mut url = Some(url);
    for round in 0..ROUNDS {
        let at = match url.take() {
            Some(url) => url,
            None => {
                let (started, at) = start(&home);
                node = started;
                at
            }
        };
        let mut load = JoinSet::new();
        for sender in 0..SENDERS {
            load.spawn(send(
                at.clone(),
                token.clone(),
                (round * SENDERS + sender) * 1_000_000,
                posts.clone(),
            ));
        }
        // From the first answer of the round on, however busy the machine is.
        let before = posts.lock().unwrap().accepted.len();
        while posts.lock().unwrap().accepted.len() == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(40 * round)).await;
        node.kill().unwrap(); // SIGKILL
        node.wait().unwrap();
        load.join_all().await;
    }
    let (mut node, url) = start(&home);
    let posts = Arc::into_inner(posts).unwrap().into_inner().unwrap();
    assert!(
        posts.accepted.len() > 50,
        "{} accepted",
        posts.accepted.len()
    );
    let listed = list(&url, &token).await;
    let once: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!(once.len(), listed.len(), "each once");
    let lost: Vec<_> = posts.accepted.difference(&once).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    for post in posts.unknown.values() {
        assert_eq!(
            post_one(&Client::new(), &url, &token, post).await,
            Some(StatusCode::ACCEPTED)
        );
    }
    let listed = list(&url, &token).await;
    assert_eq!(listed.len(), posts.accepted.len() + posts.unknown.len());
    node.kill().unwrap();
    node.wait().unwrap();
    println!(
        "{ROUNDS} kills: {} acknowledged, {} in doubt",
        posts.accepted.len(),
        posts.unknown.len()
    );
}

fn start(home: &Home) -> (Child, String) {
    let arguments = [
        "serve",
        "--data",
        "node",
        "--http",
        "127.0.0.1:0",
        "--no-rate-limit",
    ];
    let mut child = home
        .command(&arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line
        .trim_end()
        .strip_prefix("ready http ")
        .unwrap()
        .to_owned();
    (child, format!("http://{address}"))
}

async fn create(url: &str, admin: &str, handle: &str) -> String {
    let new = json!({"handle": handle, "policy": "open"});
    let request = Client::new()
        .post(format!("{url}/_admin/agents"))
        .bearer_auth(admin);
    let made: Value = request
        .json(&new)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    made["token"].as_str().unwrap().to_owned()
}

/// Posts to itself until the node is gone.
async fn send(url: String, token: String, first: u64, posts: Arc<Mutex<Posts>>) {
    let client = Client::new();
    for n in first.. {
        let id = format!("01{n:024}");
        let post = json!({
            "id": id, "to": ["@acme.a"], "date_ms": n,
            "content_parts": [{"type": "text", "text": "x"}],
        });
        posts
            .lock()
            .unwrap()
            .unknown
            .insert(id.clone(), post.clone());
        match post_one(&client, &url, &token, &post).await {
            Some(StatusCode::ACCEPTED) => {
                let mut posts = posts.lock().unwrap();
                posts.unknown.remove(&id);
                posts.accepted.insert(id);
            }
            Some(status) => panic!("{status}"),
            None => return,
        }
    }
}

async fn post_one(client: &Client, url: &str, token: &str, post: &Value) -> Option<StatusCode> {
    let request = client
        .post(format!("{url}/messages"))
        .bearer_auth(token)
        .json(post);
    request.send().await.ok().map(|answer| answer.status())
}

async fn list(url: &str, token: &str) -> Vec<String> {
    let client = Client::new();
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let request = client
            .get(format!("{url}/mailbox?limit=1000{cursor}"))
            .bearer_auth(token);
        let page: Value = request.send().await.unwrap().json().await.unwrap();
        let rows = page["envelope_headers"].as_array().unwrap();
        ids.extend(
            rows.iter()
                .map(|row| row["id"].as_str().unwrap().to_owned()),
        );
        let next = &page["next_cursor"];
        if next.is_null() {
            return ids;
        }
        let (time, id) = (&next["created_at"], next["envelope_id"].as_str().unwrap());
        cursor = format!("&after_created_at={time}&after_envelope_id={id}");
    }
}
