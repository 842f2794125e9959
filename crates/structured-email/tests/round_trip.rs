//! What is composed reads as what was meant, on every path there is through a draft.
#![allow(clippy::unwrap_used)] // a panic is how a test fails

use mailmesh_testkit::draft_plan::{self, DraftPlan};
use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};
use serde_json::Value;
use structured_email::{Arrangement, Class, Composed, Mailbox, Message, WarningKind};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn the_message_says_what_the_draft_said(plan in draft_plan::sound()) {
        let (_, octets) = compose(&plan);
        let message = Message::parse(&octets).unwrap();

        prop_assert_eq!(message.subject().map(String::from), plan.subject.clone());
        prop_assert_eq!(message.from(), vec![plan.from.clone()]);
        prop_assert_eq!(message.mailboxes("To"), plan.to.clone());
        prop_assert_eq!(message.mailboxes("Cc"), plan.cc.clone());
        prop_assert_eq!(message.mailboxes("Reply-To"), plan.reply_to.clone());
        let bcc: &[Mailbox] = if plan.options.keep_bcc { &plan.bcc } else { &[] };
        prop_assert_eq!(message.mailboxes("Bcc"), bcc);
        prop_assert_eq!(message.message_ids("In-Reply-To"), plan.in_reply_to.clone());
        prop_assert_eq!(message.message_ids("References"), plan.references.clone());
        prop_assert_eq!(message.supersedes(), plan.supersedes.clone());
        prop_assert_eq!(message.message_id(), Some(plan.stamp.message_id.clone()));
        prop_assert_eq!(message.date(), Some(plan.stamp.date));
        prop_assert_eq!(message.text().map(String::from), plan.text.as_deref().map(crlf));
        if !plan.options.html_fallback {
            prop_assert_eq!(message.html().map(String::from), plan.html.as_deref().map(crlf));
        }
    }

    #[test]
    fn the_data_and_its_class_come_back(plan in draft_plan::sound()) {
        let (_, octets) = compose(&plan);
        let message = Message::parse(&octets).unwrap();
        prop_assert_eq!(message.class(), class(&plan));
        prop_assert_eq!(message.problems(), &[]);
        // An address that needs SMTPUTF8 stands in the header as it is, which is worth a word.
        let odd = |kind: &WarningKind| *kind != WarningKind::Utf8Header;
        let warnings: Vec<_> = message.warnings().iter().map(|w| w.kind()).filter(odd).collect();
        prop_assert_eq!(warnings, vec![]);

        let sent: Vec<Value> = plan.data.iter().flat_map(|json| objects(json)).collect();
        let found: Vec<Value> = message.items().iter().filter_map(|item| item.value()).collect();
        prop_assert_eq!(found, sent);
    }

    #[test]
    fn the_attachments_come_back(plan in draft_plan::sound()) {
        let (_, octets) = compose(&plan);
        let message = Message::parse(&octets).unwrap();
        prop_assert_eq!(message.attachments().count(), plan.attachments.len());
        for (part, file) in message.attachments().zip(&plan.attachments) {
            prop_assert_eq!(part.filename().map(String::from), Some(file.filename.clone()));
            prop_assert_eq!(part.media_type(), file.media_type.as_str());
            prop_assert_eq!(part.decode(usize::MAX).unwrap(), file.content.as_slice());
        }
    }

    #[test]
    fn the_octets_suit_every_relay(plan in draft_plan::sound()) {
        let (composed, octets) = compose(&plan);
        for line in octets.split_inclusive(|&octet| octet == b'\n') {
            prop_assert!(line.ends_with(b"\r\n") && line.len() <= 998 + 2);
            prop_assert!(!line[..line.len() - 2].contains(&b'\r'));
        }
        prop_assert!(!octets.contains(&0));
        prop_assert!(octets.is_ascii() || composed.needs_smtputf8);
        prop_assert!(!octets.ends_with(b"\r\n\r\n") || is_header_only(&octets));
        let versions = octets.windows(15).filter(|window| window == b"MIME-Version: 1");
        prop_assert_eq!(versions.count(), 1);
    }

    #[test]
    fn the_same_draft_and_stamp_give_the_same_octets(plan in draft_plan::sound()) {
        prop_assert_eq!(compose(&plan), compose(&plan));
    }

    #[test]
    fn what_is_needed_to_send_it_is_known(plan in draft_plan::sound()) {
        let (composed, _) = compose(&plan);
        let addresses = [&plan.to, &plan.cc, &plan.bcc, &plan.reply_to].into_iter().flatten();
        let utf8 = addresses.chain([&plan.from]).any(|mailbox| !mailbox.address.is_ascii());
        prop_assert_eq!(composed.needs_smtputf8, utf8);
    }
}

fn compose(plan: &DraftPlan) -> (Composed, Vec<u8>) {
    let mut octets = Vec::new();
    let composed = plan.draft().compose(&plan.stamp, &mut octets).unwrap();
    (composed, octets)
}

/// The class that a plan asks for.
fn class(plan: &DraftPlan) -> Class {
    match plan.arrangement {
        _ if plan.data.is_empty() => Class::None,
        Some(Arrangement::Partial) => Class::Partial,
        Some(Arrangement::NonRepresentation) => Class::NonRepresentation,
        _ if plan.text.is_some() || plan.html.is_some() => Class::Full,
        _ => Class::Mrm,
    }
}

/// The objects of a JSON text, schema.org's context added where there is none.
fn objects(json: &str) -> Vec<Value> {
    let mut objects = match serde_json::from_str(json).unwrap() {
        Value::Array(objects) => objects,
        object => vec![object],
    };
    for object in objects.iter_mut().filter_map(Value::as_object_mut) {
        object
            .entry("@context")
            .or_insert_with(|| "https://schema.org".into());
    }
    objects
}

fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('\n', "\r\n")
}

fn is_header_only(octets: &[u8]) -> bool {
    octets.windows(4).position(|window| window == b"\r\n\r\n") == Some(octets.len() - 4)
}
