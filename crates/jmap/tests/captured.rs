//! What Cyrus 3.6.1 answered, octet for octet but for line breaks, is read.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::collections::BTreeMap;

use mail_jmap::{
    Condition, Detail, Failure, Id, Limits, Reason, Request, Response, Session, Submission, Then,
    Which, Window,
};
use structured_email::Message;

const ACCOUNT: &str = "agent597@mail.test";

fn request() -> Request {
    Request::new(&ACCOUNT.parse().unwrap())
}

fn response(octets: &[u8]) -> Response<'_> {
    Response::parse(octets, &Limits::default()).unwrap()
}

#[test]
fn the_session_has_relative_urls() {
    let octets = include_bytes!("captured/session-cyrus.json");
    let found_at = "http://127.0.0.1:3080/jmap/".parse().unwrap();
    let session = Session::parse(octets, &found_at).unwrap();
    assert_eq!(session.account.as_str(), ACCOUNT);
    assert_eq!(session.api.as_str(), "http://127.0.0.1:3080/jmap/");
    assert!(session.can_submit);
    assert_eq!(session.server_limits.objects_in_get, 4096);
    let upload = session.upload().unwrap();
    assert_eq!(upload.path(), "/jmap/upload/agent597%40mail.test/");
}

#[test]
fn mailboxes_and_identities_have_names() {
    let mut request = request();
    let (mailboxes, identities) = (request.mailboxes(), request.identities());
    let response = response(include_bytes!("captured/response-mailboxes.json"));
    let mailboxes = response.read(&mailboxes).unwrap().list;
    assert_eq!(mailboxes.len(), 6);
    assert_eq!(mailboxes[0].role.as_deref(), Some("inbox"));
    assert_eq!(response.read(&identities).unwrap().list[0].email, ACCOUNT);
}

#[test]
fn a_listing_has_what_a_parser_can_classify() {
    let mut request = request();
    let window = Window {
        position: 0,
        limit: 50,
        ascending: false,
    };
    let found = request.query(&Condition::default(), window);
    let emails = request.emails(Which::Found(&found), Detail::Outline { html: 9 });
    let response = response(include_bytes!("captured/response-listing.json"));
    let ids = response.read(&found).unwrap().ids;
    let emails = response.read(&emails).unwrap().list;
    assert_eq!((ids.len(), emails.len()), (2, 2));
    let order = emails
        .iter()
        .find(|email| email.body.as_ref().unwrap().is_multipart());
    let order = order.unwrap();
    let blob = order.wanted()[0].blob.clone().unwrap();
    let data = br#"{"@context":"https://schema.org","@type":"Order"}"#;
    let outline = order.outline(&BTreeMap::from([(blob, data.to_vec())]));
    let message = Message::parse(&outline).unwrap();
    assert_eq!(message.class().as_str(), "full");
    assert_eq!(message.from()[0].name.as_deref(), Some("Zöe"));
    assert_eq!(
        message.html().as_deref().map(str::trim),
        Some("<p>Hello</p>")
    );
    assert_eq!(message.attachments().count(), 1);
}

#[test]
fn changes_are_told_object_by_object() {
    let mut request = request();
    let none: Id = "Mnone".parse().unwrap();
    let set = request.set_keywords(&none, &[("$seen", true)]);
    let since = "0".parse().unwrap();
    let (changes, unknown) = (request.changes(&since, 128), request.changes(&since, 128));
    let response = response(include_bytes!("captured/response-set.json"));
    let outcome = response.read(&set).unwrap();
    assert_eq!(outcome.updated.len(), 1);
    assert_eq!(outcome.not_updated[&none].reason(), Reason::NotFound);
    // Cyrus takes what is not there for destroyed.
    assert_eq!(
        (outcome.destroyed.len(), outcome.not_destroyed.len()),
        (1, 0)
    );
    assert_eq!(response.read(&changes).unwrap().created.len(), 2);
    let Err(Failure::Refused(refusal)) = response.read(&unknown) else {
        panic!("expected a refusal");
    };
    assert!(refusal.is("invalidArguments"));
}

#[test]
fn a_submission_is_created_or_says_why_not() {
    let (drafts, from) = ("dr".parse().unwrap(), ACCOUNT.parse().unwrap());
    let mut request = request();
    let imported = request.import(&drafts, &drafts);
    let submitted = request.submit(&Submission {
        email: None,
        identity: &from,
        from: ACCOUNT,
        recipients: &[],
        then: Then::Destroy,
    });
    let sent = response(include_bytes!("captured/response-sent.json"));
    assert!(
        sent.read(&imported)
            .unwrap()
            .created
            .contains_key(Request::DRAFT)
    );
    let created = sent.read(&submitted).unwrap().created;
    assert!(created.contains_key(Request::SUBMISSION));

    let refused = response(include_bytes!("captured/response-refused.json"));
    let refusal = &refused.read(&submitted).unwrap().not_created[Request::SUBMISSION];
    assert_eq!(refusal.invalid_recipients, ["unknown@mail.test"]);
    let exists = response(include_bytes!("captured/response-exists.json"));
    let refusal = &exists.read(&imported).unwrap().not_created[Request::DRAFT];
    assert!(refusal.existing_id.is_some());
}
