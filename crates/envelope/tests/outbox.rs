//! What an outbox does, step by step: the sender's table of section 16.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use asmtp_envelope::{
    Answer, Code, ContentPart, EnvelopePost, ErrorBody, ErrorKind, Outbox, OutboxAction,
    OutboxEvent, OutboxOptions, Outcome, Parcel, Receipt, Timestamp,
};
use mailmesh_testkit::asmtp::sample::{id, key};

fn at(millis: u64) -> Timestamp {
    Timestamp::new(1_795_300_000_000 + millis).unwrap()
}

fn post(n: u64) -> EnvelopePost {
    let parts = vec![ContentPart::text("hello").unwrap()];
    EnvelopePost::new(id(n), vec!["@beta.bob".parse().unwrap()], at(0), parts).unwrap()
}

fn actions(outbox: &mut Outbox) -> Vec<OutboxAction> {
    std::iter::from_fn(|| outbox.poll()).collect()
}

/// An outbox whose first envelope is on its way, and its parcel.
fn sending() -> (Outbox, Parcel) {
    let mut outbox = Outbox::restore([], OutboxOptions::default(), 1);
    outbox.submit(&post(1)).unwrap();
    outbox.handle(OutboxEvent::Persisted(id(1)), at(0));
    let actions = actions(&mut outbox);
    let [OutboxAction::Persist(kept), OutboxAction::Send(sent)] = &actions[..] else {
        panic!("kept, then sent: {actions:?}");
    };
    assert_eq!(kept, sent);
    (outbox, Parcel::clone(sent))
}

fn receipt(n: u64) -> Receipt {
    Receipt {
        id: id(n),
        received_ms: at(0),
        created_at: key(n).created_at,
        recipients: vec!["@beta.bob".parse().unwrap()],
    }
}

fn refusal(code: Code) -> Answer {
    let mut body = Vec::new();
    ErrorBody::new(code, "no").write(&mut body);
    Answer::of_response(code.status(), &body, None)
}

#[test]
fn nothing_is_sent_before_it_is_durable() {
    let mut outbox = Outbox::restore([], OutboxOptions::default(), 1);
    outbox.submit(&post(1)).unwrap();
    outbox.handle(OutboxEvent::Tick, at(0));
    assert!(matches!(
        actions(&mut outbox)[..],
        [OutboxAction::Persist(_)]
    ));
    outbox.handle(OutboxEvent::Tick, at(99_000));
    assert_eq!(actions(&mut outbox), []);
}

#[test]
fn an_answer_settles_it_and_the_parcel_goes_when_that_is_recorded() {
    let (mut outbox, _) = sending();
    let mut body = Vec::new();
    receipt(1).write(&mut body);
    let answer = Answer::of_response(202, &body, None);
    outbox.handle(OutboxEvent::Answered(id(1), answer.clone()), at(1));
    let outcome = Outcome::Accepted(Some(receipt(1)));
    assert_eq!(actions(&mut outbox), [OutboxAction::Report(id(1), outcome)]);
    outbox.handle(OutboxEvent::Answered(id(1), answer), at(2));
    assert_eq!(actions(&mut outbox), [], "an answer that comes twice");
    outbox.handle(OutboxEvent::Recorded(id(1)), at(3));
    assert_eq!(actions(&mut outbox), [OutboxAction::Forget(id(1))]);
    assert!(outbox.is_empty());
}

#[test]
fn the_same_octets_go_again_until_there_is_an_answer() {
    let (mut outbox, parcel) = sending();
    let mut now = at(0);
    let failures = [
        Answer::Lost,
        Answer::of_response(503, b"", None),
        Answer::of_response(500, b"<html>", None),
        Answer::of_response(429, b"", Some(7_000)),
        Answer::Lost,
    ];
    for failure in failures {
        outbox.handle(OutboxEvent::Answered(id(1), failure), now);
        assert_eq!(actions(&mut outbox), []);
        let next = outbox.timeout().unwrap();
        assert!(next > now, "it waits");
        now = next;
        outbox.handle(OutboxEvent::Tick, now);
        let again = actions(&mut outbox);
        assert!(
            matches!(&again[..], [OutboxAction::Send(sent)] if **sent == parcel),
            "{again:?}"
        );
    }
}

#[test]
fn it_waits_as_long_as_the_operator_asks() {
    let (mut outbox, _) = sending();
    let answer = Answer::of_response(429, b"", Some(90_000));
    outbox.handle(OutboxEvent::Answered(id(1), answer), at(0));
    outbox.submit(&post(2)).unwrap();
    outbox.handle(OutboxEvent::Persisted(id(2)), at(1));
    assert!(
        matches!(actions(&mut outbox)[..], [OutboxAction::Persist(_)]),
        "others wait too"
    );
    assert_eq!(outbox.timeout(), Some(at(90_000)));
}

