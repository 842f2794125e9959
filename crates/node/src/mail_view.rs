//! One mailbox, many doors: mail as envelopes when it is read, and envelopes as mail listings show
//! them.

use asmtp_envelope::{Body, ContentPart, Envelope, EnvelopePost, Handle, HttpUrl, Push, Timestamp};
use mail_bridge::{Domain, FromEnvelope, MailHeader, MailPlace, StoredMail};
use mailmesh_store::{Fetched, Format, Index};
use structured_email::{Class, Message};

use crate::core::Core;
use crate::refusal::Refusal;

/// The body that an agent gets to see of what was fetched; `None` for mail that ASMTP doors do not
/// show. The monitor of an envelope is for its sender only (section 9).
///
/// # Errors
///
/// When what is stored cannot be read.
pub(crate) async fn body(
    core: &Core,
    agent: &Handle,
    fetched: Fetched,
) -> Result<Option<Vec<u8>>, Refusal> {
    if fetched.format == Format::Mail {
        return mail_body(core, fetched).await;
    }
    if fetched.is_sender {
        return Ok(Some(fetched.body));
    }
    let envelope = Envelope::parse(&fetched.body, &core.limits.envelope)?;
    let mut body = Vec::with_capacity(fetched.body.len());
    envelope.write_for(agent, &mut body);
    Ok(Some(body))
}

/// The envelope that mail is seen as. Its header is that of its frame, settled when it was
/// delivered; its parts are made of its octets now.
async fn mail_body(core: &Core, fetched: Fetched) -> Result<Option<Vec<u8>>, Refusal> {
    let Some(frame) = &fetched.frame else {
        return Ok(None);
    };
    let Push::Notify(frame) = Push::parse(frame, &core.limits.envelope)? else {
        return Ok(None);
    };
    let header = MailHeader::from(&frame);
    let (base, domain) = (core.base.clone(), core.mail_domain.clone());
    off_the_way(move || envelope_of(&fetched.body, &header, &base, &domain).map(Some)).await
}

fn envelope_of(
    raw: &[u8],
    header: &MailHeader,
    base: &HttpUrl,
    domain: &Domain,
) -> Result<Vec<u8>, Refusal> {
    let message = Message::parse(raw).ok();
    let limits = mail_bridge::Limits::default();
    let mail = StoredMail::new(raw, message.as_ref(), &limits);
    let envelope = mail.envelope(header, base, domain).map_err(|error| {
        tracing::error!(%error, "mail cannot be shown as an envelope");
        Refusal::internal()
    })?;
    let mut body = Vec::new();
    envelope.write(&mut body);
    Ok(body)
}

/// A file that came with mail.
#[derive(Debug)]
pub(crate) struct MailFile {
    pub(crate) name: Option<String>,
    pub(crate) media_type: String,
    pub(crate) content: Vec<u8>,
}

/// A file of mail that `agent` may see. Asking for it marks nothing.
///
/// # Errors
///
/// With `NOT_FOUND` when there is none.
pub(crate) async fn file(
    core: &Core,
    agent: &Handle,
    place: MailPlace,
) -> Result<MailFile, Refusal> {
    let found = core.store.peek(agent, &[place.id]).await?;
    let is_mail = |found: &Fetched| found.format == Format::Mail && found.frame.is_some();
    let found = found.into_iter().find(is_mail);
    let raw = found.ok_or_else(Refusal::not_found)?.body;
    off_the_way(move || {
        let message = Message::parse(&raw).ok();
        let limits = mail_bridge::Limits::default();
        let file = StoredMail::new(&raw, message.as_ref(), &limits).file(&place.part);
        let file = file.ok_or_else(Refusal::not_found)?;
        Ok(MailFile {
            name: file.name.map(Into::into),
            media_type: file.media_type,
            content: file.content.into_owned(),
        })
    })
    .await
}

/// Takes mail apart where nobody waits for it.
async fn off_the_way<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(Refusal::internal()))
}

/// What mail listings show of an envelope: what they would show of the mail it becomes.
pub(crate) fn index(post: &EnvelopePost, sender: &Handle, domain: &Domain) -> Index {
    let address = |handle: &Handle| {
        let address = domain.address(handle);
        address.unwrap_or_else(|_| handle.to_string())
    };
    let (class, types) = data(post, sender, domain);
    Index {
        message_id: Some(domain.message_id(post.id())),
        in_reply_to: post.answers().map(|id| domain.message_id(id)),
        from: Some(address(sender)),
        to: post.to().iter().map(address).collect(),
        cc: post.cc().iter().map(address).collect(),
        subject: post.subject().map_or_else(String::new, ToString::to_string),
        date: date(post.date_ms()),
        class: class.as_str().to_owned(),
        has_structured_data: class != Class::None,
        is_mrm: class.is_mrm(),
        types,
    }
}

/// How the data of an envelope stands in the mail it becomes, and its types.
fn data(post: &EnvelopePost, sender: &Handle, domain: &Domain) -> (Class, Vec<String>) {
    let is_data = |part: &&ContentPart| matches!(part.body(), Body::Data { .. });
    let parts: Vec<_> = post
        .content_parts()
        .iter()
        .filter(is_data)
        .cloned()
        .collect();
    if parts.is_empty() {
        return (Class::None, Vec::new());
    }
    let is_alone = parts.len() == post.content_parts().len();
    let class = if is_alone {
        Class::Mrm
    } else {
        Class::NonRepresentation
    };
    let alone = EnvelopePost::new(post.id(), post.to().to_vec(), post.date_ms(), parts);
    let types = alone.ok().and_then(|alone| {
        let envelope = Envelope::new(sender.clone(), alone);
        let mail = FromEnvelope::new(&envelope, domain).mail("=_", Vec::new());
        types(&mail.ok()?.value)
    });
    (class, types.unwrap_or_default())
}

/// The types of the items in mail, each once.
fn types(mail: &[u8]) -> Option<Vec<String>> {
    let message = Message::parse(mail).ok()?;
    let mut types: Vec<String> = Vec::new();
    for name in message.items().iter().flat_map(|item| item.types()) {
        if !types.contains(name) {
            types.push(name.clone());
        }
    }
    Some(types)
}

/// Whole seconds, as a `Date` has (RFC 5322 3.3).
fn date(at: Timestamp) -> Option<String> {
    let seconds = i64::try_from(at.as_millis() / 1_000).ok()?;
    let date = jiff::Timestamp::from_second(seconds).ok()?;
    Some(date.to_string())
}
