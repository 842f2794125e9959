//! Cases that write a message.

use serde_json::{Value, json};

use super::compare::compare;
use super::parse::to_value;
use super::schema::{ComposeExpected, ComposeTest, DraftValue, MailboxValue};
use crate::{Attachment, Composed, Draft, Mailbox, Message, Stamp};

pub(super) fn run(test: &ComposeTest) -> Result<(), String> {
    let stamp = Stamp {
        date: test.stamp.date,
        message_id: test.stamp.message_id.clone(),
        boundary: test.stamp.boundary.clone(),
    };
    let draft = draft(&test.draft)?;
    let mut out = b"before".to_vec();
    let composed = draft.compose(&stamp, &mut out);
    let Some(written) = out.strip_prefix(b"before") else {
        return Err("the output that was there is gone".to_owned());
    };
    let expected = &test.expected;
    match (composed, &expected.error) {
        (Ok(composed), None) => check(&composed, written, expected),
        (Ok(_), Some(kind)) => Err(format!("expected the error {kind}, found a message")),
        (Err(error), None) => Err(format!("expected a message, found {}", error.kind())),
        (Err(error), Some(kind)) => {
            if error.kind().as_str() != kind {
                return Err(format!("expected the error {kind}, found {}", error.kind()));
            }
            if expected
                .field
                .as_deref()
                .is_some_and(|field| field != error.field())
            {
                return Err(format!("the error names the field {}", error.field()));
            }
            if !written.is_empty() {
                return Err("something was written beside the error".to_owned());
            }
            Ok(())
        }
    }
}

fn check(composed: &Composed, written: &[u8], expected: &ComposeExpected) -> Result<(), String> {
    if let Some(message) = &expected.message
        && message.make()? != written
    {
        return Err(format!(
            "found the message {:?}",
            String::from_utf8_lossy(written)
        ));
    }
    let lines: Vec<&[u8]> = written.split(|&octet| octet == b'\n').collect();
    let has = |line: &str| {
        lines
            .iter()
            .any(|l| l.strip_suffix(b"\r") == Some(line.as_bytes()))
    };
    if let Some(line) = expected.lines.iter().find(|line| !has(line)) {
        return Err(format!("there is no line {line:?}"));
    }
    if let Some(line) = expected.no_lines.iter().find(|line| has(line)) {
        return Err(format!("there is a line {line:?}"));
    }
    if let Some(long) = lines.iter().find(|line| line.len() > 998 + 1) {
        return Err(format!("a line has {} octets", long.len()));
    }
    if expected
        .needs_smtputf8
        .is_some_and(|needs| needs != composed.needs_smtputf8)
    {
        return Err(format!("needs_smtputf8 is {}", composed.needs_smtputf8));
    }
    let warnings: Vec<&str> = composed
        .warnings
        .iter()
        .map(|warning| warning.as_str())
        .collect();
    if expected
        .warnings
        .as_ref()
        .is_some_and(|expected| *expected != warnings)
    {
        return Err(format!("the warnings are {warnings:?}"));
    }
    let message = Message::parse(written).map_err(|error| error.to_string())?;
    if let Some(report) = &expected.report {
        compare(&to_value(&message), report)?;
    }
    if let Some(reads) = &expected.reads {
        compare(&reading(&message), reads)?;
    }
    Ok(())
}

/// What the message says to a person, decoded.
fn reading(message: &Message<'_>) -> Value {
    let mailboxes = |list: Vec<Mailbox>| -> Vec<Value> {
        list.iter()
            .map(|m| json!({"name": m.name, "address": m.address}))
            .collect()
    };
    let attachments: Vec<Value> = message
        .attachments()
        .map(|part| {
            json!({
                "filename": part.filename(),
                "media_type": part.media_type(),
                "content_id": part.content_id(),
                "bytes": part.decode(usize::MAX).map(|octets| octets.len()).ok(),
            })
        })
        .collect();
    let types: Vec<&str> = message
        .parts()
        .iter()
        .map(|part| part.media_type())
        .collect();
    json!({
        "subject": message.subject(),
        "from": mailboxes(message.from()),
        "to": mailboxes(message.mailboxes("To")),
        "cc": mailboxes(message.mailboxes("Cc")),
        "bcc": mailboxes(message.mailboxes("Bcc")),
        "reply-to": mailboxes(message.mailboxes("Reply-To")),
        "date": message.date(),
        "message_id": message.message_id(),
        "in-reply-to": message.message_ids("In-Reply-To"),
        "references": message.message_ids("References"),
        "text": message.text(),
        "html": message.html(),
        "attachments": attachments,
        "parts": types,
    })
}

fn draft(value: &DraftValue) -> Result<Draft, String> {
    let mut draft = Draft::new()
        .references(value.references.iter().cloned())
        .html_fallback(value.html_fallback)
        .data_before_html(value.data_before_html)
        .mailmesh_headers(value.mailmesh_headers)
        .keep_bcc(value.keep_bcc);
    if let Some(from) = &value.from {
        draft = draft.from(mailbox(from));
    }
    if let Some(subject) = &value.subject {
        draft = draft.subject(subject);
    }
    if let Some(text) = &value.text {
        draft = draft.text(text);
    }
    if let Some(html) = &value.html {
        draft = draft.html(html);
    }
    if let Some(name) = &value.arrangement {
        draft = draft.arrangement(
            name.parse()
                .map_err(|_| format!("no arrangement is {name}"))?,
        );
    }
    draft = value.to.iter().map(mailbox).fold(draft, Draft::to);
    draft = value.cc.iter().map(mailbox).fold(draft, Draft::cc);
    draft = value.bcc.iter().map(mailbox).fold(draft, Draft::bcc);
    draft = value
        .reply_to
        .iter()
        .map(mailbox)
        .fold(draft, Draft::reply_to);
    draft = value.in_reply_to.iter().fold(draft, Draft::in_reply_to);
    draft = value.supersedes.iter().fold(draft, Draft::supersedes);
    draft = value.data.iter().fold(draft, Draft::data_json);
    draft = value.data_apart.iter().fold(draft, Draft::data_apart);
    for attached in &value.attach {
        let file = Attachment {
            filename: attached.filename.clone(),
            media_type: attached.media_type.clone(),
            content: attached.content.make()?,
        };
        draft = match &attached.content_id {
            Some(id) => draft.attachment_with_id(id, file),
            None => draft.attachment(file),
        };
    }
    Ok(draft)
}

fn mailbox(value: &MailboxValue) -> Mailbox {
    match value {
        MailboxValue::Bare(text) => Mailbox::from(text.as_str()),
        MailboxValue::Named { name, address } => Mailbox {
            name: Some(name.clone()),
            address: address.clone(),
        },
    }
}
