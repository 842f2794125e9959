//! Mistakes of a model: each is answered with what to do next.
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![allow(dead_code)] // each suite uses some of the session

mod session;

use mailmesh_mcp::Options;
use serde_json::json;

use session::{BOB, Session};

#[tokio::test]
async fn every_mistake_says_what_to_do() {
    let session = Session::new(Options::default()).await;
    let to_bob = |more: serde_json::Value| {
        let mut arguments = json!({"to": [BOB], "subject": "s"});
        arguments
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        arguments
    };
    for (tool, arguments, advice) in [
        ("read_email", json!({"message_id": "999"}), "list_emails"),
        (
            "read_email",
            json!({"message_id": "<1@x.test>"}),
            "list_emails",
        ),
        (
            "read_email",
            json!({"message_id": "x".repeat(5_000)}),
            "shorter",
        ),
        ("read_email", json!({}), "missing field `message_id`"),
        ("read_email", json!({"id": "1"}), "unknown field `id`"),
        ("read_email", json!({"message_id": 1}), "expected a string"),
        (
            "list_emails",
            json!({"mailbox": "carol"}),
            "ann@agents.test, bob",
        ),
        ("list_emails", json!({"folder": "Nowhere"}), "list_folders"),
        ("list_emails", json!({"cursor": "?"}), "next_cursor"),
        ("search_emails", json!({"query": " "}), "list_emails"),
        ("send_email", to_bob(json!({})), "structured_data"),
        (
            "send_email",
            json!({"to": ["a@x.test, b@x.test"], "subject": "s", "text": "t"}),
            "one string",
        ),
        (
            "send_email",
            json!({"to": ["bob"], "subject": "s", "text": "t"}),
            "one string",
        ),
        (
            "send_email",
            json!({"to": [], "subject": "s", "text": "t"}),
            "recipient",
        ),
        (
            "send_email",
            json!({"to": vec![BOB; 101], "subject": "s", "text": "t"}),
            "Ask the user",
        ),
        (
            "send_email",
            to_bob(json!({"text": "t", "attachments": [{"filename": "a"}]})),
            "content_base64",
        ),
        (
            "send_email",
            to_bob(json!({"text": "t", "attachments": [{"filename": "a", "content_base64": "?"}]})),
            "base64",
        ),
        (
            "send_email",
            to_bob(
                json!({"text": "t", "attachments": [{"filename": "a", "media_type": "x", "text": "t"}]}),
            ),
            "Correct the arguments",
        ),
        (
            "send_email",
            to_bob(json!({"text": "t", "arrangement": "mrm"})),
            "Correct the arguments",
        ),
        (
            "send_email",
            json!({"to": [BOB], "subject": "a\r\nBcc: e@x.test\r\n", "text": "t"}),
            "",
        ),
        ("mark_email", json!({"message_ids": ["1"]}), "read"),
        (
            "mark_email",
            json!({"message_ids": [], "read": true}),
            "Give 1 to 100",
        ),
        (
            "mark_email",
            json!({"message_ids": ["1"], "add_keywords": ["a b"]}),
            "keyword",
        ),
        (
            "move_email",
            json!({"message_ids": ["1"], "folder": "a\u{0}b"}),
            "folder",
        ),
        (
            "wait_for_email",
            json!({"after": "yesterday", "timeout_seconds": 0}),
            "arguments",
        ),
        (
            "get_attachment",
            json!({"message_id": "999", "index": 0}),
            "list_emails",
        ),
    ] {
        let result = session.call(tool, arguments.clone()).await;
        if advice.is_empty() {
            // Whatever becomes of it, nobody else gets mail.
            assert!(
                session::inbox(&session.bob)
                    .await
                    .iter()
                    .all(|email| !email.subject.contains('\n'))
            );
            continue;
        }
        let told = result.content[0].as_text().unwrap().text.clone();
        assert_eq!(result.is_error, Some(true), "{tool} {arguments}: {told}");
        assert!(told.contains(advice), "{tool} {arguments}: {told}");
        assert!(told.ends_with('.') && told.len() < 600, "{told}");
    }
}

#[tokio::test]
async fn too_many_calls_wait_at_no_time() {
    let mut options = Options::default();
    options.limits.waiting = 1;
    let session = Session::new(options).await;
    let (first, second) = tokio::join!(
        session.call("wait_for_email", json!({"timeout_seconds": 2})),
        session.call("wait_for_email", json!({"timeout_seconds": 2})),
    );
    let failed = [first, second]
        .iter()
        .filter(|result| result.is_error == Some(true))
        .count();
    assert_eq!(failed, 1);
}
