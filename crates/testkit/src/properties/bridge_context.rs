use asmtp_envelope::{Body, Envelope, EnvelopePost, Handle};
use context_sync::{
    Accepted, Decision, Limits, MessageId, SendRequest, Stamp, StoredMessage, ThreadId, Timestamp,
    View, send,
};
use mail_bridge::{
    Converted, Domain, ErrorKind, FromContext, Loss, SnapshotItem, ToContext, stand_in,
};
use structured_email::Message;

use super::envelope_survives;

/// A message that a server takes becomes an envelope that an operator takes: for those whose ids are
/// agents' and nobody else, with the payload and the snapshot as they were. Blind copies leave no
/// trace in it.
pub fn bridge_context(octets: &[u8]) {
    let Some(accepted) = accepted(octets) else {
        return;
    };
    let domain: Domain = "agents.example".parse().expect("a domain");
    let message = accepted.message();
    let recipients: Vec<_> = FromContext::new(message, &domain).recipients().collect();
    for (at, (id, handle)) in recipients.iter().enumerate() {
        assert!(accepted.delivered_to().contains(id));
        assert_eq!(domain.agent(id).as_ref(), Some(handle));
        assert!(
            recipients[..at]
                .iter()
                .all(|(_, earlier)| earlier != handle)
        );
    }
    let Some(converted) = post(message, &domain) else {
        return;
    };
    assert!(!recipients.is_empty());
    let mut written = Vec::new();
    converted.value.write(&mut written);
    let read = EnvelopePost::parse(&written, &asmtp_envelope::Limits::default());
    assert_eq!(read.as_ref(), Ok(&converted.value), "an operator takes it");

    let stand_in = stand_in(message.to.as_str());
    let visible = [&message.to].into_iter().chain(&message.cc);
    let visible: Vec<Handle> = visible.filter_map(|id| domain.agent(id)).collect();
    for (named, _) in converted.value.recipients() {
        let is_nobody = visible.is_empty() && *named == stand_in;
        assert!(visible.contains(named) || is_nobody);
    }
    let open = StoredMessage {
        bcc: Vec::new(),
        ..message.clone()
    };
    if let Some(other) = post(&open, &domain) {
        assert_eq!(other.value, converted.value, "a blind copy shows");
    }
    says_the_same(message, &converted);
    if let Some(sender) = domain.agent(&message.from) {
        envelope_survives(&Envelope::new(sender, converted.value));
    }
}

/// Mail becomes the content of a message that servers take: strict JSON that says what was read.
pub(super) fn mail_in_thread(message: &Message<'_>) {
    let converted = ToContext::new(message, &Default::default()).content();
    let [ann, ben] = ["ann@demo", "ben@demo"].map(|id| id.parse().expect("an id"));
    let request = SendRequest::new(ann, ben, converted.value);
    let mut body = Vec::new();
    request.write(&mut body);
    let limits = Limits {
        body: usize::MAX,
        ..Limits::default()
    };
    assert_eq!(SendRequest::parse(&body, &limits).as_ref(), Ok(&request));
    let payload: serde_json::Value =
        serde_json::from_str(request.content.payload.as_str()).expect("JSON");
    let subject = message.subject();
    assert_eq!(payload["subject"].as_str(), subject.as_deref());
    let authors = payload["from"].as_array().map_or(0, Vec::len);
    assert_eq!(authors, message.from().len());
}

fn accepted(octets: &[u8]) -> Option<Box<Accepted>> {
    let limits = Limits::default();
    let mut request = SendRequest::parse(octets, &limits).ok()?;
    request.thread_id = None;
    let stamp = Stamp {
        now: Timestamp::new(1_795_215_861_457)?,
        message_id: MessageId::mint([1; 16]),
        thread_id: ThreadId::mint([2; 16]),
    };
    let view = View {
        thread: None,
        retry: None,
    };
    match send(request, &view, &stamp, &limits) {
        Decision::Accepted(accepted) => Some(accepted),
        _ => None,
    }
}

fn post(message: &StoredMessage, domain: &Domain) -> Option<Converted<EnvelopePost>> {
    let id = "01M7XK89PHAZENM5WE3MBS1TF1".parse().expect("an id");
    let message = FromContext::new(message, domain);
    match message.post(id, &Default::default()) {
        Ok(converted) => Some(converted),
        Err(error) => {
            let nobody = message.recipients().next().is_none();
            let expected = if nobody {
                ErrorKind::NoRecipient
            } else {
                ErrorKind::TooLarge
            };
            assert_eq!(error.kind(), expected);
            None
        }
    }
}

fn says_the_same(message: &StoredMessage, converted: &Converted<EnvelopePost>) {
    let lost = |what: &str| converted.losses.contains(&Loss::DataDropped(what.into()));
    let mut payload = None;
    let mut snapshot = None;
    for part in converted.value.content_parts() {
        match part.body() {
            Body::Text(text) => payload = Some(serde_json::Value::from(&**text).to_string()),
            Body::Data { schema, data, .. } if schema.as_deref() == Some(FromContext::PAYLOAD) => {
                let inner = data.as_str().strip_prefix(r#"{"payload":"#);
                payload = inner
                    .and_then(|inner| inner.strip_suffix('}'))
                    .map(Into::into);
            }
            Body::Data { data, .. } => {
                snapshot = SnapshotItem::read(data.as_str(), data.as_str().len());
            }
            other => panic!("{other:?}"),
        }
    }
    if !lost("payload") {
        let payload = payload.unwrap_or_else(|| "null".to_owned());
        let read = context_sync::JsonText::parse(&payload, &Limits::default());
        assert_eq!(read.as_ref(), Ok(&message.payload));
    }
    if !lost("snapshot") {
        let found = snapshot.as_ref().map(|item| item.snapshot.as_str());
        assert_eq!(found.unwrap_or("{}"), message.snapshot.as_str());
        let thread = snapshot.and_then(|item| item.thread);
        assert!(thread.is_none_or(|thread| thread == message.thread_id));
    }
}
