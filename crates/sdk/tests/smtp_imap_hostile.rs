//! IMAP servers that want to hurt the client: whatever they do, a call ends with a typed error, soon.
#![cfg(feature = "smtp-imap")]
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod scripted_server;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mailmesh::transport::smtp_imap::SmtpImapTransport;
use mailmesh::{Error, ErrorKind, Filter, Mark, Page, Summary, Tls, Transport};

use scripted_server::{Server, config, transport};

/// What hangs would take longer.
const PATIENCE: Duration = Duration::from_secs(30);

const GREETING: &str = "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR IDLE] ready\r\n";

/// An honest server with two messages; it knows what this client asks.
fn honest(line: &str) -> Vec<u8> {
    let (tag, command) = line.split_once(' ').unwrap_or((line, ""));
    let body = match command.split(' ').next().unwrap_or("") {
        "SELECT" | "EXAMINE" => {
            "* 2 EXISTS\r\n* OK [UIDVALIDITY 5] x\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\n"
                .to_owned()
        }
        "CAPABILITY" => "* CAPABILITY IMAP4rev1 IDLE\r\n".to_owned(),
        "FETCH" => "* 1 FETCH (UID 11)\r\n* 2 FETCH (UID 12)\r\n".to_owned(),
        "UID" if command.starts_with("UID SEARCH") => "* SEARCH 11 12\r\n".to_owned(),
        "UID" if command.starts_with("UID STORE") => {
            "* 1 FETCH (UID 11 FLAGS (\\Seen))\r\n".to_owned()
        }
        "UID" => [11, 12].map(message).concat(),
        _ => String::new(),
    };
    format!("{body}{tag} OK done\r\n").into_bytes()
}

fn message(uid: u32) -> String {
    let text = format!("Subject: message {uid}\r\n\r\ntext\r\n");
    let (number, size) = (uid - 10, text.len());
    format!(
        "* {number} FETCH (UID {uid} FLAGS () RFC822.SIZE {size} BODY[]<0> {{{size}}}\r\n{text})\r\n"
    )
}

/// Tells what the client wants, without its tag.
fn wants(line: &str, command: &str) -> bool {
    line.split_once(' ')
        .is_some_and(|(_, wanted)| wanted.starts_with(command))
}

fn tag(line: &str) -> &str {
    line.split(' ').next().unwrap_or("")
}

/// A transport to a server that is honest but for one command.
async fn but_for(
    command: &'static str,
    answer: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static,
) -> (SmtpImapTransport, Server) {
    let server = Server::start(GREETING, move |line| {
        if wants(line, command) {
            answer(line)
        } else {
            Some(honest(line))
        }
    })
    .await;
    (transport(&server, Tls::Plain), server)
}

async fn list(transport: &SmtpImapTransport) -> Result<Vec<Summary>, Error> {
    let all = Filter::default();
    tokio::time::timeout(PATIENCE, transport.list(&all, Page::default()))
        .await
        .expect("a listing should end")
}

async fn kind_of_list(transport: &SmtpImapTransport) -> ErrorKind {
    list(transport).await.unwrap_err().kind()
}

#[tokio::test]
async fn an_honest_server_is_understood() {
    let server = Server::start(GREETING, |line| Some(honest(line))).await;
    let transport = transport(&server, Tls::Plain);
    let listed = list(&transport).await.unwrap();
    let subjects: Vec<&str> = listed
        .iter()
        .map(|summary| summary.subject.as_str())
        .collect();
    assert_eq!(subjects, ["message 12", "message 11"]);
    for (limit, offset, unread, count) in [
        (usize::MAX, 0, None, 2),
        (usize::MAX, 1, Some(true), 1),
        (usize::MAX, usize::MAX, None, 0),
        (usize::MAX, usize::MAX, Some(true), 0),
        (0, 0, None, 0),
    ] {
        let filter = Filter {
            unread,
            ..Filter::default()
        };
        let page = transport
            .list(&filter, Page { limit, offset })
            .await
            .unwrap();
        assert_eq!(page.len(), count, "{limit} {offset} {unread:?}");
    }
}

#[tokio::test]
async fn a_nested_structure_sent_unasked_hides_nothing() {
    for depth in [9, 100, 5_000] {
        let (transport, _server) = but_for("UID FETCH", move |line| {
            let mut answer = format!(
                "* 2 FETCH (UID 12 BODYSTRUCTURE {}{})\r\n",
                "(".repeat(depth),
                ")".repeat(depth)
            );
            answer.push_str(std::str::from_utf8(&honest(line)).unwrap());
            Some(answer.into_bytes())
        })
        .await;
        assert_eq!(list(&transport).await.unwrap().len(), 2, "{depth}");
    }
}

