//! Several processes on one store. The child is this test binary again, told what to do by its
//! environment.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use futures_util::future::join_all;
use mailmesh_node::{Bearer, Config, Node};
use reqwest::Client;
use serde_json::{Value, json};

/// Names the store that a child serves.
const PLACE: &str = "MAILMESH_TEST_PLACE";

/// A node in a process of its own, which is killed with this value.
struct Process {
    child: Child,
    base: String,
}

impl Process {
    fn start(place: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "suite::context::processes::serve_until_killed",
                "--nocapture",
            ])
            .env(PLACE, place)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let told = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut addresses = told.map_while(Result::ok).filter_map(|line| {
            let (_, address) = line.split_once("serving ")?;
            Some(address.to_owned())
        });
        let address = addresses.next().expect("the child did not start");
        Self {
            child,
            base: format!("http://{address}/context-sync"),
        }
    }

    async fn send(&self, client: &Client, from: &str, to: &str) -> String {
        let body = json!({"from": from, "to": to, "payload": 1});
        let sent = client
            .post(format!("{}/messages/send", self.base))
            .json(&body);
        let answer = sent.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let answer: Value = answer.json().await.unwrap();
        answer["threadId"].as_str().unwrap().to_owned()
    }

    async fn get(&self, client: &Client, path: &str) -> Value {
        let answer = client.get(format!("{}{path}", self.base)).send().await;
        answer.unwrap().json().await.unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has not ended before: nothing else ends it.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serve_until_killed() {
    let Ok(place) = std::env::var(PLACE) else {
        return;
    };
    let mut config = Config::new(
        SocketAddr::from(([127, 0, 0, 1], 0)),
        Bearer::from_random([3; 32]),
    );
    config.context_sync_open = true;
    config.rates = None;
    let store: Arc<_> = crate::open(&place).await;
    let node = Node::start(config, store).await.unwrap();
    println!("serving {}", node.address());
    std::future::pending::<()>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_28_what_was_answered_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let place = crate::place(folder.path()).await;
    let client = Client::builder().no_proxy().build().unwrap();
    let process = Process::start(&place);
    let thread = process.send(&client, "ann@x", "ben@x").await;
    join_all((0..40).map(|_| process.send(&client, "ann@x", "ben@x"))).await;
    let body = json!({"threadId": thread});
    let read = client
        .post(format!("{}/mailbox/ann%40x/read", process.base))
        .json(&body);
    assert_eq!(read.send().await.unwrap().status(), 200);
    let paths = [
        "/mailbox/ben%40x",
        "/mailbox/ben%40x/unread",
        "/mailbox/ann%40x/unread",
    ];
    let before = join_all(paths.map(|path| process.get(&client, path))).await;
    assert_eq!(before[1]["messages"].as_array().unwrap().len(), 41);
    drop(process);
    let process = Process::start(&place);
    let after = join_all(paths.map(|path| process.get(&client, path))).await;
    assert_eq!(after, before);
    assert_eq!(process.send(&client, "ben@x", "ann@x").await, thread);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_57_two_processes_make_one_thread() {
    let folder = tempfile::tempdir().unwrap();
    let place = crate::place(folder.path()).await;
    let client = Client::builder().no_proxy().build().unwrap();
    let processes = [Process::start(&place), Process::start(&place)];
    for round in 0..3 {
        let (ann, ben) = (format!("ann{round}@x"), format!("ben{round}@x"));
        let threads = join_all((0..60).map(|n| {
            let process = &processes[n % 2];
            match n / 2 % 2 {
                0 => process.send(&client, &ann, &ben),
                _ => process.send(&client, &ben, &ann),
            }
        }))
        .await;
        let threads: BTreeSet<_> = threads.into_iter().collect();
        assert_eq!(threads.len(), 1);
        let mailbox = processes[0].get(&client, &format!("/mailbox/{ann}")).await;
        assert_eq!(
            mailbox["threads"][0]["messages"].as_array().unwrap().len(),
            60
        );
        assert_eq!(mailbox["unreadCount"], 30);
    }
}
