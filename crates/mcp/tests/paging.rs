//! Listings in pages, while mail comes and goes.
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![allow(dead_code)] // each suite uses some of the session

mod session;

use mailmesh::{Draft, Folder};
use mailmesh_mcp::Options;
use serde_json::{Value, json};

use session::Session;

async fn filled(count: usize) -> Session {
    let session = Session::new(Options::default()).await;
    for number in 0..count {
        session
            .bob_sends(Draft::new().subject(number.to_string()).text("word"))
            .await;
    }
    session
}

fn subjects(page: &Value) -> Vec<String> {
    let emails = page["emails"].as_array().unwrap().iter();
    emails
        .map(|email| email["subject"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn pages_make_up_the_listing() {
    let session = filled(7).await;
    for (tool, mut arguments) in [
        ("list_emails", json!({"limit": 3})),
        ("search_emails", json!({"query": "word", "limit": 3})),
    ] {
        let mut all = Vec::new();
        loop {
            let page = session.value(tool, arguments.clone()).await;
            all.extend(subjects(&page));
            match page.get("next_cursor") {
                Some(cursor) => arguments["cursor"] = cursor.clone(),
                None => break,
            }
        }
        assert_eq!(all, ["6", "5", "4", "3", "2", "1", "0"], "{tool}");
    }
}

#[tokio::test]
async fn mail_that_arrives_meanwhile_is_not_shown_twice() {
    let session = filled(6).await;
    let first = session.value("list_emails", json!({"limit": 2})).await;
    for subject in ["new", "newer", "newest", "last"] {
        session
            .bob_sends(Draft::new().subject(subject).text("-"))
            .await;
    }
    let next = json!({"cursor": first["next_cursor"], "limit": 3});
    let second = session.value("list_emails", next).await;
    assert_eq!(subjects(&second), ["3", "2", "1"]);
    let last = session
        .value("list_emails", json!({"cursor": second["next_cursor"]}))
        .await;
    assert_eq!(subjects(&last), ["0"]);
    assert_eq!(last.get("next_cursor"), None);
}

#[tokio::test]
async fn mail_that_goes_meanwhile_hides_no_other() {
    let session = filled(6).await;
    let first = session.value("list_emails", json!({"limit": 3})).await;
    // The newest goes: the others move up by one.
    let newest = first["emails"][0]["id"].as_str().unwrap().parse().unwrap();
    session
        .ann
        .move_to(&newest, &Folder::new("Archive"))
        .await
        .unwrap();
    let next = json!({"cursor": first["next_cursor"]});
    let second = session.value("list_emails", next.clone()).await;
    assert_eq!(subjects(&second), ["2", "1", "0"]);
    // The one that the cursor names goes: nobody can say what comes next.
    let named = first["emails"][2]["id"].as_str().unwrap().parse().unwrap();
    session
        .ann
        .move_to(&named, &Folder::new("Archive"))
        .await
        .unwrap();
    assert!(
        session
            .failure("list_emails", next)
            .await
            .contains("without `cursor`")
    );
}

#[tokio::test]
async fn a_page_is_within_its_limits() {
    let session = filled(3).await;
    let none = session.value("list_emails", json!({"limit": 0})).await;
    assert_eq!(subjects(&none).len(), 1);
    let far = session
        .value("list_emails", json!({"offset": u32::MAX}))
        .await;
    assert!(subjects(&far).is_empty());
    let many = session
        .value("list_emails", json!({"limit": u32::MAX}))
        .await;
    assert_eq!(subjects(&many).len(), 3);
}
