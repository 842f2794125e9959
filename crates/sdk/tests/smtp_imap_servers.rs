//! The transport over SMTP and IMAP against Dovecot and Postfix: the suite of all transports, and
//! what only real servers show. `./test` starts the servers.
#![cfg(feature = "smtp-imap")]
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod mail_system;

use std::time::{Duration, Instant};

use mailmesh::{ErrorKind, Filter, Folder, Mark, Page, Summary, Tls, Transport};
use mailmesh_testkit::transport::{Harness as _, moving};

use mail_system::{Server, Servers, outgoing};

mod suite {
    use super::Servers;

    mailmesh_testkit::transport_suite!(Servers::new());
    mailmesh_testkit::fault_suite!(Servers::new());
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
async fn messages_move_between_folders() {
    moving::a_moved_message_is_in_the_other_folder(&Servers::new(), "Archive").await;
    moving::what_cannot_be_moved_stays(&Servers::new()).await;
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
async fn a_long_message_is_listed_as_it_is_read() {
    let servers = Servers::new();
    let filler = "All work and no play makes Jack a dull boy.\r\n".repeat(1300);
    let order = "{\"@context\": \"https://schema.org\", \"@type\": \"Order\", \"name\": \"";
    let data = |name: &str| {
        format!(
            "Content-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\r\n\
             {order}{name}\"}}"
        )
    };
    let text = format!("Content-Type: text/plain\r\n\r\n{filler}");
    let file = format!("Content-Type: application/octet-stream\r\n\r\n{filler}");
    let short = data("short");
    let siblings = [
        vec![text.as_str()],
        vec![file.as_str(); 11],
        vec![short.as_str()],
    ]
    .concat();
    let both = multipart("alternative", "a=b", &[&text, &short]);
    let forwarded = format!("Content-Type: message/rfc822\r\n\r\n{short}");
    let page = format!(
        "Content-Type: text/html\r\n\r\n<p>{filler}</p>\
         <script type=\"application/ld+json\">{order}x\"}}</script>"
    );
    for (class, entity) in [
        ("full", multipart("mixed", "m", &[&both, &file])),
        ("non-representation", multipart("mixed", "m", &siblings)),
        ("none", multipart("mixed", "m", &[&text, &forwarded])),
        ("none", text.clone()),
        ("html-embedded", page),
        ("mrm", data(&"n".repeat(50_000))),
    ] {
        let head = "From: a@mail.test\r\nSubject: long\r\nMIME-Version: 1.0\r\n";
        let count = servers
            .b
            .list(&Filter::default(), everything(500))
            .await
            .unwrap()
            .len();
        servers
            .deliver(format!("{head}{entity}\r\n").as_bytes())
            .await;
        let summary = inbox(&*servers.b, count + 1).await.remove(0);
        let whole = servers.b.read(&summary.id, true).await.unwrap();
        assert_eq!(summary, whole.summary);
        assert_eq!(summary.class, class);
        assert!(summary.size > 50_000);
    }
}

#[tokio::test]
async fn a_message_nested_without_end_hides_no_other() {
    let servers = Servers::new();
    let filler = "x".repeat(900) + "\r\n";
    let deep = (0..60).fold(
        format!("Content-Type: text/plain\r\n\r\n{}", filler.repeat(50)),
        |inner, depth| multipart("mixed", &format!("b{depth}"), &[&inner]),
    );
    servers.deliver(PLAIN.as_bytes()).await;
    servers
        .deliver(format!("Subject: deep\r\nMIME-Version: 1.0\r\n{deep}\r\n").as_bytes())
        .await;
    let wide: String = "--w\r\nContent-Type: text/x\r\n\r\nx\r\n".repeat(2000);
    let wide = format!(
        "Subject: wide\r\nContent-Type: multipart/mixed; boundary=w\r\n\r\n{wide}--w--\r\n"
    );
    servers.deliver(wide.as_bytes()).await;
    let subjects: Vec<String> = inbox(&*servers.b, 3)
        .await
        .into_iter()
        .map(|summary| summary.subject)
        .collect();
    assert_eq!(subjects, ["wide", "deep", "plain"]);
}

/// An entity of parts, its header first.
fn multipart(subtype: &str, boundary: &str, parts: &[&str]) -> String {
    let parts: String = parts
        .iter()
        .map(|part| format!("--{boundary}\r\n{part}\r\n"))
        .collect();
    format!(
        "Content-Type: multipart/{subtype}; boundary=\"{boundary}\"\r\n\r\n{parts}--{boundary}--"
    )
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
async fn a_folder_of_ten_thousand_is_listed_in_little_memory() {
    let servers = Servers::new();
    mail_system::fill_with_hundreds(servers.b.address(), 100);
    let all = Filter::default();
    let unread = Filter {
        unread: Some(true),
        ..all.clone()
    };
    let machines = Filter {
        mrm: Some(true),
        ..all.clone()
    };
    let people = Filter {
        mrm: Some(false),
        ..all.clone()
    };
    // The first look builds the server's index.
    for filter in [&all, &unread, &machines, &people] {
        servers.b.list(filter, Page::default()).await.unwrap();
    }
    let memory = mail_system::peak_memory();
    for (filter, offset, count) in [
        (&all, 0, 50),
        (&all, 5000, 50),
        (&unread, 9000, 50),
        (&machines, 0, 0),
        (&people, 9000, 50),
    ] {
        let started = Instant::now();
        let listed = servers
            .b
            .list(filter, Page { limit: 50, offset })
            .await
            .unwrap();
        let took = started.elapsed();
        assert_eq!(listed.len(), count, "{filter:?}");
        assert!(
            listed
                .iter()
                .all(|summary| summary.subject.starts_with("number "))
        );
        println!("{took:?} for {filter:?} from {offset}");
    }
    let grown = mail_system::peak_memory() - memory;
    assert!(grown < 8 << 20, "{grown} octets more");
    println!("{grown} octets more");
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
