//! The transport over JMAP against Cyrus and Postfix: the suite of all transports, and what only real
//! servers show. `./test` starts the servers.
#![cfg(feature = "jmap")]
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod cyrus;

use std::time::{Duration, Instant};

use mailmesh::transport::jmap::JmapTransport;
use mailmesh::{ErrorKind, Filter, Folder, Mark, Page, Summary, Transport};
use mailmesh_testkit::transport::{Harness as _, moving};

use cyrus::{Cyrus, fill_inbox, outgoing};

mod suite {
    use super::Cyrus;

    mailmesh_testkit::transport_suite!(Cyrus::new());
    mailmesh_testkit::fault_suite!(Cyrus::new());
}

#[tokio::test]
async fn messages_move_between_folders() {
    moving::a_moved_message_is_in_the_other_folder(&Cyrus::new(), "Drafts").await;
    moving::what_cannot_be_moved_stays(&Cyrus::new()).await;
}

async fn inbox(transport: &impl Transport, count: usize) -> Vec<Summary> {
    let started = Instant::now();
    loop {
        let everything = Page {
            limit: 500,
            offset: 0,
        };
        let inbox = transport
            .list(&Filter::default(), everything)
            .await
            .unwrap();
        if inbox.len() >= count {
            return inbox;
        }
        let waited = started.elapsed();
        assert!(waited < Duration::from_secs(30), "{} came", inbox.len());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_and_never_shown() {
    let servers = Cyrus::new();
    let mut config = servers.a.config();
    config.password = "wr0ng".into();
    let transport = JmapTransport::new(config).unwrap();
    let error = transport.list(&Filter::default(), Page::default()).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");
    assert!(!format!("{error} {error:?} {transport:?}").contains("wr0ng"));
}

#[tokio::test]
async fn what_is_sent_is_kept_when_wanted() {
    let servers = Cyrus::new();
    let (from, to) = (servers.a.address().to_owned(), servers.b.address());
    let mut config = servers.a.config();
    config.append_sent = true;
    let keeping = JmapTransport::new(config).unwrap();
    for (transport, subject) in [(&*servers.a as &dyn Transport, "gone"), (&keeping, "kept")] {
        let message = outgoing(&from, &[to], subject);
        transport.send(message).await.unwrap();
    }
    inbox(&*servers.b, 2).await;
    let folder = |name: &str| Filter {
        folder: Folder::new(name),
        ..Filter::default()
    };
    let sent = keeping.list(&folder("Sent"), Page::default()).await;
    let sent = sent.unwrap();
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].subject.as_str(), sent[0].unread), ("kept", false));
    assert!(sent[0].keywords.is_empty(), "{:?}", sent[0].keywords);
    let drafts = keeping.list(&folder("Drafts"), Page::default()).await;
    assert_eq!(drafts.unwrap(), []);
}

#[tokio::test]
async fn a_refused_message_leaves_no_draft_and_can_be_sent_again() {
    let servers = Cyrus::new();
    let unknown = servers.refused_address().unwrap();
    let (from, to) = (servers.a.address(), servers.b.address());
    let error = servers.a.send(outgoing(from, &[&unknown], "again")).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Refused);
    for count in 1..3 {
        // The same octets, which Cyrus knows by their digest.
        let receipt = servers
            .a
            .send(outgoing(from, &[to], "again"))
            .await
            .unwrap();
        assert_eq!(receipt.accepted, [to]);
        inbox(&*servers.b, count).await;
    }
    let drafts = Filter {
        folder: Folder::new("Drafts"),
        ..Filter::default()
    };
    assert_eq!(servers.a.list(&drafts, Page::default()).await.unwrap(), []);
}

#[tokio::test]
async fn keywords_speak_before_content() {
    let servers = Cyrus::new();
    let mrm = "Subject: mrm\r\nMIME-Version: 1.0\r\nContent-Type: application/ld+json\r\n\
               Content-Purpose: Machine-readable\r\n\r\n{\"@context\":\"https://schema.org\",\"@type\":\"Order\"}\r\n";
    for raw in [mrm, "Subject: plain\r\n\r\nx\r\n"] {
        servers.deliver(raw.as_bytes()).await;
        tokio::time::sleep(servers.resolution()).await;
    }
    let listed = inbox(&*servers.b, 2).await;
    let subjects = async |mrm| {
        let filter = Filter {
            mrm: Some(mrm),
            ..Filter::default()
        };
        let listed = servers.b.list(&filter, Page::default()).await.unwrap();
        let subjects = listed.into_iter().map(|summary| summary.subject);
        subjects.collect::<Vec<_>>()
    };
    assert_eq!(subjects(true).await, ["mrm"]);
    assert_eq!(subjects(false).await, ["plain"]);
    let mark = |keyword: &str| Mark::Keyword(keyword.to_owned());
    servers
        .b
        .mark(&listed[1].id, &mark("$hasStructuredData"))
        .await
        .unwrap();
    servers.b.mark(&listed[0].id, &mark("$MRM")).await.unwrap();
    assert_eq!(subjects(true).await, ["plain"]);
    assert_eq!(subjects(false).await, ["mrm"]);
}

