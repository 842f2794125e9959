use asmtp_envelope::{
    Decision, Entry, Envelope, EnvelopeId, ErrorBody, Listing, Order, PushFrame, Subject,
};
use mailmesh_store::{ErrorKind, Format, Store};

use super::{Engine, decide, handle, listed, open_agents, post, send};
use crate::fresh;

pub(crate) async fn are_fetched_as_they_were_posted(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let odd = "NUL \0, C0 \u{1}, \u{10FFFF} and \"quotes\"";
    let posted = post(&[&ben], odd)
        .with_subject("Ünïcode".parse::<Subject>().unwrap())
        .with_monitor("mon_a".parse().unwrap());
    let id = posted.id();
    let Decision::Accepted(accepted) = decide(&*store, &ann, posted).await else {
        panic!("refused")
    };
    for (agent, is_sender) in [(&ann, true), (&ben, false)] {
        let fetched = store.fetch(agent, &[id]).await.unwrap();
        assert_eq!(fetched.len(), 1);
        assert_eq!((fetched[0].id, fetched[0].is_sender), (id, is_sender));
        assert_eq!(fetched[0].format, Format::Envelope);
        let envelope = Envelope::parse(&fetched[0].body, &asmtp_envelope::Limits::default());
        assert_eq!(envelope.unwrap(), *accepted.envelope());
    }
    let rows = store
        .list_envelopes(&ben, &Listing::default())
        .await
        .unwrap();
    let mut frame = Vec::new();
    PushFrame::write(&accepted.frame(), &mut frame);
    assert_eq!(rows[0].frame, frame, "listed as it is pushed");
    assert_eq!(rows[0].key, accepted.key());
}

pub(crate) async fn recipients_get_one_entry_each(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben, cid] = open_agents(&*store, ["@acme.ann", "@beta.ben", "@beta.cid"]).await;
    let posted = post(&[&ben, &ben], "hello").with_cc(vec![ben.clone(), cid.clone()]);
    let id = send(&*store, &ann, posted.unwrap()).await;
    for agent in [&ben, &cid] {
        assert_eq!(listed(&*store, agent, "").await, [id]);
        assert_eq!(listed(&*store, agent, "direction=both").await, [id]);
        assert!(listed(&*store, agent, "direction=out").await.is_empty());
    }
    assert_eq!(listed(&*store, &ann, "direction=out").await, [id]);
    assert!(listed(&*store, &ann, "").await.is_empty());
}

pub(crate) async fn pages_tile_in_every_direction(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let (mut received, mut both) = (Vec::new(), Vec::new());
    for n in 0..14 {
        let (from, to) = if n % 3 == 0 {
            (&ben, &ann)
        } else {
            (&ann, &ben)
        };
        let id = send(&*store, from, post(&[to], "hello")).await;
        both.push(id);
        if to == &ben {
            received.push(id);
        }
    }
    store.mark_read(&ben, &received[..4]).await.unwrap();
    for (query, expected) in [
        ("", &received[..]),
        ("direction=both", &both[..]),
        ("unread=true", &received[4..]),
        ("unread=false", &received[..4]),
    ] {
        for limit in [1, 3, expected.len() as u16, 100] {
            for order in [Order::Ascending, Order::Descending] {
                let mut pages = tile(
                    &*store,
                    &Listing {
                        limit,
                        order,
                        ..Listing::parse(query).unwrap()
                    },
                )
                .await;
                if order == Order::Descending {
                    pages.reverse();
                }
                assert_eq!(pages, expected, "{query} {limit} {order:?}");
            }
        }
    }
}

/// All rows of the mailbox of Ben, page by page.
async fn tile(store: &dyn Store, listing: &Listing) -> Vec<EnvelopeId> {
    let mut listing = *listing;
    let mut ids = Vec::new();
    loop {
        let rows = store
            .list_envelopes(&handle("@beta.ben"), &listing)
            .await
            .unwrap();
        assert!(rows.len() <= usize::from(listing.limit));
        ids.extend(rows.iter().map(|row| row.key.envelope_id));
        if rows.len() < usize::from(listing.limit) {
            return ids;
        }
        listing.after = rows.last().map(|row| row.key);
    }
}

pub(crate) async fn unread_is_filtered_and_marked(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let first = send(&*store, &ann, post(&[&ben], "first")).await;
    let second = send(&*store, &ann, post(&[&ben], "second")).await;
    assert_eq!(listed(&*store, &ben, "unread=true").await, [first, second]);
    store.fetch(&ben, &[first]).await.unwrap();
    store.fetch(&ann, &[second]).await.unwrap();
    assert_eq!(
        listed(&*store, &ben, "unread=true").await,
        [second],
        "by its recipient only"
    );
    assert_eq!(listed(&*store, &ben, "unread=false").await, [first]);
    assert_eq!(
        listed(&*store, &ben, "").await,
        [first, second],
        "listing marks nothing"
    );
    let listing = Listing::parse("direction=both").unwrap();
    let rows = store.list_envelopes(&ben, &listing).await.unwrap();
    let flags: Vec<_> = rows.iter().map(|row| row.entry.received).collect();
    assert_eq!(flags, [Some(true), Some(false)]);
}

