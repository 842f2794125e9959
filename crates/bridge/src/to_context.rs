use asmtp_envelope::Body;
use context_sync::{Content as ContextContent, JsonObject, JsonText};
use structured_email::{Mailbox, Message};

use crate::from_mail::{Content, header};
use crate::json_ld::{array, item_of_part, quoted};
use crate::{Converted, Limits, Loss, SnapshotItem};

/// Mail on its way into a thread of context-sync: somebody tells the others there what it says.
///
/// The payload is an object of what the mail has, with these members:
///
/// | member | holds |
/// |---|---|
/// | `from`, `to`, `cc` | lists of mailboxes, as the mail names them |
/// | `subject`, `text` | texts |
/// | `date` | milliseconds since 1970 |
/// | `messageId` | without angle brackets |
/// | `data` | a list of JSON-LD objects |
/// | `files` | a list of `{"name", "mediaType", "size"}`, without their content |
///
/// The [snapshot](SnapshotItem) that came with it, when there is just one, becomes that of the
/// message. Whom the message is for, and in which thread, is the caller's to say; an envelope goes
/// there by way of mail.
///
/// ```
/// use mail_bridge::{Limits, ToContext};
/// use structured_email::Message;
///
/// let mail = b"From: Carl <carl@shop.example>\r\nTo: acme.alice@agents.example\r\n\
///     Date: Sat, 21 Nov 2026 21:04:21 +0000\r\nSubject: Offer\r\n\r\n40 widgets\r\n";
/// let message = Message::parse(mail).unwrap();
/// let converted = ToContext::new(&message, &Limits::default()).content();
/// assert_eq!(
///     converted.value.payload.as_str(),
///     concat!(
///         r#"{"from":["Carl <carl@shop.example>"],"to":["acme.alice@agents.example"],"#,
///         r#""subject":"Offer","date":1795295061000,"text":"40 widgets\n"}"#
///     )
/// );
/// assert_eq!(converted.losses, []);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ToContext<'s, 'm> {
    message: &'s Message<'m>,
    limits: &'s Limits,
}

impl<'s, 'm> ToContext<'s, 'm> {
    /// Mail as it was read.
    #[must_use]
    pub fn new(message: &'s Message<'m>, limits: &'s Limits) -> Self {
        Self { message, limits }
    }

    /// What the message says, and what its snapshot is.
    ///
    /// It never fails. Data that nests too deeply for a payload is lost as a whole.
    pub fn content(&self) -> Converted<ContextContent> {
        let mut losses = Vec::new();
        let mut members = self.header(&mut losses);
        let found = Content::of(self.message, self.limits, &mut losses);
        let files: Vec<_> = found.files.iter().map(file).collect();
        let (mut texts, mut data, mut snapshots) = (Vec::new(), Vec::new(), Vec::new());
        for part in found.into_parts(Vec::new(), None, &mut losses) {
            match part.body() {
                Body::Text(text) => texts.push(text.to_string()),
                Body::Data {
                    schema, data: json, ..
                } => {
                    let item = item_of_part(schema.as_deref(), json).into_owned();
                    match SnapshotItem::read(&item, item.len()) {
                        Some(snapshot) => snapshots.push((snapshot, item)),
                        None => data.push(item),
                    }
                }
                _ => {}
            }
        }
        if texts.len() > 1 {
            losses.push(Loss::TextsJoined);
        }
        // Nobody can say which of several counts.
        let snapshot = match snapshots.len() {
            1 => snapshots.pop().map(|(item, _)| item.snapshot),
            _ => None,
        };
        data.extend(snapshots.into_iter().map(|(_, item)| item));
        if !texts.is_empty() {
            members.push(("text", quoted(&texts.join("\n\n"))));
        }
        let without_data = members.clone();
        if !data.is_empty() {
            members.push(("data", format!("[{}]", data.join(","))));
        }
        let payload = payload(members, &files).or_else(|| {
            losses.push(Loss::DataDropped("data".into()));
            payload(without_data, &files)
        });
        let mut content = ContextContent::new(payload.unwrap_or_else(JsonText::null));
        content.snapshot = snapshot.unwrap_or_else(JsonObject::empty);
        Converted {
            value: content,
            losses,
        }
    }

    fn header(&self, losses: &mut Vec<Loss>) -> Vec<(&'static str, String)> {
        let message = self.message;
        let mut members = Vec::new();
        for (name, field) in [("from", "From"), ("to", "To"), ("cc", "Cc")] {
            let mailboxes = message.mailboxes(field);
            let texts: Vec<_> = mailboxes.iter().map(Mailbox::to_string).collect();
            if !texts.is_empty() {
                members.push((name, array(texts.iter().map(String::as_str))));
            }
        }
        if let Some(subject) = message.subject() {
            members.push(("subject", quoted(&subject)));
        }
        if let Some(date) = header::date(message, losses) {
            members.push(("date", date.as_millis().to_string()));
        }
        if let Some(id) = message.message_id() {
            members.push(("messageId", quoted(&id)));
        }
        for id in message.message_ids("References") {
            losses.push(Loss::ReferenceUnmapped(crate::loss::excerpt(&id)));
        }
        header::others(message, self.limits, losses);
        members
    }
}

fn file(file: &crate::MailFile<'_>) -> String {
    let name = file.name.as_deref();
    let name = name.map(|name| format!(r#""name":{},"#, quoted(name)));
    format!(
        r#"{{{}"mediaType":{},"size":{}}}"#,
        name.unwrap_or_default(),
        quoted(&file.media_type),
        file.content.len()
    )
}

/// The payload, unless it nests too deeply.
fn payload(mut members: Vec<(&'static str, String)>, files: &[String]) -> Option<JsonText> {
    if !files.is_empty() {
        members.push(("files", format!("[{}]", files.join(","))));
    }
    let members = members
        .iter()
        .map(|(name, json)| format!(r#""{name}":{json}"#));
    let json = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
    JsonText::parse(&json, &context_sync::Limits::default()).ok()
}
