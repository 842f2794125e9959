//! A client and a server in one process, over mailboxes in a temporary store.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jsonschema::Validator;
use mailmesh::transport::local::LocalTransport;
use mailmesh::{AgentMailbox, Draft, Filter, Folder, Outgoing, Page, Summary, Transport as _};
use mailmesh_mcp::{MailServer, Mailboxes, Options};
use rmcp::model::{CallToolRequestParams, CallToolResult};
use rmcp::service::{RoleClient, RunningService};
use rmcp::{ClientHandler, ServiceExt as _};
use serde_json::{Value, json};
use structured_email::Stamp;
use tempfile::TempDir;

/// Ann's mailbox behind a server, and Bob who writes to her.
pub(crate) struct Session<C: ClientHandler = ()> {
    pub(crate) client: RunningService<RoleClient, C>,
    pub(crate) ann: AgentMailbox,
    pub(crate) bob: AgentMailbox,
    /// What carries Bob's mail.
    pub(crate) transport: Arc<LocalTransport>,
    schemas: Mutex<BTreeMap<String, Validator>>,
    _folder: TempDir,
}

pub(crate) const ANN: &str = "ann@agents.test";
pub(crate) const BOB: &str = "bob@agents.test";

impl Session {
    pub(crate) async fn new(options: Options) -> Self {
        Self::with_client(options, ()).await
    }
}

impl<C: ClientHandler> Session<C> {
    pub(crate) async fn with_client(options: Options, client: C) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ann = open(&folder, ANN).await;
        let transport = LocalTransport::open(folder.path(), BOB).await.unwrap();
        let transport = Arc::new(transport);
        let bob = AgentMailbox::new(transport.clone());
        let mailboxes = Mailboxes::of(ann.clone()).with("bob", bob.clone()).unwrap();
        let (here, there) = tokio::io::duplex(1 << 16);
        let server = MailServer::new(mailboxes, options);
        tokio::spawn(async move {
            let (input, output) = tokio::io::split(there);
            let _ = mailmesh_mcp::serve(server, input, output).await;
        });
        let client = client.serve(here).await.unwrap();
        Self {
            client,
            ann,
            bob,
            transport,
            schemas: Mutex::default(),
            _folder: folder,
        }
    }

    /// Calls a tool. A result that is none of its output schema, or whose text is not its value,
    /// fails the test.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> CallToolResult {
        let Value::Object(arguments) = arguments else {
            panic!("expected an object of arguments");
        };
        let mut request = CallToolRequestParams::new(tool.to_owned());
        request.arguments = Some(arguments);
        let result = self.client.call_tool(request).await.unwrap();
        if result.is_error != Some(true) {
            self.check(tool, &result).await;
        }
        result
    }

    /// The value of a call that succeeds.
    pub(crate) async fn value(&self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments).await;
        assert_eq!(result.is_error, Some(false), "{tool}: {:?}", result.content);
        result.structured_content.unwrap()
    }

    /// The words of a call that fails.
    pub(crate) async fn failure(&self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments).await;
        assert_eq!(
            result.is_error,
            Some(true),
            "{tool}: {:?}",
            result.structured_content
        );
        result.content[0].as_text().unwrap().text.clone()
    }

    async fn check(&self, tool: &str, result: &CallToolResult) {
        let value = result.structured_content.as_ref().unwrap();
        let text = &result.content[0].as_text().unwrap().text;
        assert_eq!(&serde_json::from_str::<Value>(text).unwrap(), value);
        if self.schemas.lock().unwrap().is_empty() {
            for tool in self.client.list_all_tools().await.unwrap() {
                let schema = Value::Object(tool.output_schema.unwrap().as_ref().clone());
                let validator = jsonschema::draft202012::new(&schema).unwrap();
                self.schemas
                    .lock()
                    .unwrap()
                    .insert(tool.name.into_owned(), validator);
            }
        }
        let schemas = self.schemas.lock().unwrap();
        let fault = schemas[tool]
            .iter_errors(value)
            .next()
            .map(|fault| fault.to_string());
        assert_eq!(fault, None, "{tool}: {value}");
    }

    /// Puts octets into Ann's inbox as they are.
    pub(crate) async fn deliver(&self, raw: &str) {
        let draft = Draft::new().from(BOB).to(ANN).text("-");
        let stamp = Stamp {
            date: 0,
            message_id: "x@agents.test".into(),
            boundary: "b".into(),
        };
        let mut outgoing = Outgoing::compose(draft, &stamp).unwrap();
        outgoing.message = raw.as_bytes().to_vec();
        self.transport.send(outgoing).await.unwrap();
    }

    /// Mail from Bob in Ann's inbox, and its id.
    pub(crate) async fn bob_sends(&self, draft: Draft) -> String {
        self.bob.send(draft.to(ANN)).await.unwrap();
        inbox(&self.ann).await[0].id.as_str().to_owned()
    }
}

pub(crate) fn nothing() -> Value {
    json!({})
}

pub(crate) async fn inbox(mailbox: &AgentMailbox) -> Vec<Summary> {
    mailbox
        .list(&Filter::default(), Page::default())
        .await
        .unwrap()
}

pub(crate) async fn in_folder(mailbox: &AgentMailbox, name: &str) -> Vec<Summary> {
    let filter = Filter {
        folder: Folder::new(name),
        ..Filter::default()
    };
    mailbox.list(&filter, Page::default()).await.unwrap()
}

async fn open(folder: &TempDir, address: &str) -> AgentMailbox {
    AgentMailbox::new(LocalTransport::open(folder.path(), address).await.unwrap())
}