pub(crate) async fn strangers_fetch_nothing(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben, cid] = open_agents(&*store, ["@acme.ann", "@beta.ben", "@beta.cid"]).await;
    let id = send(&*store, &ann, post(&[&ben], "hello")).await;
    assert!(
        store
            .fetch(&cid, &[id, fresh::id()])
            .await
            .unwrap()
            .is_empty()
    );
    assert!(store.mark_read(&cid, &[id]).await.unwrap().is_empty());
    let removal = store.remove_entry(&cid, id).await.unwrap_err();
    assert_eq!(removal.kind(), ErrorKind::NotFound);
    assert!(listed(&*store, &cid, "direction=both").await.is_empty());
}

pub(crate) async fn batches_keep_the_order_of_ids(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben, cid] = open_agents(&*store, ["@acme.ann", "@beta.ben", "@beta.cid"]).await;
    let mut ids = Vec::new();
    for text in ["one", "two", "three", "four"] {
        ids.push(send(&*store, &ann, post(&[&ben], text)).await);
    }
    let foreign = send(&*store, &ann, post(&[&cid], "foreign")).await;
    let wanted = [ids[3], ids[0], ids[3], foreign, fresh::id()];
    let fetched = store.fetch(&ben, &wanted).await.unwrap();
    let fetched: Vec<_> = fetched.iter().map(|fetched| fetched.id).collect();
    assert_eq!(fetched, [ids[3], ids[0]]);
    assert_eq!(
        listed(&*store, &ben, "unread=false").await,
        [ids[0], ids[3]]
    );
}

pub(crate) async fn marking_answers_own_entries_once(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let id = send(&*store, &ann, post(&[&ben], "hello")).await;
    for _ in 0..2 {
        let marked = store.mark_read(&ben, &[fresh::id(), id, id]).await.unwrap();
        assert_eq!(marked, [id]);
    }
    assert!(
        store.mark_read(&ann, &[id]).await.unwrap().is_empty(),
        "it sent it"
    );
}

pub(crate) async fn removal_is_for_one_mailbox(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben, cid] = open_agents(&*store, ["@acme.ann", "@beta.ben", "@beta.cid"]).await;
    let id = send(&*store, &ann, post(&[&ben, &cid], "hello")).await;
    store.remove_entry(&ben, id).await.unwrap();
    let again = store.remove_entry(&ben, id).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::NotFound);
    let sent = store.remove_entry(&ann, id).await.unwrap_err();
    assert_eq!(sent.kind(), ErrorKind::NotFound, "it sent it");
    assert!(listed(&*store, &ben, "direction=both").await.is_empty());
    assert!(store.fetch(&ben, &[id]).await.unwrap().is_empty());
    assert_eq!(listed(&*store, &cid, "").await, [id]);
    assert_eq!(listed(&*store, &ann, "direction=out").await, [id]);
    assert_eq!(store.fetch(&ann, &[id]).await.unwrap().len(), 1);
}

pub(crate) async fn mail_to_oneself_is_one_row(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann] = open_agents(&*store, ["@acme.ann"]).await;
    let id = send(&*store, &ann, post(&[&ann], "note")).await;
    for query in ["direction=in", "direction=out", "direction=both"] {
        let listing = Listing::parse(query).unwrap();
        let rows = store.list_envelopes(&ann, &listing).await.unwrap();
        let entry = Entry {
            sent: true,
            received: Some(false),
        };
        let seen: Vec<_> = rows
            .iter()
            .map(|row| (row.key.envelope_id, row.entry))
            .collect();
        assert_eq!(seen, [(id, entry)], "{query}");
    }
    store.remove_entry(&ann, id).await.unwrap();
    assert!(listed(&*store, &ann, "").await.is_empty());
    assert_eq!(listed(&*store, &ann, "direction=both").await, [id]);
}

pub(crate) async fn what_a_removed_sender_sent_stays(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let id = send(&*store, &ann, post(&[&ben], "hello")).await;
    store.remove_agent(&ann, super::ms(5)).await.unwrap();
    store
        .sweep(super::ms(6), &mailmesh_store::Retention::default())
        .await
        .unwrap();
    assert_eq!(listed(&*store, &ben, "").await, [id]);
    let fetched = store.fetch(&ben, &[id]).await.unwrap();
    let envelope = Envelope::parse(&fetched[0].body, &asmtp_envelope::Limits::default()).unwrap();
    assert_eq!(*envelope.from(), ann);
}

pub(crate) async fn unknown_agents_are_errors(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann] = open_agents(&*store, ["@acme.ann"]).await;
    let nobody = handle("@no.body");
    let accepted = store
        .accept(
            &nobody,
            post(&[&ann], "hello"),
            super::options(super::ms(1)),
        )
        .await;
    for error in [
        accepted.err(),
        store
            .list_envelopes(&nobody, &Listing::default())
            .await
            .err(),
        store.fetch(&nobody, &[fresh::id()]).await.err(),
        store.mark_read(&nobody, &[fresh::id()]).await.err(),
        store.search_envelopes(&nobody, "text", 1).await.err(),
    ] {
        assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::NotFound));
    }
    let refused = decide(&*store, &ann, post(&[&nobody], "hello")).await;
    let body = ErrorBody::new(asmtp_envelope::Code::NotFound, "not found");
    assert_eq!(refused, Decision::Refused(body));
}
