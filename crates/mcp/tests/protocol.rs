//! The words on the wire: both lifecycles of the protocol, and what the lists say.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use mailmesh::AgentMailbox;
use mailmesh::transport::local::LocalTransport;
use mailmesh_mcp::{MailServer, Mailboxes, Options};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{
    AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, ReadHalf, WriteHalf,
};

/// A client that writes lines and reads lines.
struct Wire {
    input: BufReader<ReadHalf<DuplexStream>>,
    output: WriteHalf<DuplexStream>,
    id: u64,
    _folder: TempDir,
}

const NEWEST: &str = "2026-07-28";

impl Wire {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let transport = LocalTransport::open(folder.path(), "ann@agents.test")
            .await
            .unwrap();
        let server = MailServer::new(
            Mailboxes::of(AgentMailbox::new(transport)),
            Options::default(),
        );
        let (here, there) = tokio::io::duplex(1 << 16);
        tokio::spawn(async move {
            let (input, output) = tokio::io::split(there);
            let _ = mailmesh_mcp::serve(server, input, output).await;
        });
        let (input, output) = tokio::io::split(here);
        Self {
            input: BufReader::new(input),
            output,
            id: 0,
            _folder: folder,
        }
    }

    async fn say(&mut self, message: &Value) {
        self.output
            .write_all(format!("{message}\n").as_bytes())
            .await
            .unwrap();
    }

    async fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.input.read_line(&mut line).await.unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// The answer to a request.
    async fn ask(&mut self, method: &str, params: Value) -> Value {
        self.id += 1;
        let id = self.id;
        self.say(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
            .await;
        loop {
            let answer = self.hear().await;
            if answer["id"] == id {
                return answer;
            }
        }
    }

    /// The same with what every request says since there is no handshake.
    async fn ask_new(&mut self, method: &str, mut params: Value) -> Value {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": NEWEST,
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        self.ask(method, params).await
    }
}

#[tokio::test]
async fn a_client_with_a_handshake_is_served() {
    for version in ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] {
        let mut wire = Wire::new().await;
        let begun = wire
            .ask(
                "initialize",
                json!({"protocolVersion": version, "capabilities": {},
                       "clientInfo": {"name": "test", "version": "1"}}),
            )
            .await;
        let result = &begun["result"];
        assert_eq!(result["protocolVersion"], version);
        assert_eq!(result["serverInfo"]["name"], "mailmesh");
        assert_eq!(
            result["capabilities"],
            json!({"prompts": {}, "resources": {"subscribe": true}, "tools": {}})
        );
        wire.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))
            .await;
        let called = json!({"name": "list_emails", "arguments": {}});
        let listed = wire.ask("tools/call", called).await;
        assert_eq!(listed["result"]["structuredContent"]["emails"], json!([]));
        assert_eq!(wire.ask("ping", json!({})).await["result"], json!({}));
    }
}

#[tokio::test]
async fn a_client_without_a_handshake_is_served() {
    let mut wire = Wire::new().await;
    let found = wire.ask_new("server/discover", json!({})).await;
    let versions = found["result"]["supportedVersions"].as_array().unwrap();
    assert!(
        versions.contains(&json!(NEWEST)) && versions.contains(&json!("2025-11-25")),
        "{found}"
    );
    let listed = wire.ask_new("tools/list", json!({})).await;
    assert_eq!(listed["result"]["tools"].as_array().unwrap().len(), 13);
    let called = json!({"name": "list_emails", "arguments": {}});
    let listed = wire.ask_new("tools/call", called).await;
    assert_eq!(listed["result"]["structuredContent"]["folder"], "INBOX");
    assert_eq!(listed["result"]["resultType"], "complete");
}

#[tokio::test]
async fn what_is_unknown_is_an_error_of_the_protocol() {
    let mut wire = Wire::new().await;
    for (method, params, code) in [
        (
            "tools/call",
            json!({"name": "delete_everything", "arguments": {}}),
            -32602,
        ),
        ("prompts/get", json!({"name": "nothing"}), -32602),
        (
            "resources/read",
            json!({"uri": "file:///etc/passwd"}),
            -32602,
        ),
        ("resources/read", json!({"uri": "mail://999"}), -32602),
        ("no/such/method", json!({}), -32601),
    ] {
        let answer = wire.ask_new(method, params).await;
        let told = answer["error"]["code"].as_i64().unwrap();
        // A resource that is not there had a code of its own before 2026-07-28.
        assert!(
            told == code || told == -32002 && method == "resources/read",
            "{method}: {answer}"
        );
    }
}

#[tokio::test]
async fn garbage_leaves_the_session_usable() {
    let mut wire = Wire::new().await;
    wire.ask_new("server/discover", json!({})).await;
    for line in [
        "",
        "{",
        "[]",
        "null",
        "{\"jsonrpc\":\"2.0\"}",
        "\u{0}",
        "{\"jsonrpc\":\"2.0\",\"id\":{}}",
    ] {
        wire.output
            .write_all(format!("{line}\n").as_bytes())
            .await
            .unwrap();
    }
    let listed = wire.ask_new("tools/list", json!({})).await;
    assert!(listed["result"]["tools"].is_array());
}

#[tokio::test]
async fn tools_say_what_they_do_to_the_world() {
    let mut wire = Wire::new().await;
    let listed = wire.ask_new("tools/list", json!({})).await;
    for tool in listed["result"]["tools"].as_array().unwrap() {
        let name = tool["name"].as_str().unwrap();
        let hints = &tool["annotations"];
        let sends = ["send_email", "reply_email", "forward_email"].contains(&name);
        let changes = sends || ["mark_email", "move_email"].contains(&name);
        assert_eq!(hints["readOnlyHint"], !changes, "{name}");
        assert_eq!(hints["destructiveHint"], name == "move_email", "{name}");
        assert_eq!(hints["openWorldHint"], sends, "{name}");
        assert!(
            tool["title"].is_string() && tool["description"].is_string(),
            "{name}"
        );
        for schema in ["inputSchema", "outputSchema"] {
            assert_eq!(tool[schema]["type"], "object", "{name}");
            jsonschema::meta::validate(&tool[schema]).unwrap();
        }
        assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{name}");
    }
}
