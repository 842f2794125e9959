use std::io::Write as _;

use serde_json::json;
use structured_email::{Draft, Mailbox};

use crate::draft::{Content, Recipients, StampArgs};
use crate::exit::{Exit, Failure};
use crate::output::{Output, note};

/// Write a message to standard output
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: mailmesh compose --from alice@example.org --to bob@example.org \\
           --subject Order --text 'Two of them, please.' --data order.json > order.eml"
)]
pub(crate) struct Args {
    /// The author
    #[arg(long, value_name = "ADDRESS")]
    from: String,
    #[command(flatten)]
    recipients: Recipients,
    /// The message this one answers
    #[arg(long, value_name = "ID")]
    in_reply_to: Option<String>,
    #[command(flatten)]
    content: Content,
    #[command(flatten)]
    stamp: StampArgs,
    /// Write Bcc into the message
    #[arg(long)]
    keep_bcc: bool,
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        if self.recipients.is_empty() {
            return Err(Failure::usage(
                "a message needs a recipient; add --to ADDRESS",
            ));
        }
        let from = Mailbox::from(self.from.as_str());
        let stamp = self.stamp.stamp(&from)?;
        let mut draft = self
            .recipients
            .fill(Draft::new().from(from))
            .keep_bcc(self.keep_bcc);
        if let Some(id) = &self.in_reply_to {
            draft = draft.in_reply_to(id);
        }
        let mut message = Vec::new();
        let composed = self.content.fill(draft)?.compose(&stamp, &mut message)?;
        if out.is_json() {
            let warnings: Vec<_> = composed.warnings.iter().map(ToString::to_string).collect();
            out.value(&json!({
                "message_id": stamp.message_id.trim_matches(['<', '>']),
                "needs_smtputf8": composed.needs_smtputf8,
                "warnings": warnings,
                "message": String::from_utf8_lossy(&message),
            }))?;
        } else {
            composed
                .warnings
                .iter()
                .for_each(|warning| note(&warning.to_string()));
            out.write_all(&message)?;
        }
        Ok(Exit::Done)
    }
}
