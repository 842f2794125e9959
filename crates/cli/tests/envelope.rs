//! `mailmesh envelope check`: the answer a node would give.
#![allow(clippy::unwrap_used)] // a test fails by its panic

mod home;

use home::Home;
use serde_json::json;

const POST: &str = r#"{"id":"01M7XK89PHAZENM5WE3MBS1TF1","to":["@beta.bob"],"date_ms":1795215861457,"content_parts":[{"type":"text","text":"Hello"}]}"#;

#[test]
fn a_sound_post_is_taken() {
    let home = Home::new();
    let post = home.file("post.json", POST);
    assert_eq!(
        home.run(&["envelope", "check", &post]).ok().stdout,
        "valid\n"
    );
    let report = home
        .run(&["envelope", "check", &post, "--json"])
        .ok()
        .json();
    assert_eq!(report, json!({"valid": true}));
}

#[test]
fn a_refusal_is_1_and_names_the_code() {
    let home = Home::new();
    for (post, code, status) in [
        (POST.replace("@beta.bob", "bob"), "INVALID_HANDLE", 400),
        (
            POST.replace("\"id\"", "\"id\":1,\"\\u0069d\""),
            "INVALID_JSON",
            400,
        ),
        ("{".to_owned(), "INVALID_JSON", 400),
        (" ".repeat((1 << 20) + 1), "PAYLOAD_TOO_LARGE", 413),
    ] {
        let ran = home.run_with(&["envelope", "check"], post.as_bytes());
        assert_eq!(ran.code, 1);
        assert!(ran.stdout.starts_with(code), "{}", ran.stdout);
        let ran = home.run_with(&["envelope", "check", "--json"], post.as_bytes());
        let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(
            (&report["code"], &report["status"]),
            (&json!(code), &json!(status))
        );
    }
}