#[test]
fn a_restart_sends_what_is_left_under_the_same_id() {
    let (outbox, parcel) = sending();
    drop(outbox);
    let json = serde_json::to_string(&parcel).unwrap();
    let restored: Parcel = serde_json::from_str(&json).unwrap();
    let mut outbox = Outbox::restore([restored], OutboxOptions::default(), 2);
    assert!(outbox.timeout().is_some());
    outbox.handle(OutboxEvent::Tick, at(0));
    let sent = actions(&mut outbox);
    assert!(matches!(&sent[..], [OutboxAction::Send(sent)] if **sent == parcel));
    outbox.handle(OutboxEvent::Answered(id(1), refusal(Code::NotFound)), at(1));
    let told = actions(&mut outbox);
    let [
        OutboxAction::Report(
            _,
            Outcome::Rejected {
                may_be_stored,
                code,
                status,
                ..
            },
        ),
    ] = told[..]
    else {
        panic!("refused: {told:?}");
    };
    assert_eq!(
        (may_be_stored, code, status),
        (true, Some(Code::NotFound), 404)
    );
}

#[test]
fn a_parcel_that_is_there_twice_is_sent_once() {
    let (_, parcel) = sending();
    let parcels = [parcel.clone(), parcel];
    let mut outbox = Outbox::restore(parcels, OutboxOptions::default(), 2);
    outbox.handle(OutboxEvent::Tick, at(0));
    assert_eq!(actions(&mut outbox).len(), 1);
}

#[test]
fn a_refusal_at_the_first_try_left_no_trace() {
    let (mut outbox, _) = sending();
    outbox.handle(
        OutboxEvent::Answered(id(1), refusal(Code::IdCollision)),
        at(1),
    );
    let told = actions(&mut outbox);
    assert!(
        matches!(
            told[..],
            [OutboxAction::Report(
                _,
                Outcome::Rejected {
                    may_be_stored: false,
                    ..
                }
            )]
        ),
        "{told:?}"
    );
}

#[test]
fn a_mismatch_after_a_retry_of_our_own_is_a_bug_to_report() {
    let (mut outbox, _) = sending();
    outbox.handle(OutboxEvent::Answered(id(1), Answer::Lost), at(0));
    outbox.handle(OutboxEvent::Tick, at(60_000));
    actions(&mut outbox);
    let answer = refusal(Code::RetryMismatch);
    outbox.handle(OutboxEvent::Answered(id(1), answer), at(60_001));
    assert_eq!(
        actions(&mut outbox),
        [OutboxAction::Report(id(1), Outcome::Mismatch)]
    );
}

#[test]
fn a_receipt_for_another_envelope_is_none() {
    let (mut outbox, _) = sending();
    let answer = Answer::Accepted(Some(receipt(2)));
    outbox.handle(OutboxEvent::Answered(id(1), answer), at(1));
    let told = actions(&mut outbox);
    assert_eq!(told, [OutboxAction::Report(id(1), Outcome::Accepted(None))]);
}

#[test]
fn limits_hold_at_the_edge() {
    let options = OutboxOptions {
        in_flight: 2,
        envelopes: 3,
        ..OutboxOptions::default()
    };
    let mut outbox = Outbox::restore([], options, 1);
    for n in 1..=3 {
        outbox.submit(&post(n)).unwrap();
        outbox.handle(OutboxEvent::Persisted(id(n)), at(0));
    }
    let full = outbox.submit(&post(4)).unwrap_err();
    assert_eq!(full.kind(), ErrorKind::TooLarge);
    let is_send = |action: &OutboxAction| matches!(action, OutboxAction::Send(_));
    assert_eq!(actions(&mut outbox).into_iter().filter(is_send).count(), 2);
    assert_eq!(outbox.timeout(), None, "no time helps before an answer");

    let mut outbox = Outbox::restore(
        [],
        OutboxOptions {
            body: 143,
            ..options
        },
        1,
    );
    let mut octets = Vec::new();
    post(1).write(&mut octets);
    let exact = OutboxOptions {
        body: octets.len(),
        ..options
    };
    let short = OutboxOptions {
        body: octets.len() - 1,
        ..options
    };
    assert!(Outbox::restore([], exact, 1).submit(&post(1)).is_ok());
    assert!(Outbox::restore([], short, 1).submit(&post(1)).is_err());
    outbox.submit(&post(1)).unwrap();
    let twice = outbox.submit(&post(1)).unwrap_err();
    assert_eq!(twice.kind(), ErrorKind::Inconsistent);
}
