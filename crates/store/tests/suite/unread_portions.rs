//! Answers of unread messages that leave something out, and the marks that go no further.

use context_sync::ThreadId;
use mailmesh_store::Store;

use super::Engine;
use super::contexts::agent;
use super::portions::{ROOM, SIZES, places, thread, thread_of, within};

/// The threads and places that an answer shows to ben, and whether more waits.
async fn unread(store: &dyn Store, room: usize) -> (Vec<(ThreadId, usize)>, bool) {
    let unread = store.unread(&agent("ben"), within(room)).await.unwrap();
    let mut written = Vec::new();
    unread.write(&mut written);
    let has_more = String::from_utf8(written)
        .unwrap()
        .ends_with(r#","hasMore":true}"#);
    assert_eq!(has_more, unread.has_more());
    let frames = unread.frames().iter();
    let shown = frames.map(|frame| {
        let message = frame.message();
        let place = places([message.payload.as_str()].into_iter())[0];
        (message.thread_id.clone(), place)
    });
    (shown.collect(), unread.has_more())
}

/// Reads and marks until nothing is unread: what each answer showed.
async fn rounds(store: &dyn Store, room: usize) -> Vec<Vec<(ThreadId, usize)>> {
    let mut rounds = Vec::new();
    loop {
        let (shown, has_more) = unread(store, room).await;
        let known = store.context_agent(&agent("ben")).await.unwrap().unwrap();
        assert_eq!(has_more, known.unread > shown.len() as u64);
        if shown.is_empty() {
            return rounds;
        }
        for (thread, _) in &shown {
            mark(store, thread).await;
        }
        rounds.push(shown);
        assert!(rounds.len() < 50, "it goes on");
    }
}

async fn mark(store: &dyn Store, thread: &ThreadId) {
    store.mark_thread_read(&agent("ben"), thread).await.unwrap();
}

fn of(thread: &ThreadId, places: impl IntoIterator<Item = usize>) -> Vec<(ThreadId, usize)> {
    let places = places.into_iter();
    places.map(|place| (thread.clone(), place)).collect()
}

pub(crate) async fn unread_messages_come_in_portions(engine: &impl Engine) {
    let store = engine.open().await;
    let store = &*store;
    let thread = thread(store, &SIZES).await;
    assert_eq!(unread(store, 1 << 20).await, (of(&thread, 0..6), false));
    // What the last message counts comes first, then two more fit.
    let room = 3 * (4000 + 1200);
    assert_eq!(unread(store, room).await, (of(&thread, 0..2), true));
    mark(store, &thread).await;
    mark(store, &thread).await;
    assert_eq!(
        unread(store, 1 << 20).await,
        (of(&thread, 2..6), false),
        "a repeated mark loses nothing"
    );
    mark(store, &thread).await;
    assert_eq!(unread(store, room).await, (Vec::new(), false));
}

pub(crate) async fn every_unread_message_is_shown_once(engine: &impl Engine) {
    let store = engine.open().await;
    let store = &*store;
    let small = thread_of(store, "cy", &[10, 10], 0).await;
    let large = thread_of(store, "ann", &SIZES, 0).await;
    let larger = thread_of(store, "di", &[30_000, 10], 5000).await;
    for room in [1, 5000, ROOM, 4 * ROOM] {
        let rounds = rounds(store, room).await;
        assert!(room == 1 || rounds[0].contains(&(small.clone(), 0)));
        let all: Vec<_> = rounds.concat();
        for (thread, length) in [(&small, 2), (&large, 6), (&larger, 2)] {
            let shown = all.iter().filter(|(shown, _)| shown == thread);
            assert_eq!(shown.cloned().collect::<Vec<_>>(), of(thread, 0..length));
        }
        thread_of(store, "cy", &[10, 10], 0).await;
        thread_of(store, "ann", &SIZES, 0).await;
        thread_of(store, "di", &[30_000, 10], 5000).await;
    }
}

pub(crate) async fn a_thread_that_was_left_out_stays_unread(engine: &impl Engine) {
    let store = engine.open().await;
    let store = &*store;
    let small = thread_of(store, "cy", &[10, 10], 0).await;
    let large = thread_of(store, "ann", &[9000, 10], 0).await;
    assert_eq!(unread(store, 7000).await, (of(&small, 0..2), true));
    mark(store, &large).await;
    mark(store, &small).await;
    assert_eq!(unread(store, 1 << 20).await, (of(&large, 0..2), false));
    mark(store, &large).await;
    assert_eq!(unread(store, 1 << 20).await, (Vec::new(), false));
}

pub(crate) async fn a_large_snapshot_is_not_repeated_without_end(engine: &impl Engine) {
    let store = engine.open().await;
    let store = &*store;
    thread_of(store, "ann", &[10; 10], 100_000).await;
    let options = within(400_000);
    let unread = store.unread(&agent("ben"), options).await.unwrap();
    let mut written = Vec::new();
    unread.write(&mut written);
    assert!(unread.has_more() && unread.frames().len() == 2);
    assert!(written.len() < 600_000, "{}", written.len());
    assert_eq!(rounds(store, 400_000).await.concat().len(), 10);
}

pub(crate) async fn readers_at_once_lose_nothing(engine: &impl Engine) {
    let store = engine.open().await;
    let store = &*store;
    let thread = thread(store, &SIZES).await;
    // One has room for all, the other does not: the mark goes by the one that showed less.
    for _ in 0..10 {
        let (whole, cut) = tokio::join!(unread(store, 1 << 20), unread(store, 16_000));
        assert_eq!((whole.0.len(), cut.0.len()), (6, 2));
        assert_eq!(unread(store, 16_000).await.0.len(), 2);
    }
    mark(store, &thread).await;
    assert_eq!(unread(store, 1 << 20).await.0, of(&thread, 2..6));
}
