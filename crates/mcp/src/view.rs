//! Emails as a model sees them: few words first, more on demand.

use mailmesh::untrusted::{one_line, visible};
use mailmesh::{Attached, Mail, Summary};
use schemars::JsonSchema;
use serde::Serialize;

/// Characters of a subject, of a name with its address, of a type and of a file name.
const SUBJECT: usize = 120;
const PERSON: usize = 100;
const TYPE: usize = 60;
const FILE_NAME: usize = 120;

/// Types, and recipients, that are told.
const TYPES: usize = 5;
const PEOPLE: usize = 20;

/// An email in a listing.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct EmailLine {
    /// What read_email and the other tools take as message_id.
    pub(crate) id: String,
    /// The author, as the email says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    /// Recipients; only in folders other than the inbox.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) to: Vec<String>,
    pub(crate) subject: String,
    /// RFC 3339, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) date: Option<String>,
    /// True when it was not read yet.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) unread: bool,
    /// Types of the structured data in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) types: Vec<String>,
    /// True when it is for machines only and has no text.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) mrm: bool,
}

/// A file that came with an email.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AttachmentLine {
    /// What get_attachment takes.
    pub(crate) index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) filename: Option<String>,
    pub(crate) media_type: String,
    /// Octets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<u64>,
}

/// The readable words of an email.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) text: String,
    /// Characters that nobody sees, left out.
    pub(crate) hidden: usize,
    /// The email has HTML only, and this is its text.
    pub(crate) from_html: bool,
}

impl EmailLine {
    pub(crate) fn of(summary: &Summary, with_recipients: bool) -> Self {
        let recipients = match with_recipients {
            true => people(&summary.to),
            false => Vec::new(),
        };
        Self {
            id: summary.id.as_str().to_owned(),
            from: summary.from.as_deref().map(|from| one_line(from, PERSON)),
            to: recipients,
            subject: one_line(&summary.subject, SUBJECT),
            date: summary.date.clone(),
            unread: summary.unread,
            types: types(&summary.types),
            mrm: summary.is_mrm,
        }
    }
}

impl AttachmentLine {
    pub(crate) fn all(mail: &Mail) -> Vec<Self> {
        let attached = mail.attachments().into_iter().enumerate();
        attached
            .map(|(index, file)| Self::of(index, file))
            .collect()
    }

    fn of(index: usize, file: Attached) -> Self {
        Self {
            index,
            filename: file.filename.map(|name| one_line(&name, FILE_NAME)),
            media_type: one_line(&file.media_type, TYPE),
            size: file.size,
        }
    }
}

impl Words {
    /// The plain text, or else the text in the HTML.
    pub(crate) fn of(mail: &Mail) -> Option<Self> {
        let (text, from_html) = match mail.text() {
            Some(text) if !text.trim().is_empty() => (text, false),
            _ => (mail_bridge::text_of_html(&mail.html()?), true),
        };
        let (text, hidden) = visible(&text);
        Some(Self {
            text,
            hidden,
            from_html,
        })
    }
}

/// Names and addresses, as many as are told.
pub(crate) fn people(all: &[String]) -> Vec<String> {
    let mut told: Vec<String> = all
        .iter()
        .take(PEOPLE)
        .map(|one| one_line(one, PERSON))
        .collect();
    if all.len() > PEOPLE {
        told.push(format!("and {} more", all.len() - PEOPLE));
    }
    told
}

pub(crate) fn person(text: &str) -> String {
    one_line(text, PERSON)
}

pub(crate) fn subject(text: &str) -> String {
    one_line(text, SUBJECT)
}

pub(crate) fn types(all: &[String]) -> Vec<String> {
    all.iter()
        .take(TYPES)
        .map(|name| one_line(name, TYPE))
        .collect()
}

pub(crate) fn is_false(value: &bool) -> bool {
    !*value
}

pub(crate) fn is_zero(value: &usize) -> bool {
    *value == 0
}
