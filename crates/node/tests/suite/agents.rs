//! Profiles and cards.

use serde_json::json;

use crate::operator::Operator;

#[tokio::test]
async fn an_agent_says_who_it_is() {
    let operator = Operator::start().await;
    let a = operator.open("@acme.a").await;
    let me = a.get("/agents/me").await.ok(200);
    assert_eq!(
        (&me["canonical_handle"], &me["inbound_policy"]),
        (&json!("@acme.a"), &json!("open"))
    );
    let change = json!({"display_name": "A", "description": "d", "card_body": "# A"});
    let changed = a.client.patch("/agents/me", &change).await.ok(200);
    assert_eq!(
        (&changed["display_name"], &changed["card_body"]),
        (&json!("A"), &json!("# A"))
    );
    let cleared = a
        .client
        .patch("/agents/me", &json!({"description": null}))
        .await
        .ok(200);
    assert_eq!(
        (&cleared["description"], &cleared["card_body"]),
        (&json!(null), &json!("# A"))
    );
    for nothing in [
        json!({}),
        json!({"inbound_policy": "allowlist"}),
        json!({"policy": "open"}),
    ] {
        a.client
            .patch("/agents/me", &nothing)
            .await
            .refused(400, "INVALID_UPDATE");
    }
    let null = a
        .client
        .patch("/agents/me", &json!({"display_name": null}))
        .await;
    null.refused(400, "INVALID_DISPLAY_NAME");
}

#[tokio::test]
async fn hidden_agents_look_like_none() {
    let operator = Operator::start().await;
    let viewer = operator.open("@acme.a").await;
    operator
        .agent(json!({"handle": "@beta.seen", "visibility": "public", "card_body": "# S"}))
        .await;
    let hidden = operator.closed("@beta.hidden").await;
    let shown = viewer.get("/agents/beta/seen").await.ok(200);
    assert_eq!(
        shown["viewer"],
        json!({"relationship": "none", "can_edit": false})
    );
    let card = viewer.get("/agents/beta/seen/card").await;
    assert_eq!((card.status, &*card.octets), (200, &b"# S"[..]));
    assert_eq!(card.headers["content-type"], "text/markdown; charset=utf-8");
    let (one, two) = (
        viewer.get("/agents/beta/hidden").await,
        viewer.get("/agents/no/body").await,
    );
    one.refused(404, "NOT_FOUND");
    assert_eq!(one.octets, two.octets);
    viewer
        .get("/agents/beta/hidden/card")
        .await
        .refused(404, "NOT_FOUND");
    let own = hidden.get("/agents/beta/hidden").await.ok(200);
    assert_eq!(
        own["viewer"],
        json!({"relationship": "owner", "can_edit": true})
    );
    hidden
        .client
        .post("/agents/me/allowlist", &json!({"entries": ["@acme.a"]}))
        .await
        .ok(200);
    viewer.get("/agents/beta/hidden").await.ok(200);
    let empty = viewer.get("/agents/beta/hidden/card").await;
    assert_eq!((empty.status, empty.octets.len()), (200, 0));
}