#[tokio::test]
async fn a_message_answered_with_nonsense_hides_no_other() {
    let (transport, _server) = but_for("UID FETCH", |line| {
        let nonsense = "* 2 FETCH (UID 12 BODY[]<0> \u{fc})\r\n".to_owned();
        let known = if line.contains(" 11") {
            message(11)
        } else {
            String::new()
        };
        Some(format!("{known}{nonsense}{} OK done\r\n", tag(line)).into_bytes())
    })
    .await;
    let listed = list(&transport).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0].subject, "");
    assert_eq!(listed[1].subject, "message 11");
    let read = transport.read(&listed[0].id, true).await.unwrap_err();
    assert_eq!(read.kind(), ErrorKind::Protocol, "{read}");
}

#[tokio::test]
async fn a_search_result_that_is_nonsense_is_no_empty_result() {
    let (transport, _server) = but_for("UID SEARCH", |line| {
        Some(format!("* SEARCH 11 x\r\n{} OK done\r\n", tag(line)).into_bytes())
    })
    .await;
    let found = transport
        .search("word", &Filter::default(), Page::default())
        .await;
    assert_eq!(found.unwrap_err().kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn a_refused_literal_is_never_sent() {
    let (transport, server) = but_for("UID SEARCH", |line| {
        Some(format!("* 3 EXISTS\r\n{} NO not today\r\n", tag(line)).into_bytes())
    })
    .await;
    let found = transport
        .search("sécret", &Filter::default(), Page::default())
        .await;
    assert_eq!(found.unwrap_err().kind(), ErrorKind::Refused);
    // The connection goes on, and the word never left.
    assert_eq!(list(&transport).await.unwrap().len(), 2);
    assert!(
        !server
            .heard
            .lock()
            .await
            .iter()
            .any(|line| line.contains("cret"))
    );
}

#[tokio::test]
async fn a_foreign_tag_ends_the_call() {
    for foreign in ["x", "m999", "*x"] {
        let (transport, _server) = but_for("UID FETCH", move |_| {
            Some(format!("{foreign} OK done\r\n").into_bytes())
        })
        .await;
        assert_eq!(
            kind_of_list(&transport).await,
            ErrorKind::Protocol,
            "{foreign}"
        );
    }
}

#[tokio::test]
async fn floods_end_at_the_budget() {
    let long = [b"* OK ".as_slice(), &[b'a'; 100_000], b"\r\n"].concat();
    for (name, flood) in [
        ("a line without end", vec![b'a'; 8 << 20]),
        ("untagged data", b"* 1 EXISTS\r\n".repeat(1 << 20)),
        ("empty lines", b"\r\n".repeat(4 << 20)),
        (
            "flag changes",
            b"* 1 FETCH (FLAGS (\\Seen))\r\n".repeat(1 << 18),
        ),
        ("long but whole lines", long.repeat(100)),
    ] {
        let (transport, _server) = but_for("UID FETCH", move |_| Some(flood.clone())).await;
        assert_eq!(
            kind_of_list(&transport).await,
            ErrorKind::Protocol,
            "{name}"
        );
    }
}

#[tokio::test]
async fn more_messages_than_there_are_is_a_lie() {
    let many: String = (1..=1000).map(|uid| format!(" {uid}")).collect();
    let (transport, _server) = but_for("UID SEARCH", move |line| {
        Some(format!("* SEARCH{many}\r\n{} OK done\r\n", tag(line)).into_bytes())
    })
    .await;
    let unread = Filter {
        unread: Some(true),
        ..Filter::default()
    };
    let listed = transport.list(&unread, Page::default()).await.unwrap_err();
    assert_eq!(listed.kind(), ErrorKind::Protocol, "{listed}");
    let (transport, _server) = but_for("SELECT", |line| {
        let answer = "* 4294967295 EXISTS\r\n* OK [UIDVALIDITY 5] x\r\n";
        Some(format!("{answer}{} OK done\r\n", tag(line)).into_bytes())
    })
    .await;
    assert_eq!(kind_of_list(&transport).await, ErrorKind::Protocol);
}

#[tokio::test]
async fn lies_about_sizes_are_found_out() {
    // A literal of 4 GiB, one longer than asked for, one that never comes.
    let lies: [(&str, String, ErrorKind); 3] = [
        (
            "huge",
            "* 1 FETCH (UID 11 BODY[]<0> {4294967295}\r\n".to_owned(),
            ErrorKind::Protocol,
        ),
        (
            "longer",
            format!(
                "* 1 FETCH (UID 11 BODY[]<0> {{40000}}\r\n{})\r\n",
                "a".repeat(40_000)
            ),
            ErrorKind::Protocol,
        ),
        (
            "absent",
            "* 1 FETCH (UID 11 BODY[]<0> {1000}\r\na".to_owned(),
            ErrorKind::Timeout,
        ),
    ];
    for (name, lie, kind) in lies {
        let (transport, _server) = but_for("UID FETCH", move |line| {
            let end = if lie.ends_with(")\r\n") {
                format!("{} OK done\r\n", tag(line))
            } else {
                String::new()
            };
            Some(format!("{lie}{end}").into_bytes())
        })
        .await;
        assert_eq!(kind_of_list(&transport).await, kind, "{name}");
    }
    // A message without end: piece after piece, all full.
    let (transport, _server) = but_for("UID FETCH 11 ", |line| {
        let from: String = line
            .split("BODY.PEEK[]<")
            .nth(1)
            .unwrap()
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        let piece = "a".repeat(256 << 10);
        let size = piece.len();
        Some(
            format!(
                "* 1 FETCH (UID 11 FLAGS () RFC822.SIZE 9 BODY[]<{from}> {{{size}}}\r\n{piece})\r\n\
                 {} OK done\r\n",
                tag(line)
            )
            .into_bytes(),
        )
    })
    .await;
    let listed = list(&transport).await.unwrap();
    let read = transport.read(&listed[1].id, true).await.unwrap_err();
    assert_eq!(read.kind(), ErrorKind::Refused, "{read}");
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    for command in ["AUTHENTICATE", "SELECT", "UID FETCH"] {
        let (transport, _server) = but_for(command, |_| Some(Vec::new())).await;
        assert_eq!(
            kind_of_list(&transport).await,
            ErrorKind::Timeout,
            "{command}"
        );
    }
    let server = Server::start("", |_| Some(Vec::new())).await;
    assert_eq!(
        kind_of_list(&transport(&server, Tls::Plain)).await,
        ErrorKind::Timeout
    );
}

#[tokio::test]
async fn a_cut_at_every_step_is_an_error_and_the_next_call_works() {
    for step in ["AUTHENTICATE", "CAPABILITY", "SELECT", "FETCH", "UID FETCH"] {
        let (transport, _server) = but_for(step, |_| None).await;
        assert_eq!(
            kind_of_list(&transport).await,
            ErrorKind::Unreachable,
            "{step}"
        );
    }
    // Half an answer, once.
    let cut = AtomicBool::new(true);
    let server = Server::start(GREETING, move |line| {
        if !wants(line, "UID FETCH") || !cut.swap(false, Ordering::SeqCst) {
            return Some(honest(line));
        }
        None
    })
    .await;
    let transport = transport(&server, Tls::Plain);
    assert_eq!(kind_of_list(&transport).await, ErrorKind::Unreachable);
    assert_eq!(list(&transport).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_greeting_that_is_none_is_refused() {
    for (greeting, kind) in [
        ("220 smtp\r\n", ErrorKind::Protocol),
        ("* BYE go away\r\n", ErrorKind::Unreachable),
        ("* OK \u{fc}\r\n", ErrorKind::Protocol),
    ] {
        let server = Server::start(greeting, |line| Some(honest(line))).await;
        assert_eq!(
            kind_of_list(&transport(&server, Tls::Plain)).await,
            kind,
            "{greeting}"
        );
    }
}

#[tokio::test]
async fn nobody_in_between_can_keep_the_connection_in_plain_text() {
    let cases: [(&'static str, &'static str, ErrorKind); 4] = [
        (
            "* PREAUTH [CAPABILITY IMAP4rev1] welcome\r\n",
            "OK",
            ErrorKind::Protocol,
        ),
        (GREETING, "NO not here\r\n", ErrorKind::Refused),
        (GREETING, "BAD what\r\n", ErrorKind::Protocol),
        (
            GREETING,
            "OK go\r\n* CAPABILITY AUTH=PLAIN\r\n",
            ErrorKind::Protocol,
        ),
    ];
    for (greeting, answer, kind) in cases {
        let server = Server::start(greeting, move |line| {
            if wants(line, "STARTTLS") {
                return Some(format!("{} {answer}", tag(line)).into_bytes());
            }
            Some(honest(line))
        })
        .await;
        assert_eq!(
            kind_of_list(&transport(&server, Tls::StartTls)).await,
            kind,
            "{answer}"
        );
        let heard = server.heard.lock().await;
        assert!(!heard.iter().any(|line| line.contains("AUTH")), "{heard:?}");
    }
}

#[tokio::test]
async fn a_mark_that_was_not_kept_is_no_success() {
    let (transport, _server) = but_for("UID STORE", |line| {
        Some(format!("* 1 FETCH (UID 11 FLAGS ())\r\n{} OK done\r\n", tag(line)).into_bytes())
    })
    .await;
    let id = list(&transport).await.unwrap()[1].id.clone();
    let marked = transport.mark(&id, &Mark::Read).await.unwrap_err();
    assert_eq!(marked.kind(), ErrorKind::Refused, "{marked}");
}

#[tokio::test]
async fn a_flood_while_idling_ends_at_the_budget() {
    let (transport, _server) = but_for("IDLE", |_| {
        Some(
            [
                b"+ idling\r\n".as_slice(),
                &b"* 1 RECENT\r\n".repeat(1 << 20),
            ]
            .concat(),
        )
    })
    .await;
    let position = transport.position(&Filter::default().folder).await.unwrap();
    let waited = transport
        .wait(&Filter::default().folder, &position)
        .await
        .unwrap_err();
    assert_eq!(waited.kind(), ErrorKind::Protocol, "{waited}");
}

#[tokio::test]
async fn an_arrival_is_noticed_though_another_message_left() {
    let idle = Mutex::new(String::new());
    let server = Server::start(GREETING, move |line| {
        if wants(line, "IDLE") {
            *idle.lock().unwrap() = tag(line).to_owned();
            return Some(b"+ idling\r\n* 1 EXPUNGE\r\n* 2 EXISTS\r\n".to_vec());
        }
        let idled = idle.lock().unwrap().clone();
        if line == "DONE" {
            return Some(format!("{idled} OK done\r\n").into_bytes());
        }
        if wants(line, "FETCH") && !idled.is_empty() {
            let uids = "* 1 FETCH (UID 12)\r\n* 2 FETCH (UID 13)\r\n";
            return Some(format!("{uids}{} OK done\r\n", tag(line)).into_bytes());
        }
        if wants(line, "UID FETCH 13") {
            return Some(format!("{}{} OK done\r\n", message(13), tag(line)).into_bytes());
        }
        Some(honest(line))
    })
    .await;
    let endpoint = server.endpoint(Tls::Plain);
    let mut config = config(&endpoint, &endpoint);
    config.timeouts.idle = Duration::from_secs(600);
    let transport = SmtpImapTransport::new(config).unwrap();
    let inbox = Filter::default().folder;
    let position = transport.position(&inbox).await.unwrap();
    let wait = transport.wait(&inbox, &position);
    let arrived = tokio::time::timeout(PATIENCE, wait).await.unwrap().unwrap();
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].1.subject, "message 13");
}

#[tokio::test]
async fn a_server_without_idle_is_asked_again() {
    for refuses in [true, false] {
        let server = Server::start(GREETING, move |line| {
            if wants(line, "IDLE") {
                assert!(refuses);
                return Some(format!("{} NO not today\r\n", tag(line)).into_bytes());
            }
            if wants(line, "CAPABILITY") && !refuses {
                let capabilities = format!("* CAPABILITY IMAP4rev1\r\n{} OK x\r\n", tag(line));
                return Some(capabilities.into_bytes());
            }
            Some(honest(line))
        })
        .await;
        let transport = transport(&server, Tls::Plain);
        let position = transport.position(&Filter::default().folder).await.unwrap();
        let waited = transport
            .wait(&Filter::default().folder, &position)
            .await
            .unwrap();
        assert!(waited.is_empty());
    }
}

#[tokio::test]
async fn a_move_is_one_command_or_none() {
    // A server that cannot move is not made to copy and delete.
    let (transport, server) = but_for("UID COPY", |_| None).await;
    let inbox = transport
        .list(&Filter::default(), Page::default())
        .await
        .unwrap();
    let archive = mailmesh::Folder::new("Archive");
    let error = transport.move_to(&inbox[0].id, &archive).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    drop(server);
}
