use std::fmt::Debug;

use asmtp_envelope::{Envelope, EnvelopeId, EnvelopePost, Handle, Source};
use context_sync::{AgentId, JsonObject, JsonText, Seq, StoredMessage, Timestamp};
use serde_json::Value;
use structured_email::{Mailbox, Message};

use super::schema::{
    Address, Attached, IntoThread, MessageId, OfThread, Reads, Test, ThreadMessage, ToEnvelope,
    ToMail,
};
use crate::{
    Converted, Domain, Error, FromContext, FromEnvelope, FromMail, Limits, Loss, Parties,
    PostStamp, ToContext,
};

/// Gives where a case differs from what it expects.
pub(super) fn judge(test: &Test) -> Result<(), String> {
    match test {
        Test::BridgeAddress(test) => address(test),
        Test::BridgeMessageId(test) => message_id(test),
        Test::MailToEnvelope(test) => to_envelope(test),
        Test::EnvelopeToMail(test) => to_mail(test),
        Test::ContextToEnvelope(test) => of_thread(test),
        Test::MailToContext(test) => into_thread(test),
    }
}

fn address(test: &Address) -> Result<(), String> {
    let domain = domain()?;
    if let Some(address) = &test.address {
        equal("handle", &domain.handle(address).ok(), &test.handle)?;
    }
    match &test.handle {
        Some(handle) => {
            let lower = test.address.as_ref().map(|text| text.to_lowercase());
            equal("address", &domain.address(handle).ok(), &lower)
        }
        None => Ok(()),
    }
}

fn message_id(test: &MessageId) -> Result<(), String> {
    let domain = domain()?;
    let id = domain.envelope_id(&test.message_id);
    equal("envelope_id", &id, &test.envelope_id)
}

fn to_envelope(test: &ToEnvelope) -> Result<(), String> {
    let domain = domain()?;
    let sender: Handle = "@acme.alice".parse().map_err(text_of)?;
    let mail: String = test.mail.iter().map(|line| format!("{line}\r\n")).collect();
    let message = Message::parse(mail.as_bytes()).map_err(text_of)?;
    let recipients: Vec<&str> = test.recipients.iter().map(String::as_str).collect();
    let parties = Parties {
        domain: &domain,
        sender: &sender,
        recipients: &recipients,
    };
    let stamp = PostStamp {
        id: test.envelope_id,
        now: ToEnvelope::NOW,
    };
    let places = test.places.iter().cloned();
    let sources = places.map(|place| place.map(Source::Url)).collect();
    let converted = FromMail::new(&message, &parties, &Limits::default())
        .and_then(|mail| mail.post(&stamp, sources));
    match accepted(converted, test.error.as_deref())? {
        Some(converted) => posted(&converted, test.post.as_ref(), &test.losses),
        None => Ok(()),
    }
}

fn to_mail(test: &ToMail) -> Result<(), String> {
    let domain = domain()?;
    let body = test.envelope.to_string();
    let limits = asmtp_envelope::Limits::default();
    let envelope = Envelope::parse(body.as_bytes(), &limits).map_err(text_of)?;
    let contents = test.contents.iter().cloned();
    let contents = contents.map(|text| text.map(String::into_bytes)).collect();
    let converted = FromEnvelope::new(&envelope, &domain).mail("=_bridge", contents);
    let Some(converted) = accepted(converted, test.error.as_deref())? else {
        return Ok(());
    };
    let message = Message::parse(&converted.value).map_err(text_of)?;
    equal("reads", &Some(reads(&message)), &test.reads)?;
    equal("losses", &told(&converted.losses), &test.losses)
}

fn of_thread(test: &OfThread) -> Result<(), String> {
    let domain = domain()?;
    let message = stored(&test.message)?;
    let message = FromContext::new(&message, &domain);
    equal("sender", &message.sender(), &test.sender)?;
    let recipients = message.recipients().map(|(_, handle)| handle);
    let recipients: Vec<_> = recipients.collect();
    equal("recipients", &recipients, &test.recipients)?;
    let id: EnvelopeId = "01M7XK89PHPMRZKMZSCZZQDCQX".parse().map_err(text_of)?;
    let converted = message.post(id, &Limits::default());
    match accepted(converted, test.error.as_deref())? {
        Some(converted) => posted(&converted, test.post.as_ref(), &test.losses),
        None => Ok(()),
    }
}

