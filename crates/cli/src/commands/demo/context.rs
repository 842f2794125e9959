//! A thread of context sync: who comes late, who listens silently, who stays outside.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use context_sync::{AgentId, Context, Receipt, SendRequest, ThreadId, Window};
use mailmesh::ErrorKind;
use mailmesh::context::{Config, ContextClient, content};
use mailmesh_node::{Config as NodeConfig, DataFolder, Node};
use mailmesh_store::SqliteStore;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{Scene, Scenes};
use crate::commands::context::line;
use crate::exit::Failure;
use crate::node::NodeClient;
use crate::output::Output;

/// Starts a node in a folder and plays the story.
pub(crate) async fn play(folder: &Path, out: &mut Output) -> Result<Vec<Scene>, Failure> {
    let folder = DataFolder::hold(folder)?;
    let store = Arc::new(SqliteStore::open(folder.path()).await?);
    let token = folder.admin_token()?;
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let node = Node::start(NodeConfig::new(address, token.clone()), store).await?;
    let administrator = NodeClient::new(node.url().as_str(), token, None)?;
    let scenes = story(&administrator, Scenes::new(out)).await;
    node.shutdown().await;
    scenes
}

async fn story(administrator: &NodeClient, mut scenes: Scenes<'_>) -> Result<Vec<Scene>, Failure> {
    let ann = agent(administrator, "ann").await?;
    let ben = agent(administrator, "ben").await?;
    let cat = agent(administrator, "cat").await?;
    let dan = agent(administrator, "dan").await?;
    let eve = agent(administrator, "eve").await?;

    let knew = json!({"goal": "a parser", "grammar": "ABNF", "done": 0});
    let mut message = say(&ann, &ben, "Build the parser, please.", &knew)?;
    message.bcc = vec![dan.agent().clone()];
    let sent = ann.send(message).await?;
    let thread = &sent.thread_id;
    let at_ben = ben.receive(None, Window::default()).await?;
    let at_dan = dan.receive(None, Window::default()).await?;
    scenes.add(
        Scene::new(
            "send",
            format!("{} asks {}, with a blind copy", ann.agent(), ben.agent()),
        )
        .result(&wire(&sent))?
        .show(|out| told(&at_ben.context, out))?
        .check(
            "the receiver knows what the sender knew",
            is_known(&at_ben.context, &knew),
        )?
        .check("the blind copy arrived, too", at_dan.messages.len() == 1)?
        .check(
            "the receiver does not see that there is one",
            at_ben
                .messages
                .iter()
                .all(|frame| frame.message().bcc.is_empty()),
        )?,
    )?;

    let knew = json!({"goal": "a parser", "grammar": "ABNF", "done": 7});
    let answer = content(&"Seven rules are done.", &knew)?;
    let replied = ben.reply_all(thread, answer).await?;
    let at_ann = ann.receive(None, Window::default()).await?;
    scenes.add(
        Scene::new(
            "reply",
            format!("{} answers all who are visible", ben.agent()),
        )
        .result(&wire(&replied))?
        .show(|out| told(&at_ann.context, out))?
        .check(
            "the blind copy got nothing",
            replied.delivered_to == [ann.agent().clone()],
        )?,
    )?;

    let mut message = say(
        &ann,
        &ben,
        "Cat takes over the tests.",
        &json!({"done": 7, "next": "tests"}),
    )?;
    message.thread_id = Some(thread.clone());
    message.cc = vec![cat.agent().clone()];
    ann.send(message).await?;
    let at_cat = cat.sync(thread, Window::default()).await?;
    scenes.add(
        Scene::new("join", format!("{} comes late, and syncs", cat.agent()))
            .show(|out| told(&at_cat, out))?
            .check(
                "it sees the whole thread",
                at_cat.recent_messages().len() == 3,
            )?
            .check("the newest snapshot stands for all before it", {
                is_known(&at_cat, &json!({"done": 7, "next": "tests"}))
            })?,
    )?;

    let names = [
        names(&ann, thread).await?,
        names(&cat, thread).await?,
        names(&dan, thread).await?,
    ];
    let has_dan = |names: &Vec<AgentId>| names.contains(dan.agent());
    scenes.add(
        Scene::new(
            "participants",
            "each knows the participants it may know".to_owned(),
        )
        .show(|out| {
            let agents = [&ann, &cat, &dan];
            agents.iter().zip(&names).try_for_each(|(agent, names)| {
                let names: Vec<_> = names.iter().map(AgentId::as_str).collect();
                writeln!(out, "{} knows {}", agent.agent(), names.join(", "))
            })
        })?
        .check("who sent the blind copy knows of it", has_dan(&names[0]))?
        .check("who came late does not", !has_dan(&names[1]))?
        .check("who got it knows of itself", has_dan(&names[2]))?,
    )?;

    let none: ThreadId = ThreadId::mint([7; 16]);
    let refused = eve.sync(thread, Window::default()).await.err();
    let unknown = eve.sync(&none, Window::default()).await.err();
    let words = |error: &Option<mailmesh::Error>| error.as_ref().map(ToString::to_string);
    scenes.add(
        Scene::new("stranger", format!("{} asks for the thread", eve.agent()))
            .show(|out| writeln!(out, "{}", words(&refused).unwrap_or_default()))?
            .check("it is told that there is none", {
                refused
                    .as_ref()
                    .is_some_and(|error| error.kind() == ErrorKind::NotFound)
            })?
            .check(
                "in the words for a thread that does not exist",
                words(&refused) == words(&unknown),
            )?,
    )?;

    let before = cat.threads(None).await?.unread_count();
    cat.mark_read(thread).await?;
    let after = cat.threads(None).await?.unread_count();
    scenes.add(
        Scene::new("mark-read", format!("{} has read it", cat.agent()))
            .show(|out| writeln!(out, "unread: {before}, then {after}"))?
            .check("reading alone marked nothing", before == 1)?
            .check("nothing waits any more", after == 0)?,
    )?;
    Ok(scenes.played())
}

