use asmtp_envelope::{
    Decision, Envelope, EnvelopePost, Gate, Handle, HttpUrl, Limits, Policy, Record, Timestamp,
    View, accept,
};

use super::peer_value;

/// A posted body reads in one way only: what is written of it reads as the same post, which the
/// operator takes for a retry, and its stored form as the same envelope.
pub fn envelope_post(octets: &[u8]) {
    let limits = Limits::default();
    let Ok(post) = EnvelopePost::parse(octets, &limits) else {
        return;
    };
    let theirs = peer_value(octets);
    let agrees = theirs.as_ref().is_none_or(Result::is_ok);
    assert!(agrees, "another reader refuses it: {theirs:?}");
    let mut written = Vec::new();
    post.write(&mut written);
    assert_eq!(EnvelopePost::parse(&written, &limits).as_ref(), Ok(&post));
    let mut again = Vec::new();
    post.write(&mut again);
    assert_eq!(written, again, "the same value gives the same octets");

    let sender: Handle = "@the.sender".parse().expect("a handle");
    let gate = |agent: &Handle| Gate::new(agent.clone(), Policy::Open);
    let recipients: Vec<_> = post.recipients().map(|(handle, _)| gate(handle)).collect();
    let files: Vec<_> = post.file_ids().cloned().collect();
    let base: HttpUrl = "https://mail.example".parse().expect("a URL");
    let view = View {
        sender: &gate(&sender),
        recipients: &recipients,
        known: None,
        files: &files,
        last: None,
        base: &base,
    };
    let now = Timestamp::default();
    let Decision::Accepted(accepted) = accept(post, &view, now) else {
        let mut twice: Vec<_> = files.iter().collect();
        twice.sort_unstable();
        assert!(
            twice.array_windows().any(|[a, b]| a == b),
            "only that refuses it"
        );
        return;
    };
    is_read_back(accepted.envelope(), &limits);
    is_retry(&written, &view, &accepted.record());
}

fn is_read_back(envelope: &Envelope, limits: &Limits) {
    let mut stored = Vec::new();
    envelope.write(&mut stored);
    if stored.len() <= limits.envelope {
        assert_eq!(Envelope::parse(&stored, limits).as_ref(), Ok(envelope));
    }
    let mut shown = Vec::new();
    envelope.write_for(&"@some.body".parse().expect("a handle"), &mut shown);
    let shown = Envelope::parse(
        &shown,
        &Limits {
            envelope: usize::MAX,
            ..*limits
        },
    );
    assert_eq!(
        shown.expect("it reads").monitor(),
        None,
        "nobody else sees who watches"
    );
}

fn is_retry(written: &[u8], view: &View<'_>, record: &Record) {
    let again = EnvelopePost::parse(written, &Limits::default()).expect("it was read before");
    let view = View {
        known: Some(record),
        ..*view
    };
    let later = Timestamp::MAX;
    let Decision::Replayed(receipt) = accept(again, &view, later) else {
        panic!("what is written is another envelope");
    };
    assert_eq!(receipt.created_at, record.created_at);
    assert_eq!(receipt.received_ms, record.received_ms);
}