#[tokio::test]
async fn a_long_message_is_listed_as_it_is_read() {
    let servers = Cyrus::new();
    let filler = "All work and no play makes Jack a dull boy.\r\n".repeat(1300);
    let data = "Content-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\r\n\
                {\"@context\": \"https://schema.org\", \"@type\": \"Order\"}";
    let text = format!("Content-Type: text/plain\r\n\r\n{filler}");
    let file = format!("Content-Type: application/octet-stream\r\n\r\n{filler}");
    let both = multipart("alternative", "a=b", &[&text, data]);
    let forwarded = format!("Content-Type: message/rfc822\r\n\r\n{data}");
    let page = format!(
        "Content-Type: text/html\r\n\r\n<script type=\"application/ld+json\">\
         {{\"@context\": \"https://schema.org\", \"@type\": \"Order\"}}</script><p>{filler}</p>"
    );
    for (count, (class, entity)) in [
        ("full", multipart("mixed", "m", &[&both, &file])),
        (
            "non-representation",
            multipart("mixed", "m", &[&text, &file, data]),
        ),
        ("none", multipart("mixed", "m", &[&text, &forwarded])),
        ("none", text.clone()),
        ("html-embedded", page),
        ("mrm", data.to_owned()),
    ]
    .into_iter()
    .enumerate()
    {
        let head = "From: a@mail.test\r\nSubject: long\r\nMIME-Version: 1.0\r\n";
        servers
            .deliver(format!("{head}{entity}\r\n").as_bytes())
            .await;
        let listed = inbox(&*servers.b, count + 1).await.remove(0);
        let read = servers.b.read(&listed.id, true).await.unwrap();
        assert_eq!(listed, read.summary);
        assert_eq!(listed.class, class);
        tokio::time::sleep(servers.resolution()).await;
    }
}

fn multipart(kind: &str, boundary: &str, parts: &[&str]) -> String {
    let parts: String = parts
        .iter()
        .map(|part| format!("--{boundary}\r\n{part}\r\n"))
        .collect();
    format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n{parts}--{boundary}--")
}

/// More than one window, and more than one answer to a watch.
#[tokio::test]
async fn a_large_folder_is_listed_and_watched_to_its_end() {
    const COUNT: usize = 700;
    let servers = Cyrus::new();
    let start = servers.b.position(&Folder::inbox()).await.unwrap();
    fill_inbox(servers.b.address(), COUNT);
    let everything = Page {
        limit: usize::MAX,
        offset: 0,
    };
    let listed = servers
        .b
        .list(&Filter::default(), everything)
        .await
        .unwrap();
    let mut ids: Vec<_> = listed.iter().map(|summary| summary.id.clone()).collect();
    assert_eq!(ids.len(), COUNT);
    let not_mrm = Filter {
        mrm: Some(false),
        ..Filter::default()
    };
    let last = Page {
        limit: 50,
        offset: COUNT - 10,
    };
    let end = servers.b.list(&not_mrm, last).await.unwrap();
    assert_eq!(end, listed[COUNT - 10..]);

    let mut position = start;
    let mut seen = Vec::new();
    while seen.len() < COUNT {
        let arrived = servers.b.wait(&Folder::inbox(), &position).await.unwrap();
        for (behind, summary) in arrived {
            position = behind;
            seen.push(summary.id);
        }
    }
    ids.sort();
    seen.sort();
    assert_eq!(seen, ids);
}

/// What a server does when it has forgotten a state: the time of the position goes on.
#[tokio::test]
async fn a_position_whose_state_is_forgotten_goes_on_by_time() {
    let servers = Cyrus::new();
    let deliver = async |subject: &str| {
        let raw = format!("Subject: {subject}\r\n\r\nx\r\n");
        servers.deliver(raw.as_bytes()).await;
        tokio::time::sleep(servers.resolution()).await;
    };
    for subject in ["1", "2"] {
        deliver(subject).await;
    }
    let position = servers.b.position(&Folder::inbox()).await.unwrap();
    for subject in ["3", "4"] {
        deliver(subject).await;
    }
    // The state before all others, which Cyrus no longer vouches for once it has expired what was
    // deleted before another.
    let (_, behind) = position.as_str().split_once('.').unwrap();
    cyrus::forget_changes(servers.b.address());
    let forgotten = mailmesh::Position::new(format!("1.{behind}"));
    let arrived = servers.b.wait(&Folder::inbox(), &forgotten).await.unwrap();
    let subjects: Vec<_> = arrived.iter().map(|it| it.1.subject.as_str()).collect();
    assert_eq!(subjects, ["3", "4"]);
}
