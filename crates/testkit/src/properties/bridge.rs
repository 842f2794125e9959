use asmtp_envelope::{
    ContentPart, Decision, Envelope, EnvelopeId, EnvelopePost, Gate, Handle, Policy, Source,
    Timestamp, View, accept,
};
use mail_bridge::{
    Converted, Domain, ErrorKind, FromEnvelope, FromMail, Limits, Parties, PostStamp,
};
use serde_json::{Map, Value};
use structured_email::{Item, Message};

use super::bridge_context::mail_in_thread;

/// Mail becomes a message of a thread, and an envelope that can be posted. When neither way lost anything, the envelope becomes
/// mail that says the same, and that mail the same envelope.
pub fn bridge_mail(octets: &[u8]) {
    let Ok(message) = Message::parse(octets) else {
        return;
    };
    mail_in_thread(&message);
    let addresses: Vec<String> = ["To", "Cc"]
        .iter()
        .flat_map(|field| message.mailboxes(field))
        .map(|mailbox| mailbox.address)
        .collect();
    let contents: Vec<Vec<u8>> = message
        .attachments()
        .filter_map(|part| part.decode(usize::MAX).ok())
        .map(|content| content.into_owned())
        .collect();
    let id = message
        .message_id()
        .and_then(|id| domain().envelope_id(&id))
        .unwrap_or_else(|| sample_id(7));
    let Some(there) = to_post(&message, &sender(), &addresses, id) else {
        return;
    };
    let mut written = Vec::new();
    there.value.write(&mut written);
    let read = EnvelopePost::parse(&written, &asmtp_envelope::Limits::default());
    assert_eq!(read.as_ref(), Ok(&there.value), "an operator takes it");

    let Some(envelope) = stored(there.value.clone(), &sender()) else {
        return;
    };
    let contents = contents.into_iter().map(Some).collect();
    let Some(back) = to_mail(&envelope, contents) else {
        return;
    };
    if there.losses.is_empty() && back.losses.is_empty() {
        says_the_same(
            &message,
            &Message::parse(&back.value).expect("it was written"),
        );
    }
}

/// An envelope becomes mail that every reader takes. When nothing was lost, and it could be posted,
/// the mail becomes the same envelope, and nothing is lost either.
pub fn bridge_envelope(octets: &[u8]) {
    let Ok(envelope) = Envelope::parse(octets, &asmtp_envelope::Limits::default()) else {
        return;
    };
    envelope_survives(&envelope);
}

/// As [`bridge_envelope`], for one that was read. Gives whether nothing was lost.
pub fn envelope_survives(envelope: &Envelope) -> bool {
    let content = b"octets".to_vec();
    let view_domain = domain();
    let files = FromEnvelope::new(envelope, &view_domain).files().count();
    let Some(there) = to_mail(envelope, vec![Some(content); files]) else {
        return false;
    };
    let message = Message::parse(&there.value).expect("readers take it");
    assert_eq!(message.problems(), [], "readers take all of it");
    let to_and_cc = envelope.to().iter().chain(envelope.cc());
    let addresses: Vec<String> = to_and_cc
        .filter_map(|handle| domain().address(handle).ok())
        .collect();
    if !there.losses.is_empty() || !could_be_posted(envelope) {
        return false;
    }
    let back = to_post(&message, envelope.from(), &addresses, envelope.id());
    let back = back.expect("what became mail without a loss becomes an envelope");
    assert_eq!(
        back.losses,
        [],
        "{:?}",
        String::from_utf8_lossy(&there.value)
    );
    let post = &back.value;
    assert_eq!(post.id(), envelope.id());
    assert_eq!((post.to(), post.cc()), (envelope.to(), envelope.cc()));
    assert_eq!(post.subject(), envelope.subject());
    assert_eq!(post.answers(), envelope.answers());
    assert_eq!(post.references(), envelope.references());
    assert_eq!(post.date_ms(), envelope.date_ms());
    let bodies = |parts: &[ContentPart]| parts.iter().map(describe).collect::<Vec<_>>();
    assert_eq!(
        bodies(post.content_parts()),
        bodies(envelope.content_parts())
    );
    true
}

/// A part without the place of its file, which is the caller's affair.
fn describe(part: &ContentPart) -> String {
    match part.body() {
        asmtp_envelope::Body::File {
            name,
            mime_type,
            size,
            ..
        } => format!("{name:?} {mime_type:?} {size:?}"),
        body => format!("{body:?}"),
    }
}

