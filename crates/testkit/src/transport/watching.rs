//! Watching: each message once, in order, from a place that can be kept.

use mailmesh::{Arrival, Filter, Folder, Mark, Position, Watch};
use structured_email::Draft;

use super::{EVERYTHING, Harness, Pair, ids, subjects};

/// What arrives while somebody watches comes in the order of the listing.
pub async fn a_watch_shows_each_arrival_once_in_order(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let mut watch = pair.b.watch(Folder::inbox(), None).await.unwrap();
    for subject in ["1", "2", "3", "4"] {
        pair.send(Draft::new().subject(subject).text("x")).await;
        pair.let_time_pass().await;
    }
    let seen: Vec<_> = take(&pair, &mut watch, 4)
        .await
        .into_iter()
        .map(|it| it.summary)
        .collect();
    let mut listed = pair.inbox(&pair.b, 4).await;
    listed.reverse();
    assert_eq!(seen, listed);
    assert_quiet(&mut watch).await;
}

/// A watch begins at the present end.
pub async fn a_watch_shows_nothing_older(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    pair.send_in_order(&["old"]).await;
    let mut watch = pair.b.watch(Folder::inbox(), None).await.unwrap();
    // Sent before anybody polls the stream.
    pair.send_in_order(&["new"]).await;
    let arrivals = take(&pair, &mut watch, 1).await;
    assert_eq!(arrivals[0].summary.subject, "new");
    assert_quiet(&mut watch).await;
}

/// A position outlives its watch, as text, and misses nothing in between.
pub async fn a_watch_goes_on_from_a_saved_position(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let mut watch = pair.b.watch(Folder::inbox(), None).await.unwrap();
    let start = watch.position().clone();
    pair.send_in_order(&["1", "2", "3"]).await;
    let saved = take(&pair, &mut watch, 2).await.remove(1).position;
    assert_eq!(*watch.position(), saved);
    drop(watch);
    pair.send_in_order(&["4"]).await;

    for (from, expected) in [(&saved, &["3", "4"][..]), (&start, &["1", "2", "3", "4"])] {
        let from = Position::new(from.as_str().to_owned());
        let mut watch = pair.b.watch(Folder::inbox(), Some(from)).await.unwrap();
        let arrivals = take(&pair, &mut watch, expected.len()).await;
        let seen: Vec<_> = arrivals
            .iter()
            .map(|arrival| arrival.summary.subject.as_str())
            .collect();
        assert_eq!(seen, expected);
        assert_quiet(&mut watch).await;
    }
}

/// Many senders at once, two watchers: both see all of it, in one order.
pub async fn concurrent_senders_are_all_seen(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let mut first = pair.b.watch(Folder::inbox(), None).await.unwrap();
    let mut second = pair.b.watch(Folder::inbox(), None).await.unwrap();
    let subjects: Vec<String> = (0..12).map(|n| format!("message {n:02}")).collect();
    let sends = subjects
        .iter()
        .map(|subject| pair.send(Draft::new().subject(subject).text("x")));
    futures_util::future::join_all(sends).await;

    let first: Vec<_> = take(&pair, &mut first, 12)
        .await
        .into_iter()
        .map(|it| it.summary)
        .collect();
    let second: Vec<_> = take(&pair, &mut second, 12)
        .await
        .into_iter()
        .map(|it| it.summary)
        .collect();
    assert_eq!(ids(&first), ids(&second));
    let mut seen = super::subjects(&first);
    seen.sort_unstable();
    assert_eq!(seen, subjects);
}

/// Watching reads nothing.
pub async fn a_watch_marks_nothing(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let mut watch = pair.b.watch(Folder::inbox(), None).await.unwrap();
    pair.send_in_order(&["1"]).await;
    assert!(take(&pair, &mut watch, 1).await[0].summary.unread);
    let unread = Filter {
        unread: Some(true),
        ..Filter::default()
    };
    assert_eq!(
        subjects(&pair.b.list(&unread, EVERYTHING).await.unwrap()),
        ["1"]
    );
}

