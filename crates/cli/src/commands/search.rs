use super::list::{self, Selection};
use crate::exit::{Exit, Failure};
use crate::mailbox::MailboxArgs;
use crate::output::Output;
use crate::runtime;

/// Find messages whose subject, addresses or text hold all words of a query
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: mailmesh search 'invoice march' --json")]
pub(crate) struct Args {
    /// Words; nothing in it is syntax
    #[arg(allow_hyphen_values = true)]
    query: String,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    mailbox: MailboxArgs,
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let ready = self.mailbox.prepare()?;
        let found = runtime::run(async {
            let mailbox = ready.open().await?;
            let (filter, page) = (self.selection.filter(), self.selection.page());
            Ok(mailbox.search(&self.query, &filter, page).await?)
        })?;
        list::show(&found, out)?;
        Ok(Exit::Done)
    }
}
