use std::path::{Path, PathBuf};

use context_sync::AgentId;
use mailmesh::ErrorKind;
use mailmesh::context::ContextClient;
use secrecy::SecretString;

use crate::commands::context::{self, DEFAULT_SERVER};
use crate::exit::Failure;
use crate::output::note;
use crate::password::Source;

/// The agent a model speaks for.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Context sync")]
pub(super) struct ContextArgs {
    /// The agent that the model speaks for; without a named mailbox it has no mail then
    #[arg(
        long = "as",
        visible_alias = "agent-id",
        value_name = "AGENT",
        env = "MAILMESH_CONTEXT_AGENT"
    )]
    pub(super) agent: Option<AgentId>,
    /// Where the protocol is [default: http://127.0.0.1:8723/context-sync]
    #[arg(long, value_name = "URL", env = "MAILMESH_CONTEXT_SERVER")]
    pub(super) server: Option<String>,
    /// A file with the agent's token
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl ContextArgs {
    /// The client of the agent, if one is named. `token` is one that was given in another way.
    pub(super) fn client(
        &self,
        token: Option<SecretString>,
        ca_file: Option<&Path>,
    ) -> Result<Option<ContextClient>, Failure> {
        let Some(agent) = &self.agent else {
            return match self.token_file {
                Some(_) => Err(Failure::usage("--token-file is an agent's; add --as AGENT")),
                None => Ok(None),
            };
        };
        let server = self.server.as_deref().unwrap_or(DEFAULT_SERVER);
        let token = match (&self.token_file, token) {
            (Some(file), _) => Some(Source::File(file).find(server)?),
            (None, Some(token)) => Some(token),
            (None, None) => context::token()?,
        };
        context::client(server, agent, token, ca_file).map(Some)
    }
}

/// Makes the agent known. A server that cannot be reached may start later, and is asked again on the
/// first call.
pub(super) async fn register(client: &ContextClient) -> Result<(), Failure> {
    match client.connect().await {
        Ok(_) => Ok(()),
        Err(error) if error.kind().is_transient() => {
            note(&format!("{error}; it is asked again when the model calls"));
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let advice = "; check --server, a node has the protocol below /context-sync";
            Err(Failure::of_sdk(&error, advice))
        }
        Err(error) => Err(context::failed(error)),
    }
}
