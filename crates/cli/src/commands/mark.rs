use mailmesh::{MailId, Mark};
use serde_json::json;

use crate::exit::{Exit, Failure};
use crate::mailbox::MailboxArgs;
use crate::output::Output;
use crate::runtime;

/// Change what is remembered about a message
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: mailmesh mark 42 --read --keyword '$structuredDataActionSent'",
    group = clap::ArgGroup::new("change").required(true).multiple(true)
)]
pub(crate) struct Args {
    /// The id, as list and search print it
    id: MailId,
    /// It was read
    #[arg(long, group = "change", conflicts_with = "unread")]
    read: bool,
    /// It was not read
    #[arg(long, group = "change")]
    unread: bool,
    /// Set a keyword
    #[arg(long, group = "change", value_name = "K")]
    keyword: Vec<String>,
    /// Clear a keyword
    #[arg(long, group = "change", value_name = "K")]
    clear_keyword: Vec<String>,
    #[command(flatten)]
    mailbox: MailboxArgs,
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let ready = self.mailbox.prepare()?;
        let read = self.read.then_some(Mark::Read);
        let unread = self.unread.then_some(Mark::Unread);
        let set = self.keyword.into_iter().map(Mark::Keyword);
        let clear = self.clear_keyword.into_iter().map(Mark::ClearKeyword);
        let marks: Vec<_> = read
            .into_iter()
            .chain(unread)
            .chain(set)
            .chain(clear)
            .collect();
        runtime::run(async {
            let mailbox = ready.open().await?;
            for mark in &marks {
                mailbox.mark(&self.id, mark).await?;
            }
            Ok(())
        })?;
        if out.is_json() {
            out.value(&json!({"id": self.id, "changes": marks.len()}))?;
        }
        Ok(Exit::Done)
    }
}
