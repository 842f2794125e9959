//! The tools, one file for those that belong together.

mod briefing;
mod graph;
mod index;
mod post;
mod thread;
mod unread;

use std::sync::LazyLock;

use context_sync::{JsonObject, Limits};
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::tool::Listed;

pub(super) use thread::{WholeThread, threads};

/// In the order of the published list.
pub(crate) static TOOLS: LazyLock<Vec<Listed>> = LazyLock::new(|| {
    vec![
        Listed::of::<post::SendMessage>(),
        Listed::of::<unread::Receive>(),
        Listed::of::<unread::ListUnread>(),
        Listed::of::<thread::SyncThread>(),
        Listed::of::<thread::ListThreads>(),
        Listed::of::<unread::MarkRead>(),
        Listed::of::<post::ReplyAll>(),
        Listed::of::<thread::ListParticipants>(),
        Listed::of::<graph::UpsertNode>(),
        Listed::of::<graph::AddEdge>(),
        Listed::of::<graph::QueryGraph>(),
        Listed::of::<index::UpsertIndex>(),
        Listed::of::<index::GetIndex>(),
        Listed::of::<index::SearchIndex>(),
        Listed::of::<briefing::ContextBriefing>(),
    ]
});

/// What a note says beside its words.
fn metadata(metadata: Option<Map<String, Value>>) -> Result<JsonObject, Failure> {
    let json = Value::Object(metadata.unwrap_or_default()).to_string();
    JsonObject::parse(&json, &Limits::default()).map_err(|error| {
        let what = format!("`metadata` cannot be kept: expected {}.", error.expected());
        Failure::new(what, "Give a smaller object.")
    })
}

/// What is looked for.
fn sought<'a>(text: &'a str, argument: &str) -> Result<&'a str, Failure> {
    let text = text.trim();
    if text.is_empty() {
        let what = format!("`{argument}` has no word.");
        return Err(Failure::new(what, "Give one."));
    }
    Ok(text)
}
