//! The cases of the conformance list that need an operator and no server: section 17 by number.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use asmtp_envelope::{Code, ErrorBody, Gate, Handle, Policy, Timestamp};
use mailmesh_testkit::asmtp::{Operator, Pushed};
use serde_json::{Value, json};

const IDS: [&str; 3] = [
    "01M7XK89PHAZENM5WE3MBS1TF1",
    "01M7XK89PHPMRZKMZSCZZQDCQX",
    "01M7XK89PH84Q141ER94G24ZC0",
];

fn handle(name: &str) -> Handle {
    name.parse().unwrap()
}

/// Agents A, B and C, who are open, and D, whose allowlist is empty.
fn operator() -> Operator {
    let now = Timestamp::new(1_795_215_861_457).unwrap();
    let mut operator = Operator::new("https://mail.example", now);
    for (name, policy) in [
        ("@acme.a", Policy::Open),
        ("@beta.b", Policy::Open),
        ("@beta.c", Policy::Open),
        ("@beta.d", Policy::Allowlist),
    ] {
        let gate = Gate::new(handle(name), policy);
        operator.gates.insert(handle(name), gate);
    }
    operator
}

fn post(id: &str, to: &[&str]) -> Value {
    json!({
        "id": id, "to": to, "date_ms": 1,
        "content_parts": [{ "type": "text", "text": "hello" }]
    })
}

type Posted = Result<(Vec<Handle>, Vec<(Handle, Pushed)>), ErrorBody>;

fn send(operator: &mut Operator, from: &str, body: &Value) -> Posted {
    let (receipt, pushes) = operator.post(&handle(from), body.to_string().as_bytes())?;
    Ok((receipt.recipients, pushes))
}

fn code(posted: Posted) -> Option<Code> {
    posted.err()?.code()
}

fn rows(operator: &Operator, agent: &str, query: &str) -> usize {
    operator.list(&handle(agent), query).unwrap().rows.len()
}

#[test]
fn v03_an_agent_on_an_empty_allowlist_writes_to_itself() {
    let mut operator = operator();
    let (_, pushes) = send(&mut operator, "@beta.d", &post(IDS[0], &["@beta.d"])).unwrap();
    assert_eq!(pushes.len(), 1);
    let page = operator.list(&handle("@beta.d"), "direction=both").unwrap();
    assert_eq!(page.rows[0].direction.unwrap().as_str(), "self");
}

#[test]
fn v10_a_retry_gets_the_first_answer_and_tells_nobody() {
    let mut operator = operator();
    let body = post(IDS[0], &["@beta.b"]).to_string();
    let first = operator
        .post(&handle("@acme.a"), body.as_bytes())
        .unwrap()
        .0;
    operator.now = operator.now.saturating_add(9_000);
    let (again, pushes) = operator.post(&handle("@acme.a"), body.as_bytes()).unwrap();
    assert_eq!(again, first);
    assert!(pushes.is_empty());
    assert_eq!(rows(&operator, "@beta.b", ""), 1);
}

#[test]
fn v20_the_sender_learns_that_it_is_stored_and_nobody_else_does() {
    let mut operator = operator();
    let mut body = post(IDS[0], &["@beta.b", "@acme.a"]);
    body["monitor"] = "mon_q7".into();
    let (_, pushes) = send(&mut operator, "@acme.a", &body).unwrap();
    let told: Vec<_> = pushes
        .iter()
        .map(|(to, pushed)| match pushed {
            Pushed::Notify(_) => (to.as_str(), "notify"),
            Pushed::Fact(fact) => (to.as_str(), fact.recipient.as_str()),
        })
        .collect();
    let expected = [
        ("@beta.b", "notify"),
        ("@acme.a", "notify"),
        ("@acme.a", "@beta.b"),
        ("@acme.a", "@acme.a"),
    ];
    assert_eq!(
        told, expected,
        "to then cc, and the sender's notify before the facts"
    );
    let octets = pushes[0].1.octets();
    assert!(!String::from_utf8(octets).unwrap().contains("mon_q7"));
}

