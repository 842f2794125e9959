//! Agents at a node of ours, and what a model has of one of them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use context_sync::AgentId;
use jsonschema::Validator;
use mailmesh::context::{Config, ContextClient, content};
use mailmesh_mcp::{MailServer, Mailboxes, Options};
use mailmesh_node::{Bearer, Node};
use mailmesh_store::SqliteStore;
use rmcp::ServiceExt as _;
use rmcp::model::{CallToolRequestParams, CallToolResult};
use rmcp::service::{RoleClient, RunningService};
use serde_json::Value;
use tempfile::TempDir;

/// A node, which takes callers at their word unless it is keyed.
pub(crate) struct Agents {
    pub(crate) node: Node,
    clients: Mutex<BTreeMap<String, ContextClient>>,
    _folder: TempDir,
}

/// A client of the server that speaks for one agent.
pub(crate) struct Model {
    pub(crate) client: RunningService<RoleClient, ()>,
    schemas: BTreeMap<String, Validator>,
}

impl Agents {
    pub(crate) async fn new() -> Self {
        Self::start("127.0.0.1:0".parse().unwrap(), true).await
    }

    /// The same at a place that somebody knows.
    pub(crate) async fn at(listen: SocketAddr) -> Self {
        Self::start(listen, true).await
    }

    /// A node that asks for keys, and gave none out.
    pub(crate) async fn keyed() -> Self {
        Self::start("127.0.0.1:0".parse().unwrap(), false).await
    }

    async fn start(listen: SocketAddr, is_open: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(folder.path()).await.unwrap());
        let admin = Bearer::from_random([7; 32]);
        let config = mailmesh_node::Config {
            context_sync_open: is_open,
            rates: None,
            ..mailmesh_node::Config::new(listen, admin)
        };
        let node = Node::start(config, store).await.unwrap();
        Self {
            node,
            clients: Mutex::default(),
            _folder: folder,
        }
    }

    pub(crate) fn config(&self, agent: &str) -> Config {
        Config::new(format!("{}/context-sync", self.node.url()), id(agent))
    }

    pub(crate) fn client(&self, agent: &str) -> ContextClient {
        let mut clients = self.clients.lock().unwrap();
        let client = || ContextClient::new(self.config(agent)).unwrap();
        clients
            .entry(agent.to_owned())
            .or_insert_with(client)
            .clone()
    }

    pub(crate) async fn model(&self, agent: &str) -> Model {
        Model::of(self.client(agent), None, Options::default()).await
    }

    /// Writes as one agent to another, and gives the thread.
    pub(crate) async fn say(&self, from: &str, to: &str, payload: Value, knows: Value) -> String {
        let client = self.client(from);
        let message = client.message(id(to), content(&payload, &knows).unwrap());
        client.send(message).await.unwrap().thread_id.to_string()
    }
}

impl Model {
    pub(crate) async fn of(
        client: ContextClient,
        mailboxes: Option<Mailboxes>,
        options: Options,
    ) -> Self {
        let server = MailServer::with_context(client, mailboxes, options);
        let (here, there) = tokio::io::duplex(1 << 16);
        tokio::spawn(async move {
            let (input, output) = tokio::io::split(there);
            let _ = mailmesh_mcp::serve(server, input, output).await;
        });
        let client = ().serve(here).await.unwrap();
        let mut schemas = BTreeMap::new();
        for tool in client.list_all_tools().await.unwrap() {
            let schema = Value::Object(tool.output_schema.unwrap().as_ref().clone());
            let validator = jsonschema::draft202012::new(&schema).unwrap();
            schemas.insert(tool.name.into_owned(), validator);
        }
        Self { client, schemas }
    }

    /// Calls a tool. A result that is none of its output schema fails the test.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> CallToolResult {
        let Value::Object(arguments) = arguments else {
            panic!("expected an object of arguments");
        };
        let mut request = CallToolRequestParams::new(tool.to_owned());
        request.arguments = Some(arguments);
        let result = self.client.call_tool(request).await.unwrap();
        if result.is_error != Some(true) {
            let value = result.structured_content.as_ref().unwrap();
            let fault = self.schemas[tool].iter_errors(value).next();
            let fault = fault.map(|fault| fault.to_string());
            assert_eq!(fault, None, "{tool}: {value}");
            // A list stands in its block as the published tool gives it, and else all is there.
            let text = json_of(&result, 0);
            let is_told = match text.is_array() {
                true => value
                    .as_object()
                    .unwrap()
                    .values()
                    .any(|list| *list == text),
                false => *value == text,
            };
            assert!(is_told, "{tool}: {text}");
            assert_eq!(
                result.content.len(),
                1 + usize::from(text.is_array()),
                "{tool}"
            );
        }
        result
    }

    /// What the published tool gives: the JSON in the first text block.
    pub(crate) async fn value(&self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments).await;
        assert_eq!(result.is_error, Some(false), "{tool}: {:?}", result.content);
        json_of(&result, 0)
    }

    /// The words of a call that fails.
    pub(crate) async fn failure(&self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments).await;
        let told = &result.content[0].as_text().unwrap().text;
        assert_eq!(result.is_error, Some(true), "{tool}: {told}");
        told.clone()
    }
}

pub(crate) fn json_of(result: &CallToolResult, block: usize) -> Value {
    serde_json::from_str(&result.content[block].as_text().unwrap().text).unwrap()
}

pub(crate) fn id(agent: &str) -> AgentId {
    agent.parse().unwrap()
}
