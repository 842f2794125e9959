//! Answers of context-sync that leave something out, since their messages are large.

use context_sync::{Limits, ThreadId};
use mailmesh_store::{ContextOptions, Store};

use super::Engine;
use super::contexts::{agent, message, options, send};

/// The sizes of the messages of a thread: each as large as another but one.
const SIZES: [usize; 6] = [4000, 4000, 4000, 12_000, 4000, 4000];

/// As many octets as the last two count, and less than the last three.
const ROOM: usize = 11_000;

/// A thread of ann and ben, of messages that name their place and have these sizes.
async fn thread(store: &dyn Store, sizes: &[usize]) -> ThreadId {
    let mut thread = None;
    for (at, size) in sizes.iter().enumerate() {
        let text = "x".repeat(*size);
        let post = format!(
            r#"{{"from":"ann","to":"ben","payload":[{at},"{text}"],"contextSnapshot":{{"at":{at}}}}}"#
        );
        thread = Some(send(store, message(&post)).await.thread_id);
    }
    thread.unwrap()
}

fn within(room: usize) -> ContextOptions {
    ContextOptions {
        limits: Limits {
            portion: room,
            ..Limits::default()
        },
        ..options()
    }
}

/// The places that payloads name.
fn places<'m>(payloads: impl Iterator<Item = &'m str>) -> Vec<usize> {
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
