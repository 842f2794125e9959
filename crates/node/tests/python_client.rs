//! The door, driven by a client that shares no code with ours: `tests/clients`.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::sync::Arc;

use mailmesh_node::{Bearer, Config, Node};
use mailmesh_store::SqliteStore;
use tokio::task::spawn_blocking;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_python_client_is_served() {
    let client = std::env::var_os("MAILMESH_TEST_ASMTP_PYTHON").expect(
        "MAILMESH_TEST_ASMTP_PYTHON names no client: install it with tests/clients/install.sh",
    );
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(folder.path()).await.unwrap());
    let admin = Bearer::from_random([5; 32]);
    let config = Config::new("127.0.0.1:0".parse().unwrap(), admin.clone());
    let node = Node::start(config, store).await.unwrap();
    let mut command = std::process::Command::new(client);
    command
        .arg(node.url().as_str())
        .env("ASMTP_ADMIN_TOKEN", admin.reveal());
    let ended = spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{told}");
    node.shutdown().await;
}
