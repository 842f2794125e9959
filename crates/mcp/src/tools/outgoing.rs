//! What the tools that send have in common.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mailmesh::{Arrangement, Attachment, Draft, Mailbox, Receipt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::mailboxes::Named;
use crate::options::Limits;
use crate::view;

/// A file to send: its text, or its content in base64.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileInput {
    /// Such as report.csv.
    filename: String,
    /// Such as text/csv. Default: text/plain with `text`, else application/octet-stream.
    media_type: Option<String>,
    /// Content that is text.
    text: Option<String>,
    /// Content in base64.
    content_base64: Option<String>,
}

/// How data and text belong together.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ArrangementName {
    /// The data says everything the text says.
    Full,
    /// The data describes some of the text.
    Partial,
    /// The data has nothing to do with the text.
    Mixed,
    /// No text: for machines only.
    Mrm,
}

/// What an email says.
#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) text: Option<String>,
    pub(crate) html: Option<String>,
    pub(crate) structured_data: Option<Map<String, Value>>,
    pub(crate) arrangement: Option<ArrangementName>,
    pub(crate) attachments: Vec<FileInput>,
}

/// Who gets it.
#[derive(Debug, Default)]
pub(crate) struct People {
    pub(crate) to: Vec<String>,
    pub(crate) cc: Vec<String>,
    pub(crate) bcc: Vec<String>,
}

/// What became of an email that was sent.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Sent {
    mailbox: String,
    from: String,
    /// Its Message-ID: what an answer names in `in_reply_to`, and wait_for_email takes.
    message_id: String,
    /// Recipients whose server took it.
    accepted: Vec<String>,
    /// Recipients who will not get it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused: Vec<Refused>,
    /// What of the email the recipients do not get.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    losses: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Refused {
    recipient: String,
    /// The words of the other side.
    reason: String,
}

impl Content {
    /// Adds it to a draft.
    pub(crate) fn fill(self, mut draft: Draft, limits: &Limits) -> Result<Draft, Failure> {
        if self.text.is_none() && self.html.is_none() && self.structured_data.is_none() {
            let advice = "Give `text`, or `structured_data` alone for an email to a machine.";
            return Err(Failure::new("The email says nothing.", advice));
        }
        if let Some(text) = self.text {
            draft = draft.text(text);
        }
        if let Some(html) = self.html {
            draft = draft.html(html);
        }
        if let Some(data) = self.structured_data {
            draft = draft.data(&data);
        }
        if let Some(arrangement) = self.arrangement {
            draft = draft.arrangement(arrangement.into());
        }
        let mut room = limits.outgoing;
        for file in self.attachments {
            let file = file.read()?;
            room = room.checked_sub(file.content.len()).ok_or_else(|| {
                let what = format!("The attachments have more than {} octets.", limits.outgoing);
                Failure::new(what, "Send fewer of them, or links.")
            })?;
            draft = draft.attachment(file);
        }
        Ok(draft)
    }
}

impl People {
    /// Adds them to a draft.
    pub(crate) fn fill(&self, mut draft: Draft, limits: &Limits) -> Result<Draft, Failure> {
        let count = self.to.len() + self.cc.len() + self.bcc.len();
        if count > limits.recipients {
            let what = format!("{count} recipients are more than {}.", limits.recipients);
            return Err(Failure::new(
                what,
                "Ask the user before writing to so many.",
            ));
        }
        for address in &self.to {
            draft = draft.to(recipient(address)?);
        }
        for address in &self.cc {
            draft = draft.cc(recipient(address)?);
        }
        for address in &self.bcc {
            draft = draft.bcc(recipient(address)?);
        }
        Ok(draft)
    }
}

impl FileInput {
    fn read(self) -> Result<Attachment, Failure> {
        let wrong = |what: &str| {
            let advice = "Give each attachment either `text` or `content_base64`.";
            Failure::new(what, advice)
        };
        let (content, usual) = match (self.text, self.content_base64) {
            (Some(text), None) => (text.into_bytes(), "text/plain"),
            (None, Some(base64)) => {
                let octets = STANDARD.decode(base64.trim());
                let octets = octets.map_err(|_| wrong("An attachment is not in base64."))?;
                (octets, "application/octet-stream")
            }
            _ => return Err(wrong("An attachment has no content, or two.")),
        };
        Ok(Attachment {
            filename: self.filename,
            media_type: self.media_type.unwrap_or_else(|| usual.to_owned()),
            content,
        })
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

impl Sent {
    pub(crate) fn of(named: &Named, receipt: Receipt) -> Self {
        let refused = receipt.refused.into_iter();
        Self {
            mailbox: named.name.clone(),
            from: named.mailbox.address().to_owned(),
            message_id: receipt.message_id,
            accepted: receipt.accepted,
            refused: refused
                .map(|refusal| Refused {
                    recipient: refusal.recipient,
                    reason: view::subject(&refusal.reason),
                })
                .collect(),
            losses: receipt.losses,
        }
    }
}

/// One address. A list in one string is a mistake that models make.
fn recipient(text: &str) -> Result<Mailbox, Failure> {
    let mailbox = Mailbox::from(text);
    let (local, domain) = mailbox.address.rsplit_once('@').unwrap_or_default();
    let odd = |c: char| c.is_whitespace() || c.is_control() || ",;<>".contains(c);
    if local.is_empty() || domain.is_empty() || mailbox.address.contains(odd) {
        let advice =
            "Give each recipient as one string, `ann@example.org` or `Ann <ann@example.org>`.";
        return Err(Failure::new("A recipient is no address.", advice));
    }
    Ok(mailbox)
}
