//! Servers that want to hurt the client: whatever they do, a call ends with a typed error, soon.
#![cfg(feature = "smtp-imap")]
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mailmesh::transport::smtp_imap::{Config, Limits, SmtpImapTransport, Timeouts};
use mailmesh::{
    Endpoint, Error, ErrorKind, Filter, Mark, Outgoing, Page, Summary, Tls, Transport,
};
use structured_email::{Draft, Stamp};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

/// What a server sends in answer to a line of the client, `None` to close the connection.
type Script = dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync;

/// A server that follows a script and remembers what it heard.
struct Server {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(
        greeting: &'static str,
        script: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Script> = Arc::new(script);
        let log = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                tokio::spawn(async move {
                    // A client that hangs up in the middle is what we want to see.
                    let _ = serve(stream, greeting, &*script, &log).await;
                });
            }
        });
        Self { address, heard }
    }

    fn endpoint(&self, tls: Tls) -> Endpoint {
        Endpoint { host: "127.0.0.1".to_owned(), port: self.address.port(), tls }
    }
}

async fn serve(
    mut stream: TcpStream,
    greeting: &str,
    script: &Script,
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let (read, mut write) = stream.split();
    write.write_all(greeting.as_bytes()).await?;
    let mut lines = BufReader::new(read);
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        log.lock().await.push(line.trim_end().to_owned());
        let Some(answer) = script(line.trim_end()) else { return Ok(()) };
        write.write_all(&answer).await?;
    }
}

const GREETING: &str = "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR IDLE] ready\r\n";

