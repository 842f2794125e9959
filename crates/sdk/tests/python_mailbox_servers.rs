//! Mail between the Python package mailmesh and here, both ways through Dovecot and Postfix: what its two
//! composers write is read here, and its two readers are shown what is written here. `./test` starts the
//! servers and installs the package.
#![cfg(feature = "smtp-imap")]
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod mail_system;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use mailmesh::{AgentMailbox, Arrangement, Draft, Filter, Mail, Page, Transport as _};
use mailmesh_testkit::python_mailbox::PythonMailbox;
use serde_json::{Value, json};
use structured_email::{Item, Limits, Message, Policy};

use mail_system::Servers;

fn path(name: &str) -> PathBuf {
    let place = std::env::var_os(name);
    let place = place.unwrap_or_else(|| panic!("{name} is not set: run ./test, which sets it"));
    PathBuf::from(place)
}

/// The mailbox of an address in the hands of the package.
fn python(address: &str) -> PythonMailbox {
    let command = path("MAILMESH_TEST_PYTHON_MAILBOX");
    PythonMailbox::open(&command, address, &path("MAILMESH_TEST_CA_FILE"))
}

/// The only message in the inbox, once it is there.
async fn only_mail(mailbox: &AgentMailbox) -> Mail {
    let started = Instant::now();
    loop {
        let listed = mailbox.list(&Filter::default(), Page::default()).await;
        if let [summary] = &listed.unwrap()[..] {
            return mailbox.read(&summary.id).await.unwrap();
        }
        assert!(started.elapsed() < Duration::from_secs(30), "no mail came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Its mailbox marks no part as a statement about the message (structured email 4.2), so the strict
/// reading finds none and the lenient one does.
#[tokio::test]
async fn what_its_mailbox_sends_is_read_here() {
    let order = json!({ "@context": "https://schema.org", "@type": "Order", "note": "é" });
    for (text, html, data) in [
        (Some("Grüße"), None, None),
        (Some("text"), None, Some(&order)),
        (Some("text"), Some("<p>text</p>"), Some(&order)),
        (None, None, Some(&order)),
    ] {
        let servers = Servers::new();
        let b = AgentMailbox::new(servers.b.clone());
        python(servers.a.address()).call(&json!({
            "call": "send", "to": [b.address()], "subject": "Bestätigung",
            "text": text, "html": html, "structured_data": data,
        }));
        let mail = only_mail(&b).await;
        assert_eq!(mail.summary.subject, "Bestätigung");
        assert_eq!(mail.summary.from.as_deref(), Some(servers.a.address()));
        assert_eq!(mail.text().as_deref().map(str::trim_end), text);
        assert_eq!(mail.html().as_deref().map(str::trim_end), html);
        assert_eq!(mail.data(), [Value::Null; 0]);
        let lenient = Message::parse_with(&mail.raw, Policy::LENIENT, &Limits::default()).unwrap();
        let found: Vec<Value> = lenient.items().iter().filter_map(Item::value).collect();
        let expected: Vec<Value> = data.cloned().into_iter().collect();
        assert_eq!(found, expected, "{text:?} {html:?}");
    }
}

#[tokio::test]
async fn what_its_composer_writes_is_read_here() {
    for (mode, class, text) in [
        ("full", "full", "text"),
        ("partial", "partial", "text"),
        ("non", "non-representation", "text"),
        ("mrm", "mrm", ""),
    ] {
        let servers = Servers::new();
        let b = AgentMailbox::new(servers.b.clone());
        python(servers.a.address()).call(&json!({
            "call": "emit", "to": b.address(), "subject": mode, "text": text,
            "data": { "@type": "Order", "orderNumber": "é 7" }, "mode": mode,
        }));
        let mail = only_mail(&b).await;
        let summary = &mail.summary;
        assert_eq!(
            (summary.class.as_str(), summary.is_mrm),
            (class, mode == "mrm")
        );
        assert_eq!(summary.types, ["Order"]);
        assert_eq!(mail.text().unwrap_or_default().trim_end(), text);
        let order =
            json!({ "@context": "https://schema.org/", "@type": "Order", "orderNumber": "é 7" });
        assert_eq!(mail.data(), [order], "{mode}");
    }
}

/// Its parser finds the data of every arrangement. Its mailbox looks at the parts of the outermost
/// multipart alone, so it sees no message for machines only, and no text that is nested.
#[tokio::test]
async fn what_is_sent_here_is_read_there() {
    let order = json!({ "@context": "https://schema.org", "@type": "Order", "orderNumber": "é 7" });
    let text = || Draft::new().text("Grüße");
    for (draft, arrangement, sees_data, sees_text) in [
        (text(), Arrangement::Full, true, true),
        (text().html("<p>Grüße</p>"), Arrangement::Full, true, true),
        (text(), Arrangement::Partial, true, true),
        (text(), Arrangement::NonRepresentation, true, true),
        (Draft::new(), Arrangement::Mrm, false, false),
    ] {
        let servers = Servers::new();
        let (a, b) = (
            AgentMailbox::new(servers.a.clone()),
            AgentMailbox::new(servers.b.clone()),
        );
        let draft = draft.to(b.address()).subject("Bestätigung");
        let draft = draft.data(&order).arrangement(arrangement);
        a.send(draft).await.unwrap();
        assert_eq!(only_mail(&b).await.data(), std::slice::from_ref(&order));

        let mut python = python(b.address());
        let listed = python.call(&json!({ "call": "list" }));
        let [mail] = &listed.as_array().unwrap()[..] else {
            panic!("{arrangement}: {listed}");
        };
        assert_eq!(mail["subject"], "Bestätigung");
        assert_eq!(mail["from_addr"], a.address());
        let data = if sees_data { &order } else { &Value::Null };
        assert_eq!(&mail["structured_data"], data, "{arrangement}");
        let text = mail["text_body"].as_str().map(str::trim_end);
        assert_eq!(text, sees_text.then_some("Grüße"), "{arrangement}");
        // It knows one by a field of its own, which no specification has.
        assert_eq!(mail["is_mrm"], false);

        let parsed = python.call(&json!({ "call": "parse", "message_id": "1" }));
        let is_mrm = arrangement == Arrangement::Mrm;
        assert_eq!(parsed, json!({ "data": order, "is_mrm": is_mrm }));
    }
}
