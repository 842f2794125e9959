use std::io::{self, Write};

use console::style;
use mail_parser::decoders::html::html_to_text;
use mailmesh::{Mail, MailId};
use structured_email::Message;

use crate::exit::{Exit, Failure};
use crate::mailbox::MailboxArgs;
use crate::output::{Output, block, octets, one_line};
use crate::runtime;

/// Show one message
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: mailmesh read 42
Example: mailmesh read 42 --raw > message.eml
Example: mailmesh read 42 --part 2 > invoice.pdf")]
pub(crate) struct Args {
    /// The id, as list and search print it
    id: MailId,
    /// Write the message as it arrived
    #[arg(long)]
    raw: bool,
    /// Write one part, decoded: the number that `inspect` shows
    #[arg(long, value_name = "N", conflicts_with = "raw")]
    part: Option<String>,
    /// Leave it unread
    #[arg(long)]
    peek: bool,
    #[command(flatten)]
    mailbox: MailboxArgs,
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let ready = self.mailbox.prepare()?;
        let mail = runtime::run(async {
            let mailbox = ready.open().await?;
            Ok(if self.peek {
                mailbox.peek(&self.id).await?
            } else {
                mailbox.read(&self.id).await?
            })
        })?;
        if self.raw {
            out.write_all(&mail.raw)?;
            return Ok(Exit::Done);
        }
        match self.part {
            Some(number) => write_part(&mail.message()?, &number, out)?,
            None if out.is_json() => out.value(&mail)?,
            None => show(&mail, &mail.message()?, out)?,
        }
        Ok(Exit::Done)
    }
}

fn write_part(message: &Message<'_>, number: &str, out: &mut Output) -> Result<(), Failure> {
    let part = message
        .parts()
        .iter()
        .find(|part| part.section().to_string() == number);
    let part = part.ok_or_else(|| {
        Failure::negative(format!(
            "the message has no part {number}; `mailmesh inspect` shows them"
        ))
    })?;
    let octets = part
        .decode(usize::MAX)
        .map_err(|kind| Failure::usage(format!("part {number}: {}", kind.detail())))?;
    Ok(out.write_all(&octets)?)
}

/// What a person wants to see of a message.
pub(crate) fn show(mail: &Mail, message: &Message<'_>, out: &mut impl Write) -> io::Result<()> {
    let summary = &mail.summary;
    let field = |out: &mut dyn Write, name: &str, value: &str| {
        if value.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "{} {}",
            style(format!("{name:<8}")).dim(),
            one_line(value)
        )
    };
    field(out, "From", summary.from.as_deref().unwrap_or_default())?;
    field(out, "To", &summary.to.join(", "))?;
    field(out, "Cc", &summary.cc.join(", "))?;
    field(out, "Date", summary.date.as_deref().unwrap_or_default())?;
    field(out, "Subject", &summary.subject)?;
    field(
        out,
        "Answers",
        summary.in_reply_to.as_deref().unwrap_or_default(),
    )?;
    field(out, "Keywords", &summary.keywords.join(" "))?;
    let text = message.text().filter(|text| !text.trim().is_empty());
    let text = text.or_else(|| Some(html_to_text(&message.html()?).into()));
    if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
        writeln!(out, "\n{}", block(text.trim_end()))?;
    }
    show_items(message, out)?;
    for file in mail.attachments() {
        let name = file.filename.as_deref().unwrap_or("(no name)");
        let size = file
            .size
            .map_or_else(|| "cannot be decoded".to_owned(), octets);
        let number = style(format!("attachment {}", file.part)).dim();
        writeln!(
            out,
            "\n{number} {}  {}  {size}",
            one_line(name),
            one_line(&file.media_type)
        )?;
    }
    Ok(())
}

/// The data of each item, indented. JSON escapes no control character above U+001F.
fn show_items(message: &Message<'_>, out: &mut impl Write) -> io::Result<()> {
    for item in message.items() {
        let class = style(format!("{}, part {}", item.class(), item.part())).dim();
        let types = style(one_line(&item.types().join(", ")).into_owned()).bold();
        writeln!(out, "\n{types}  {class}")?;
        let shown = match item.value() {
            Some(value) => serde_json::to_string_pretty(&value)?,
            None => item.json().to_owned(),
        };
        writeln!(out, "{}", block(&shown))?;
    }
    Ok(())
}
