//! Mail and envelopes are in the same mailboxes, in one order.

use asmtp_envelope::{Push, PushFrame};
use mailmesh_store::{Delivery, EntryId, ErrorKind, Filter, Format, Mark, Posting, Window, Words};

use super::{Engine, address, at, inbox, listed, mail, ms, open_agents, post, send};

/// Mail that ASMTP doors show.
fn framed(subject: &str) -> Delivery {
    let mut delivery = mail(subject, &["beta.ben@x"]);
    delivery.received = at(0);
    delivery.postings.push(Posting::sent(address("acme.ann@x")));
    let id = delivery.id;
    let frame = format!(
        r#"{{"op":"envelope.notify","id":"{id}","from":"@acme.ann","to":["@beta.ben"],"subject":"{subject}",
            "type_hint":"text","created_at":0,"date_ms":0}}"#
    );
    let frame = Push::parse(frame.as_bytes(), &asmtp_envelope::Limits::default());
    let Ok(Push::Notify(frame)) = frame else {
        panic!("a frame")
    };
    delivery.frame = Some(frame);
    delivery
}

pub(crate) async fn envelopes_are_mail(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let posted = post(&[&ben], "forty widgets").with_subject("Quote".parse().unwrap());
    let id = send(&*store, &ann, posted).await;
    let entries = inbox(&*store, "beta.ben@x").await;
    assert_eq!(entries.len(), 1);
    let (entry, index) = (&entries[0], &entries[0].index);
    assert_eq!(
        (entry.message, entry.format, entry.unread),
        (id, Format::Envelope, true)
    );
    assert_eq!(index.subject, "Quote");
    assert_eq!(index.from.as_deref(), Some("@acme.ann"));
    assert_eq!(index.to, ["@beta.ben"]);
    assert_eq!(index.message_id.as_deref(), Some(id.as_str()));

    let ben_address = address("beta.ben@x");
    let stored = store.read(&ben_address, entry.id).await.unwrap();
    assert_eq!(stored.raw, store.fetch(&ann, &[id]).await.unwrap()[0].body);
    store
        .mark(&ben_address, entry.id, &Mark::Read)
        .await
        .unwrap();
    assert!(listed(&*store, &ben, "unread=true").await.is_empty());
    let sent = store
        .list(
            &address("acme.ann@x"),
            &Filter::default(),
            Window::newest(9),
        )
        .await
        .unwrap();
    assert_eq!(
        (sent[0].id, sent[0].folder.as_str()),
        (EntryId::sent(entry.id.key), "Sent")
    );

    store
        .deliver(mail("widgets by mail", &["beta.ben@x"]))
        .await
        .unwrap();
    let filter = Filter {
        words: Some(Words::parse("WIDGETS").unwrap()),
        ..Filter::default()
    };
    for window in [Window::newest(9), Window::after(EntryId::START, 9)] {
        let found = store.list(&ben_address, &filter, window).await.unwrap();
        assert_eq!(found.len(), 2);
    }
    let first = store
        .list(&ben_address, &filter, Window::newest(1))
        .await
        .unwrap();
    assert_eq!(first[0].format, Format::Mail, "the newest");
}

pub(crate) async fn mail_with_a_frame_is_listed(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let mut delivery = framed("Offer");
    "forty Widgets".clone_into(&mut delivery.text);
    let (id, raw) = (delivery.id, delivery.raw.clone());
    let key = store.deliver(delivery).await.unwrap();
    store
        .deliver(mail("hidden", &["beta.ben@x"]))
        .await
        .unwrap();
    let envelope = send(&*store, &ann, post(&[&ben], "hello")).await;
    assert_eq!(listed(&*store, &ben, "").await, [id, envelope]);
    assert_eq!(listed(&*store, &ben, "unread=true&limit=1").await, [id]);
    assert_eq!(listed(&*store, &ann, "direction=out").await, [id, envelope]);
    let rows = store
        .list_envelopes(&ben, &asmtp_envelope::Listing::default())
        .await
        .unwrap();
    assert_eq!(rows[0].key.created_at, key.created_at());
    let listed_frame = Push::parse(&rows[0].frame, &asmtp_envelope::Limits::default()).unwrap();
    let Push::Notify(frame) = listed_frame else {
        panic!("a frame")
    };
    assert_eq!(
        PushFrame::created_at(&frame),
        key.created_at(),
        "stamped by the store"
    );
    let peeked = store.peek(&ben, &[id]).await.unwrap();
    assert_eq!(listed(&*store, &ben, "unread=true&limit=1").await, [id]);
    assert_eq!((peeked[0].format, &peeked[0].body), (Format::Mail, &raw));
    assert_eq!(peeked[0].frame.as_ref(), Some(&rows[0].frame));
    assert_eq!(store.fetch(&ben, &[id]).await.unwrap(), peeked);
    assert_eq!(listed(&*store, &ben, "unread=true").await, [envelope]);
    for text in ["widgets", "offer", "er"] {
        let found = store.search_envelopes(&ben, text, 10).await.unwrap();
        assert_eq!(found[0].key, rows[0].key, "{text}");
    }
    store.remove_entry(&ben, id).await.unwrap();
    assert_eq!(listed(&*store, &ben, "").await, [envelope]);
}

pub(crate) async fn a_message_id_is_given_once(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let delivery = framed("Offer");
    store.deliver(delivery.clone()).await.unwrap();
    let again = store.deliver(delivery.clone()).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Exists);
    let same_id = super::with_id(&post(&[&ben], "hello"), delivery.id.as_str());
    let refused = super::decide_at(&*store, &ann, same_id, ms(9)).await;
    assert_eq!(super::code(&refused).map(|code| code.status()), Some(409));
    let envelope = send(&*store, &ann, post(&[&ben], "hello")).await;
    let mut mail = mail("same id", &["beta.ben@x"]);
    mail.id = envelope;
    assert_eq!(
        store.deliver(mail).await.unwrap_err().kind(),
        ErrorKind::Exists
    );
    let mut wrong_frame = framed("Offer");
    wrong_frame.id = crate::fresh::id();
    let error = store.deliver(wrong_frame).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}