fn into_thread(test: &IntoThread) -> Result<(), String> {
    let mail: String = test.mail.iter().map(|line| format!("{line}\r\n")).collect();
    let message = Message::parse(mail.as_bytes()).map_err(text_of)?;
    let converted = ToContext::new(&message, &Limits::default()).content();
    let value = |json: &str| serde_json::from_str::<Value>(json).map_err(text_of);
    let found = value(converted.value.payload.as_str())?;
    equal("payload", &found, &test.payload)?;
    let found = value(converted.value.snapshot.as_str())?;
    equal("snapshot", &found, &Value::Object(test.snapshot.clone()))?;
    equal("losses", &told(&converted.losses), &test.losses)
}

fn stored(message: &ThreadMessage) -> Result<StoredMessage, String> {
    let limits = context_sync::Limits::default();
    let agent = |id: &String| id.parse::<AgentId>().map_err(text_of);
    let agents = |ids: &[String]| ids.iter().map(agent).collect::<Result<Vec<_>, _>>();
    let payload = message.payload.to_string();
    let snapshot = Value::Object(message.context_snapshot.clone()).to_string();
    Ok(StoredMessage {
        seq: Seq::FIRST,
        id: message.id.parse().map_err(text_of)?,
        thread_id: message.thread_id.parse().map_err(text_of)?,
        from: agent(&message.from)?,
        to: agent(&message.to)?,
        cc: agents(&message.cc)?,
        bcc: agents(&message.bcc)?,
        reply_to: message.reply_to.as_ref().map(agent).transpose()?,
        payload: JsonText::parse(&payload, &limits).map_err(text_of)?,
        snapshot: JsonObject::parse(&snapshot, &limits).map_err(text_of)?,
        timestamp: Timestamp::new(message.timestamp).unwrap_or(Timestamp::MAX),
    })
}

fn reads(message: &Message<'_>) -> Reads {
    let addresses = |field| -> Vec<String> {
        let mailboxes = message.mailboxes(field);
        mailboxes.iter().map(Mailbox::to_string).collect()
    };
    let attachments = message.attachments().map(|part| Attached {
        name: part.filename().unwrap_or_default().into_owned(),
        media_type: part.media_type().to_owned(),
        content: String::from_utf8_lossy(&part.decode(usize::MAX).unwrap_or_default()).into_owned(),
    });
    let items = message.items().iter();
    Reads {
        from: addresses("From").concat(),
        to: addresses("To"),
        cc: addresses("Cc"),
        subject: message.subject().map(Into::into),
        date: message.date(),
        message_id: message.message_id().unwrap_or_default(),
        in_reply_to: message.message_ids("In-Reply-To"),
        references: message.message_ids("References"),
        class: message.class().as_str().to_owned(),
        text: message.text().map(|text| text.replace("\r\n", "\n")),
        items: items.map(|item| item.json().to_owned()).collect(),
        attachments: attachments.collect(),
    }
}

fn posted(
    converted: &Converted<EnvelopePost>,
    post: Option<&Value>,
    losses: &[String],
) -> Result<(), String> {
    let mut octets = Vec::new();
    converted.value.write(&mut octets);
    let found: Value = serde_json::from_slice(&octets).map_err(text_of)?;
    equal("post", &Some(&found), &post)?;
    equal("losses", &told(&converted.losses).as_slice(), &losses)
}

/// The value, or `None` when the case expects this error.
fn accepted<T>(result: Result<T, Error>, expected: Option<&str>) -> Result<Option<T>, String> {
    let found = result
        .as_ref()
        .err()
        .map(|error| format!("{:?}", error.kind()));
    equal("error", &found.as_deref(), &expected)?;
    Ok(result.ok())
}

/// Losses as a vector writes them: the name, and behind a space what it is about.
fn told(losses: &[Loss]) -> Vec<String> {
    let told = |loss: &Loss| match loss.about() {
        Some(about) => format!("{} {about}", loss.name()),
        None => loss.name().to_owned(),
    };
    losses.iter().map(told).collect()
}

fn equal<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    match found == expected {
        true => Ok(()),
        false => Err(format!("{what}: expected {expected:?}, found {found:?}")),
    }
}

fn domain() -> Result<Domain, String> {
    "agents.example".parse().map_err(text_of)
}

fn text_of(error: impl ToString) -> String {
    error.to_string()
}
