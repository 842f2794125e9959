mod card;
mod context;
mod drafts;
mod node;
mod scene;
mod story;

use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use console::style;
use serde_json::json;

use crate::exit::{Exit, Failure};
use crate::mailbox::Ready;
use crate::output::Output;
use crate::password::Source;
use crate::runtime;

/// Watch two agents exchange structured mail, each step checked
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without flags it needs no server: both mailboxes live in a temporary folder. With --mailbox and \
--to it does the same over real servers and leaves five messages there; one password serves for \
both unless --to-password-file is given. The sending server is the same host unless the URL has ?smtp=smtps://HOST.

With --node it starts a node in a temporary folder and shows what one does for its agents: mail \
that waits, replay from a cursor, monitor facts. With --context it shows threads that agents join cold: a \
late joiner, a blind copy, a stranger.

Example: mailmesh demo
Example: mailmesh demo --node
Example: mailmesh demo --context
Example: MAILMESH_PASSWORD_FILE=alice.password mailmesh demo \\
           --mailbox 'imaps://alice@mail.example.org?from=alice@example.org' \\
           --to 'imaps://bob@mail.example.org?from=bob@example.org' \\
           --to-password-file bob.password")]
pub(crate) struct Args {
    /// Watch a node at work instead
    #[arg(long, conflicts_with = "mailbox")]
    node: bool,
    /// Watch agents join a thread cold instead
    #[arg(long, conflicts_with_all = ["mailbox", "node"])]
    context: bool,
    /// The mailbox of the first agent
    #[arg(long, value_name = "URL", requires = "to")]
    mailbox: Option<String>,
    /// The mailbox of the second agent
    #[arg(long, value_name = "URL", requires = "mailbox")]
    to: Option<String>,
    /// A file with the password of the second agent [default: that of the first]
    #[arg(long, value_name = "FILE", requires = "to")]
    to_password_file: Option<PathBuf>,
    /// Further trust roots, PEM [or MAILMESH_CA_FILE]
    #[arg(long, value_name = "FILE", requires = "mailbox")]
    ca_file: Option<PathBuf>,
    /// How long a message may take to arrive
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u32,
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let folder = tempfile::Builder::new().prefix("mailmesh-demo-").tempdir();
        let folder = folder
            .map_err(|cause| Failure::file("create a folder in", &std::env::temp_dir(), &cause))?;
        let timeout = Duration::from_secs(self.timeout.into());
        if self.node {
            let began = Instant::now();
            let scenes = runtime::run(node::play(folder.path(), timeout, out))?;
            return end(&scenes, began, out);
        }
        if self.context {
            let began = Instant::now();
            let scenes = runtime::run(context::play(folder.path(), out))?;
            return end(&scenes, began, out);
        }
        let (alice, bob) = match (&self.mailbox, &self.to) {
            (Some(first), Some(second)) => {
                let usual = Source::Usual { profile: None };
                let second_password = self.to_password_file.as_deref().map_or(usual, Source::File);
                (
                    Ready::new(first, self.ca_file.clone(), usual)?,
                    Ready::new(second, self.ca_file.clone(), second_password)?,
                )
            }
            _ => (
                Ready::embedded(folder.path(), "alice@example.test")?,
                Ready::embedded(folder.path(), "bob@example.test")?,
            ),
        };
        let began = Instant::now();
        let scenes = runtime::run(async {
            let (alice, bob) = (alice.open().await?, bob.open().await?);
            story::play(alice, bob, timeout, out).await
        })?;
        end(&scenes, began, out)
    }
}

/// Says that all went well: whatever did not has ended the demo.
fn end(scenes: &[scene::Scene], began: Instant, out: &mut Output) -> Result<Exit, Failure> {
    let seconds = (began.elapsed().as_secs_f64() * 100.0).round() / 100.0;
    if out.is_json() {
        out.value(&json!({"ok": true, "seconds": seconds, "steps": scenes}))?;
    } else {
        let checks: usize = scenes.iter().map(scene::Scene::checks).sum();
        let done = format!("All {checks} checks passed in {seconds} s.");
        writeln!(out, "{}", style(done).green().bold())?;
    }
    Ok(Exit::Done)
}
