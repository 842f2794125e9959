use std::borrow::Cow;
use std::io::{self, Write};
use std::path::PathBuf;

use console::style;
use structured_email::{Class, Event, HtmlData, Limits, Message, Policy};

use crate::exit::{Exit, Failure};
use crate::input;
use crate::output::{Column, Output, Table, mime_tree, octets, one_line};

/// Show what structured data a message carries
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: mailmesh inspect message.eml
Example: mailmesh read 42 --raw | mailmesh inspect --json")]
pub(crate) struct Args {
    /// The message, RFC 5322; `-` or none for standard input
    file: Option<PathBuf>,
    /// Read data that is not marked as a statement about the message too
    #[arg(long)]
    lenient: bool,
    /// Read data in HTML even when there is a data part
    #[arg(long)]
    both: bool,
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let limits = Limits::default();
        let raw = input::read(&input::path_or_stdin(self.file), limits.message)?;
        let policy = Policy {
            html: if self.both {
                HtmlData::Both
            } else {
                HtmlData::Fallback
            },
            microdata: true,
            ..if self.lenient {
                Policy::LENIENT
            } else {
                Policy::STRICT
            }
        };
        let message = Message::parse_with(&raw, policy, &limits).map_err(|error| {
            Failure::usage(format!("{:?}: the {error}", error.kind())).with_kind("too-large")
        })?;
        if out.is_json() {
            out.value(&message.report())?;
        } else {
            show(&message, out)?;
        }
        Ok(Exit::Done)
    }
}

fn show(message: &Message<'_>, out: &mut impl Write) -> io::Result<()> {
    let class = message.class();
    writeln!(
        out,
        "{}  {}",
        style(class).bold(),
        style(meaning(class)).dim()
    )?;
    writeln!(out)?;
    write!(out, "{}", mime_tree(message))?;
    show_items(message, out)?;
    show_facts(message, out)?;
    show_findings(message, out)
}

fn show_items(message: &Message<'_>, out: &mut impl Write) -> io::Result<()> {
    if message.items().is_empty() {
        return Ok(());
    }
    let mut table = Table::new([
        Column::number("#"),
        Column::fixed("PART"),
        Column::fixed("CLASS"),
        Column::flexible("TYPE"),
        Column::flexible("ID"),
        Column::flexible("CONTEXT"),
        Column::number("SIZE"),
        Column::fixed("SHA-256"),
        Column::flexible("FLAGS"),
    ]);
    for (number, item) in message.items().iter().enumerate() {
        let digest = item.sha256();
        let digest: String = digest[..6]
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect();
        let flags: Vec<_> = item.flags().names().collect();
        let cells = [
            number.to_string(),
            item.part().to_string(),
            item.class().to_string(),
            item.types().join(", "),
            item.id().unwrap_or_default().to_owned(),
            item.context().as_str().to_owned(),
            octets(item.octets().len() as u64),
            digest,
            flags.join(", "),
        ];
        table.row(cells.map(Cow::Owned), false);
    }
    writeln!(out)?;
    table.write(0, out)
}

/// What is true of the message as a whole; only what is out of the ordinary is said.
fn show_facts(message: &Message<'_>, out: &mut impl Write) -> io::Result<()> {
    let mut facts = Vec::new();
    if message.conflict() {
        facts.push("its items contradict each other: act on none".to_owned());
    }
    let superseded = message.supersedes().join(", ");
    match message.event() {
        Event::Superseded => facts.push(format!("replaces the data of {superseded}")),
        Event::Cancelled => facts.push(format!("cancels the data of {superseded}")),
        _ => {}
    }
    match message.attachments().count() {
        0 => {}
        1 => facts.push("1 attachment".to_owned()),
        n => facts.push(format!("{n} attachments")),
    }
    match message.embedded_messages() {
        0 => {}
        1 => facts.push("1 embedded message, not entered".to_owned()),
        n => facts.push(format!("{n} embedded messages, not entered")),
    }
    if message.needs_decryption() {
        facts.push("encrypted: decrypt it and inspect the result".to_owned());
    }
    if message.needs_smtputf8() {
        facts.push("needs SMTPUTF8 to be sent on".to_owned());
    }
    if !facts.is_empty() {
        writeln!(out)?;
    }
    facts
        .iter()
        .try_for_each(|fact| writeln!(out, "{}", one_line(fact)))
}

fn show_findings(message: &Message<'_>, out: &mut impl Write) -> io::Result<()> {
    if !message.warnings().is_empty() || !message.problems().is_empty() {
        writeln!(out)?;
    }
    for warning in message.warnings() {
        let place = warning
            .part()
            .map(|part| format!(" (part {part})"))
            .unwrap_or_default();
        let kind = warning.kind();
        writeln!(
            out,
            "{} {}{place}: {}",
            style("warning").yellow(),
            kind,
            kind.detail()
        )?;
    }
    for problem in message.problems() {
        let (kind, part) = (problem.kind(), problem.part());
        writeln!(
            out,
            "{} {kind} (part {part}): {problem}",
            style("error").red()
        )?;
    }
    Ok(())
}

fn meaning(class: Class) -> &'static str {
    match class {
        Class::None => "no structured data",
        Class::Opaque => "encrypted",
        Class::HtmlMicrodata => "microdata in the HTML",
        Class::HtmlEmbedded => "JSON-LD in the HTML",
        Class::NonRepresentation => "the data has nothing to do with the text",
        Class::Partial => "the data describes some of the text",
        Class::Full => "the data says everything the text says",
        Class::MrmShape => "for machines only, in a multipart wrapper",
        Class::Mrm => "for machines only",
        _ => "",
    }
}
