//! What holds for every message: what comes out without a loss comes back equal, and what goes in
//! hurts nobody. The fuzz targets run the same properties.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use asmtp_envelope::{Envelope, Limits};
use mailmesh_testkit::mime_tree::mime_tree;
use mailmesh_testkit::{draft_plan, envelope_plan, properties};
use proptest::prelude::*;
use serde_json::{Value, json};
use structured_email::Mailbox;

/// Mail between agents of one operator: the plan with addresses that are handles.
fn mail_of(mut plan: draft_plan::DraftPlan, ids: [u64; 2]) -> Vec<u8> {
    let address = |mailbox: &mut Mailbox| {
        let name: String = mailbox.address.bytes().take(8).map(letter).collect();
        mailbox.address = format!("acme.{name}@agents.example");
    };
    plan.to.iter_mut().chain(&mut plan.cc).for_each(address);
    plan.from = "acme.alice@agents.example".into();
    let [own, parent] = ids.map(|id| format!("01{id:024}@agents.example"));
    plan.stamp.message_id = own;
    if !plan.in_reply_to.is_empty() {
        plan.in_reply_to = vec![parent];
    }
    let mut octets = Vec::new();
    let _ = plan.draft().compose(&plan.stamp, &mut octets);
    octets
}

fn letter(octet: u8) -> char {
    char::from(b'a' + octet % 26)
}

/// The body of a message between agents, aliases, and agents by their other names.
fn message() -> impl Strategy<Value = String> {
    let id = prop::sample::select(vec![
        "@acme.alice",
        "acme.alice@agents.example",
        "@beta.bob",
        "Beta.Bob@Agents.Example",
        "@hush.eve",
        "dora@demo",
        "@ACME.x",
    ]);
    let ids = || prop::collection::vec(id.clone(), 0..4);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(70, 80, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[@a-z]{0,8}", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    let snapshot = prop::collection::btree_map("[@a-z]{0,8}", value.clone(), 0..3);
    let parties = (id.clone(), id.clone(), ids(), ids());
    (parties, value, snapshot).prop_map(|((from, to, cc, bcc), payload, snapshot)| {
        let body = json!({
            "from": from, "to": to, "cc": cc, "bcc": bcc, "payload": payload, "contextSnapshot": snapshot,
        });
        body.to_string()
    })
}

proptest! {
    #[test]
    fn envelopes_without_a_loss_come_back(body in envelope_plan::stored()) {
        let envelope = Envelope::parse(body.to_string().as_bytes(), &Limits::default()).unwrap();
        properties::envelope_survives(&envelope);
    }

    #[test]
    fn mail_without_a_loss_comes_back(plan in draft_plan::sound(), ids: [u64; 2]) {
        properties::bridge_mail(&mail_of(plan, ids));
    }

    #[test]
    fn mail_can_be_read_where_it_is_stored(plan in draft_plan::sound(), ids: [u64; 2]) {
        properties::stored_mail(&mail_of(plan, ids));
    }

    #[test]
    fn mail_of_any_shape_can_be_read_where_it_is_stored(tree in mime_tree()) {
        let headers = "From: Carl <carl@shop.example>\r\nTo: acme.alice@agents.example, <x@y.example>\r\n";
        properties::stored_mail(tree.write(headers).as_bytes());
    }

    #[test]
    fn messages_of_threads_keep_what_they_say(body in message()) {
        properties::bridge_context(body.as_bytes());
    }

    #[test]
    fn noise_hurts_nobody(octets: Vec<u8>) {
        properties::bridge_mail(&octets);
        properties::bridge_envelope(&octets);
        properties::stored_mail(&octets);
        properties::bridge_context(&octets);
    }
}

/// The promise would be empty if everything lost something.
#[test]
fn many_envelopes_lose_nothing() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let survivors = (0..400).filter(|_| {
        let body = envelope_plan::stored()
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let octets = body.to_string();
        let envelope = Envelope::parse(octets.as_bytes(), &Limits::default()).unwrap();
        properties::envelope_survives(&envelope)
    });
    let survivors = survivors.count();
    assert!(survivors > 60, "{survivors} of 400 came back equal");
}