/// An honest server with two messages; it knows what this client asks.
fn honest(line: &str) -> Vec<u8> {
    let (tag, command) = line.split_once(' ').unwrap_or((line, ""));
    let body = match command.split(' ').next().unwrap_or("") {
        "SELECT" | "EXAMINE" => {
            "* 2 EXISTS\r\n* OK [UIDVALIDITY 5] x\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\n"
                .to_owned()
        }
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
    line.split_once(' ').is_some_and(|(_, wanted)| wanted.starts_with(command))
}

fn tag(line: &str) -> &str {
    line.split(' ').next().unwrap_or("")
}

fn config(imap: &Endpoint, smtp: &Endpoint) -> Config {
    let mut config =
        Config::new(imap.clone(), smtp.clone(), "u", "u@mail.test", "hush".into());
    config.timeouts = Timeouts {
        connect: Duration::from_secs(5),
        command: Duration::from_secs(2),
        delivery: Duration::from_secs(2),
        idle: Duration::from_millis(200),
        poll: Duration::from_millis(50),
    };
    config.limits = Limits { answer: 2 << 20, responses: 2000, ..Limits::default() };
    config
}

fn transport(server: &Server, tls: Tls) -> SmtpImapTransport {
    let endpoint = server.endpoint(tls);
    SmtpImapTransport::new(config(&endpoint, &endpoint)).unwrap()
}

/// A transport to a server that is honest but for one command.
async fn but_for(
    command: &'static str,
    answer: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static,
) -> (SmtpImapTransport, Server) {
    let server = Server::start(GREETING, move |line| {
        if wants(line, command) { answer(line) } else { Some(honest(line)) }
    })
    .await;
    (transport(&server, Tls::Plain), server)
}

async fn list(transport: &SmtpImapTransport) -> Result<Vec<Summary>, Error> {
    let started = Instant::now();
    let listed = transport.list(&Filter::default(), Page::default()).await;
    assert!(started.elapsed() < Duration::from_secs(6), "took {:?}", started.elapsed());
    listed
}

async fn kind_of_list(transport: &SmtpImapTransport) -> ErrorKind {
    list(transport).await.unwrap_err().kind()
}

#[tokio::test]
async fn an_honest_server_is_understood() {
    let server = Server::start(GREETING, |line| Some(honest(line))).await;
    let listed = list(&transport(&server, Tls::Plain)).await.unwrap();
    let subjects: Vec<&str> = listed.iter().map(|summary| summary.subject.as_str()).collect();
    assert_eq!(subjects, ["message 12", "message 11"]);
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
        let known = if line.contains(" 11") { message(11) } else { String::new() };
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
    let found = transport.search("word", &Filter::default(), Page::default()).await;
    assert_eq!(found.unwrap_err().kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn a_refused_literal_is_never_sent() {
    let (transport, server) = but_for("UID SEARCH", |line| {
        Some(format!("* 3 EXISTS\r\n{} NO not today\r\n", tag(line)).into_bytes())
    })
    .await;
    let found = transport.search("sécret", &Filter::default(), Page::default()).await;
    assert_eq!(found.unwrap_err().kind(), ErrorKind::Refused);
    // The connection goes on, and the word never left.
    assert_eq!(list(&transport).await.unwrap().len(), 2);
    assert!(!server.heard.lock().await.iter().any(|line| line.contains("cret")));
}

#[tokio::test]
async fn a_foreign_tag_ends_the_call() {
    for foreign in ["x", "m999", "*x"] {
        let (transport, _server) =
            but_for("UID FETCH", move |_| Some(format!("{foreign} OK done\r\n").into_bytes()))
                .await;
        assert_eq!(kind_of_list(&transport).await, ErrorKind::Protocol, "{foreign}");
    }
}

#[tokio::test]
async fn floods_end_at_the_budget() {
    let floods: [(&str, fn(&str) -> Vec<u8>); 5] = [
        ("a line without end", |_| vec![b'a'; 8 << 20]),
        ("untagged data", |_| b"* 1 EXISTS\r\n".repeat(1 << 20)),
        ("empty lines", |_| b"\r\n".repeat(4 << 20)),
        ("flag changes", |_| b"* 1 FETCH (FLAGS (\\Seen))\r\n".repeat(1 << 18)),
        ("long but whole lines", |_| {
            [b"* OK ".as_slice(), &[b'a'; 100_000], b"\r\n"].concat().repeat(100)
        }),
    ];
    for (name, flood) in floods {
        let (transport, _server) = but_for("UID FETCH", move |line| Some(flood(line))).await;
        assert_eq!(kind_of_list(&transport).await, ErrorKind::Protocol, "{name}");
    }
}

#[tokio::test]
async fn lies_about_sizes_are_found_out() {
    // A literal of 4 GiB, one longer than asked for, one that never comes.
    let lies: [(&str, String, ErrorKind); 3] = [
        ("huge", "* 1 FETCH (UID 11 BODY[]<0> {4294967295}\r\n".to_owned(), ErrorKind::Protocol),
        (
            "longer",
            format!("* 1 FETCH (UID 11 BODY[]<0> {{40000}}\r\n{})\r\n", "a".repeat(40_000)),
            ErrorKind::Protocol,
        ),
        ("absent", "* 1 FETCH (UID 11 BODY[]<0> {1000}\r\na".to_owned(), ErrorKind::Timeout),
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
    let (transport, _server) = but_for("UID FETCH 11", |line| {
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
        assert_eq!(kind_of_list(&transport).await, ErrorKind::Timeout, "{command}");
    }
    let server = Server::start("", |_| Some(Vec::new())).await;
    assert_eq!(kind_of_list(&transport(&server, Tls::Plain)).await, ErrorKind::Timeout);
}

#[tokio::test]
async fn a_cut_at_every_step_is_an_error_and_the_next_call_works() {
    for step in ["AUTHENTICATE", "CAPABILITY", "SELECT", "FETCH", "UID FETCH"] {
        let (transport, _server) = but_for(step, |_| None).await;
        assert_eq!(kind_of_list(&transport).await, ErrorKind::Unreachable, "{step}");
    }
    // Half an answer, once.
    let cut = std::sync::atomic::AtomicBool::new(true);
    let server = Server::start(GREETING, move |line| {
        if !wants(line, "UID FETCH") || !cut.swap(false, std::sync::atomic::Ordering::SeqCst) {
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
        assert_eq!(kind_of_list(&transport(&server, Tls::Plain)).await, kind, "{greeting}");
    }
}

#[tokio::test]
async fn nobody_in_between_can_keep_the_connection_in_plain_text() {
    let cases: [(&'static str, &'static str, ErrorKind); 4] = [
        ("* PREAUTH [CAPABILITY IMAP4rev1] welcome\r\n", "OK", ErrorKind::Protocol),
        (GREETING, "NO not here\r\n", ErrorKind::Refused),
        (GREETING, "BAD what\r\n", ErrorKind::Protocol),
        (GREETING, "OK go\r\n* CAPABILITY AUTH=PLAIN\r\n", ErrorKind::Protocol),
    ];
    for (greeting, answer, kind) in cases {
        let server = Server::start(greeting, move |line| {
            if wants(line, "STARTTLS") {
                return Some(format!("{} {answer}", tag(line)).into_bytes());
            }
            Some(honest(line))
        })
        .await;
        assert_eq!(kind_of_list(&transport(&server, Tls::StartTls)).await, kind, "{answer}");
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
        Some([b"+ idling\r\n".as_slice(), &b"* 1 RECENT\r\n".repeat(1 << 20)].concat())
    })
    .await;
    let position = transport.position(&Filter::default().folder).await.unwrap();
    let waited = transport.wait(&Filter::default().folder, &position).await.unwrap_err();
    assert_eq!(waited.kind(), ErrorKind::Protocol, "{waited}");
}

#[tokio::test]
async fn a_server_without_idle_is_asked_again() {
    for refuses in [true, false] {
        let greeting = if refuses { GREETING } else { "* OK [CAPABILITY AUTH=PLAIN] ready\r\n" };
        let server = Server::start(greeting, |line| {
            if wants(line, "IDLE") {
                return Some(format!("{} NO not today\r\n", tag(line)).into_bytes());
            }
            Some(honest(line))
        })
        .await;
        let transport = transport(&server, Tls::Plain);
        let position = transport.position(&Filter::default().folder).await.unwrap();
        let waited = transport.wait(&Filter::default().folder, &position).await.unwrap();
        assert!(waited.is_empty());
    }
}

/// An SMTP server; `answer` may speak before the honest answers do.
async fn smtp(
    answer: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static,
) -> (SmtpImapTransport, Server) {
    let server = Server::start("220 ready\r\n", move |line| {
        answer(line).or_else(|| {
            Some(match line.split([' ', ':']).next().unwrap_or("") {
                "EHLO" => b"250-mail.test\r\n250-SIZE 1000\r\n250 AUTH PLAIN\r\n".to_vec(),
                "AUTH" => b"235 2.7.0 in\r\n".to_vec(),
                "DATA" => b"354 go\r\n".to_vec(),
                "MAIL" | "RCPT" | "RSET" | "." => b"250 2.0.0 fine\r\n".to_vec(),
                _ => Vec::new(),
            })
        })
    })
    .await;
    (transport(&server, Tls::Plain), server)
}

fn mail(recipients: &[&str]) -> Outgoing {
    let draft = Draft::new().from("u@mail.test").subject("s").text("t");
    let draft = recipients.iter().fold(draft, |draft, to| draft.to(*to));
    let stamp = Stamp { date: 0, message_id: "x@mail.test".into(), boundary: "x".into() };
    Outgoing::compose(draft, &stamp).unwrap()
}

#[tokio::test]
async fn refused_recipients_are_reported_and_the_others_get_the_message() {
    let (transport, server) = smtp(|line| {
        line.contains("<no@").then(|| b"550 5.1.1 no such user\r\n".to_vec())
    })
    .await;
    let receipt =
        transport.send(mail(&["a@mail.test", "no@mail.test", "b@mail.test"])).await.unwrap();
    assert_eq!(receipt.accepted, ["a@mail.test", "b@mail.test"]);
    assert_eq!(receipt.refused[0].recipient, "no@mail.test");
    assert!(receipt.refused[0].reason.contains("no such user"));
    let all = transport.send(mail(&["no@mail.test"])).await.unwrap_err();
    assert_eq!(all.kind(), ErrorKind::Refused, "{all}");
    // One connection served both.
    let heard = server.heard.lock().await;
    assert_eq!(heard.iter().filter(|line| line.starts_with("EHLO")).count(), 1, "{heard:?}");
    assert_eq!(heard.iter().filter(|line| line.as_str() == "DATA").count(), 1, "{heard:?}");
}

#[tokio::test]
async fn answers_are_told_by_who_has_to_act() {
    for (command, answer, kind) in [
        ("AUTH", "535 5.7.8 wrong", ErrorKind::Unauthorized),
        ("AUTH", "454 4.7.0 later", ErrorKind::Busy),
        ("MAIL", "451 4.3.0 later", ErrorKind::Busy),
        ("MAIL", "552 5.3.4 too big", ErrorKind::Refused),
        ("RCPT", "450 4.2.0 greylisted", ErrorKind::Busy),
        ("RCPT", "421 4.3.2 closing", ErrorKind::Busy),
        ("DATA", "554 5.5.1 no", ErrorKind::Refused),
        (".", "550 5.7.1 spam", ErrorKind::Refused),
        ("MAIL", "999 what", ErrorKind::Protocol),
        ("MAIL", "hello", ErrorKind::Protocol),
    ] {
        let (transport, _server) = smtp(move |line| {
            line.starts_with(command).then(|| format!("{answer}\r\n").into_bytes())
        })
        .await;
        let error = transport.send(mail(&["a@mail.test"])).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{command} {answer}: {error}");
        assert!(!format!("{error:?}").contains("hush"));
    }
}

#[tokio::test]
async fn smtp_floods_end_at_the_budget() {
    let floods: [fn() -> Vec<u8>; 3] =
        [|| vec![b'2'; 8 << 20], || b"250-\r\n".repeat(1 << 20), || b"250-aaaaa\r\n".repeat(1 << 20)];
    for flood in floods {
        for command in ["EHLO", "MAIL", "DATA"] {
            let (transport, _server) =
                smtp(move |line| line.starts_with(command).then(flood)).await;
            let error = transport.send(mail(&["a@mail.test"])).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Protocol, "{command}: {error}");
        }
    }
}

#[tokio::test]
async fn a_message_is_not_sent_twice() {
    // The answer to the message never comes: it may have been taken.
    let (transport, server) =
        smtp(|line| (line == ".").then(Vec::new)).await;
    let error = transport.send(mail(&["a@mail.test"])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.to_string().contains("may or may not"), "{error}");
    let heard = server.heard.lock().await;
    assert_eq!(heard.iter().filter(|line| line.as_str() == "DATA").count(), 1, "{heard:?}");
}

#[tokio::test]
async fn smtp_without_starttls_gets_no_password() {
    for answer in ["454 4.7.0 no TLS today\r\n", "220 go\r\n250-AUTH PLAIN\r\n"] {
        let (transport, server) = {
            let server = Server::start("220 ready\r\n", move |line| {
                Some(match line.split(' ').next().unwrap_or("") {
                    "EHLO" => b"250-x\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n".to_vec(),
                    "STARTTLS" => answer.as_bytes().to_vec(),
                    _ => Vec::new(),
                })
            })
            .await;
            (transport(&server, Tls::StartTls), server)
        };
        assert!(transport.send(mail(&["a@mail.test"])).await.is_err());
        let heard = server.heard.lock().await;
        assert!(!heard.iter().any(|line| line.starts_with("AUTH")), "{heard:?}");
    }
    let (transport, _server) = smtp(|_| None).await;
    let endpoint = Endpoint { host: "mail.example".to_owned(), port: 25, tls: Tls::Plain };
    assert_eq!(
        SmtpImapTransport::new(config(&endpoint, &endpoint)).unwrap_err().kind(),
        ErrorKind::Invalid
    );
    let foreign = transport.send(mail(&["büro@mail.test"])).await.unwrap_err();
    assert_eq!(foreign.kind(), ErrorKind::Unsupported, "{foreign}");
}
