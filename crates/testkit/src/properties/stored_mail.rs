use std::collections::{BTreeMap, BTreeSet};

use asmtp_envelope::{Body, Envelope, Handle, HttpUrl, Source, Timestamp};
use mail_bridge::{Delivered, Domain, Limits, MailHeader, MailPlace, StoredMail, stand_in};
use structured_email::Message;

/// Every mail can be read as an envelope, whatever it holds: an operator's client takes it, its
/// frame says the same, nobody but those in its header is in it, and each file that it names is
/// there.
pub fn stored_mail(octets: &[u8]) {
    let message = Message::parse(octets).ok();
    let limits = Limits::default();
    let stored = StoredMail::new(octets, message.as_ref(), &limits);
    let domain: Domain = "agents.example".parse().expect("a domain");
    let base: HttpUrl = "https://mail.example".parse().expect("a URL");
    let agents = agents(&stored);
    let delivered = Delivered {
        id: "01M7XK89PHAZENM5WE3MBS1TF1".parse().expect("an id"),
        now: Timestamp::default(),
        sender: None,
        agents: &agents,
        domain: &domain,
    };
    let header = stored.header(&delivered);
    let envelope = stored.envelope(&header, &base, &domain).expect("readable");

    let mut written = Vec::new();
    envelope.write(&mut written);
    let read = Envelope::parse(&written, &asmtp_envelope::Limits::default());
    assert_eq!(read.as_ref(), Ok(&envelope), "a client takes it");

    let frame = stored.frame(&header, &domain).expect("a frame");
    assert_eq!(MailHeader::from(&frame), header);
    assert_eq!((frame.id(), frame.from()), (envelope.id(), envelope.from()));

    let is_vouched_for = agents.values().any(|agent| agent == envelope.from());
    assert!(!is_vouched_for, "a header proves no sender");
    assert_eq!(handles_of(&envelope), named(&stored, &agents));
    files_are_there(&stored, &envelope, octets);
}

/// Every second recipient is an agent.
fn agents(stored: &StoredMail<'_, '_>) -> BTreeMap<String, Handle> {
    let addresses: BTreeSet<String> = stored.recipients().collect();
    let agents = addresses.into_iter().enumerate().step_by(2);
    let handle = |n: usize| format!("@acme.n{n}").parse().expect("a handle");
    agents.map(|(n, address)| (address, handle(n))).collect()
}

fn handles_of(envelope: &Envelope) -> BTreeSet<Handle> {
    let recipients = envelope.recipients();
    recipients.map(|(handle, _)| handle.clone()).collect()
}

fn named(stored: &StoredMail<'_, '_>, agents: &BTreeMap<String, Handle>) -> BTreeSet<Handle> {
    let handle = |address: String| {
        let agent = agents.get(&address).cloned();
        agent.unwrap_or_else(|| stand_in(&address))
    };
    let mut named: BTreeSet<_> = stored.recipients().map(handle).collect();
    if named.is_empty() {
        named.insert(stand_in(""));
    }
    named
}

fn files_are_there(stored: &StoredMail<'_, '_>, envelope: &Envelope, octets: &[u8]) {
    let whole = stored.file(MailPlace::WHOLE).expect("the mail itself");
    assert_eq!(&*whole.content, octets);
    let parts = envelope.content_parts();
    let (name, _) = parts[0].extra().next().expect("a member");
    assert_eq!(name, StoredMail::EXTRA);
    for part in parts {
        let (source, size) = match part.body() {
            Body::File { source, size, .. } => (source, *size),
            Body::Image { source, .. } => (source, None),
            _ => continue,
        };
        let Source::Url(url) = source else {
            panic!("a file that nobody uploaded");
        };
        // An image may be elsewhere; nobody fetches it because mail said so.
        let Some(id) = url.as_str().strip_prefix("https://mail.example/files/") else {
            continue;
        };
        let place = MailPlace::read(&id.parse().expect("a file id")).expect("a place");
        assert_eq!(place.id, envelope.id());
        let file = stored.file(&place.part).expect("the file of a part");
        if let Some(size) = size {
            assert_eq!(size, file.content.len() as u64);
        }
    }
}
