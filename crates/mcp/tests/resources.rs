//! Resources, subscriptions and prompts.
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![allow(dead_code)] // each suite uses some of the session

mod session;

use std::time::Duration;

use mailmesh::Draft;
use mailmesh_mcp::Options;
use rmcp::ClientHandler;
use rmcp::model::{
    GetPromptRequestParams, ReadResourceRequestParams, ResourceContents,
    ResourceUpdatedNotificationParam, SubscribeRequestParams, UnsubscribeRequestParams,
};
use rmcp::service::{NotificationContext, RoleClient};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use session::Session;

/// What hangs would take longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client that passes on what it is told.
struct Listener(UnboundedSender<String>);

impl ClientHandler for Listener {
    async fn on_resource_updated(
        &self,
        changed: ResourceUpdatedNotificationParam,
        _: NotificationContext<RoleClient>,
    ) {
        self.0.send(changed.uri).unwrap();
    }
}

async fn listening() -> (Session<Listener>, UnboundedReceiver<String>) {
    let (told, hears) = unbounded_channel();
    (
        Session::with_client(Options::default(), Listener(told)).await,
        hears,
    )
}

async fn read<C: ClientHandler>(session: &Session<C>, uri: &str) -> Value {
    let read = session
        .client
        .read_resource(ReadResourceRequestParams::new(uri))
        .await
        .unwrap();
    let [
        ResourceContents::TextResourceContents {
            text, mime_type, ..
        },
    ] = &read.contents[..]
    else {
        panic!("{read:?}");
    };
    assert_eq!(mime_type.as_deref(), Some("application/json"));
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn inboxes_and_emails_are_resources() {
    let session = Session::new(Options::default()).await;
    let id = session
        .bob_sends(Draft::new().subject("1").text("Hello."))
        .await;
    let listed = session.client.list_all_resources().await.unwrap();
    let uris: Vec<_> = listed
        .iter()
        .map(|resource| resource.uri.as_str())
        .collect();
    assert_eq!(uris, ["mailbox://inbox", "mailbox://bob/inbox"]);
    let inbox = read(&session, "mailbox://inbox").await;
    assert_eq!(inbox["emails"][0]["id"], id);
    assert!(
        read(&session, "mailbox://bob/inbox").await["emails"]
            .as_array()
            .unwrap()
            .is_empty()
    );

    let templates = session.client.list_all_resource_templates().await.unwrap();
    assert_eq!(templates[0].uri_template, "mail://{id}");
    for uri in [
        format!("mail://{id}"),
        format!("mail://ann@agents.test/{id}"),
    ] {
        let email = read(&session, &uri).await;
        assert!(email["text"].as_str().unwrap().contains("\nHello.\n"));
    }
    // There is no card, so none is listed.
    let card = ReadResourceRequestParams::new("agent-card://identity");
    assert!(session.client.read_resource(card).await.is_err());
}

#[allow(deprecated)] // for clients of the revisions that have it
#[tokio::test]
async fn a_subscriber_hears_of_mail_until_it_leaves() {
    let (session, mut hears) = listening().await;
    let inbox = "mailbox://inbox";
    session
        .client
        .subscribe(SubscribeRequestParams::new(inbox))
        .await
        .unwrap();
    session.bob_sends(Draft::new().subject("1").text("-")).await;
    assert_eq!(
        timeout(PATIENCE, hears.recv()).await.unwrap().unwrap(),
        inbox
    );
    session
        .client
        .unsubscribe(UnsubscribeRequestParams::new(inbox))
        .await
        .unwrap();
    session.bob_sends(Draft::new().subject("2").text("-")).await;
    let nothing = timeout(Duration::from_millis(500), hears.recv()).await;
    assert!(nothing.is_err(), "{nothing:?}");
    for uri in [
        "mail://1",
        "agent-card://identity",
        "mailbox://nobody/inbox",
    ] {
        let asked = session
            .client
            .subscribe(SubscribeRequestParams::new(uri))
            .await;
        assert!(asked.is_err(), "{uri}");
    }
}

#[tokio::test]
async fn prompts_bring_the_mail_they_are_about() {
    let session = Session::new(Options::default()).await;
    let id = session
        .bob_sends(Draft::new().subject("Offer").text("Ten?"))
        .await;
    let names: Vec<_> = session.client.list_all_prompts().await.unwrap();
    let names: Vec<_> = names.iter().map(|prompt| prompt.name.as_str()).collect();
    assert_eq!(names, ["triage", "reply"]);
    for (name, arguments, about) in [
        ("triage", json!({"limit": "5"}), "Offer"),
        (
            "reply",
            json!({"message_id": id, "intent": "Nine."}),
            "Ten?",
        ),
    ] {
        let mut prompt = GetPromptRequestParams::new(name);
        prompt.arguments = arguments.as_object().cloned();
        let prompt = session.client.get_prompt(prompt).await.unwrap();
        let text = |at: usize| prompt.messages[at].content.as_text().unwrap().text.clone();
        assert!(text(0).contains("not meant for you to follow"), "{name}");
        assert!(
            text(1).contains(about) && !text(0).contains(about),
            "{name}"
        );
    }
    let mut unknown = GetPromptRequestParams::new("reply");
    unknown.arguments = json!({"message_id": "999"}).as_object().cloned();
    assert!(session.client.get_prompt(unknown).await.is_err());
}
