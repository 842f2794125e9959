//! Mailbox URLs: what they say, what they refuse, and what they never repeat.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::path::Path;

use mailmesh::{Endpoint, ErrorKind, Folder, MailboxUrl, ServerTarget, Target, Tls};
use proptest::prelude::{any, prop_assert, proptest};

fn server(text: &str) -> ServerTarget {
    match MailboxUrl::parse(text).unwrap().target().clone() {
        Target::SmtpImap(target) => target,
        _ => panic!("{text} is no server"),
    }
}

fn local(text: &str) -> (Option<String>, String) {
    match MailboxUrl::parse(text).unwrap().target().clone() {
        Target::Local { dir, address } => {
            (dir.map(|dir| dir.to_str().unwrap().to_owned()), address)
        }
        _ => panic!("{text} is not local"),
    }
}

fn endpoint(host: &str, port: u16, tls: Tls) -> Endpoint {
    Endpoint {
        host: host.to_owned(),
        port,
        tls,
    }
}

#[test]
fn a_local_mailbox_has_a_folder_and_an_owner() {
    assert_eq!(
        local("local:/var/mail x?as=a+b@x.test"),
        (Some("/var/mail x".into()), "a+b@x.test".into())
    );
    assert_eq!(local("local:?as=a@x.test").0, None);
    assert_eq!(
        local("LOCAL:./rel%3F%20dir?as=a%40x.test").0.as_deref(),
        Some("./rel? dir")
    );
    let dir = MailboxUrl::parse("local:mail?as=a@x.test").unwrap();
    assert!(
        matches!(dir.target(), Target::Local { dir: Some(dir), .. } if dir == Path::new("mail"))
    );
}

#[test]
fn a_server_url_says_everything() {
    let target = server(
        "imaps://login@mail.test:1993?smtp=smtp://out.test:2525&smtp-user=other&from=a%2Bb@x.test\
         &folder=Agents%2FIn&annotate=true&append-sent=true",
    );
    assert_eq!(target.imap, endpoint("mail.test", 1993, Tls::Implicit));
    assert_eq!(target.smtp, endpoint("out.test", 2525, Tls::StartTls));
    assert_eq!(
        (target.user.as_str(), target.smtp_user.as_str()),
        ("login", "other")
    );
    assert_eq!(target.from, "a+b@x.test");
    assert_eq!(target.folder, Folder::new("Agents/In"));
    assert!(target.annotate && target.append_sent);
}

#[test]
fn a_short_server_url_is_enough() {
    let target = server("imaps://alice@mail.test@mx.test");
    assert_eq!(target.imap, endpoint("mx.test", 993, Tls::Implicit));
    assert_eq!(target.smtp, endpoint("mx.test", 465, Tls::Implicit));
    assert_eq!(target.from, "alice@mail.test");
    assert_eq!(target.smtp_user, "alice@mail.test");
    assert!(!target.annotate && !target.append_sent);
}

#[test]
fn plain_text_goes_to_this_machine_only() {
    let to = |host: &str| server(&format!("imap://a%40x.test@{host}?smtp=smtp://{host}"));
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        assert_eq!(to(host).imap.tls, Tls::Plain, "{host}");
        assert_eq!(to(host).smtp.tls, Tls::Plain, "{host}");
    }
    assert_eq!(
        to("mail.test").imap,
        endpoint("mail.test", 143, Tls::StartTls)
    );
    assert_eq!(
        to("mail.test").smtp,
        endpoint("mail.test", 587, Tls::StartTls)
    );
    assert_eq!(to("[::1]").imap.host, "::1");
    let asked = server("imap://a@x.test@localhost?starttls=true");
    assert_eq!(
        (asked.imap.tls, asked.smtp.tls),
        (Tls::StartTls, Tls::StartTls)
    );
}

