use std::path::{Path, PathBuf};

use context_sync::AgentId;
use mailmesh::ErrorKind;
use mailmesh::context::{Config, ContextClient};
use secrecy::SecretString;

use crate::exit::Failure;
use crate::{input, node, password};

/// The variable that holds the token itself.
const TOKEN: &str = "MAILMESH_CONTEXT_TOKEN";
/// The variable that names a file with the token.
const TOKEN_FILE: &str = "MAILMESH_CONTEXT_TOKEN_FILE";

/// Where a node on this machine has the protocol.
pub(crate) const DEFAULT_SERVER: &str = "http://127.0.0.1:8723/context-sync";

/// The flags that say which server, and as whom.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct ServerArgs {
    /// Where the protocol is
    #[arg(
        long,
        value_name = "URL",
        env = "MAILMESH_CONTEXT_SERVER",
        default_value = DEFAULT_SERVER
    )]
    server: String,
    /// The agent that acts
    #[arg(long = "as", value_name = "AGENT", env = "MAILMESH_CONTEXT_AGENT")]
    agent: AgentId,
    /// A file with the agent's token
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Further trust roots, PEM [or MAILMESH_CA_FILE]
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

impl ServerArgs {
    /// The server as the agent sees it, which is known there from now on.
    pub(crate) async fn connect(&self) -> Result<ContextClient, Failure> {
        let token = match &self.token_file {
            Some(file) => Some(password::Source::File(file).find(&self.server)?),
            None => token()?,
        };
        let client = client(&self.server, &self.agent, token, self.ca_file.as_deref())?;
        client.connect().await.map_err(failed)?;
        Ok(client)
    }
}

/// The token that the environment holds, or names a file of.
pub(crate) fn token() -> Result<Option<SecretString>, Failure> {
    password::token(TOKEN, TOKEN_FILE)
}

/// The client of an agent.
pub(crate) fn client(
    server: &str,
    agent: &AgentId,
    token: Option<SecretString>,
    ca_file: Option<&Path>,
) -> Result<ContextClient, Failure> {
    let mut config = Config::new(server, agent.clone());
    config.token = token;
    if let Some(file) = ca_file.map(Path::to_owned).or_else(node::named_ca_file) {
        config.extra_roots = input::read(&file, 1 << 20)?;
    }
    ContextClient::new(config).map_err(failed)
}

/// What a refusal means, and what to do.
pub(crate) fn failed(error: mailmesh::Error) -> Failure {
    let advice = match error.kind() {
        ErrorKind::Unauthorized => {
            "; give the agent's token in MAILMESH_CONTEXT_TOKEN or --token-file"
        }
        ErrorKind::Forbidden => "; check --as, each token has agents of its own",
        ErrorKind::Unreachable => "; check --server, is it running? see `mailmesh serve --help`",
        ErrorKind::Busy | ErrorKind::Timeout => "; try again later",
        _ => "",
    };
    Failure::of_sdk(&error, advice)
}
