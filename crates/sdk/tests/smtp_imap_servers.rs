//! The transport over SMTP and IMAP against Dovecot and Postfix: the suite of all transports, and
//! what only real servers show. `./test` starts the servers.
#![cfg(feature = "smtp-imap")]
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod mail_system;

use std::time::{Duration, Instant};

use mailmesh::transport::smtp_imap::Config;
use mailmesh::{ErrorKind, Filter, Folder, Mark, Page, Summary, Tls, Transport};
use mailmesh_testkit::transport::Harness as _;

use mail_system::{Server, Servers, outgoing};

mod suite {
    use super::Servers;

    mailmesh_testkit::transport_suite!(Servers::new());
}

fn everything(limit: usize) -> Page {
    Page { limit, offset: 0 }
}

async fn inbox(transport: &impl Transport, count: usize) -> Vec<Summary> {
    let started = Instant::now();
    loop {
        let inbox = transport
            .list(&Filter::default(), everything(500))
            .await
            .unwrap();
        if inbox.len() >= count {
            return inbox;
        }
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "{} of {count}",
            inbox.len()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn every_way_to_connect_works() {
    for (imap, smtp, tls) in [
        (Server::Imap, Server::Smtp, Tls::Plain),
        (Server::Imap, Server::Submission, Tls::StartTls),
        (Server::Imaps, Server::Smtps, Tls::Implicit),
    ] {
        let mut servers = Servers::new();
        servers.reconnect(|config| {
            config.imap = imap.endpoint(tls);
            config.smtp = smtp.endpoint(tls);
        });
        let (a, b) = (servers.a.clone(), servers.b.clone());
        a.send(outgoing(a.address(), &[b.address()], "subject", "text"))
            .await
            .unwrap();
        let inbox = inbox(&*b, 1).await;
        assert_eq!(inbox[0].subject, "subject", "{tls:?}");
    }
}

#[tokio::test]
async fn an_unknown_authority_is_refused() {
    for tls in [Tls::Implicit, Tls::StartTls] {
        let mut servers = Servers::new();
        servers.reconnect(|config| {
            config.extra_roots.clear();
            let imap = if tls == Tls::Implicit {
                Server::Imaps
            } else {
                Server::Imap
            };
            let smtp = if tls == Tls::Implicit {
                Server::Smtps
            } else {
                Server::Smtp
            };
            config.imap = imap.endpoint(tls);
            config.smtp = smtp.endpoint(tls);
        });
        let error = servers
            .a
            .list(&Filter::default(), Page::default())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        let mail = outgoing(servers.a.address(), &[servers.b.address()], "s", "t");
        let error = servers.a.send(mail).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_and_never_shown() {
    let mut servers = Servers::new();
    servers.reconnect(|config| config.password = "wr0ng".into());
    let listed = servers
        .a
        .list(&Filter::default(), Page::default())
        .await
        .unwrap_err();
    let mail = outgoing(servers.a.address(), &[servers.b.address()], "s", "t");
    let sent = servers.a.send(mail).await.unwrap_err();
    for error in [listed, sent] {
        assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");
        assert!(!format!("{error} {error:?}").contains("wr0ng"));
    }
    assert!(!format!("{:?}", servers.a).contains("wr0ng"));
}

#[tokio::test]
async fn a_missing_folder_is_not_found_and_the_connection_goes_on() {
    let servers = Servers::new();
    let filter = Filter {
        folder: Folder::new("No such folder"),
        ..Filter::default()
    };
    let error = servers.a.list(&filter, Page::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(
        servers
            .a
            .list(&Filter::default(), Page::default())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn what_is_sent_is_kept_when_wanted() {
    let mut servers = Servers::new();
    servers.reconnect(|config| config.append_sent = true);
    let a = servers.a.clone();
    a.send(outgoing(
        a.address(),
        &[servers.b.address()],
        "kept",
        "text",
    ))
    .await
    .unwrap();
    let filter = Filter {
        folder: Folder::new("Sent"),
        ..Filter::default()
    };
    let sent = a.list(&filter, Page::default()).await.unwrap();
    assert_eq!((sent[0].subject.as_str(), sent[0].unread), ("kept", false));
}

#[tokio::test]
async fn messages_are_annotated_when_wanted() {
    let mut servers = Servers::new();
    servers.reconnect(|config| config.annotate = true);
    for raw in [MRM, FULL, PLAIN] {
        servers.deliver(raw.as_bytes()).await;
    }
    let listed = inbox(&*servers.b, 3).await;
    let keywords: Vec<Vec<String>> = listed.into_iter().map(|summary| summary.keywords).collect();
    assert!(keywords[0].is_empty(), "{keywords:?}");
    assert_eq!(keywords[1], ["$hasStructuredData"]);
    assert_eq!(keywords[2], ["$hasStructuredData", "$MRM"]);
    // They are on the server: a client that annotates nothing sees them.
    servers.reconnect(|config| config.annotate = false);
    let mut seen = inbox(&*servers.b, 3).await[2].keywords.clone();
    seen.sort();
    assert_eq!(seen, ["$MRM", "$hasStructuredData"]);
}

#[tokio::test]
async fn keywords_speak_before_content() {
    let servers = Servers::new();
    for raw in [MRM, FULL, PLAIN] {
        servers.deliver(raw.as_bytes()).await;
    }
    let listed = inbox(&*servers.b, 3).await;
    let only = |mrm| Filter {
        mrm: Some(mrm),
        ..Filter::default()
    };
    let subjects = async |mrm| {
        let listed = servers.b.list(&only(mrm), Page::default()).await.unwrap();
        listed
            .into_iter()
            .map(|summary| summary.subject)
            .collect::<Vec<_>>()
    };
    assert_eq!(subjects(true).await, ["mrm"]);
    assert_eq!(subjects(false).await, ["plain", "full"]);
    // Somebody looked and found data that is not for machines only.
    servers
        .b
        .mark(&listed[2].id, &Mark::Keyword("$hasStructuredData".into()))
        .await
        .unwrap();
    assert!(subjects(true).await.is_empty());
    assert_eq!(subjects(false).await, ["plain", "full", "mrm"]);
    servers
        .b
        .mark(&listed[0].id, &Mark::Keyword("$mrm".into()))
        .await
        .unwrap();
    assert_eq!(subjects(true).await, ["plain"]);
}

#[tokio::test]
async fn a_long_message_is_classified_by_its_outline() {
    let servers = Servers::new();
    let filler = "All work and no play makes Jack a dull boy.\r\n".repeat(2000);
    let long = format!(
        "From: a@mail.test\r\nTo: b@mail.test\r\nSubject: long\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"out=er\"\r\n\r\n\
         --out=er\r\nContent-Type: multipart/alternative; boundary=inner\r\n\r\n\
         --inner\r\nContent-Type: text/plain\r\n\r\n{filler}\r\n\
         --inner\r\nContent-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\r\n\
         {{\"@context\": \"https://schema.org\", \"@type\": \"Order\"}}\r\n--inner--\r\n\
         --out=er\r\nContent-Type: application/octet-stream\r\n\r\n{filler}\r\n--out=er--\r\n"
    );
    servers.deliver(long.as_bytes()).await;
    let summary = inbox(&*servers.b, 1).await.remove(0);
    let whole = servers.b.read(&summary.id, true).await.unwrap();
    assert!(whole.raw.len() > long.len(), "{}", whole.raw.len());
    assert_eq!(summary, whole.summary);
    assert_eq!(
        (summary.class.as_str(), &*summary.types),
        ("full", &["Order".to_owned()][..])
    );
}

#[tokio::test]
async fn a_stale_connection_is_made_again() {
    let servers = Servers::new();
    assert!(inbox(&*servers.b, 0).await.is_empty());
    mail_system::kick(servers.b.address());
    servers.deliver(PLAIN.as_bytes()).await;
    assert_eq!(inbox(&*servers.b, 1).await.len(), 1);
}

#[tokio::test]
async fn non_ascii_addresses_need_a_server_that_takes_them() {
    let servers = Servers::new();
    let recipient = format!("büro-{}", servers.b.address());
    let receipt = servers
        .a
        .send(outgoing(
            servers.a.address(),
            &[&recipient],
            "Grüße",
            "text",
        ))
        .await
        .unwrap();
    assert_eq!(receipt.accepted, [recipient]);
}

#[tokio::test]
async fn a_folder_of_ten_thousand_is_listed_within_a_second() {
    let servers = Servers::new();
    mail_system::fill_with_hundreds(servers.b.address(), 100);
    let filter = Filter::default();
    // The first look builds the server's index.
    assert_eq!(
        servers
            .b
            .list(&filter, Page::default())
            .await
            .unwrap()
            .len(),
        50
    );
    let started = Instant::now();
    let listed = servers
        .b
        .list(
            &filter,
            Page {
                limit: 50,
                offset: 5000,
            },
        )
        .await
        .unwrap();
    let plain = started.elapsed();
    assert_eq!(listed[0].subject, "number 100");
    let started = Instant::now();
    let unread = Filter {
        unread: Some(true),
        ..filter
    };
    assert_eq!(
        servers
            .b
            .list(&unread, Page::default())
            .await
            .unwrap()
            .len(),
        50
    );
    let filtered = started.elapsed();
    for took in [plain, filtered] {
        assert!(took < Duration::from_secs(1), "{plain:?} {filtered:?}");
    }
}

#[test]
fn a_configuration_has_safe_defaults() {
    let servers = Server::Imap.endpoint(Tls::StartTls);
    let config = Config::new(servers.clone(), servers, "u", "u@mail.test", "p".into());
    assert!(!config.annotate && !config.append_sent && config.extra_roots.is_empty());
}

const PLAIN: &str = "From: a@mail.test\r\nSubject: plain\r\n\r\ntext\r\n";
const MRM: &str = "From: a@mail.test\r\nSubject: mrm\r\nMIME-Version: 1.0\r\n\
    Content-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\r\n\
    {\"@context\": \"https://schema.org\", \"@type\": \"Order\"}\r\n";
const FULL: &str = "From: a@mail.test\r\nSubject: full\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/alternative; boundary=x\r\n\r\n\
    --x\r\nContent-Type: text/plain\r\n\r\ntext\r\n\
    --x\r\nContent-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\r\n\
    {\"@context\": \"https://schema.org\", \"@type\": \"Order\"}\r\n--x--\r\n";
