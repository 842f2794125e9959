//! Resources: the threads of the agent, and each thread.

use context_sync::ThreadId;
use percent_encoding::percent_decode_str;
use rmcp::model::{Resource, ResourceContents, ResourceTemplate};

use super::agent::thread;
use super::tools::{self, WholeThread};
use crate::desk::Desk;
use crate::failure::Failure;

/// What a URI names.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// All threads.
    Mailbox,
    /// A thread, and who takes part in it.
    Thread(ThreadId),
}

const MAILBOX: &str = "agentsmcp://mailbox";
const THREAD: &str = "agentsmcp://thread/";

const JSON: &str = "application/json";

impl Place {
    /// Reads a URI. Nothing for one that is none of these.
    pub(crate) fn read(uri: &str) -> Option<Result<Self, Failure>> {
        if uri == MAILBOX {
            return Some(Ok(Self::Mailbox));
        }
        let id = percent_decode_str(uri.strip_prefix(THREAD)?).decode_utf8_lossy();
        Some(thread(&id).map(Self::Thread))
    }

    /// What it holds now.
    pub(crate) async fn contents(
        &self,
        uri: &str,
        desk: &Desk,
    ) -> Result<ResourceContents, Failure> {
        let text = match self {
            Self::Mailbox => tools::threads(desk).await?.value.document()?,
            Self::Thread(id) => WholeThread::document(desk, id).await?,
        };
        Ok(ResourceContents::text(text, uri).with_mime_type(JSON))
    }
}

pub(crate) fn listed() -> Vec<Resource> {
    vec![
        Resource::new(MAILBOX, "context mailbox")
            .with_title("Threads")
            .with_description("The threads of this agent, as agentsmcp_threads shows them.")
            .with_mime_type(JSON),
    ]
}

pub(crate) fn templates() -> Vec<ResourceTemplate> {
    vec![
        ResourceTemplate::new("agentsmcp://thread/{threadId}", "context thread")
            .with_title("Thread")
            .with_description("The context of a thread, and who takes part in it.")
            .with_mime_type(JSON),
    ]
}
