//! Posts that break a rule, with the code for each.

use serde_json::{Value, json};

use crate::operator::{Agent, Operator, text, with, without};

async fn each_is(a: &Agent, code: &str, posts: impl IntoIterator<Item = Value>) {
    for post in posts {
        let answer = a.post(&post).await;
        let found = (
            answer.status,
            answer.body["error"]["code"].as_str().unwrap_or_default(),
        );
        assert_eq!(found, (400, code), "{post}");
    }
}

#[tokio::test]
async fn i01_to_i12_shapes() {
    let operator = Operator::start().await;
    let a = operator.open("@acme.a").await;
    let good = || text(&[&a]);
    let but = |members: Value| with(good(), members);
    let invalid = "INVALID_REQUEST";
    each_is(
        &a,
        invalid,
        [but(json!({"from": "@acme.a"})), but(json!({"from": null}))],
    )
    .await; // I01
    let id = "INVALID_ENVELOPE_ID"; // I02
    each_is(&a, id, [without(good(), "id")]).await;
    for wrong in [
        "01m7xk89phpmrzkmzsczzqdcqx",
        "01M7XK89PHPMRZKMZSCZZQDCQ",
        "01M7XK89PHPMRZKMZSCZZQDCUX",
        "02M7XK89PHPMRZKMZSCZZQDCQX",
    ] {
        each_is(&a, id, [but(json!({"id": wrong}))]).await;
    }
    each_is(&a, invalid, [without(good(), "to")]).await; // I03
    for wrong in [json!([]), json!("@acme.a"), Value::Null] {
        each_is(&a, invalid, [but(json!({"to": wrong}))]).await;
    }
    for wrong in ["@Beta.bob", "beta.bob", "@a.b.c", "@a.*", "@.b", "@a"] {
        each_is(&a, "INVALID_HANDLE", [but(json!({"to": [wrong]}))]).await; // I04
    }
    each_is(
        &a,
        invalid,
        [but(json!({"cc": []})), but(json!({"cc": null}))],
    )
    .await; // I05
    each_is(&a, invalid, [without(good(), "date_ms")]).await; // I06, I07
    for wrong in [
        json!(-1),
        json!(1.5),
        json!("1"),
        json!(9_007_199_254_740_994_u64),
        Value::Null,
    ] {
        each_is(&a, invalid, [but(json!({"date_ms": wrong}))]).await;
    }
    let content = "INVALID_CONTENT"; // I08, I09, I10
    each_is(&a, content, [without(good(), "content_parts")]).await;
    for wrong in [
        json!([]),
        json!(["hi"]),
        json!([{"type": "audio"}]),
        json!([{"type": "text", "text": ""}]),
        json!([{"type": "image"}]),
        json!([{"type": "image", "url": "https://a.example", "file_id": "file_1"}]),
        json!([{"type": "data", "data": [1]}]),
        json!([{"type": "image", "url": "data:image/png;base64,AA=="}]),
        json!([{"type": "image", "url": "DaTa:image/png;base64,AA=="}]),
        json!([{"type": "file", "url": "javascript:alert(1)"}]),
        json!([{"type": "file", "url": "https://a.example", "size": -1}]),
    ] {
        each_is(&a, content, [but(json!({"content_parts": wrong}))]).await;
    }
    let (one, two) = ("01M7XK89PHPMRZKMZSCZZQDCQX", "01M7XK89PHPMRZKMZSCZZQDCQY");
    let references = [
        but(json!({"in_reply_to": one, "references": [two]})), // I11
        but(json!({"references": "x"})),
        but(json!({"references": vec![one; 101]})),
    ];
    each_is(&a, "INVALID_REFERENCES", references).await;
    for wrong in [
        json!("abc"),
        json!("mon_"),
        json!(format!("mon_{}", "a".repeat(65))),
        json!(1),
    ] {
        each_is(&a, "INVALID_MONITOR", [but(json!({"monitor": wrong}))]).await; // I12
    }
    assert!(a.listed("?direction=both").await.is_empty());
}

#[tokio::test]
async fn h01_a_body_over_the_limit_is_answered() {
    let operator = Operator::start().await;
    let a = operator.open("@acme.a").await;
    for length in [(1 << 20) + 1, 3 << 20] {
        a.client
            .post_text("/messages", "x".repeat(length))
            .await
            .refused(413, "PAYLOAD_TOO_LARGE");
    }
    // Exactly the limit is read, and is a good envelope.
    let mut post = text(&[&a]);
    post["content_parts"][0]["text"] = json!("");
    let room = (1 << 20) - post.to_string().len();
    post["content_parts"][0]["text"] = json!("x".repeat(room));
    assert_eq!(post.to_string().len(), 1 << 20);
    a.post(&post).await.ok(202);
}

#[tokio::test]
async fn h02_h03_h04_h06_hostile_json() {
    let operator = Operator::start().await;
    let a = operator.open("@acme.a").await;
    for body in ["[]", "{", "", "null", "\u{feff}{}"] {
        a.client
            .post_text("/messages", body)
            .await
            .refused(400, "INVALID_JSON");
    }
    let post = text(&[&a]).to_string();
    let open = post.strip_suffix('}').unwrap();
    let twice = format!("{open},\"to\":[\"@acme.a\"]}}");
    a.client
        .post_text("/messages", twice)
        .await
        .refused(400, "INVALID_JSON");
    let deep = format!("{open},\"x\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    a.client
        .post_text("/messages", deep)
        .await
        .refused(400, "INVALID_JSON");
    let half = format!("{open},\"subject\":\"\\ud800\"}}");
    a.client
        .post_text("/messages", half)
        .await
        .refused(400, "INVALID_JSON");
    for subject in [
        "s".repeat(100_000),
        "a\r\nb".to_owned(),
        "a\u{0}b".to_owned(),
    ] {
        let post = with(text(&[&a]), json!({"subject": subject}));
        a.post(&post).await.refused(400, "INVALID_REQUEST");
    }
    a.send(&[&a]).await; // the process lives
}

#[tokio::test]
async fn other_media_are_refused() {
    let operator = Operator::start().await;
    let a = operator.open("@acme.a").await;
    let post = |kind: &str, encoding: Option<&str>| {
        let request = a.client.request(reqwest::Method::POST, "/messages");
        let request = request
            .body(text(&[&a]).to_string())
            .header("content-type", kind);
        let encoded = encoding.map(|value| ("content-encoding", value));
        encoded.into_iter().fold(request, |request, (name, value)| {
            request.header(name, value)
        })
    };
    use crate::operator::Answer;
    for kind in ["text/plain", "application/jsonx", "multipart/form-data"] {
        Answer::of(post(kind, None))
            .await
            .refused(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    Answer::of(post("application/json", Some("gzip")))
        .await
        .refused(415, "UNSUPPORTED_MEDIA_TYPE");
    Answer::of(post("Application/JSON; charset=utf-8", None))
        .await
        .ok(202);
}
