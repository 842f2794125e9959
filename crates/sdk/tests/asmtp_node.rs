//! The operator transport against a node of ours: over real HTTP and WebSockets, with a store on
//! disk.
#![cfg(all(feature = "asmtp", feature = "local"))]
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::sync::Arc;
use std::time::Duration;

use asmtp_envelope::{Handle, Policy, Timestamp, Visibility};
use async_trait::async_trait;
use mailmesh::transport::asmtp::{AsmtpTransport, Config};
use mailmesh::transport::local::LocalTransport;
use mailmesh::{
    AgentMailbox, Attachment, Credentials, Draft, ErrorKind, Filter, Folder, MailId, MailboxUrl,
    Mark, Page, Transport,
};
use mailmesh_node::{Bearer, Node};
use mailmesh_store::{
    AgentStore as _, EnvelopeStore as _, NewAgent, Profile, SqliteStore, TokenHash,
};
use mailmesh_testkit::proxy::Proxy;
use mailmesh_testkit::transport::Harness;
use mailmesh_testkit::transport::faults::{DEADLINE, Exposed};
use serde_json::json;
use tempfile::TempDir;
use tokio::time::timeout;

const DOMAIN: &str = "agents.test";
const B: &str = "acme.b@agents.test";

/// What hangs would take longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A node with the agents `@acme.a` and `@acme.b`.
struct Operator {
    node: Node,
    store: Arc<SqliteStore>,
    folder: TempDir,
    proxy: Proxy,
    a: Arc<AsmtpTransport>,
    b: Arc<AsmtpTransport>,
}

impl Operator {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(
            SqliteStore::open(folder.path().join("store"))
                .await
                .unwrap(),
        );
        for name in ["a", "b"] {
            store.create_agent(agent(name), now()).await.unwrap();
        }
        let admin = Bearer::from_random([7; 32]);
        let config = mailmesh_node::Config {
            mail_domain: DOMAIN.to_owned(),
            rates: None,
            ..mailmesh_node::Config::new("127.0.0.1:0".parse().unwrap(), admin)
        };
        let node = Node::start(config, store.clone()).await.unwrap();
        let open = async |name: &str| {
            let state = folder.path().join(name);
            let (domain, token) = (DOMAIN.parse().unwrap(), token(name).into());
            let config = Config::new(node.url().as_str(), handle(name), domain, token, state);
            Arc::new(AsmtpTransport::open(config).await.unwrap())
        };
        let (a, b) = (open("a").await, open("b").await);
        Self {
            node,
            store,
            folder,
            proxy: Proxy::default(),
            a,
            b,
        }
    }

    /// A mailbox through the store, past the node.
    async fn local(&self, address: &str) -> LocalTransport {
        let store = SqliteStore::clone(&self.store);
        LocalTransport::over(store, address.parse().unwrap())
            .await
            .unwrap()
    }

    fn mailboxes(&self) -> (AgentMailbox, AgentMailbox) {
        (
            AgentMailbox::new(self.a.clone()),
            AgentMailbox::new(self.b.clone()),
        )
    }
}

#[async_trait]
impl Harness for Operator {
    fn a(&self) -> Arc<dyn Transport> {
        self.a.clone()
    }

    fn b(&self) -> Arc<dyn Transport> {
        self.b.clone()
    }

    async fn expunge(&self, id: &MailId) {
        let (_, envelope) = id.as_str().split_once('.').unwrap();
        let envelope = envelope.parse().unwrap();
        self.store
            .remove_entry(&handle("b"), envelope)
            .await
            .unwrap();
    }

    fn refused_address(&self) -> Option<String> {
        Some("c@elsewhere.test".to_owned())
    }
}

#[async_trait]
impl Exposed for Operator {
    fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    async fn by_proxy(&self) -> Arc<dyn Transport> {
        let node = self.node.url().as_str().strip_prefix("http://").unwrap();
        let door = self.proxy.door(node.trim_end_matches('/')).await;
        let state = self.folder.path().join(door.to_string());
        let (domain, token) = (DOMAIN.parse().unwrap(), token("b").into());
        let mut config = Config::new(format!("http://{door}"), handle("b"), domain, token, state);
        config.timeouts.request = DEADLINE;
        config.timeouts.call = DEADLINE;
        config.timeouts.delivery = 2 * DEADLINE;
        config.timeouts.silence = DEADLINE;
        Arc::new(AsmtpTransport::open(config).await.unwrap())
    }
}

