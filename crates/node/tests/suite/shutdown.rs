//! How a node ends.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::operator::{Operator, PATIENCE, text};

#[tokio::test]
async fn requests_that_have_arrived_are_answered_and_sockets_closed() {
    let mut operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let mut socket = b.client.connect("").await;
    let body = text(&[&b]).to_string();
    let mut stream = TcpStream::connect(operator.address).await.unwrap();
    let head = format!(
        "POST /messages HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n",
        a.client.token,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The node works on the request once it wants the body; another answer tells that time passed.
    a.get("/healthz").await.ok(200);
    let node = operator.node.take().unwrap();
    let stopping = tokio::spawn(node.shutdown());
    assert_eq!(socket.closed().await.0, 1001);
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    timeout(PATIENCE, stopping).await.unwrap().unwrap();
    assert!(TcpStream::connect(operator.address).await.is_err());
    let listing = asmtp_envelope::Listing::default();
    let handle = "@beta.b".parse().unwrap();
    let stored = operator
        .store
        .list_envelopes(&handle, &listing)
        .await
        .unwrap();
    assert_eq!(stored.len(), 1, "what was answered 202 is there");
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_hold_the_node_up() {
    let mut operator = Operator::start_with(|config| {
        config.limits.drain = Duration::from_millis(300);
    })
    .await;
    let a = operator.open("@acme.a").await;
    let mut stream = TcpStream::connect(operator.address).await.unwrap();
    let head = format!(
        "POST /messages HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {}\r\nContent-Length: 9\r\n\r\n",
        a.client.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let node = operator.node.take().unwrap();
    timeout(PATIENCE, node.shutdown()).await.unwrap();
}

#[tokio::test]
async fn plain_text_stays_on_the_machine_unless_told_otherwise() {
    use mailmesh_node::{Bearer, Config, ErrorKind, Node};
    let folder = tempfile::tempdir().unwrap();
    let store = mailmesh_store::SqliteStore::open(folder.path())
        .await
        .unwrap();
    let config = Config::new("0.0.0.0:0".parse().unwrap(), Bearer::from_random([1; 32]));
    let refused = Node::start(config.clone(), std::sync::Arc::new(store.clone())).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Config);
    let told = Config {
        insecure_listen: true,
        ..config
    };
    let node = Node::start(told, std::sync::Arc::new(store)).await.unwrap();
    node.shutdown().await;
}

#[tokio::test]
async fn a_folder_is_held_by_one() {
    use mailmesh_node::{DataFolder, ErrorKind};
    let folder = tempfile::tempdir().unwrap();
    let held = DataFolder::hold(folder.path()).unwrap();
    let again = DataFolder::hold(folder.path()).unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Held);
    assert!(
        again.to_string().contains(&std::process::id().to_string()),
        "{again}"
    );
    let token = held.admin_token().unwrap();
    assert_eq!(held.admin_token().unwrap().reveal(), token.reveal());
    drop(held);
    DataFolder::hold(folder.path()).unwrap();
}