fn to_post(
    message: &Message<'_>,
    sender: &Handle,
    addresses: &[String],
    id: EnvelopeId,
) -> Option<Converted<EnvelopePost>> {
    let recipients: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let domain = domain();
    let parties = Parties {
        domain: &domain,
        sender,
        recipients: &recipients,
    };
    let mail = match FromMail::new(message, &parties, &Limits::default()) {
        Ok(mail) => mail,
        Err(error) => {
            let known = [ErrorKind::NoRecipient, ErrorKind::TooManyRecipients];
            assert!(known.contains(&error.kind()), "{error}");
            return None;
        }
    };
    let place = "https://files.example/x".parse().expect("a URL");
    let sources = vec![Some(Source::Url(place)); mail.files().len()];
    let stamp = PostStamp {
        id,
        now: Timestamp::default(),
    };
    match mail.post(&stamp, sources) {
        Ok(converted) => Some(converted),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
            None
        }
    }
}

fn to_mail(envelope: &Envelope, contents: Vec<Option<Vec<u8>>>) -> Option<Converted<Vec<u8>>> {
    match FromEnvelope::new(envelope, &domain()).mail("=_bridge", contents) {
        Ok(converted) => Some(converted),
        Err(error) => {
            // The sender's handle may be too long, the content may hold the boundary.
            let known = [
                ErrorKind::Unmapped,
                ErrorKind::TooLarge,
                ErrorKind::Unwritable,
            ];
            assert!(known.contains(&error.kind()), "{error}");
            let holds = |part: &ContentPart| format!("{:?}", part.body()).contains("=_bridge");
            assert!(
                error.kind() != ErrorKind::Unwritable || envelope.content_parts().iter().any(holds),
                "{error}: {:?}",
                std::error::Error::source(&error).map(ToString::to_string),
            );
            None
        }
    }
}

fn says_the_same(one: &Message<'_>, other: &Message<'_>) {
    // Where mail names nobody, who sends it is the caller's word alone.
    let fields: &[&str] = match one.from()[..] {
        [] => &["To", "Cc"],
        _ => &["From", "To", "Cc"],
    };
    let view = |message: &Message<'_>| {
        let items: Vec<_> = message.items().iter().map(described).collect();
        let files: Vec<_> = message
            .attachments()
            .map(|part| {
                let name = part.filename().map(|name| name.into_owned());
                (
                    name,
                    part.decode(usize::MAX).map(|content| content.into_owned()),
                )
            })
            .collect();
        let addresses = |field| -> Vec<String> {
            let mailboxes = message.mailboxes(field).into_iter();
            mailboxes
                .map(|mailbox| mailbox.address.to_lowercase())
                .collect()
        };
        (
            fields.iter().copied().map(addresses).collect::<Vec<_>>(),
            message.subject().map(|subject| subject.into_owned()),
            message.date(),
            message.message_ids("In-Reply-To"),
            message.message_ids("References"),
            // Mail of a file alone is written with an empty text.
            message.text().unwrap_or_default().replace("\r\n", "\n"),
            items,
            files,
        )
    };
    assert_eq!(view(one), view(other));
}

/// An item with the context it has, be it its own or that of the `@graph` it stands in.
fn described(item: &Item<'_>) -> String {
    let mut value = item.value();
    if let Some(members) = value.as_mut().and_then(Value::as_object_mut) {
        members.remove("@context");
    }
    format!("{:?} {value:?}", item.context())
}

/// Whether an operator that keeps our rules can have taken it. Envelopes are read with more
/// patience, since their readers did not choose the operator.
fn could_be_posted(envelope: &Envelope) -> bool {
    let mut stored = Vec::new();
    envelope.write(&mut stored);
    let mut members: Map<String, Value> = serde_json::from_slice(&stored).unwrap_or_default();
    members.remove("from");
    let posted = Value::Object(members).to_string();
    EnvelopePost::parse(posted.as_bytes(), &asmtp_envelope::Limits::default()).is_ok()
}

fn stored(post: EnvelopePost, sender: &Handle) -> Option<Envelope> {
    let open = |agent: &Handle| Gate::new(agent.clone(), Policy::Open);
    let recipients: Vec<_> = post.recipients().map(|(handle, _)| open(handle)).collect();
    let view = View {
        sender: &open(sender),
        recipients: &recipients,
        known: None,
        files: &[],
        last: None,
        base: &"https://mail.example".parse().expect("a URL"),
    };
    match accept(post, &view, Timestamp::default()) {
        Decision::Accepted(accepted) => Some(accepted.envelope().clone()),
        _ => None,
    }
}

fn domain() -> Domain {
    "agents.example".parse().expect("a domain")
}

fn sender() -> Handle {
    "@acme.alice".parse().expect("a handle")
}

fn sample_id(n: u64) -> EnvelopeId {
    format!("01{n:024}").parse().expect("an id")
}
