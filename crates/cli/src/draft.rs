//! The flags that describe a message: `compose`, `send` and `reply` share them.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use jiff::Timestamp;
use mailmesh::{Environment as _, SystemEnvironment};
use structured_email::{Arrangement, Attachment, Draft, Mailbox, Stamp};

use crate::exit::Failure;
use crate::{address, input};

/// More than any mail server takes.
const LIMIT: usize = 64 << 20;

/// What the message says.
#[derive(Debug, clap::Args)]
pub(crate) struct Content {
    /// Subject
    #[arg(long, value_name = "S", allow_hyphen_values = true)]
    subject: Option<String>,
    /// Plain text
    #[arg(
        long,
        value_name = "T",
        allow_hyphen_values = true,
        conflicts_with = "text_file"
    )]
    text: Option<String>,
    /// A file with the plain text
    #[arg(long, value_name = "FILE")]
    text_file: Option<PathBuf>,
    /// A file with the HTML
    #[arg(long, value_name = "FILE")]
    html_file: Option<PathBuf>,
    /// A JSON-LD file, an object or an array of objects; each becomes one part
    #[arg(long, value_name = "FILE")]
    data: Vec<PathBuf>,
    /// A JSON-LD file about something else than the message: who writes it, say
    #[arg(long, value_name = "FILE")]
    data_apart: Vec<PathBuf>,
    /// How data and text belong together [default: full with text or HTML, mrm without]
    #[arg(long, value_enum)]
    arrangement: Option<ArrangementName>,
    /// A file to attach
    #[arg(long, value_name = "FILE")]
    attach: Vec<PathBuf>,
    /// The message whose data this message revokes and replaces
    #[arg(long, value_name = "ID")]
    supersedes: Vec<String>,
    /// Write the data into the HTML too, for receivers that read it only there
    #[arg(long, requires = "html_file")]
    html_fallback: bool,
    /// Add the $hasStructuredData and $MRM header fields of older software
    #[arg(long)]
    mailmesh_headers: bool,
}

/// Who gets it.
#[derive(Debug, clap::Args)]
pub(crate) struct Recipients {
    /// Recipient; may be repeated, or be a comma list
    #[arg(long, value_name = "ADDRESS")]
    to: Vec<String>,
    /// Recipient of a copy
    #[arg(long, value_name = "ADDRESS")]
    cc: Vec<String>,
    /// Recipient whom the others do not see
    #[arg(long, value_name = "ADDRESS")]
    bcc: Vec<String>,
    /// Where answers go
    #[arg(long, value_name = "ADDRESS")]
    reply_to: Vec<String>,
}

/// What makes the same words the same octets.
#[derive(Debug, clap::Args)]
pub(crate) struct StampArgs {
    /// Message-ID [default: random, at the author's domain]
    #[arg(long, value_name = "ID")]
    message_id: Option<String>,
    /// Date, RFC 3339 [default: now]
    #[arg(long, value_name = "RFC3339")]
    date: Option<Timestamp>,
    /// Boundary of the outermost multipart [default: random]
    #[arg(long, value_name = "B")]
    boundary: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ArrangementName {
    /// The data says everything the text says
    Full,
    /// The data describes some of the text
    Partial,
    /// The data has nothing to do with the text
    Mixed,
    /// No text, for machines only
    Mrm,
}

impl Content {
    /// Adds it to a draft, reading the files it names.
    pub(crate) fn fill(&self, mut draft: Draft) -> Result<Draft, Failure> {
        self.one_stdin()?;
        if let Some(subject) = &self.subject {
            draft = draft.subject(subject);
        }
        if let Some(text) = &self.text {
            draft = draft.text(text);
        }
        if let Some(path) = &self.text_file {
            draft = draft.text(input::read_text(path, LIMIT)?);
        }
        if let Some(path) = &self.html_file {
            draft = draft.html(input::read_text(path, LIMIT)?);
        }
        for path in &self.data {
            draft = draft.data_json(input::read_text(path, LIMIT)?);
        }
        for path in &self.data_apart {
            draft = draft.data_apart(input::read_text(path, LIMIT)?);
        }
        for path in &self.attach {
            draft = draft.attachment(attachment(path)?);
        }
        for id in &self.supersedes {
            draft = draft.supersedes(id);
        }
        if let Some(name) = self.arrangement {
            draft = draft.arrangement(name.into());
        }
        Ok(draft
            .html_fallback(self.html_fallback)
            .mailmesh_headers(self.mailmesh_headers))
    }

    /// Standard input can be read once.
    fn one_stdin(&self) -> Result<(), Failure> {
        let files = [&self.text_file, &self.html_file].into_iter().flatten();
        let files = files
            .chain(&self.data)
            .chain(&self.data_apart)
            .chain(&self.attach);
        match files.filter(|path| *path == Path::new("-")).count() {
            0 | 1 => Ok(()),
            _ => Err(Failure::usage(
                "only one of the files can be standard input",
            )),
        }
    }
}

impl Recipients {
    /// Adds them to a draft.
    pub(crate) fn fill(&self, mut draft: Draft) -> Draft {
        for mailbox in address::list(&self.to) {
            draft = draft.to(mailbox);
        }
        for mailbox in address::list(&self.cc) {
            draft = draft.cc(mailbox);
        }
        for mailbox in address::list(&self.bcc) {
            draft = draft.bcc(mailbox);
        }
        for mailbox in address::list(&self.reply_to) {
            draft = draft.reply_to(mailbox);
        }
        draft
    }

    /// Whether nobody gets it.
    pub(crate) fn is_empty(&self) -> bool {
        [&self.to, &self.cc, &self.bcc]
            .into_iter()
            .all(|list| address::list(list).is_empty())
    }
}

impl StampArgs {
    /// The stamp, with what was not given from the clock and the system's random source.
    pub(crate) fn stamp(&self, from: &Mailbox) -> Result<Stamp, Failure> {
        let mut stamp = SystemEnvironment::default().stamp(&from.address)?;
        if let Some(id) = &self.message_id {
            stamp.message_id.clone_from(id);
        }
        if let Some(date) = self.date {
            stamp.date = date.as_second();
        }
        if let Some(boundary) = &self.boundary {
            stamp.boundary.clone_from(boundary);
        }
        Ok(stamp)
    }
}

impl From<ArrangementName> for Arrangement {
    fn from(name: ArrangementName) -> Self {
        match name {
            ArrangementName::Full => Self::Full,
            ArrangementName::Partial => Self::Partial,
            ArrangementName::Mixed => Self::NonRepresentation,
            ArrangementName::Mrm => Self::Mrm,
        }
    }
}

fn attachment(path: &Path) -> Result<Attachment, Failure> {
    let content = input::read(path, LIMIT)?;
    if content.len() > LIMIT {
        let advice = format!("{} is longer than {LIMIT} octets", path.display());
        return Err(Failure::usage(advice));
    }
    let filename = match path.file_name() {
        Some(name) if path != Path::new("-") => name.to_string_lossy().into_owned(),
        _ => "attachment".to_owned(),
    };
    let media_type = mime_guess::from_path(path)
        .first_or_octet_stream()
        .essence_str()
        .to_owned();
    Ok(Attachment {
        filename,
        media_type,
        content,
    })
}
