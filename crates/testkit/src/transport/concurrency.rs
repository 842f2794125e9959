//! One transport, many callers, some of whom give up.

use std::time::Duration;

use mailmesh::{Filter, Page};
use structured_email::Draft;

use super::{EVERYTHING, Harness, Pair, subjects};

/// Sending, listing, searching and reading at once.
pub async fn many_tasks_share_one_transport(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let known = pair.send_in_order(&["known"]).await.remove(0).id;
    let tasks: Vec<_> = (0..16)
        .map(|n| {
            let (a, b, known) = (pair.a.clone(), pair.b.clone(), known.clone());
            tokio::spawn(async move {
                let draft = Draft::new()
                    .to(b.address())
                    .subject(format!("task {n:02}"))
                    .text("x");
                a.send(draft).await.unwrap();
                b.list(&Filter::default(), Page::default()).await.unwrap();
                b.search("known", &Filter::default(), Page::default())
                    .await
                    .unwrap();
                assert_eq!(b.read(&known).await.unwrap().summary.subject, "known");
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let inbox = pair.inbox(&pair.b, 17).await;
    let mut seen = subjects(&inbox);
    seen.sort_unstable();
    let expected: Vec<String> = (0..16).map(|n| format!("task {n:02}")).collect();
    assert_eq!(seen[0], "known");
    assert_eq!(seen[1..], expected);
}

/// Calls dropped at every stage: the next call works and no answer is somebody else's.
pub async fn dropped_calls_leave_the_transport_usable(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let inbox = pair.send_in_order(&["1", "2"]).await;
    let filter = Filter::default();
    for microseconds in [0, 50, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000] {
        let pause = Duration::from_micros(microseconds);
        // Whether the call was in time does not matter.
        let _ = tokio::time::timeout(pause, pair.b.list(&filter, EVERYTHING)).await;
        let _ = tokio::time::timeout(pause, pair.b.search("hello", &filter, EVERYTHING)).await;
        let _ = tokio::time::timeout(pause, pair.b.peek(&inbox[1].id)).await;
        let dropped = Draft::new()
            .to(pair.a.address())
            .subject("dropped")
            .text("x");
        let _ = tokio::time::timeout(pause, pair.b.send(dropped)).await;
        assert_eq!(
            pair.b.peek(&inbox[0].id).await.unwrap().summary.subject,
            "2"
        );
        assert_eq!(pair.b.list(&filter, EVERYTHING).await.unwrap(), inbox);
    }
    pair.send_in_order(&["3"]).await;
}
