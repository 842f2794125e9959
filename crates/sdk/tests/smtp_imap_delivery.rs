//! SMTP servers, honest and hostile: who gets a message, what a refusal means, what is never said.
#![cfg(feature = "smtp-imap")]
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod scripted_server;

use mailmesh::transport::smtp_imap::SmtpImapTransport;
use mailmesh::{Endpoint, ErrorKind, Outgoing, Tls, Transport};
use structured_email::{Draft, Stamp};

use scripted_server::{Server, config, transport};

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
    let stamp = Stamp {
        date: 0,
        message_id: "x@mail.test".into(),
        boundary: "x".into(),
    };
    Outgoing::compose(draft, &stamp).unwrap()
}

#[tokio::test]
async fn refused_recipients_are_reported_and_the_others_get_the_message() {
    let (transport, server) = smtp(|line| {
        line.contains("<no@")
            .then(|| b"550 5.1.1 no such user\r\n".to_vec())
    })
    .await;
    let receipt = transport
        .send(mail(&["a@mail.test", "no@mail.test", "b@mail.test"]))
        .await
        .unwrap();
    assert_eq!(receipt.accepted, ["a@mail.test", "b@mail.test"]);
    assert_eq!(receipt.refused[0].recipient, "no@mail.test");
    assert!(receipt.refused[0].reason.contains("no such user"));
    let all = transport.send(mail(&["no@mail.test"])).await.unwrap_err();
    assert_eq!(all.kind(), ErrorKind::Refused, "{all}");
    // One connection served both.
    let heard = server.heard.lock().await;
    assert_eq!(
        heard.iter().filter(|line| line.starts_with("EHLO")).count(),
        1,
        "{heard:?}"
    );
    assert_eq!(
        heard.iter().filter(|line| line.as_str() == "DATA").count(),
        1,
        "{heard:?}"
    );
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
            line.starts_with(command)
                .then(|| format!("{answer}\r\n").into_bytes())
        })
        .await;
        let error = transport.send(mail(&["a@mail.test"])).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{command} {answer}: {error}");
        assert!(!format!("{error:?}").contains("hush"));
    }
}

#[tokio::test]
async fn smtp_floods_end_at_the_budget() {
    let floods: [fn() -> Vec<u8>; 3] = [
        || vec![b'2'; 8 << 20],
        || b"250-\r\n".repeat(1 << 20),
        || b"250-aaaaa\r\n".repeat(1 << 20),
    ];
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
    let (transport, server) = smtp(|line| (line == ".").then(Vec::new)).await;
    let error = transport.send(mail(&["a@mail.test"])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.to_string().contains("may or may not"), "{error}");
    let heard = server.heard.lock().await;
    assert_eq!(
        heard.iter().filter(|line| line.as_str() == "DATA").count(),
        1,
        "{heard:?}"
    );
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
        assert!(
            !heard.iter().any(|line| line.starts_with("AUTH")),
            "{heard:?}"
        );
    }
    let (transport, _server) = smtp(|_| None).await;
    let endpoint = Endpoint {
        host: "mail.example".to_owned(),
        port: 25,
        tls: Tls::Plain,
    };
    assert_eq!(
        SmtpImapTransport::new(config(&endpoint, &endpoint))
            .unwrap_err()
            .kind(),
        ErrorKind::Invalid
    );
    let foreign = transport.send(mail(&["büro@mail.test"])).await.unwrap_err();
    assert_eq!(foreign.kind(), ErrorKind::Unsupported, "{foreign}");
}
