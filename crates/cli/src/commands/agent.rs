use std::borrow::Cow;
use std::io::{self, Write as _};

use asmtp_envelope::Handle;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::exit::{Exit, Failure};
use crate::node::{NodeArgs, NodeClient};
use crate::output::{Column, Output, Table, note, one_line};
use crate::runtime;

/// Administer the agents of a node
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: mailmesh agent create @acme.alice --policy open
Example: mailmesh agent list --json | jq -r '.[].handle'")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Create an agent and print its token, once
    #[command(after_help = "Example: mailmesh agent create @acme.alice --policy open --json")]
    Create {
        #[command(flatten)]
        agent: Agent,
        #[command(flatten)]
        profile: Profile,
    },
    /// List all agents
    #[command(after_help = "Example: mailmesh agent list")]
    List(NodeArgs),
    /// Show an agent
    #[command(after_help = "Example: mailmesh agent show @acme.alice")]
    Show(Agent),
    /// Change an agent
    #[command(after_help = "Example: mailmesh agent set @acme.alice --policy allowlist")]
    Set {
        #[command(flatten)]
        agent: Agent,
        #[command(flatten)]
        profile: Profile,
    },
    /// Give an agent another token and print it, once; the old one ends at once
    #[command(after_help = "Example: mailmesh agent rotate-token @acme.alice")]
    RotateToken(Agent),
    /// Remove an agent and its mailbox; its handle is never given again
    #[command(after_help = "Example: mailmesh agent remove @acme.alice")]
    Remove(Agent),
}

#[derive(Debug, clap::Args)]
struct Agent {
    /// The agent, @owner.name
    handle: Handle,
    #[command(flatten)]
    node: NodeArgs,
}

/// What can be set of an agent.
#[derive(Debug, clap::Args)]
struct Profile {
    /// Whom it exchanges mail with: everybody who does so too, or its allowlist only
    #[arg(long, value_parser = ["open", "allowlist"])]
    policy: Option<String>,
    /// Who sees its profile
    #[arg(long, value_parser = ["public", "private"])]
    visibility: Option<String>,
    /// Its name for people
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// What it does
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        match self.action {
            Action::Create { agent, profile } => {
                let mut body = profile.members();
                body.insert("handle".to_owned(), json!(agent.handle));
                let made = agent.ask(Method::POST, "/_admin/agents", Some(body.into()))?;
                show(&made, out)?;
            }
            Action::List(node) => list(&node, out)?,
            Action::Show(agent) => show(&agent.ask(Method::GET, &agent.path(""), None)?, out)?,
            Action::Set { agent, profile } => {
                let body = profile.members();
                if body.is_empty() {
                    return Err(Failure::usage("nothing to set; see --help"));
                }
                let body = Some(body.into());
                show(&agent.ask(Method::PATCH, &agent.path(""), body)?, out)?;
            }
            Action::RotateToken(agent) => {
                let path = agent.path("/rotate-token");
                show(&agent.ask(Method::POST, &path, None)?, out)?;
            }
            Action::Remove(agent) => {
                agent.ask(Method::DELETE, &agent.path(""), None)?;
                if out.is_json() {
                    out.value(&json!({"handle": agent.handle, "removed": true}))?;
                } else {
                    writeln!(out, "removed {}", agent.handle)?;
                }
            }
        }
        Ok(Exit::Done)
    }
}

impl Agent {
    fn path(&self, below: &str) -> String {
        format!("/_admin/agents/{}{below}", self.handle)
    }

    fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, Failure> {
        let node = self.node.administrator()?;
        runtime::run(node.call(method, path, body.as_ref()))
    }
}

impl Profile {
    fn members(&self) -> Map<String, Value> {
        [
            ("policy", &self.policy),
            ("visibility", &self.visibility),
            ("display_name", &self.display_name),
            ("description", &self.description),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), json!(value.as_ref()?))))
        .collect()
    }
}

fn list(node: &NodeArgs, out: &mut Output) -> Result<(), Failure> {
    let node: NodeClient = node.administrator()?;
    let answer = runtime::run(node.call(Method::GET, "/_admin/agents", None))?;
    let agents = &answer["agents"];
    if out.is_json() {
        out.value(agents)?;
        return Ok(());
    }
    let agents = agents.as_array().map(Vec::as_slice).unwrap_or_default();
    if agents.is_empty() {
        note("no agents");
        return Ok(());
    }
    let mut table = Table::new([
        Column::fixed("HANDLE"),
        Column::flexible("ADDRESS"),
        Column::fixed("POLICY"),
        Column::fixed("VISIBLE"),
        Column::flexible("NAME"),
    ]);
    for agent in agents {
        let cell = |name: &str| Cow::Borrowed(agent[name].as_str().unwrap_or_default());
        let cells = [
            cell("handle"),
            cell("address"),
            cell("policy"),
            cell("visibility"),
            cell("display_name"),
        ];
        table.row(cells, false);
    }
    table.write(0, out)?;
    Ok(())
}

/// One agent: its members, the token first, since it is not shown again.
fn show(agent: &Value, out: &mut Output) -> io::Result<()> {
    if out.is_json() {
        return out.value(agent);
    }
    for (label, name) in [
        ("token", "token"),
        ("handle", "handle"),
        ("address", "address"),
        ("policy", "policy"),
        ("visible", "visibility"),
        ("name", "display_name"),
        ("about", "description"),
    ] {
        if let Some(value) = agent[name].as_str() {
            writeln!(out, "{label:<8} {}", one_line(value))?;
        }
    }
    let allowlist = agent["allowlist"].as_array().into_iter().flatten();
    for entry in allowlist.filter_map(Value::as_str) {
        writeln!(out, "{:<8} {}", "allows", one_line(entry))?;
    }
    Ok(())
}
