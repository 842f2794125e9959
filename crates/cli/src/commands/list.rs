use std::borrow::Cow;
use std::io;

use mailmesh::{Filter, Folder, Page, Summary};

use crate::exit::{Exit, Failure};
use crate::mailbox::MailboxArgs;
use crate::output::{Column, Output, Table, note};
use crate::runtime;

/// List messages, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: mailmesh list --mrm --limit 10
Example: mailmesh list --unread --json | jq -r '.[].id'")]
pub(crate) struct Args {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    mailbox: MailboxArgs,
}

/// Which messages: `list` and `search` share it.
#[derive(Debug, clap::Args)]
pub(crate) struct Selection {
    /// The folder
    #[arg(long, value_name = "NAME", default_value = "INBOX")]
    folder: String,
    /// At most so many messages
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// Leave out so many newer ones
    #[arg(long, value_name = "N", default_value_t = 0)]
    offset: usize,
    /// Only messages for machines
    #[arg(long, conflicts_with = "no_mrm")]
    mrm: bool,
    /// Only messages that are not for machines alone
    #[arg(long)]
    no_mrm: bool,
    /// Only unread messages
    #[arg(long)]
    unread: bool,
}

impl Selection {
    pub(crate) fn filter(&self) -> Filter {
        Filter {
            folder: Folder::new(&*self.folder),
            mrm: (self.mrm || self.no_mrm).then_some(self.mrm),
            unread: self.unread.then_some(true),
        }
    }

    pub(crate) fn page(&self) -> Page {
        Page {
            limit: self.limit,
            offset: self.offset,
        }
    }
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let ready = self.mailbox.prepare()?;
        let found = runtime::run(async {
            let mailbox = ready.open().await?;
            Ok(mailbox
                .list(&self.selection.filter(), self.selection.page())
                .await?)
        })?;
        show(&found, out)?;
        Ok(Exit::Done)
    }
}

/// Writes summaries: an array, or a table.
pub(crate) fn show(found: &[Summary], out: &mut Output) -> io::Result<()> {
    if out.is_json() {
        return out.value(&found);
    }
    if found.is_empty() {
        note("no messages");
        return Ok(());
    }
    table(found).write(0, out)
}

/// The table a person sees; unread messages stand out.
pub(crate) fn table(found: &[Summary]) -> Table {
    let mut table = Table::new([
        Column::fixed(""),
        Column::fixed("ID"),
        Column::fixed("DATE"),
        Column::flexible("FROM"),
        Column::flexible("SUBJECT"),
        Column::flexible("DATA"),
    ]);
    for summary in found {
        let cells = [
            Cow::Borrowed(if summary.unread { "*" } else { "" }),
            Cow::Borrowed(summary.id.as_str()),
            date(summary),
            Cow::Borrowed(summary.from.as_deref().unwrap_or("(nobody)")),
            Cow::Borrowed(&*summary.subject),
            Cow::Owned(data(summary)),
        ];
        table.row(cells, summary.unread);
    }
    table
}

/// To the minute, in UTC.
fn date(summary: &Summary) -> Cow<'_, str> {
    let date = summary.date.as_deref().unwrap_or_default();
    Cow::Owned(date.get(..16).unwrap_or(date).replace('T', " "))
}

/// What its data is: the class, and the types if they have names.
pub(crate) fn data(summary: &Summary) -> String {
    if !summary.has_structured_data {
        return String::new();
    }
    let types = summary.types.join(", ");
    if types.is_empty() {
        summary.class.clone()
    } else {
        format!("{} {types}", summary.class)
    }
}
