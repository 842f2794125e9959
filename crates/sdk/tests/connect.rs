//! Opening a mailbox by its URL.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use mailmesh::{AgentMailbox, Credentials, ErrorKind, MailboxUrl};
#[cfg(feature = "local")]
use mailmesh::{Draft, Filter, Page};

fn url(text: &str) -> MailboxUrl {
    text.parse().unwrap()
}

#[cfg(feature = "local")]
#[tokio::test]
async fn a_local_url_opens_the_store_in_its_folder_or_the_default_one() {
    let dir = tempfile::tempdir().unwrap();
    let named = url(&format!(
        "local:{}?as=alice@example.test",
        dir.path().display()
    ));
    let alice = AgentMailbox::connect(&named, Credentials::default())
        .await
        .unwrap();
    assert_eq!(alice.address(), "alice@example.test");
    alice
        .send(Draft::new().to("bob@example.test").text("Hello."))
        .await
        .unwrap();

    let data_dir = Some(dir.path().to_owned());
    let credentials = Credentials {
        data_dir,
        ..Credentials::default()
    };
    let bob = AgentMailbox::connect(&url("local:?as=bob@example.test"), credentials)
        .await
        .unwrap();
    assert_eq!(
        bob.list(&Filter::default(), Page::default())
            .await
            .unwrap()
            .len(),
        1
    );
}

#[cfg(feature = "local")]
#[tokio::test]
async fn a_local_url_without_any_folder_is_invalid() {
    let none = Credentials::default();
    let error = AgentMailbox::connect(&url("local:?as=a@x.test"), none)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[cfg(feature = "smtp-imap")]
#[tokio::test]
async fn a_server_needs_a_password_and_readable_roots() {
    let server = url("imaps://a@x.test@mail.test");
    let error = AgentMailbox::connect(&server, Credentials::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let credentials = Credentials {
        password: Some("hush".into()),
        ca_file: Some("no/such/file.pem".into()),
        ..Credentials::default()
    };
    let error = AgentMailbox::connect(&server, credentials)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[cfg(not(feature = "smtp-imap"))]
#[tokio::test]
async fn a_transport_that_is_not_built_is_named() {
    let server = url("imaps://a@x.test@mail.test");
    let error = AgentMailbox::connect(&server, Credentials::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("smtp-imap"));
}

#[test]
fn a_password_is_not_shown() {
    let credentials = Credentials {
        password: Some("hush".into()),
        ..Credentials::default()
    };
    assert!(!format!("{credentials:?}").contains("hush"));
}
