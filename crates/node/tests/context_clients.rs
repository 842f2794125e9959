//! The published clients of context-sync, unmodified, drive the door: PyPI `agentsmcp` 0.1.1 and
//! 0.1.2, npm `agentsmcp` 0.5.2. Their scripts are in `tests/clients`.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::sync::Arc;

use mailmesh_node::{Bearer, Config, Node};
use mailmesh_store::SqliteStore;
use tokio::task::spawn_blocking;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_30_python_0_1_1_is_served() {
    serve("MAILMESH_TEST_CONTEXT_PYTHON_0_1_1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_30_python_0_1_2_is_served() {
    serve("MAILMESH_TEST_CONTEXT_PYTHON_0_1_2").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_30_javascript_is_served() {
    serve("MAILMESH_TEST_CONTEXT_JAVASCRIPT").await;
}

/// Runs a client against a node without bearers, and against one with them.
async fn serve(client: &str) {
    let client = std::env::var_os(client).unwrap_or_else(|| {
        panic!("{client} names no client: install it with tests/clients/install.sh")
    });
    for is_open in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(folder.path()).await.unwrap());
        let admin = Bearer::from_random([5; 32]);
        let mut config = Config::new("127.0.0.1:0".parse().unwrap(), admin.clone());
        config.context_sync_open = is_open;
        let node = Node::start(config, store).await.unwrap();
        let mut command = std::process::Command::new(&client);
        command.arg(node.url().as_str());
        if !is_open {
            command.env("MAILMESH_ADMIN_TOKEN", admin.reveal());
        }
        let ended = spawn_blocking(move || command.output()).await.unwrap();
        let ended = ended.unwrap();
        let told = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "open {is_open}: {told}");
        node.shutdown().await;
    }
}