mod suite {
    use super::Operator;

    mailmesh_testkit::transport_suite!(Operator::start().await);
    mailmesh_testkit::fault_suite!(Operator::start().await);
}

fn agent(name: &str) -> NewAgent {
    NewAgent {
        handle: handle(name),
        address: format!("acme.{name}@{DOMAIN}").parse().unwrap(),
        token: TokenHash::of(&token(name)),
        policy: Policy::Open,
        visibility: Visibility::Private,
        profile: Profile::default(),
    }
}

fn handle(name: &str) -> Handle {
    format!("@acme.{name}").parse().unwrap()
}

/// 43 characters, as an operator mints them.
fn token(name: &str) -> String {
    name.repeat(43)
}

fn now() -> Timestamp {
    Timestamp::new(1_795_215_000_000).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn structured_mail_with_a_file_arrives_and_is_answered() {
    let operator = Operator::start().await;
    let (a, b) = operator.mailboxes();
    let order = json!({"@context": "https://schema.org", "@type": "Order", "orderNumber": "7"});
    let file = Attachment {
        filename: "chair.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        content: b"not really a PDF".to_vec(),
    };
    let draft = Draft::new().to(B).subject("Order 7").text("One chair.");
    a.send(draft.data(&order).attachment(file.clone()))
        .await
        .unwrap();
    let listed = b.list(&Filter::default(), Page::default()).await.unwrap();
    let mail = b.read(&listed[0].id).await.unwrap();
    assert_eq!(mail.data(), [order]);
    assert_eq!(mail.attachment(0).unwrap(), file.content);
    assert_eq!(mail.attachments()[0].media_type, "application/pdf");
    b.reply(&mail, Draft::new().text("On its way."))
        .await
        .unwrap();
    let answer = a
        .list(&Filter::default(), Page::default())
        .await
        .unwrap()
        .remove(0);
    assert_eq!(answer.in_reply_to, listed[0].message_id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_its_owner_removed_is_gone() {
    let operator = Operator::start().await;
    let (a, b) = operator.mailboxes();
    a.send(Draft::new().to(B).text("x")).await.unwrap();
    let id = b
        .list(&Filter::default(), Page::default())
        .await
        .unwrap()
        .remove(0)
        .id;
    operator.expunge(&id).await;
    assert_eq!(
        b.list(&Filter::default(), Page::default()).await.unwrap(),
        []
    );
    assert_eq!(b.read(&id).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(
        b.mark(&id, &Mark::Read).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

/// The same mailbox through the store: what one door takes in, the other shows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_in_the_store_is_seen_by_asmtp() {
    let operator = Operator::start().await;
    let (_, b) = operator.mailboxes();
    let a = AgentMailbox::new(operator.local("acme.a@agents.test").await);
    let local = AgentMailbox::new(operator.local(B).await);
    let mut watch = b.watch(Folder::inbox(), None).await.unwrap();
    let order = json!({"@context": "https://schema.org", "@type": "Order", "orderNumber": "7"});
    let draft = Draft::new().to(B).to("Dora <dora@shop.example>");
    let draft = draft
        .subject("Order 7")
        .text("One chair.")
        .html("<b>One</b> chair.");
    let sent = a.send(draft.data(&order)).await.unwrap();

    let seen = timeout(PATIENCE, watch.next()).await.unwrap();
    let seen = seen.unwrap().unwrap().summary;
    assert_eq!(seen.from.as_deref(), Some("acme.a@agents.test"));
    assert_eq!(seen.subject, "Order 7");
    assert!(seen.unread);
    let found = b.search("chair", &Filter::default(), Page::default()).await;
    assert_eq!(found.unwrap()[0].id, seen.id);
    let envelope = operator.b.envelope(&seen.id).await.unwrap();
    assert_eq!(envelope.from(), &handle("a"));
    assert_eq!(envelope.to()[0], handle("b"));

    // As it came, its HTML and the names in its header included.
    let mail = b.read(&seen.id).await.unwrap();
    assert_eq!(mail.summary.message_id, Some(sent.message_id));
    assert_eq!(mail.message().unwrap().html().unwrap(), "<b>One</b> chair.");
    assert_eq!(mail.summary.to, [B, "Dora <dora@shop.example>"]);
    assert_eq!(mail.data(), [order]);
    let listed = local
        .list(&Filter::default(), Page::default())
        .await
        .unwrap();
    assert!(!listed[0].unread, "one read mark for all doors");
    assert_eq!(local.read(&listed[0].id).await.unwrap().raw, mail.raw);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn envelopes_in_the_store_are_seen_as_mail() {
    let operator = Operator::start().await;
    let (a, b) = operator.mailboxes();
    let local = AgentMailbox::new(operator.local(B).await);
    let order = json!({"@context": "https://schema.org", "@type": "Order", "orderNumber": "7"});
    let file = Attachment {
        filename: "chair.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        content: b"not really a PDF".to_vec(),
    };
    let draft = Draft::new().to(B).subject("Order 7").text("One chair.");
    a.send(draft.data(&order).attachment(file.clone()))
        .await
        .unwrap();
    a.send(Draft::new().to(B).data(&order)).await.unwrap();

    let listed = local
        .list(&Filter::default(), Page::default())
        .await
        .unwrap();
    let shown = b.list(&Filter::default(), Page::default()).await.unwrap();
    assert_eq!(listed.len(), 2);
    for (listed, shown) in listed.iter().zip(&shown) {
        assert_eq!(listed.from.as_deref(), Some("acme.a@agents.test"));
        assert_eq!(listed.message_id, shown.message_id);
        assert_eq!(listed.date, shown.date);
        assert_eq!(listed.types, ["Order"]);
        assert!(listed.unread && listed.has_structured_data);
    }
    assert_eq!((listed[0].is_mrm, listed[1].is_mrm), (true, false));
    let mail = local.read(&listed[1].id).await.unwrap();
    assert_eq!(mail.text().unwrap(), "One chair.");
    assert_eq!(mail.data(), [order]);
    assert_eq!(mail.attachment(0).unwrap(), file.content);
    let shown = b.list(&Filter::default(), Page::default()).await.unwrap();
    assert!(!shown[1].unread, "one read mark for all doors");

    // An answer by mail stands in the thread of the envelope.
    local
        .reply(&mail, Draft::new().text("On its way."))
        .await
        .unwrap();
    let answer = a.list(&Filter::default(), Page::default()).await.unwrap();
    assert_eq!(answer[0].in_reply_to, mail.summary.message_id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_token_ends_the_watch_of_the_old_one() {
    let operator = Operator::start().await;
    let (a, b) = operator.mailboxes();
    let mut watch = b.watch(Folder::inbox(), None).await.unwrap();
    a.send(Draft::new().to(B).text("x")).await.unwrap();
    timeout(PATIENCE, watch.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    let new = TokenHash::of(&token("n"));
    operator
        .store
        .rotate_token(&handle("b"), new, now())
        .await
        .unwrap();
    let ended = timeout(PATIENCE, watch.next()).await.expect("in time");
    assert_eq!(ended.unwrap().unwrap_err().kind(), ErrorKind::Unauthorized);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_url_opens_the_mailbox() {
    let operator = Operator::start().await;
    let (a, _) = operator.mailboxes();
    a.send(Draft::new().to(B).subject("by URL").text("x"))
        .await
        .unwrap();
    let url = operator
        .node
        .url()
        .as_str()
        .trim_end_matches('/')
        .to_owned();
    let url = format!("asmtp+{url}?as=@acme.b&mail-domain={DOMAIN}");
    let url: MailboxUrl = url.parse().unwrap();
    let credentials = Credentials {
        password: Some(token("b").into()),
        data_dir: Some(operator.folder.path().join("client")),
        ..Credentials::default()
    };
    let none = Credentials::default();
    let error = AgentMailbox::connect(&url, none).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let b = AgentMailbox::connect(&url, credentials).await.unwrap();
    assert_eq!(b.address(), B);
    let listed = b.list(&Filter::default(), Page::default()).await.unwrap();
    assert_eq!(listed[0].subject, "by URL");
}
