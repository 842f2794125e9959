//! Answers of context-sync that leave something out, since their messages are large.

use context_sync::{
    AgentId, Limits, Mailbox, MailboxPlan, Message, Page, StoredMessage, Thread, ThreadId,
};
use mailmesh_store::{ContextOptions, Store};

use super::Engine;
use super::contexts::{agent, message, options, send};

/// The sizes of the messages of a thread: each as large as another but one.
pub(super) const SIZES: [usize; 6] = [4000, 4000, 4000, 12_000, 4000, 4000];

/// As many octets as the last two count, and less than the last three.
pub(super) const ROOM: usize = 11_000;

/// A thread of ann and ben, of messages that name their place and have these sizes.
pub(super) async fn thread(store: &dyn Store, sizes: &[usize]) -> ThreadId {
    thread_of(store, "ann", sizes, 0).await
}

/// A thread of somebody and ben; the last message has a snapshot of that size.
pub(super) async fn thread_of(
    store: &dyn Store,
    from: &str,
    sizes: &[usize],
    snapshot: usize,
) -> ThreadId {
    let mut thread = None;
    for (at, size) in sizes.iter().enumerate() {
        let text = "x".repeat(*size);
        let known = "y".repeat(if at + 1 == sizes.len() { snapshot } else { 0 });
        let known = match &*known {
            "" => format!(r#"{{"at":{at}}}"#),
            known => format!(r#"{{"at":{at},"known":"{known}"}}"#),
        };
        let post = format!(
            r#"{{"from":"{from}","to":"ben","payload":[{at},"{text}"],"contextSnapshot":{known}}}"#
        );
        thread = Some(send(store, message(&post)).await.thread_id);
    }
    thread.unwrap()
}

pub(super) fn within(room: usize) -> ContextOptions {
    ContextOptions {
        limits: Limits {
            portion: room,
            ..Limits::default()
        },
        ..options()
    }
}

/// The places that payloads name.
pub(super) fn places<'m>(payloads: impl Iterator<Item = &'m str>) -> Vec<usize> {
    let place = |payload: &str| payload[1..2].parse().unwrap();
    payloads.map(place).collect()
}

pub(crate) async fn a_context_shows_the_newest_that_fit(engine: &impl Engine) {
    let store = engine.open().await;
    let thread = thread(&*store, &SIZES).await;
    let shown = async |room| {
        let context = store.sync(&thread, &agent("ben"), within(room)).await;
        let context = context.unwrap().unwrap();
        assert_eq!(context.snapshot().as_str(), r#"{"at":5}"#);
        let messages = context.recent_messages().iter();
        places(messages.map(|message| message.payload.as_str()))
    };
    assert_eq!(shown(ROOM).await, [4, 5]);
    assert_eq!(shown(3 * ROOM).await, [2, 3, 4, 5]);
    assert_eq!(shown(1).await, [5], "the newest always stays");
    assert_eq!(shown(usize::MAX).await, [0, 1, 2, 3, 4, 5]);
}

pub(crate) async fn a_thread_shows_the_newest_and_its_pages_the_rest(engine: &impl Engine) {
    let store = engine.open().await;
    let id = thread(&*store, &SIZES).await;
    for room in [1, 5_000, ROOM, 3 * ROOM, usize::MAX] {
        let limits = within(room).limits;
        let whole = one_thread(&*store, &id, "ben", None, room).await;
        let shown = places_of(&whole);
        assert_eq!(whole.omitted(), (SIZES.len() - shown.len()) as u64);
        assert!(
            shown
                .iter()
                .copied()
                .eq(SIZES.len() - shown.len()..SIZES.len())
        );
        assert_eq!(whole.page(), None);
        for limit in [1, 2, 1000] {
            let (mut all, mut offset) = (Vec::new(), 0);
            loop {
                let page = Page::new(limit, offset).unwrap();
                let part = one_thread(&*store, &id, "ben", Some(page), room).await;
                assert_eq!((part.page(), part.omitted()), (Some((page, 6)), 0));
                if part.messages().is_empty() {
                    break;
                }
                assert!(part.messages().len() as u64 <= limit);
                let octets: usize = part.messages().iter().map(size).sum();
                assert!(octets <= limits.portion || part.messages().len() == 1);
                offset += part.messages().len() as u64;
                all.extend(places_of(&part));
            }
            assert_eq!(all, [0, 1, 2, 3, 4, 5], "pages of {limit} in {room}");
        }
    }
    let far = Page::new(1, i64::MAX as u64);
    assert!(
        one_thread(&*store, &id, "ben", far, ROOM)
            .await
            .messages()
            .is_empty()
    );
    let eve = store
        .thread(&id, &agent("eve"), far, Limits::default())
        .await;
    assert!(eve.unwrap().is_none());
}

pub(crate) async fn pages_begin_where_a_member_does(engine: &impl Engine) {
    let store = engine.open().await;
    let id = thread(&*store, &[10, 10]).await;
    let post = |from: &str, to: &str, at: usize, more: &str| {
        format!(
            r#"{{"from":"{from}","to":"{to}","threadId":"{id}","payload":[{at}],"contextSnapshot":{{}}{more}}}"#
        )
    };
    send(
        &*store,
        message(&post("ann", "ben", 2, r#","bcc":["spy"]"#)),
    )
    .await;
    send(&*store, message(&post("ben", "ann", 3, ""))).await;
    for (limit, offset, wanted) in [(1, 0, &[2][..]), (9, 0, &[2, 3]), (9, 1, &[3]), (9, 2, &[])] {
        let page = Page::new(limit, offset);
        let part = one_thread(&*store, &id, "spy", page, usize::MAX).await;
        assert_eq!(places_of(&part), wanted);
        assert_eq!(part.page(), page.map(|page| (page, 2)));
        assert!(part.messages().iter().all(|message| message.bcc.is_empty()));
    }
    let cut = one_thread(&*store, &id, "spy", None, 1).await;
    assert_eq!((places_of(&cut), cut.omitted()), (vec![3], 1));
}

pub(crate) async fn blind_copies_of_others_take_no_room(engine: &impl Engine) {
    let store = engine.open().await;
    let names: Vec<_> = (0..200).map(|n| format!("\"{n:0>200}\"")).collect();
    let post = |at: usize, more: &str| {
        format!(r#"{{"from":"ann","to":"ben","payload":[{at}],"contextSnapshot":{{}}{more}}}"#)
    };
    send(&*store, message(&post(0, ""))).await;
    let bcc = format!(r#","bcc":[{}]"#, names.join(","));
    let id = send(&*store, message(&post(1, &bcc))).await.thread_id;
    let room = 2 * StoredMessage::AROUND as usize + 100;
    let seen = one_thread(&*store, &id, "ben", None, room).await;
    assert_eq!(places_of(&seen), [0, 1], "as if there were no blind copies");
    let own = one_thread(&*store, &id, "ann", None, room).await;
    assert_eq!((places_of(&own), own.omitted()), (vec![1], 1));
    assert_eq!(own.messages()[0].bcc.len(), names.len());
    let (seen, own) = (
        mailbox(&*store, "ben", None, room).await,
        mailbox(&*store, "ann", None, room).await,
    );
    assert_eq!(
        (seen.threads()[0].omitted(), own.threads()[0].omitted()),
        (0, 1)
    );
}

pub(crate) async fn a_large_thread_hides_no_small_ones(engine: &impl Engine) {
    let store = engine.open().await;
    let large = thread(&*store, &[4000; 9]).await;
    let mut small = Vec::new();
    for name in ["cy", "di", "ed"] {
        let post =
            format!(r#"{{"from":"{name}","to":"ben","payload":[0],"contextSnapshot":{{}}}}"#);
        small.push(send(&*store, message(&post)).await.thread_id);
    }
    let whole = mailbox(&*store, "ben", None, usize::MAX).await;
    assert_eq!((whole.threads().len(), whole.total()), (4, None));
    // Room for the small ones and two messages of the large one.
    let room = 3 * 1_100 + 2 * 5_200;
    let cut = mailbox(&*store, "ben", None, room).await;
    assert_eq!(
        (cut.threads().len(), cut.total(), cut.unread_count()),
        (4, None, 12)
    );
    for (cut, whole) in cut.threads().iter().zip(whole.threads()) {
        assert_eq!(
            (cut.id(), cut.participants()),
            (whole.id(), whole.participants())
        );
        assert!(whole.messages().ends_with(cut.messages()));
        assert_eq!(
            cut.messages().len() as u64 + cut.omitted(),
            whole.messages().len() as u64
        );
        match *cut.id() == large {
            true => assert_eq!(places_of(cut), [7, 8]),
            false => assert!(small.contains(cut.id()) && cut.omitted() == 0),
        }
    }
    // With a page as well, and no message where there is no room for one.
    let page = Page::new(2, 1);
    let part = mailbox(&*store, "ben", page, 3_000).await;
    assert_eq!(part.page(), page.map(|page| (page, 4)));
    let octets = part
        .threads()
        .iter()
        .flat_map(Thread::messages)
        .map(size)
        .sum::<usize>();
    assert!(octets <= 3_000);
    let least = mailbox(&*store, "ben", None, 4_000).await;
    let of_large = least.threads().iter().find(|thread| *thread.id() == large);
    assert!(of_large.is_none_or(|thread| thread.messages().is_empty() && thread.omitted() == 9));
}

pub(crate) async fn threads_of_many_names_come_in_pages(engine: &impl Engine) {
    let store = engine.open().await;
    let names = |group: usize| {
        let names = (0..20).map(|n| format!("\"{n:0>200}.{group}\""));
        names.collect::<Vec<_>>().join(",")
    };
    for group in 0..10 {
        let post = format!(
            r#"{{"from":"ann","to":"ben","cc":[{}],"payload":[0],"contextSnapshot":{{}}}}"#,
            names(group)
        );
        send(&*store, message(&post)).await;
    }
    let room = 4 * MailboxPlan::size(22) as usize;
    let listed = mailbox(&*store, "ben", None, room).await;
    assert_eq!(
        (listed.threads().len(), listed.total(), listed.page()),
        (4, Some(10), None)
    );
    let whole = mailbox(&*store, "ben", None, usize::MAX).await;
    assert_eq!((whole.threads().len(), whole.total()), (10, None));
    let (mut all, mut offset) = (Vec::new(), 0);
    while all.len() < 10 {
        let page = Page::new(1000, offset).unwrap();
        let part = mailbox(&*store, "ben", Some(page), room).await;
        assert_eq!(part.page(), Some((page, 10)));
        assert!((1..=4).contains(&part.threads().len()));
        offset += part.threads().len() as u64;
        all.extend(part.threads().iter().map(|thread| thread.id().clone()));
    }
    assert!(all.iter().eq(whole.threads().iter().map(Thread::id)));
    let one = mailbox(&*store, "ben", None, 1).await;
    assert_eq!(
        (one.threads().len(), one.total()),
        (1, Some(10)),
        "somebody gets on"
    );
    assert_eq!(mailbox(&*store, "nobody", None, 1).await.total(), None);
}

async fn one_thread(
    store: &dyn Store,
    id: &ThreadId,
    viewer: &str,
    page: Option<Page>,
    room: usize,
) -> Thread {
    let viewer = agent(viewer);
    let found = store.thread(id, &viewer, page, within(room).limits).await;
    found.unwrap().unwrap()
}

async fn mailbox(store: &dyn Store, viewer: &str, page: Option<Page>, room: usize) -> Mailbox {
    let viewer: AgentId = agent(viewer);
    store
        .threads(&viewer, page, within(room).limits)
        .await
        .unwrap()
}

fn places_of(thread: &Thread) -> Vec<usize> {
    places(
        thread
            .messages()
            .iter()
            .map(|message| message.payload.as_str()),
    )
}

/// What a message counts at least.
fn size(message: &Message) -> usize {
    let content = message.payload.as_str().len() + message.snapshot.as_str().len();
    content + StoredMessage::AROUND as usize
}
