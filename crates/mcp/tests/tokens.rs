//! What mail costs a model, counted as OpenAI's models do (o200k).
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![allow(dead_code)] // each suite uses some of the session

mod session;

use mailmesh::Draft;
use mailmesh_mcp::Options;
use serde_json::json;

use session::Session;

/// Subjects as people write them; together they are as long as those of a usual inbox.
const SUBJECTS: [&str; 5] = [
    "Re: Invoice 2026-1187 for the October delivery",
    "Your parcel arrives tomorrow between 9:00 and 12:00",
    "Minutes of the planning meeting and open questions",
    "[mailmesh/mailmesh] Listing of large folders is slow (#482)",
    "Frage zur Lieferung der Stühle nächste Woche",
];

#[tokio::test]
async fn fifty_emails_are_listed_for_under_4000_tokens() {
    let tokenizer = tiktoken_rs::o200k_base().unwrap();
    let count = |text: &str| tokenizer.encode_ordinary(text).len();
    let session = Session::new(Options::default()).await;
    for number in 0..50 {
        let author = format!("Robert Sommerfeld-{number} <bob@agents.test>");
        let subject = SUBJECTS[number % SUBJECTS.len()];
        let body = "A paragraph of an email that a listing does not show. ".repeat(40);
        let draft = Draft::new()
            .from(author.as_str())
            .subject(subject)
            .text(body);
        session.bob_sends(draft).await;
    }
    let listed = session.call("list_emails", json!({})).await;
    let text = &listed.content[0].as_text().unwrap().text;
    let listing = count(text);

    let tools = session.client.list_all_tools().await.unwrap();
    let schemas = count(&serde_json::to_string(&tools).unwrap());
    let id = &listed.structured_content.unwrap()["emails"][0]["id"];
    let email = session.call("read_email", json!({"message_id": id})).await;
    let one = count(&email.content[0].as_text().unwrap().text);
    println!("figures: mcp: 50 emails listed {listing} tokens, one read {one}, 13 tools {schemas}");
    assert!(listing < 4_000, "{listing}");
    assert_eq!(listed.is_error, Some(false));
    assert!(schemas < 9_000, "{schemas}");
}