/// Marks and expunged neighbours bring nothing again, and hide nothing that is new.
pub async fn a_change_is_no_arrival(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let inbox = pair.send_in_order(&["old", "gone"]).await;
    let mut watch = pair.b.watch(Folder::inbox(), None).await.unwrap();
    pair.send_in_order(&["1"]).await;
    let seen = take(&pair, &mut watch, 1).await.remove(0).summary.id;
    pair.b.read(&seen).await.unwrap();
    let keyword = Mark::Keyword("$Seen-By-Test".to_owned());
    for id in [&seen, &inbox[1].id] {
        pair.b.mark(id, &keyword).await.unwrap();
        pair.b.mark(id, &Mark::Unread).await.unwrap();
    }
    harness.expunge(&inbox[0].id).await;
    assert_quiet(&mut watch).await;
    pair.send(Draft::new().subject("2").text("x")).await;
    assert_eq!(take(&pair, &mut watch, 1).await[0].summary.subject, "2");
    assert_quiet(&mut watch).await;
}

/// The messages around a position can go; what comes behind it comes once.
pub async fn a_position_outlives_its_messages(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let mut watch = pair.b.watch(Folder::inbox(), None).await.unwrap();
    pair.send_in_order(&["1", "2", "3"]).await;
    let arrivals = take(&pair, &mut watch, 3).await;
    drop(watch);
    let saved = arrivals[1].position.clone();
    for arrival in &arrivals {
        harness.expunge(&arrival.summary.id).await;
    }
    pair.let_time_pass().await;
    pair.send_in_order(&["4"]).await;
    let mut watch = pair.b.watch(Folder::inbox(), Some(saved)).await.unwrap();
    assert_eq!(take(&pair, &mut watch, 1).await[0].summary.subject, "4");
    assert_quiet(&mut watch).await;
}

/// Waiting can be given up at any time, by the one who waits or with its process.
pub async fn giving_up_waiting_loses_nothing(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let mut watch = pair.b.watch(Folder::inbox(), None).await.unwrap();
    let mut seen = Vec::new();
    for subject in ["1", "2", "3"] {
        pair.send(Draft::new().subject(subject).text("x")).await;
        for milliseconds in [0, 1, 5, 20] {
            let patience = std::time::Duration::from_millis(milliseconds);
            if let Ok(arrival) = tokio::time::timeout(patience, watch.next()).await {
                seen.push(arrival.expect("the watch goes on").unwrap().summary.subject);
            }
        }
        let position = watch.position().clone();
        let again = pair.b.watch(Folder::inbox(), Some(position)).await;
        watch = again.unwrap();
        pair.let_time_pass().await;
    }
    let left = 3 - seen.len();
    let rest = take(&pair, &mut watch, left).await.into_iter();
    seen.extend(rest.map(|arrival| arrival.summary.subject));
    // In the order of the inbox, whatever that of the deliveries was.
    let inbox = pair.inbox(&pair.b, 3).await.into_iter().rev();
    let inbox: Vec<_> = inbox.map(|summary| summary.subject).collect();
    assert_eq!(seen, inbox);
    assert_quiet(&mut watch).await;
}

async fn take(pair: &Pair<'_>, watch: &mut Watch, count: usize) -> Vec<Arrival> {
    let mut arrivals = Vec::new();
    while arrivals.len() < count {
        arrivals.push(
            pair.soon(watch.next())
                .await
                .expect("the watch goes on")
                .unwrap(),
        );
    }
    arrivals
}

/// Nothing more comes: long enough to notice a message that is shown twice.
async fn assert_quiet(watch: &mut Watch) {
    let quiet = std::time::Duration::from_millis(300);
    if let Ok(more) = tokio::time::timeout(quiet, watch.next()).await {
        panic!("one more than was sent: {more:?}");
    }
}
