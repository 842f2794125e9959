//! Uploads, claims and downloads.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::operator::{Agent, Answer, Operator, text, with};

async fn upload(agent: &Agent, name: &str, kind: &str, octets: impl Into<Vec<u8>>) -> Answer {
    let part = Part::bytes(octets.into())
        .file_name(name.to_owned())
        .mime_str(kind)
        .unwrap();
    let request = agent.client.request(Method::POST, "/files");
    Answer::of(request.multipart(Form::new().part("file", part))).await
}

async fn uploaded(agent: &Agent, octets: &[u8]) -> String {
    let file = upload(agent, "notes.txt", "text/plain; charset=utf-8", octets)
        .await
        .ok(201);
    file["id"].as_str().unwrap().to_owned()
}

fn naming(to: &Agent, ids: &[&str]) -> Value {
    let parts: Vec<_> = ids
        .iter()
        .map(|id| json!({"type": "file", "file_id": id}))
        .collect();
    with(text(&[to]), json!({"content_parts": parts}))
}

#[tokio::test]
async fn v23_v24_i28_from_hand_to_hand() {
    let operator = Operator::start().await;
    let (a, b, c) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
        operator.open("@beta.c").await,
    );
    let octets: Vec<u8> = (0..300_000_u32).map(|n| n as u8).collect();
    let file = uploaded(&a, &octets).await;
    let path = format!("/files/{file}");
    assert_eq!(a.get(&path).await.octets, octets);
    b.get(&path).await.refused(404, "NOT_FOUND");
    let post = naming(&b, &[&file]);
    let receipt = a.post(&post).await.ok(202);
    assert_eq!(a.post(&post).await.ok(202), receipt);
    let body = b
        .get(&format!("/messages/{}", post["id"].as_str().unwrap()))
        .await
        .ok(200);
    let part = &body["content_parts"][0];
    assert_eq!(part["url"], json!(a.client.url(&path)));
    assert!(part.get("file_id").is_none());
    let answer = b.get(&path).await;
    assert_eq!(answer.octets, octets);
    assert_eq!(answer.headers["content-type"], "text/plain");
    assert_eq!(
        answer.headers["content-disposition"],
        "attachment; filename=\"notes.txt\""
    );
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    let (stranger, unknown) = (c.get(&path).await, c.get("/files/file_none").await);
    stranger.refused(404, "NOT_FOUND");
    assert_eq!(stranger.octets, unknown.octets);
}

#[tokio::test]
async fn i26_a_file_is_claimed_once_by_its_uploader() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let (one, two) = (uploaded(&a, b"1").await, uploaded(&a, b"2").await);
    a.post(&naming(&b, &[&one])).await.ok(202);
    a.post(&naming(&b, &[&one]))
        .await
        .refused(400, "INVALID_FILE");
    b.post(&naming(&a, &[&two]))
        .await
        .refused(400, "INVALID_FILE");
    a.post(&naming(&b, &[&two, &two]))
        .await
        .refused(400, "INVALID_FILE");
    a.post(&naming(&b, &[&two, "file_none"]))
        .await
        .refused(400, "INVALID_FILE");
    assert_eq!(b.listed("").await.len(), 1);
    a.post(&naming(&b, &[&two])).await.ok(202);
}

#[tokio::test]
async fn i27_wrong_uploads() {
    let operator = Operator::start().await;
    let a = operator.open("@acme.a").await;
    upload(&a, "a.html", "text/html", "<p>")
        .await
        .refused(400, "INVALID_FILE");
    upload(&a, "a.png", "image/png", "nope")
        .await
        .refused(400, "INVALID_FILE");
    upload(&a, "a.txt", "text/plain", "")
        .await
        .refused(400, "INVALID_FILE");
    let raw = async |body: &str, kind: &str| {
        let request = a
            .client
            .request(Method::POST, "/files")
            .body(body.to_owned());
        Answer::of(request.header("content-type", kind)).await
    };
    let form = "multipart/form-data; boundary=XbX";
    let field = |head: &str| {
        format!(
            "--XbX\r\nContent-Disposition: form-data; {head}\r\nContent-Type: text/plain\r\n\r\nx\r\n"
        )
    };
    let end = "--XbX--\r\n";
    let good = field("name=\"file\"; filename=\"a\"");
    for body in [
        field("name=\"upload\"; filename=\"a.txt\"") + end,
        field("name=\"file\"") + end,
        good.clone() + &good + end,
        good.clone(),
        end.to_owned(),
    ] {
        raw(&body, form).await.refused(400, "INVALID_REQUEST");
    }
    raw("x", "text/plain").await.refused(400, "INVALID_REQUEST");
    raw("x", "multipart/form-data")
        .await
        .refused(400, "INVALID_REQUEST");
    raw(&(good + end), form).await.ok(201);
    let limit = 10 << 20;
    let kind = "application/octet-stream";
    upload(&a, "big", kind, vec![0; limit + 1])
        .await
        .refused(413, "PAYLOAD_TOO_LARGE");
    let file = upload(&a, "big", kind, vec![0; limit]).await.ok(201);
    assert_eq!(file["size_bytes"], limit);
}

#[tokio::test]
async fn h09_names_lead_nowhere() {
    let operator = Operator::start().await;
    let a = operator.open("@acme.a").await;
    let file = upload(&a, "../../../etc/passwd", "text/plain", "x")
        .await
        .ok(201);
    assert_eq!(
        (&file["filename"], &file["status"]),
        (&json!("passwd"), &json!("ready"))
    );
    let day = file["expires_at"].as_u64().unwrap() - file["created_at"].as_u64().unwrap();
    assert_eq!(day, 24 * 60 * 60 * 1000);
}