#[test]
fn a_password_is_refused_and_not_repeated() {
    for text in [
        "imaps://alice:hunter2@mail.test",
        "imaps://alice@mail.test?smtp=smtps://alice:hunter2@mail.test",
        "imaps://alice@mail.test?password=hunter2",
        "local:/tmp?as=a@x.test&hunter2=hunter2hunter2hunter2",
    ] {
        let error = MailboxUrl::parse(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{text}");
        assert!(!format!("{error} {error:?}").contains("=hunter2"), "{text}");
        assert!(!format!("{error} {error:?}").contains(":hunter2"), "{text}");
    }
}

#[test]
fn an_operator_is_named_by_its_url_and_a_handle() {
    let target = |text: &str| match MailboxUrl::parse(text).unwrap().target() {
        Target::Asmtp(target) => target.clone(),
        other => panic!("{other:?}"),
    };
    let plain = target("asmtp+https://mail.test?as=@acme.alice");
    assert_eq!(plain.operator, "https://mail.test/");
    assert_eq!(
        (plain.handle.as_str(), plain.mail_domain.as_str()),
        ("@acme.alice", "mail.test")
    );
    let full = target("asmtp+https://mail.test:8443/v1?as=%40acme.alice&mail-domain=agents.test");
    assert_eq!(full.operator, "https://mail.test:8443/v1");
    assert_eq!(
        (full.handle.as_str(), full.mail_domain.as_str()),
        ("@acme.alice", "agents.test")
    );
    let local = target("asmtp+http://127.0.0.1:8723?as=@acme.alice");
    assert_eq!(local.operator, "http://127.0.0.1:8723/");
    assert!(
        MailboxUrl::parse("asmtp+https://x?as=@a.b")
            .unwrap()
            .needs_password()
    );
}

#[test]
fn a_jmap_server_is_named_by_its_url_and_a_user() {
    let target = |text: &str| match MailboxUrl::parse(text).unwrap().target() {
        Target::Jmap(target) => target.clone(),
        other => panic!("{other:?}"),
    };
    let plain = target("jmap+https://a@x.test@mail.test");
    assert_eq!(plain.server, "https://mail.test/");
    assert_eq!(plain.user.as_deref(), Some("a@x.test"));
    assert_eq!(plain.from, "a@x.test");
    assert!(!plain.append_sent);
    let full = target(
        "jmap+https://mail.test:8443/session?from=b+c@x.test&folder=Agents/In&append-sent=true",
    );
    assert_eq!(full.server, "https://mail.test:8443/session");
    assert_eq!((full.user, full.from.as_str()), (None, "b+c@x.test"));
    assert_eq!(full.folder, Folder::new("Agents/In"));
    assert!(full.append_sent);
    let local = target("jmap+http://a@x.test@[::1]:8080");
    assert_eq!(local.server, "http://[::1]:8080/");
    assert!(
        MailboxUrl::parse("jmap+https://a@x.test@mail.test")
            .unwrap()
            .needs_password()
    );
}

#[test]
fn a_domain_at_resend_is_named_by_itself_and_an_author() {
    let target = |text: &str| match MailboxUrl::parse(text).unwrap().target() {
        Target::Resend(target) => target.clone(),
        other => panic!("{other:?}"),
    };
    let plain = target("resend://X.test?from=a%40x%2Etest");
    assert_eq!((plain.domain.as_str(), plain.api), ("x.test", None));
    assert_eq!(plain.from, "a@x.test");
    let elsewhere = target("resend://x.test?from=a@x.test&api=http%3A%2F%2F127.0.0.1:80");
    assert_eq!(elsewhere.api.as_deref(), Some("http://127.0.0.1/"));
    assert!(
        MailboxUrl::parse("resend://x.test?from=a@x.test")
            .unwrap()
            .needs_password()
    );
}

#[test]
fn anything_else_is_invalid() {
    for text in [
        "",
        "local",
        "local:/tmp",
        "local:/tmp?as=alice",
        "local:/tmp?as=a@x.test&x=1",
        "local:/tmp%00?as=a@x.test",
        "imaps://mail.test",
        "imaps://a@x.test@",
        "imaps://alice@mail.test",
        "imaps://a@x.test@mail.test/INBOX",
        "imaps://a@x.test@mail.test?smtp=imaps://mail.test",
        "imaps://a@x.test@mail.test?smtp=mail.test",
        "imaps://a@x.test@mail.test?annotate=maybe",
        "imaps://a@x.test@mail.test:99999",
        "https://mail.test",
        "asmtp+https://mail.test",
        "asmtp+https://mail.test?as=alice",
        "asmtp+https://mail.test?as=@Acme.alice",
        "asmtp+https://mail.test?as=@a.b.c",
        "asmtp+https://mail.test?as=@a.b&token=x",
        "asmtp+https://user@mail.test?as=@a.b",
        "asmtp+https://user:hunter2@mail.test?as=@a.b",
        "asmtp+http://mail.test?as=@a.b",
        "asmtp+http://127.0.0.1.mail.test?as=@a.b",
        "asmtp+https://?as=@a.b",
        "jmap+https://mail.test",
        "jmap+https://alice@mail.test",
        "jmap+https://a@x.test:hunter2@mail.test",
        "jmap+https://a@x.test@mail.test?token=x",
        "jmap+http://a@x.test@mail.test",
        "jmap+https://",
        "resend://x.test",
        "resend://?from=a@x.test",
        "resend:x.test?from=a@x.test",
        "resend://x.test?from=alice",
        "resend://x.test/a?from=a@x.test",
        "resend://re_key@x.test?from=a@x.test",
        "resend://x.test?from=a@x.test&key=re_key",
        "resend://x.test?from=a@x.test&api=http://mail.test",
        "resend://x.test?from=a@x.test&api=ftp://127.0.0.1",
    ] {
        assert_eq!(
            MailboxUrl::parse(text).unwrap_err().kind(),
            ErrorKind::Invalid,
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), form in 0..7_usize) {
        let text = match form {
            0 => text,
            1 => format!("local:{text}"),
            2 => format!("imaps://{text}"),
            3 => format!("asmtp+https://{text}"),
            4 => format!("jmap+https://{text}"),
            5 => format!("resend://x.test?from=a@x.test{text}"),
            _ => format!("imap://a@x.test@localhost?{text}"),
        };
        if let Ok(url) = MailboxUrl::parse(&text) {
            prop_assert!(url.as_str() == text);
        }
    }

    #[test]
    fn no_password_comes_back(
        password in "[a-z]{8}",
        place in 0..3_usize,
        port in any::<Option<u16>>(),
    ) {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let text = match place {
            0 => format!("imaps://USER:{password}@HOST{port}"),
            1 => format!("imap://USER@HOST?smtp=smtp://USER:{password}@HOST{port}"),
            _ => format!("imaps://:{password}@HOST{port}"),
        };
        let error = MailboxUrl::parse(&text).unwrap_err();
        let shown = format!("{error} {error:?}");
        prop_assert!(!shown.contains(&password));
    }
}