/// An agent with a bearer of its own, known to the server.
async fn agent(administrator: &NodeClient, name: &str) -> Result<ContextClient, Failure> {
    let new = json!({"handle": format!("@demo.{name}")});
    let made = administrator
        .call(Method::POST, "/_admin/agents", Some(&new))
        .await?;
    let agent = format!("{name}@demo").parse();
    let agent = agent.map_err(|error: context_sync::Error| Failure::usage(error.to_string()))?;
    let mut config = Config::new(administrator.url("/context-sync"), agent);
    config.token = made["token"].as_str().map(Into::into);
    let client = ContextClient::new(config)?;
    client.connect().await?;
    Ok(client)
}

fn say(
    from: &ContextClient,
    to: &ContextClient,
    text: &str,
    knew: &Value,
) -> Result<SendRequest, Failure> {
    Ok(from.message(to.agent().clone(), content(&text, knew)?))
}

async fn names(viewer: &ContextClient, thread: &ThreadId) -> Result<Vec<AgentId>, Failure> {
    let participants = viewer.participants(thread).await?;
    let participants = participants.as_slice().iter();
    Ok(participants.map(|one| one.agent.clone()).collect())
}

fn is_known(context: &Context, knew: &Value) -> bool {
    serde_json::from_str(context.snapshot().as_str()).is_ok_and(|known: Value| known == *knew)
}

fn told(context: &Context, out: &mut Vec<u8>) -> std::io::Result<()> {
    for message in context.recent_messages() {
        writeln!(out, "{}", line(message))?;
    }
    writeln!(out, "snapshot {}", context.snapshot())
}

fn wire(receipt: &Receipt) -> Value {
    json!({"threadId": receipt.thread_id.as_str(), "messageId": receipt.message_id.as_str()})
}
