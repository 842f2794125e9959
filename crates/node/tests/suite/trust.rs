//! Who may write to whom.

use std::time::Instant;

use serde_json::json;

use crate::suite::operator::{Operator, text, with};

#[tokio::test]
async fn v21_v22_lists_and_blocks() {
    let operator = Operator::start().await;
    let (a, b, d) = (
        operator.open("@acme.x").await,
        operator.open("@beta.b").await,
        operator.closed("@beta.d").await,
    );
    let allowed = d
        .client
        .post("/agents/me/allowlist", &json!({"entries": ["@acme.*"]}))
        .await;
    assert_eq!(allowed.ok(200), json!({"entries": ["@acme.*"]}));
    a.send(&[&d]).await;
    b.client
        .post("/agents/me/blocks", &json!({"handle": "@acme.x"}))
        .await
        .ok(201);
    b.send(&[&a]).await;
    a.post(&text(&[&b])).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn i20_i21_refusals_look_the_same_and_leave_nothing() {
    let operator = Operator::start().await;
    let (a, b, c, d) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
        operator.open("@beta.c").await,
        operator.closed("@beta.d").await,
    );
    c.client
        .post("/agents/me/blocks", &json!({"handle": "@acme.a"}))
        .await
        .ok(201);
    let unknown = a
        .post(&with(text(&[&b]), json!({"to": ["@no.body"]})))
        .await;
    unknown.refused(404, "NOT_FOUND");
    for answer in [
        a.post(&text(&[&d])).await,
        a.post(&text(&[&c])).await,
        d.post(&text(&[&a])).await,
        a.post(&text(&[&b, &d])).await,
    ] {
        answer.refused(404, "NOT_FOUND");
        assert_eq!(answer.octets, unknown.octets);
    }
    assert!(b.listed("").await.is_empty());
    assert!(a.listed("?direction=out").await.is_empty());
}

/// Times are compared, and only here: the row is about time. The kinds take turns, so that a busy
/// machine slows all of them, and a round that it spoils is done again.
#[tokio::test]
async fn h19_refusals_take_the_same_time() {
    const SENDS: usize = 1_000;
    let operator = Operator::start().await;
    let a = operator.open("@acme.a").await;
    let mut good = Vec::new();
    for n in 0..20 {
        good.push(operator.open(&format!("@good.n{n}")).await.handle);
    }
    let blocking = operator.open("@beta.blocking").await;
    blocking
        .client
        .post("/agents/me/blocks", &json!({"handle": "@acme.a"}))
        .await
        .ok(201);
    operator.closed("@beta.refusing").await;
    // Whoever stops at the first one that fails is told from one that fails last.
    let kinds: Vec<Vec<String>> = ["@no.body", "@beta.blocking", "@beta.refusing"]
        .into_iter()
        .flat_map(|bad| {
            let (mut first, mut last) = (good.clone(), good.clone());
            first.insert(0, bad.to_owned());
            last.push(bad.to_owned());
            [first, last]
        })
        .collect();
    let mut found = String::new();
    for _ in 0..5 {
        let mut times = vec![Vec::new(); kinds.len()];
        for n in 0..SENDS {
            let post = with(text(&[&a]), json!({"to": kinds[n % kinds.len()]}));
            let began = Instant::now();
            let answer = a.post(&post).await;
            times[n % kinds.len()].push(began.elapsed());
            assert_eq!(answer.status, 404);
        }
        let medians: Vec<_> = times
            .iter_mut()
            .map(|times| *times.select_nth_unstable(SENDS / kinds.len() / 2).1)
            .collect();
        found = format!("{medians:.1?}");
        if *medians.iter().max().unwrap() < *medians.iter().min().unwrap() * 3 / 2 {
            let engine = env!("CARGO_CRATE_NAME");
            println!(
                "figures: unknown, blocking, refusing, each first and last, on {engine}: {found}"
            );
            return;
        }
    }
    panic!("{found}");
}

#[tokio::test]
async fn i25_bad_entries_and_targets() {
    let operator = Operator::start().await;
    let d = operator.closed("@beta.d").await;
    let post = async |path: &str, body| d.client.post(path, &body).await;
    post("/agents/me/blocks", json!({"handle": "@beta.d"}))
        .await
        .refused(400, "INVALID_BLOCK_TARGET");
    post("/agents/me/blocks", json!({"handle": 1}))
        .await
        .refused(400, "INVALID_HANDLE");
    let allowlist = "/agents/me/allowlist";
    post(allowlist, json!({"entries": ["@*.x"]}))
        .await
        .refused(400, "INVALID_ALLOWLIST_ENTRY");
    post(allowlist, json!({"entries": []}))
        .await
        .refused(400, "INVALID_ENTRIES");
}

#[tokio::test]
async fn lists_are_kept_and_paged() {
    let operator = Operator::start().await;
    let d = operator.closed("@beta.d").await;
    let add = json!({"entries": ["@c.c", "@a.*", "@c.c"]});
    let listed = d.client.post("/agents/me/allowlist", &add).await.ok(200);
    assert_eq!(listed, json!({"entries": ["@a.*", "@c.c"]}));
    let removed = d.client.delete("/agents/me/allowlist/%40a.*").await.ok(200);
    assert_eq!(removed, json!({"entries": ["@c.c"]}));
    d.client
        .delete("/agents/me/allowlist/@a.*")
        .await
        .refused(404, "NOT_FOUND");

    let mut blocked = Vec::new();
    for name in ["@x.a", "@x.b", "@x.c"] {
        blocked.push(
            d.client
                .post("/agents/me/blocks", &json!({"handle": name}))
                .await
                .ok(201),
        );
    }
    let again = d
        .client
        .post("/agents/me/blocks", &json!({"handle": "@x.b"}))
        .await
        .ok(201);
    assert_eq!(again, blocked[1]);
    blocked.reverse();
    let page = d.get("/agents/me/blocks?limit=2").await.ok(200);
    assert_eq!(page["blocks"], json!(blocked[..2]));
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = d
        .get(&format!("/agents/me/blocks?limit=2&cursor={cursor}"))
        .await
        .ok(200);
    assert_eq!(rest, json!({"blocks": blocked[2..], "next_cursor": null}));
    d.get("/agents/me/blocks?limit=101")
        .await
        .refused(400, "INVALID_LIMIT");
    d.get("/agents/me/blocks?cursor=zzz")
        .await
        .refused(400, "INVALID_CURSOR");
    let ended = d.client.delete("/agents/me/blocks/@x.a").await.ok(200);
    assert_eq!(ended, json!({"unblocked": true}));
    d.client
        .delete("/agents/me/blocks/@x.a")
        .await
        .refused(404, "NOT_FOUND");
}
