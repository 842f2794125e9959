use std::io::Write as _;

use mailmesh::Receipt;
use structured_email::{Draft, Mailbox};

use crate::draft::{Content, Recipients, StampArgs};
use crate::exit::{Exit, Failure};
use crate::mailbox::MailboxArgs;
use crate::output::{Output, Progress, one_line};
use crate::runtime;

/// Send a message and print the Message-ID it can be found by
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example: mailmesh send --to bob@example.org --subject Order --data order.json --text 'Two, please.'
Example: mailmesh send --to bot@example.org --data query.json    (for machines only)")]
pub(crate) struct Args {
    /// The author [default: the address of the mailbox]
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    #[command(flatten)]
    recipients: Recipients,
    /// The message this one answers; see also `mailmesh reply`
    #[arg(long, value_name = "ID")]
    in_reply_to: Option<String>,
    #[command(flatten)]
    content: Content,
    #[command(flatten)]
    stamp: StampArgs,
    #[command(flatten)]
    mailbox: MailboxArgs,
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        if self.recipients.is_empty() {
            return Err(Failure::usage(
                "a message needs a recipient; add --to ADDRESS",
            ));
        }
        let ready = self.mailbox.prepare()?;
        let mut draft = self.content.fill(self.recipients.fill(Draft::new()))?;
        if let Some(id) = &self.in_reply_to {
            draft = draft.in_reply_to(id);
        }
        let receipt = runtime::run(async {
            let mailbox = ready.open().await?;
            let from = self.from.as_deref().unwrap_or_else(|| mailbox.address());
            let from = Mailbox::from(from);
            let stamp = self.stamp.stamp(&from)?;
            let _progress = Progress::spinner("sending".to_owned());
            Ok(mailbox.send_stamped(draft.from(from), &stamp).await?)
        })?;
        show(&receipt, out)
    }
}

/// Prints the id. When some recipients were refused the others have the message all the same.
pub(crate) fn show(receipt: &Receipt, out: &mut Output) -> Result<Exit, Failure> {
    if out.is_json() {
        out.value(receipt)?;
    } else {
        writeln!(out, "{}", one_line(&receipt.message_id))?;
    }
    if receipt.refused.is_empty() {
        return Ok(Exit::Done);
    }
    let refused: Vec<_> = receipt
        .refused
        .iter()
        .map(|refusal| format!("{} ({})", refusal.recipient, refusal.reason))
        .collect();
    Err(Failure::new(
        Exit::Refused,
        format!(
            "sent, but not to {}; do not send it to the others again",
            refused.join(", ")
        ),
    ))
}
