//! Streamable HTTP: who is let in, and who is served.
#![cfg(feature = "http")]
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::net::SocketAddr;

use mailmesh::AgentMailbox;
use mailmesh::transport::local::LocalTransport;
use mailmesh_mcp::{
    AccessToken, ErrorKind, HttpConfig, HttpServer, MailServer, Mailboxes, Options,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const BOTH: &str = "Accept: application/json, text/event-stream\r\n";

struct Server {
    http: HttpServer,
    _folder: TempDir,
}

/// A status, the header in lower case, and the body.
struct Answer {
    status: u16,
    header: String,
    body: String,
}

impl Server {
    async fn new(change: impl FnOnce(&mut HttpConfig)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let transport = LocalTransport::open(folder.path(), "ann@agents.test")
            .await
            .unwrap();
        let server = MailServer::new(
            Mailboxes::of(AgentMailbox::new(transport)),
            Options::default(),
        );
        let listen: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let mut config = HttpConfig::new(listen, AccessToken::new(TOKEN).unwrap());
        change(&mut config);
        Self {
            http: HttpServer::start(config, server).await.unwrap(),
            _folder: folder,
        }
    }

    /// The answer to one request on a connection of its own.
    async fn ask(&self, method: &str, fields: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(self.http.address()).await.unwrap();
        let host = if fields.contains("Host:") {
            ""
        } else {
            "Host: localhost\r\n"
        };
        let request = format!(
            "{method} /mcp HTTP/1.1\r\n{host}{fields}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        // A server that refuses early may not read it all.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut octets = Vec::new();
        let _ = stream.read_to_end(&mut octets).await;
        let answer = String::from_utf8(octets).unwrap();
        let (header, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer {
            status: header.split(' ').nth(1).unwrap().parse().unwrap(),
            header: header.to_lowercase(),
            body: body.to_owned(),
        }
    }

    async fn post(&self, fields: &str, message: &Value) -> Answer {
        let fields = format!(
            "{}{BOTH}Content-Type: application/json\r\n{fields}",
            bearer(TOKEN)
        );
        self.ask("POST", &fields, &message.to_string()).await
    }

    /// A session, by its id.
    async fn begin(&self) -> Answer {
        self.post("", &initialize()).await
    }
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

fn initialize() -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"}}})
}

fn field<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let mut lines = answer.header.lines();
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[tokio::test]
async fn only_the_token_opens() {
    let server = Server::new(|_| {}).await;
    let body = initialize().to_string();
    for fields in [
        String::new(),
        bearer("0123456789abcdef0123456789abcdeF"),
        bearer(""),
        format!("Authorization: Basic {TOKEN}\r\n"),
        format!("{}{}", bearer(TOKEN), bearer(TOKEN)),
        bearer(&"x".repeat(5_000)),
    ] {
        for method in ["POST", "GET", "DELETE"] {
            let answer = server.ask(method, &fields, &body).await;
            assert_eq!(answer.status, 401, "{fields:.60}");
            assert_eq!(field(&answer, "www-authenticate"), Some("bearer"));
            assert!(!answer.body.contains(TOKEN));
        }
    }
    assert_eq!(server.begin().await.status, 200);
}

#[tokio::test]
async fn pages_of_other_origins_and_other_names_are_refused() {
    let server = Server::new(|config| {
        config.allowed_origins = vec!["https://app.test".parse().unwrap()];
        config.allowed_hosts = vec!["mail.test".to_owned()];
    })
    .await;
    for (fields, status) in [
        ("Origin: https://evil.test\r\n", 403),
        ("Origin: null\r\n", 403),
        ("Origin: http://app.test\r\n", 403),
        ("Origin: https://app.test:8443\r\n", 403),
        ("Origin: https://app.test\r\n", 200),
        ("Origin: https://app.test:443\r\n", 200),
        ("Host: evil.test\r\n", 403),
        ("Host: mail.test\r\n", 200),
        ("Host: 127.0.0.1:8724\r\n", 200),
    ] {
        let answer = server.post(fields, &initialize()).await;
        assert_eq!(answer.status, status, "{fields} {}", answer.body);
    }
    // With no origin allowed, none is.
    let server = Server::new(|_| {}).await;
    let answer = server
        .post("Origin: http://localhost\r\n", &initialize())
        .await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn a_session_is_begun_used_and_ended() {
    let server = Server::new(|_| {}).await;
    let begun = server.begin().await;
    let session = field(&begun, "mcp-session-id").unwrap().to_owned();
    let fields = format!("mcp-session-id: {session}\r\nmcp-protocol-version: 2025-11-25\r\n");
    let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    assert_eq!(server.post(&fields, &ready).await.status, 202);
    let call = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call",
                      "params": {"name": "list_emails", "arguments": {}}});
    let called = server.post(&fields, &call).await;
    assert!(called.body.contains("structuredContent"), "{}", called.body);
    let ended = server
        .ask("DELETE", &format!("{}{fields}", bearer(TOKEN)), "")
        .await;
    assert!((200..300).contains(&ended.status), "{}", ended.status);
    assert_eq!(server.post(&fields, &call).await.status, 404);
}

#[tokio::test]
async fn the_newest_revision_needs_no_session() {
    let server = Server::new(|config| config.sessions = 0).await;
    let fields =
        "mcp-protocol-version: 2026-07-28\r\nmcp-method: tools/call\r\nmcp-name: list_emails\r\n";
    let call = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call",
        "params": {"name": "list_emails", "arguments": {}, "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {}}}});
    let called = server.post(fields, &call).await;
    assert_eq!(called.status, 200, "{}", called.body);
    assert!(called.body.contains("structuredContent"), "{}", called.body);
    assert_eq!(field(&called, "mcp-session-id"), None);
}

#[tokio::test]
async fn sessions_and_bodies_are_bounded() {
    let server = Server::new(|config| {
        config.sessions = 2;
        config.body = 2_000;
    })
    .await;
    let mut long = initialize();
    long["params"]["clientInfo"]["name"] = "n".repeat(2_000).into();
    assert_eq!(server.post("", &long).await.status, 413);
    assert_eq!(server.begin().await.status, 200);
    assert_eq!(server.begin().await.status, 200);
    assert_eq!(server.begin().await.status, 503);
}

#[tokio::test]
async fn without_tls_it_stays_on_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let transport = LocalTransport::open(folder.path(), "ann@agents.test")
        .await
        .unwrap();
    let server = MailServer::new(
        Mailboxes::of(AgentMailbox::new(transport)),
        Options::default(),
    );
    let everywhere = "0.0.0.0:0".parse().unwrap();
    let mut config = HttpConfig::new(everywhere, AccessToken::new(TOKEN).unwrap());
    let refused = HttpServer::start(config.clone(), server.session()).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Config);
    config.insecure_listen = true;
    assert!(HttpServer::start(config, server).await.is_ok());
}

#[tokio::test]
async fn nothing_else_is_there() {
    let server = Server::new(|_| {}).await;
    assert!(server.http.url().ends_with("/mcp"));
    let get = server.ask("GET", &bearer(TOKEN), "").await;
    assert!((400..500).contains(&get.status), "{}", get.status);
    let put = server.ask("PUT", &bearer(TOKEN), "").await;
    assert_eq!(put.status, 405);
    server.http.shutdown().await;
}
