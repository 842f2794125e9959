use context_sync::{AgentId, ThreadId};
use mailmesh::ErrorKind;
use mailmesh::context::ContextClient;
use tokio::sync::OnceCell;

use crate::failure::Failure;

/// The agent that the tools speak for, at its server.
#[derive(Debug)]
pub(crate) struct ContextAgent {
    client: ContextClient,
    known: OnceCell<()>,
}

impl ContextAgent {
    pub(crate) fn new(client: ContextClient) -> Self {
        Self {
            client,
            known: OnceCell::new(),
        }
    }

    /// The client, once its server knows the agent: the server may start later than the host.
    pub(crate) async fn client(&self) -> Result<&ContextClient, Failure> {
        let connect = async || self.client.connect().await.map(drop).map_err(failed);
        self.known.get_or_try_init(connect).await?;
        Ok(&self.client)
    }
}

/// An agent as a model names one.
pub(super) fn agent(text: &str, argument: &str) -> Result<AgentId, Failure> {
    text.parse().map_err(|error: context_sync::Error| {
        let what = format!("`{argument}` is no agent: expected {}.", error.expected());
        let advice = "agentsmcp_participants and agentsmcp_threads tell who there is.";
        Failure::new(what, advice)
    })
}

/// A thread as a model names one.
pub(super) fn thread(text: &str) -> Result<ThreadId, Failure> {
    text.parse()
        .map_err(|_| Failure::new("`threadId` is no id of a thread.", THREADS))
}

const THREADS: &str = "Ids of threads come from agentsmcp_send, agentsmcp_receive and \
    agentsmcp_threads; one in which this agent has no part is not shown either.";

/// What a refusal means to a model, and what it can do.
pub(super) fn failed(error: mailmesh::Error) -> Failure {
    let advice = match error.kind() {
        ErrorKind::NotFound => THREADS,
        ErrorKind::Invalid => "Correct the arguments and call again.",
        ErrorKind::Unauthorized | ErrorKind::Forbidden => {
            "Tell the user to check the agent and its key; calling again does not help."
        }
        ErrorKind::Protocol => {
            "The answer may be too long: ask for one thread with agentsmcp_sync, or tell the user."
        }
        kind if kind.is_transient() => {
            "This may pass. Wait some seconds and call again; before sending again, look with \
             agentsmcp_sync or agentsmcp_threads whether the message is there already."
        }
        _ => "Calling again is unlikely to help. Tell the user.",
    };
    Failure::of(&error, advice)
}
