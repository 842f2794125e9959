//! Health, readiness, metrics and the description of the routes.

use serde_json::json;

use crate::suite::operator::{Answer, Operator};

#[tokio::test]
async fn v30_health_needs_no_bearer() {
    let operator = Operator::start().await;
    for path in ["/healthz", "/health"] {
        let health = Answer::of(reqwest::Client::new().get(operator.admin.url(path)))
            .await
            .ok(200);
        assert_eq!(
            (&health["ok"], &health["network"]),
            (&json!(true), &json!("local"))
        );
        assert!(health["version"].is_string() && health["uptime_ms"].is_u64());
    }
    assert_eq!(
        operator.admin.get("/readyz").await.ok(200),
        json!({"ready": true})
    );
}

#[tokio::test]
async fn metrics_count_and_name_nobody() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.aaa").await,
        operator.open("@beta.bbb").await,
    );
    let mut socket = b.client.connect("").await;
    let id = a.send(&[&b]).await;
    socket.id().await;
    b.get(&format!("/messages/{id}")).await.ok(200);
    b.get("/messages/no-id-at-all").await;
    b.get("/no-path-at-all").await;
    let answer = a.get("/metrics").await;
    assert_eq!(
        answer.headers["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let text = String::from_utf8(answer.octets).unwrap();
    for line in [
        "mailmesh_posts_total{outcome=\"accepted\"} 1",
        "mailmesh_sockets 1",
        "mailmesh_frames_total 1",
        "mailmesh_http_request_seconds_count{method=\"POST\",route=\"/messages\",status=\"202\"} 1",
        "mailmesh_http_request_seconds_count{method=\"GET\",route=\"/messages/{id}\",status=\"400\"} 1",
        "mailmesh_http_request_seconds_count{method=\"\",route=\"\",status=\"404\"} 1",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line} is not in {text}"
        );
    }
    let (a_token, b_token) = (&a.client.token, &b.client.token);
    for secret in [
        a_token,
        b_token,
        &operator.admin.token,
        "aaa",
        "bbb",
        &id,
        "no-id",
        "no-path",
    ] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}

#[tokio::test]
async fn the_description_names_every_route() {
    let operator = Operator::start().await;
    let description = operator.admin.get("/openapi.json").await.ok(200);
    assert_eq!(description["openapi"], "3.1.0");
    let paths = description["paths"].as_object().unwrap();
    assert_eq!(
        paths["/messages"]["post"]["security"],
        json!([{"agent": []}])
    );
    assert_eq!(
        paths["/_admin/agents"]["post"]["security"],
        json!([{"admin": []}])
    );
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            let method = method.to_uppercase().parse().unwrap();
            let request = reqwest::Client::new().request(method, operator.admin.url(path));
            let status = Answer::of(request).await.status;
            // Nobody has heard of the agent whose name is the template.
            let is_card = path.ends_with("/agent-card/{id}") && status == 404;
            assert!(
                status == 200 || status == 401 || is_card,
                "{path}: {status}"
            );
        }
    }
}
