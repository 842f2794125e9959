use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use mailmesh::{Folder, Summary};
use tokio::time::{Instant, timeout_at};

use super::list;
use crate::exit::{Exit, Failure};
use crate::handler::Handler;
use crate::mailbox::{MailboxArgs, Ready};
use crate::output::{Output, Progress, one_line};
use crate::runtime;
use crate::state::StateFile;

/// Wait for mail and show each message as it arrives
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The handler of --exec gets the line that --json would print on its standard input, the id in \
MAILMESH_ID and the mailbox in MAILMESH_MAILBOX. When it fails, watch ends with 1 and the message comes again in the next run with \
the same --state.

Example: mailmesh watch --json
Example: mailmesh watch --state inbox.state --exec 'mailmesh read \"$MAILMESH_ID\" --json | my-agent'
Example: mailmesh watch --once --timeout 60    (ends with 1 when nothing came)")]
pub(crate) struct Args {
    /// The folder
    #[arg(long, value_name = "NAME", default_value = "INBOX")]
    folder: String,
    /// End after the first message
    #[arg(long)]
    once: bool,
    /// A shell command to run for each message
    #[arg(long, value_name = "CMD")]
    exec: Option<String>,
    /// Go on where the last run with this file ended [default: what arrives from now on]
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// End after so many seconds; with 1 when nothing came
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u32>,
    #[command(flatten)]
    mailbox: MailboxArgs,
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let ready = self.mailbox.prepare()?;
        runtime::run(self.watch(ready, out))
    }

    async fn watch(&self, ready: Ready, out: &mut Output) -> Result<Exit, Failure> {
        let deadline = self
            .timeout
            .map(|seconds| Instant::now() + Duration::from_secs(seconds.into()));
        let handler = self.exec.as_ref().map(|command| Handler {
            command: command.clone(),
            environment: ready.environment(),
            is_output_ours: out.is_json(),
        });
        let mailbox = ready.open().await?;
        let folder = Folder::new(&*self.folder);
        let state = self
            .state
            .clone()
            .map(|path| StateFile::new(path, mailbox.address(), &folder));
        let after = state.as_ref().map(StateFile::load).transpose()?.flatten();
        // A stream tries a lost server again and again; one that was never there is an error.
        let mut watch = mailbox.watch(folder.clone(), None).await?;
        if after.is_some() {
            watch = mailbox.watch(folder, after).await?;
        }
        if let Some(state) = &state {
            // What arrives after this run, even if nothing does during it, is for the next one.
            state.save(watch.position())?;
        }
        let waiting = Progress::spinner(format!("waiting for mail to {}", mailbox.address()));
        let mut came = false;
        loop {
            let next = match deadline {
                Some(deadline) => timeout_at(deadline, watch.next()).await,
                None => Ok(watch.next().await),
            };
            let Ok(next) = next else {
                return Ok(if came { Exit::Done } else { Exit::Negative });
            };
            let Some(arrival) = next.transpose()? else {
                return Ok(Exit::Done);
            };
            waiting.suspend(|| show(&arrival.summary, out))?;
            if let Some(handler) = &handler {
                handler.run(&arrival.summary).await?;
            }
            if let Some(state) = &state {
                state.save(&arrival.position)?;
            }
            if self.once {
                return Ok(Exit::Done);
            }
            came = true;
        }
    }
}

fn show(summary: &Summary, out: &mut Output) -> Result<(), Failure> {
    if out.is_json() {
        return Ok(out.value_line(summary)?);
    }
    let data = list::data(summary);
    let from = summary.from.as_deref().unwrap_or("(nobody)");
    let cells = [summary.id.as_str(), from, &summary.subject, &data];
    writeln!(out, "{}", cells.map(one_line).join("  ").trim_end())?;
    Ok(out.flush()?)
}
