//! Order keys: nothing lands behind a cursor that was given out.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::json;

use crate::suite::operator::{Agent, Operator, id, text, with};

#[tokio::test]
async fn v27_v28_clocks_that_stand_still_or_step_back() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let (low, high) = (id(), id());
    let mut last = (0, String::new());
    for (skew, id) in [(0, high), (-10_000, low), (-10_000, id())] {
        operator.set_skew(skew);
        let receipt = a.post(&with(text(&[&b]), json!({"id": id}))).await.ok(202);
        let key = (receipt["created_at"].as_u64().unwrap(), id);
        assert!(key > last, "{key:?} after {last:?}");
        last = key;
    }
    assert_eq!(b.listed("").await.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v28_a_clock_that_steps_about_in_mid_load() {
    const SENDERS: usize = 16;
    const EACH: usize = 30;
    let operator = Operator::start().await;
    let reader = operator.open("@read.er").await;
    let mut socket = reader.client.connect("").await;
    let mut senders = Vec::new();
    for n in 0..SENDERS {
        senders.push(operator.open(&format!("@send.n{n}")).await);
    }
    let to = [&reader];
    let sending = join_all(senders.iter().map(|sender| async {
        for _ in 0..EACH {
            sender.send(&to).await;
        }
    }));
    let stepping = async {
        let mut last = (0, String::new());
        let mut steps = [-10_000, 5_000, -3_600_000, 60_000, -10_000, 0].into_iter();
        for n in 0..SENDERS * EACH {
            if n % 60 == 30 {
                operator.set_skew(steps.next().unwrap_or_default());
            }
            let frame = socket.frame().await;
            let id = frame["id"].as_str().unwrap().to_owned();
            let key = (frame["created_at"].as_u64().unwrap(), id);
            assert!(key > last, "{key:?} after {last:?}");
            last = key;
        }
        assert_eq!(steps.next(), None, "all steps were made");
    };
    let (_, (), seen) = tokio::join!(sending, stepping, follow(&reader, SENDERS * EACH));
    let (engine, found) = (env!("CARGO_CRATE_NAME"), seen.len());
    println!("figures: clock stepped 6 times on {engine}: {found} found, none behind a cursor");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v26_nothing_is_behind_any_cursor() {
    const SENDERS: usize = 32;
    const EACH: usize = 94;
    let operator = Operator::start().await;
    let reader = operator.open("@read.er").await;
    let mut senders = Vec::new();
    for n in 0..SENDERS {
        senders.push(operator.open(&format!("@send.n{n}")).await);
    }
    let sending: Vec<_> = senders
        .into_iter()
        .map(|sender| {
            let reader = reader.clone();
            tokio::spawn(async move {
                for _ in 0..EACH {
                    sender.send(&[&reader]).await;
                }
            })
        })
        .collect();
    let seen = follow(&reader, SENDERS * EACH).await;
    for task in sending {
        task.await.unwrap();
    }
    assert_eq!(seen.len(), SENDERS * EACH);
}

/// Lists from the last key that was seen, over and over, until so many rows came.
async fn follow(reader: &Agent, most: usize) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut cursor = String::new();
    while seen.len() < most {
        let page = reader
            .get(&format!("/mailbox?limit=50{cursor}"))
            .await
            .ok(200);
        let rows = page["envelope_headers"].as_array().unwrap();
        for row in rows {
            assert!(seen.insert(row["id"].as_str().unwrap().to_owned()));
        }
        if let Some(last) = rows.last() {
            let (time, id) = (&last["created_at"], last["id"].as_str().unwrap());
            cursor = format!("&after_created_at={time}&after_envelope_id={id}");
        }
    }
    seen
}
