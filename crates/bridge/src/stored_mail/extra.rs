//! The member of the first part that says what an envelope has no place for.

use asmtp_envelope::{HttpUrl, JsonText};
use structured_email::{Mailbox, Message};

use crate::Loss;
use crate::json_ld::{array, quoted};

/// Its name. Clients keep members of parts that they do not know (2.2).
pub(super) const NAME: &str = "x-mail";

/// How many mailboxes of one field are named.
const MAILBOXES: usize = 100;

/// What it says.
pub(super) fn of(
    message: Option<&Message<'_>>,
    source: &HttpUrl,
    losses: &[Loss],
) -> Option<JsonText> {
    let mut members = Vec::new();
    if let Some(message) = message {
        for (name, field) in [("from", "From"), ("to", "To"), ("cc", "Cc")] {
            let mailboxes = message.mailboxes(field).into_iter().take(MAILBOXES);
            let texts: Vec<_> = mailboxes
                .map(|mailbox: Mailbox| mailbox.to_string())
                .collect();
            if !texts.is_empty() {
                let texts = array(texts.iter().map(String::as_str));
                members.push(format!(r#""{name}":{texts}"#));
            }
        }
        if let Some(id) = message.message_id() {
            members.push(format!(r#""message_id":{}"#, quoted(&id)));
        }
    }
    members.push(format!(r#""source":{}"#, quoted(source.as_str())));
    if !losses.is_empty() {
        let losses: Vec<_> = losses.iter().map(Loss::to_string).collect();
        let losses = array(losses.iter().map(String::as_str));
        members.push(format!(r#""losses":{losses}"#));
    }
    let json = format!("{{{}}}", members.join(","));
    JsonText::parse(&json, &asmtp_envelope::Limits::default()).ok()
}