#[test]
fn h15_no_recipient_sees_the_monitor() {
    let mut operator = operator();
    let mut body = post(IDS[0], &["@beta.b"]);
    body["monitor"] = "mon_q7".into();
    send(&mut operator, "@acme.a", &body).unwrap();
    let mut fetch = |agent| operator.fetch(&handle(agent), IDS[0].parse().unwrap());
    let shown = fetch("@beta.b").unwrap();
    assert!(!String::from_utf8(shown).unwrap().contains("monitor"));
    let own = fetch("@acme.a").unwrap();
    assert!(
        String::from_utf8(own)
            .unwrap()
            .contains(r#""monitor":"mon_q7""#)
    );
    assert_eq!(fetch("@beta.c"), None, "I22");
}

#[test]
fn v15_fetching_marks_as_read_and_the_senders_fetch_does_not() {
    let mut operator = operator();
    send(&mut operator, "@acme.a", &post(IDS[0], &["@beta.b"])).unwrap();
    operator
        .fetch(&handle("@acme.a"), IDS[0].parse().unwrap())
        .unwrap();
    assert_eq!(rows(&operator, "@beta.b", "unread=true"), 1);
    operator
        .fetch(&handle("@beta.b"), IDS[0].parse().unwrap())
        .unwrap();
    assert_eq!(rows(&operator, "@beta.b", "unread=true"), 0);
    assert_eq!(rows(&operator, "@beta.b", "unread=false"), 1);
}

#[test]
fn i14_a_foreign_id_collides_and_i15_not_before_the_recipients_are_judged() {
    let mut operator = operator();
    send(&mut operator, "@acme.a", &post(IDS[0], &["@beta.b"])).unwrap();
    let collision = send(&mut operator, "@beta.b", &post(IDS[0], &["@acme.a"]));
    assert_eq!(code(collision), Some(Code::IdCollision));
    let hidden = send(&mut operator, "@beta.b", &post(IDS[0], &["@no.body"]));
    assert_eq!(code(hidden), Some(Code::NotFound));
}

#[test]
fn i20_missing_refusing_and_blocking_recipients_answer_alike() {
    let mut operator = operator();
    let blocker = operator.gates.get_mut(&handle("@beta.c")).unwrap();
    blocker.blocks.push(handle("@acme.a"));
    let refusals: Vec<_> = [
        ("@acme.a", "@no.body"),
        ("@acme.a", "@beta.d"),
        ("@acme.a", "@beta.c"),
        ("@beta.d", "@acme.a"),
    ]
    .into_iter()
    .map(|(from, to)| {
        let mut octets = Vec::new();
        let refused = send(&mut operator, from, &post(IDS[0], &["@beta.b", to]));
        refused.unwrap_err().write(&mut octets);
        octets
    })
    .collect();
    assert!(refusals.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(
        rows(&operator, "@beta.b", ""),
        0,
        "I21: nothing for the good one"
    );
}

#[test]
fn h18_a_retry_after_a_block_is_refused() {
    let mut operator = operator();
    let body = post(IDS[0], &["@beta.b"]);
    send(&mut operator, "@acme.a", &body).unwrap();
    let blocker = operator.gates.get_mut(&handle("@beta.b")).unwrap();
    blocker.blocks.push(handle("@acme.a"));
    assert_eq!(
        code(send(&mut operator, "@acme.a", &body)),
        Some(Code::NotFound)
    );
    assert_eq!(rows(&operator, "@beta.b", ""), 1, "past mail stays");
}

#[test]
fn h14_mail_outlives_its_sender() {
    let mut operator = operator();
    send(&mut operator, "@acme.a", &post(IDS[0], &["@beta.b"])).unwrap();
    operator.gates.remove(&handle("@acme.a"));
    assert_eq!(rows(&operator, "@beta.b", ""), 1);
    assert!(
        operator
            .fetch(&handle("@beta.b"), IDS[0].parse().unwrap())
            .is_some()
    );
}

#[test]
fn i26_a_file_is_claimed_once_by_its_uploader() {
    let mut operator = operator();
    let with_files = |id, files: &[&str]| {
        let mut body = post(id, &["@beta.b"]);
        let part = |file| json!({ "type": "file", "file_id": file });
        body["content_parts"] = files.iter().map(part).collect();
        body
    };
    operator
        .files
        .insert("file_a".parse().unwrap(), handle("@acme.a"));
    operator
        .files
        .insert("file_b".parse().unwrap(), handle("@beta.c"));
    let refused = [
        with_files(IDS[0], &["file_b"]),
        with_files(IDS[0], &["file_a", "file_a"]),
        with_files(IDS[0], &["file_a", "file_x"]),
    ];
    for body in refused {
        let posted = send(&mut operator, "@acme.a", &body);
        assert_eq!(code(posted), Some(Code::InvalidFile), "{body}");
    }
    let good = with_files(IDS[1], &["file_a"]);
    assert!(send(&mut operator, "@acme.a", &good).is_ok());
    assert!(
        send(&mut operator, "@acme.a", &good).is_ok(),
        "V24: a retry claims nothing"
    );
    let second = with_files(IDS[2], &["file_a"]);
    assert_eq!(
        code(send(&mut operator, "@acme.a", &second)),
        Some(Code::InvalidFile)
    );
}
