//! Who may write to whom.

use serde_json::json;

use crate::operator::{Operator, text, with};

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
