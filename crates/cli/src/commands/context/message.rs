use std::path::{Path, PathBuf};

use context_sync::{AgentId, Content, SendRequest, ThreadId};
use mailmesh::context::{ContextClient, content, content_of_mail};
use serde_json::value::RawValue;

use crate::exit::Failure;
use crate::input;
use crate::output::note;

/// No file that a message is made of is longer than this.
const LIMIT: usize = 10 << 20;

/// The flags that make a message.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Message")]
pub(crate) struct Message {
    /// Whom it is addressed to
    #[arg(long, value_name = "AGENT", required_unless_present = "reply_all")]
    to: Option<AgentId>,
    /// Who gets a copy
    #[arg(long, value_name = "AGENT")]
    cc: Vec<AgentId>,
    /// Who gets a blind copy
    #[arg(long, value_name = "AGENT")]
    bcc: Vec<AgentId>,
    /// Where answers are wanted; it routes nothing
    #[arg(long, value_name = "AGENT")]
    reply_to: Option<AgentId>,
    /// The thread [default: that of the same participants]
    #[arg(long, value_name = "ID")]
    thread: Option<ThreadId>,
    /// Answer all participants of --thread
    #[arg(long, requires = "thread", conflicts_with_all = ["to", "cc", "bcc", "reply_to"])]
    reply_all: bool,
    /// What it says, as text
    #[arg(long, value_name = "TEXT", conflicts_with = "data")]
    text: Option<String>,
    /// What it says, as a file of JSON, - for standard input
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// What it says, as a file with a mail, - for standard input; its snapshot goes with it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["text", "data", "snapshot"])]
    mail: Option<PathBuf>,
    /// What the sender knows, as a file with a JSON object, - for standard input
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
}

impl Message {
    /// What it says, and what its sender knows.
    pub(crate) fn content(&self) -> Result<Content, Failure> {
        if let Some(file) = &self.mail {
            let converted = content_of_mail(&input::read(file, LIMIT)?)?;
            for loss in &converted.losses {
                note(&format!("not in the message: {loss}"));
            }
            return Ok(converted.value);
        }
        let snapshot = self.snapshot.as_deref().map(json).transpose()?;
        let made = match (&self.text, &self.data) {
            (Some(text), _) => content(text, &snapshot),
            (None, Some(file)) => content(&json(file)?, &snapshot),
            (None, None) => {
                return Err(Failure::usage(
                    "a message says something; add --text TEXT, --data FILE or --mail FILE",
                ));
            }
        };
        Ok(made?)
    }

    /// The thread whose participants are to be answered, if it is such an answer.
    pub(crate) fn answered(&self) -> Result<Option<&ThreadId>, Failure> {
        match (self.reply_all, &self.thread) {
            (true, None) => Err(Failure::usage(
                "--reply-all answers a thread; add --thread ID",
            )),
            (true, thread) => Ok(thread.as_ref()),
            (false, _) => Ok(None),
        }
    }

    /// The message to one agent and those who get copies.
    pub(crate) fn complete(
        self,
        client: &ContextClient,
        content: Content,
    ) -> Result<SendRequest, Failure> {
        let to = self.to;
        let to = to.ok_or_else(|| Failure::usage("a message needs a recipient; add --to AGENT"))?;
        let mut message = client.message(to, content);
        message.thread_id = self.thread;
        message.cc = self.cc;
        message.bcc = self.bcc;
        message.reply_to = self.reply_to;
        Ok(message)
    }
}

/// The JSON in a file, its numbers as they stand.
fn json(file: &Path) -> Result<Box<RawValue>, Failure> {
    let text = input::read_text(file, LIMIT)?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::usage(format!("{} is not JSON: {error}", file.display())))
}
