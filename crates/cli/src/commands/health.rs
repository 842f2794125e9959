use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;
use url::Url;

use crate::exit::{Exit, Failure};
use crate::node::{http_client, unreachable};
use crate::output::Output;
use crate::runtime;

/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Ask a node whether it is ready, as supervisors do
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit code 0 means that the node takes requests and its store answers, 1 that the store does not, 4 \
that there is no node. No token is needed.

Example: mailmesh health --node https://mail.agents.example")]
pub(crate) struct Args {
    /// The node
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8723")]
    node: String,
    /// Further trust roots, PEM [or MAILMESH_CA_FILE]
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let address = format!("{}/readyz", self.node.trim_end_matches('/'));
        let url = Url::parse(&address)
            .ok()
            .filter(|url| ["http", "https"].contains(&url.scheme()))
            .ok_or_else(|| Failure::usage("--node: expected http://HOST or https://HOST"))?;
        let http = http_client(self.ca_file, PATIENCE)?;
        let status = runtime::run(async {
            let answer = http.get(url.clone()).send().await;
            Ok(answer.map_err(|error| unreachable(&url, &error))?.status())
        })?;
        let is_ready = match status {
            StatusCode::OK => true,
            StatusCode::SERVICE_UNAVAILABLE => false,
            other => {
                let told = format!("{url} answered {}; is it a node?", other.as_u16());
                return Err(Failure::new(Exit::Unreachable, told));
            }
        };
        if out.is_json() {
            out.value(&json!({"ready": is_ready}))?;
        } else {
            let told = if is_ready {
                "ready"
            } else {
                "not ready: its store is away"
            };
            writeln!(out, "{told}")?;
        }
        Ok(if is_ready { Exit::Done } else { Exit::Negative })
    }
}
