use std::collections::BTreeMap;

use mail_jmap::{
    Detail, Email, EventStream, Failure, Id, Limits, PushSocket, Pushed, Refusal, Request,
    Response, Session, Upload, Which,
};
use structured_email::Message;

/// Whatever a server answers reads without panic. Errors and refusals repeat little of it, and the
/// outline of a message is a small multiple of what was said about it.
pub fn jmap_answers(octets: &[u8]) {
    let account: Id = "a".parse().expect("an id");
    let mut request = Request::new(&account);
    let mailboxes = request.mailboxes();
    let identities = request.identities();
    let emails = request.emails(Which::Ids(&[]), Detail::Outline { html: 9 });
    let set = request.destroy(&account);
    let refusal = Refusal::parse(octets);
    assert!(refusal.type_name.chars().count() <= Refusal::MAX_TYPE);
    assert!(refusal.description.chars().count() <= Refusal::MAX_DESCRIPTION);
    // What it asks for is a table.
    let _ = (refusal.reason(), Upload::parse(octets));
    let Ok(response) = Response::parse(octets, &Limits::default()) else {
        return;
    };
    short(response.read(&mailboxes));
    short(response.read(&identities));
    short(response.read(&set));
    if let Some(emails) = short(response.read(&emails)) {
        let mut outlines = 0;
        for email in &emails.list {
            outlines += outline_holds(email);
        }
        assert!(outlines <= 8 * octets.len(), "{outlines} octets");
    }
}

/// A session resource leads a password nowhere in plain text.
pub fn jmap_session(octets: &[u8]) {
    for base in [
        "https://mail.test/.well-known/jmap",
        "http://127.0.0.1:8080/jmap",
    ] {
        let base = base.parse().expect("a URL");
        let Ok(session) = Session::parse(octets, &base) else {
            continue;
        };
        let blob: Id = "B".parse().expect("an id");
        let urls = [
            Ok(Some(session.api.clone())),
            session.upload().map(Some),
            session.download(&blob, "a/b", "n").map(Some),
            session.event_source(60),
            session.push_socket(),
        ];
        for url in urls.into_iter().flatten().flatten() {
            assert!(url.scheme() == "https" || url.origin() == base.origin());
            assert!(url.password().is_none() && url.username().is_empty());
        }
        assert!(session.server_limits.objects_in_get > 0);
    }
}

/// A stream of events reads the same whatever pieces it comes in, and keeps no more than its limit.
pub fn jmap_events(octets: &[u8]) {
    let limits = Limits {
        event: 512,
        ..Limits::default()
    };
    let read = |piece: usize| {
        let mut stream = EventStream::new(limits);
        let mut events: Vec<Pushed> = Vec::new();
        let mut pieces = octets.chunks(piece);
        let ended = pieces.try_for_each(|piece| stream.read(piece, &mut events));
        (events, ended)
    };
    assert_eq!(read(1), read(octets.len().max(1)));
    assert_eq!(read(1), read(7));
    // The same octets as texts of a socket, one a line: none is read behind one that ended it.
    let mut socket = PushSocket::new(limits);
    let mut texts = octets.split(|octet| *octet == b'\n');
    if texts.any(|text| short(socket.read(text).map_err(Failure::Unreadable)).is_none()) {
        assert!(socket.read(b"{}").is_err());
    }
}

/// The octets of an outline with all contents it wants.
fn outline_holds(email: &Email) -> usize {
    let wanted = email.wanted();
    assert!(wanted.len() <= 8);
    let blobs = wanted.into_iter().filter_map(|part| part.blob.clone());
    let contents: BTreeMap<Id, Vec<u8>> = blobs
        .map(|blob| (blob, br#"{"@type":"Order"}"#.to_vec()))
        .collect();
    let with = email.outline(&contents);
    // Over the limits of a header it is no message, and that is no panic.
    let _ = Message::parse(&with);
    email.outline(&BTreeMap::new()).len()
}

fn short<T>(answer: Result<T, Failure>) -> Option<T> {
    answer
        .inspect_err(|error| assert!(error.to_string().len() < 200))
        .ok()
}
