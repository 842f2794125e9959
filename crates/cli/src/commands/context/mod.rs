mod message;
mod server;
mod show;

use context_sync::{AgentId, IdempotencyKey, Page, ThreadId, Window};

use self::message::Message;
use self::server::ServerArgs;
pub(crate) use self::server::{DEFAULT_SERVER, client, failed, token};
pub(crate) use self::show::line;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::runtime;

/// Talk in threads that an agent can join cold: context sync
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each command makes the agent known first. The token comes from MAILMESH_CONTEXT_TOKEN, or from the file \
that MAILMESH_CONTEXT_TOKEN_FILE or --token-file names; a server in open mode needs none.

Example: mailmesh context send --as ann@demo --to ben@demo --text 'Build it.' --snapshot knew.json
Example: mailmesh context receive --as ben@demo --json | jq '.messages[].payload'")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Send a message, or answer everybody in a thread
    #[command(after_help = "\
Example: mailmesh context send --as ann@demo --to ben@demo --text 'Build it.' --snapshot knew.json
Example: mailmesh context send --as ben@demo --reply-all --thread 7f3a… --data result.json
Example: mailmesh read 42 --raw | mailmesh context send --as ann@demo --to ben@demo --mail -")]
    Send(Send),
    /// Show what is unread, and the context that it stands in; it stays unread
    #[command(
        after_help = "Example: mailmesh context receive --as ben@demo --from ann@demo --mark-read"
    )]
    Receive {
        /// Only what this agent sent
        #[arg(long, value_name = "AGENT")]
        from: Option<AgentId>,
        /// How many messages of each thread
        #[arg(long, value_name = "N", default_value_t = 10)]
        recent: u64,
        /// Mark the threads that were shown as read
        #[arg(long)]
        mark_read: bool,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Show the context of a thread, for who comes into it cold
    #[command(
        after_help = "Example: mailmesh context sync 7f3a… --as cat@demo --json | jq .context.snapshot"
    )]
    Sync {
        /// The thread
        thread: ThreadId,
        /// How many messages
        #[arg(long, value_name = "N", default_value_t = 10)]
        recent: u64,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// List the agent's threads, newest first
    #[command(after_help = "Example: mailmesh context threads --as ann@demo --limit 20")]
    Threads {
        /// At most so many [default: all]
        #[arg(long, value_name = "N")]
        limit: Option<u64>,
        /// Leave out so many newer ones
        #[arg(long, value_name = "N", default_value_t = 0, requires = "limit")]
        offset: u64,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// List who takes part in a thread, as far as the agent may know
    #[command(after_help = "Example: mailmesh context participants 7f3a… --as ann@demo")]
    Participants {
        /// The thread
        thread: ThreadId,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Mark a thread as read up to now
    #[command(after_help = "Example: mailmesh context mark-read 7f3a… --as ben@demo")]
    MarkRead {
        /// The thread
        thread: ThreadId,
        #[command(flatten)]
        server: ServerArgs,
    },
}

#[derive(Debug, clap::Args)]
struct Send {
    #[command(flatten)]
    message: Message,
    /// Makes a repetition after a lost answer safe: the same key and message are taken once
    #[arg(long, value_name = "KEY")]
    key: Option<IdempotencyKey>,
    #[command(flatten)]
    server: ServerArgs,
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        runtime::run(self.action.run(out))
    }
}

impl Action {
    async fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        match self {
            Self::Send(send) => send.run(out).await?,
            Self::Receive {
                from,
                recent,
                mark_read,
                server,
            } => {
                let client = server.connect().await?;
                let unread = client.unread(Window::of(recent)).await;
                let unread = unread.map_err(failed)?;
                let shown = show::unread(&unread, from.as_ref(), out)?;
                for thread in shown.iter().filter(|_| mark_read) {
                    client.mark_read(thread).await.map_err(failed)?;
                }
            }
            Self::Sync {
                thread,
                recent,
                server,
            } => {
                let client = server.connect().await?;
                let context = client.sync(&thread, Window::of(recent)).await;
                show::context(&context.map_err(failed)?, out)?;
            }
            Self::Threads {
                limit,
                offset,
                server,
            } => {
                let page = limit.map(|limit| {
                    let message = "expected --limit of 1 to 1000";
                    Page::new(limit, offset).ok_or_else(|| Failure::usage(message))
                });
                let page = page.transpose()?;
                let mailbox = server.connect().await?.threads(page).await;
                show::threads(&mailbox.map_err(failed)?, out)?;
            }
            Self::Participants { thread, server } => {
                let found = server.connect().await?.participants(&thread).await;
                show::participants(&found.map_err(failed)?, out)?;
            }
            Self::MarkRead { thread, server } => {
                let done = server.connect().await?.mark_read(&thread).await;
                done.map_err(failed)?;
                if out.is_json() {
                    out.value(&serde_json::json!({"ok": true}))?;
                }
            }
        }
        Ok(Exit::Done)
    }
}

impl Send {
    async fn run(self, out: &mut Output) -> Result<(), Failure> {
        let content = self.message.content()?;
        let client = self.server.connect().await?;
        let receipt = match (self.message.answered()?, &self.key) {
            (Some(thread), None) => client.reply_all(thread, content).await,
            (Some(thread), Some(key)) => client.reply_all_once(thread, content, key).await,
            (None, key) => {
                let message = self.message.complete(&client, content)?;
                match key {
                    None => client.send(message).await,
                    Some(key) => client.send_once(message, key).await,
                }
            }
        };
        show::receipt(&receipt.map_err(failed)?, out)?;
        Ok(())
    }
}
