use mailmesh::MailId;
use structured_email::Draft;

use super::send;
use crate::draft::{Content, Recipients};
use crate::exit::{Exit, Failure};
use crate::mailbox::MailboxArgs;
use crate::output::{Output, Progress};
use crate::runtime;

/// Answer a message and print the Message-ID of the answer
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: mailmesh reply 42 --text 'It is on its way.' --data status.json")]
pub(crate) struct Args {
    /// The id of the message, as list and search print it
    id: MailId,
    /// Answer everybody who got it
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    recipients: Recipients,
    #[command(flatten)]
    content: Content,
    #[command(flatten)]
    mailbox: MailboxArgs,
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let ready = self.mailbox.prepare()?;
        let draft = self.content.fill(self.recipients.fill(Draft::new()))?;
        let receipt = runtime::run(async {
            let mailbox = ready.open().await?;
            let _progress = Progress::spinner("sending".to_owned());
            let parent = mailbox.peek(&self.id).await?;
            Ok(if self.all {
                mailbox.reply_all(&parent, draft).await?
            } else {
                mailbox.reply(&parent, draft).await?
            })
        })?;
        send::show(&receipt, out)
    }
}
