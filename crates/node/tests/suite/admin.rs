//! Administration.

use serde_json::json;

use crate::operator::{Answer, Operator, with};

#[tokio::test]
async fn i23_only_the_administrator_administers() {
    let operator = Operator::start().await;
    let a = operator.open("@acme.a").await;
    a.get("/_admin/agents").await.refused(401, "UNAUTHORIZED");
    let url = a.client.url("/_admin/agents");
    let bare = reqwest::Client::new();
    Answer::of(bare.get(&url))
        .await
        .refused(401, "UNAUTHORIZED");
    Answer::of(bare.get(&url).basic_auth("x", Some("y")))
        .await
        .refused(401, "UNAUTHORIZED");
    operator
        .admin
        .get("/agents/me")
        .await
        .refused(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn i24_v29_bearers() {
    let operator = Operator::start().await;
    let a = operator.open("@acme.a").await;
    let path = "/_admin/agents/@acme.a/rotate-token";
    let rotated = operator.admin.post(path, &json!({})).await.ok(200);
    a.get("/mailbox").await.refused(401, "UNAUTHORIZED");
    let token = rotated["token"].as_str().unwrap();
    assert_eq!(token.len(), 43);
    let loose = reqwest::Client::new().get(a.client.url("/mailbox"));
    Answer::of(loose.header("authorization", format!("bearer   {token}")))
        .await
        .ok(200);
}

#[tokio::test]
async fn an_agent_is_created_changed_and_removed() {
    let operator = Operator::start().await;
    let admin = &operator.admin;
    let new = json!({"handle": "@acme.a", "display_name": "A", "visibility": "public"});
    let mut made = admin.post("/_admin/agents", &new).await.ok(201);
    made.as_object_mut().unwrap().remove("token").unwrap();
    let expected = json!({
        "handle": "@acme.a", "address": "acme.a@localhost", "policy": "allowlist", "allowlist": [],
        "display_name": "A", "description": null, "card_body": null, "visibility": "public",
    });
    assert_eq!(made, expected);
    assert_eq!(
        admin.get("/_admin/agents/%40acme.a").await.ok(200),
        expected
    );
    let change = json!({"policy": "open", "description": "d"});
    let changed = admin.patch("/_admin/agents/@acme.a", &change).await.ok(200);
    assert_eq!(changed, with(expected.clone(), change));
    assert_eq!(
        admin.get("/_admin/agents").await.ok(200),
        json!({"agents": [changed]})
    );
    for (wrong, code) in [
        (json!({"handle": "@A.b"}), "INVALID_HANDLE"),
        (json!({}), "INVALID_HANDLE"),
        (json!({"handle": "@z.z", "policy": "x"}), "INVALID_POLICY"),
        (
            json!({"handle": "@z.z", "visibility": 1}),
            "INVALID_VISIBILITY",
        ),
        (
            json!({"handle": "@z.z", "display_name": ""}),
            "INVALID_DISPLAY_NAME",
        ),
        (
            json!({"handle": "@z.z", "description": 1}),
            "INVALID_DESCRIPTION",
        ),
        (
            json!({"handle": "@z.z", "card_body": []}),
            "INVALID_CARD_BODY",
        ),
        (json!([]), "INVALID_JSON"),
    ] {
        admin
            .post("/_admin/agents", &wrong)
            .await
            .refused(400, code);
    }
    assert_eq!(admin.delete("/_admin/agents/@acme.a").await.status, 204);
    admin
        .get("/_admin/agents/@acme.a")
        .await
        .refused(404, "NOT_FOUND");
    admin
        .delete("/_admin/agents/@acme.a")
        .await
        .refused(404, "NOT_FOUND");
    admin
        .post("/_admin/agents", &new)
        .await
        .refused(409, "AGENT_EXISTS");
}

#[tokio::test]
async fn handles_are_as_long_as_the_protocol_says() {
    let operator = Operator::start().await;
    let longest = format!("@{}.{}", "a".repeat(64), "b".repeat(64));
    let agent = operator.open(&longest).await;
    agent.send(&[&agent]).await;
    let longer = format!("@{}.b", "a".repeat(65));
    let made = operator
        .admin
        .post("/_admin/agents", &json!({"handle": longer}))
        .await;
    made.refused(400, "INVALID_HANDLE");
}

#[tokio::test]
async fn h14_mail_of_a_removed_sender_stays() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let id = a.send(&[&b]).await;
    assert_eq!(
        operator.admin.delete("/_admin/agents/@acme.a").await.status,
        204
    );
    assert_eq!(b.listed("").await, [id.clone()]);
    let body = b.get(&format!("/messages/{id}")).await.ok(200);
    assert_eq!(body["from"], "@acme.a");
}
