//! `mailmesh compose`: the message on standard output, from flags and files.

mod home;

use home::Home;
use serde_json::json;

const ORDER: &str = r#"{"@context":"https://schema.org","@type":"Order","orderNumber":"7"}"#;

/// Flags that leave nothing to the clock or to chance.
const FIXED: [&str; 10] = [
    "compose",
    "--from",
    "Alice <alice@example.test>",
    "--message-id",
    "<1@example.test>",
    "--date",
    "2026-11-21T12:00:00+01:00",
    "--boundary",
    "b",
    "--to=bob@example.test",
];

fn fixed<'a>(more: &[&'a str]) -> Vec<&'a str> {
    FIXED.iter().copied().chain(more.iter().copied()).collect()
}

#[test]
fn the_same_flags_give_the_same_octets() {
    let home = Home::new();
    let data = home.file("order.json", ORDER);
    let flags = fixed(&["--subject", "Order", "--text", "Two cups.", "--data", &data]);
    let first = home.run(&flags);
    let second = home.run(&flags);
    assert_eq!(first.octets, second.octets);
    assert!(
        first
            .stdout
            .contains("Date: Sat, 21 Nov 2026 11:00:00 +0000\r\n"),
        "{}",
        first.stdout
    );
    assert!(
        first.stdout.contains("Message-ID: <1@example.test>\r\n"),
        "{}",
        first.stdout
    );
    assert!(first.stdout.contains("boundary=\"b\""), "{}", first.stdout);
    assert!(first.octets.ends_with(b"\r\n") && !first.octets.ends_with(b"\r\n\r\n"));
}

#[test]
fn what_is_composed_is_what_inspect_finds() {
    let home = Home::new();
    let data = home.file("order.json", ORDER);
    let html = home.file("order.html", "<html><body><p>Two cups.</p></body></html>");
    for (arrangement, class) in [
        ("full", "full"),
        ("partial", "partial"),
        ("mixed", "non-representation"),
    ] {
        let flags = ["--text", "Two cups.", "--html-file", &html, "--data", &data];
        let composed = home.run(&fixed(
            &[&flags[..], &["--arrangement", arrangement]].concat(),
        ));
        let report = home
            .run_with(&["inspect", "--json"], &composed.octets)
            .ok()
            .json();
        assert_eq!(report["class"], class);
        assert_eq!(
            report["items"][0]["types"],
            json!(["Order"]),
            "{arrangement}"
        );
        assert_eq!(
            (&report["warnings"], &report["errors"]),
            (&json!([]), &json!([])),
            "{arrangement}"
        );
    }
    let composed = home.run(&fixed(&["--data", &data]));
    let report = home
        .run_with(&["inspect", "--json"], &composed.octets)
        .ok()
        .json();
    assert_eq!(
        report["class"], "mrm",
        "without text it is for machines only"
    );
}

#[test]
fn recipients_may_be_repeated_or_listed() {
    let lists = [
        "--cc",
        "\"Doe, Jane\" <jane@x.test>, c@x.test",
        "--cc",
        "d@x.test",
        "--text",
        "t",
    ];
    let message = Home::new().run(&fixed(&lists)).ok().stdout;
    let unfolded = message.replace("\r\n ", " ");
    let cc = unfolded
        .lines()
        .find(|line| line.starts_with("Cc:"))
        .unwrap();
    for address in ["\"Doe, Jane\" <jane@x.test>", "c@x.test", "d@x.test"] {
        assert!(cc.contains(address), "{cc}");
    }
}

#[test]
fn bcc_is_written_only_when_asked_for() {
    let home = Home::new();
    let hidden = home
        .run(&fixed(&["--bcc", "eve@x.test", "--text", "t"]))
        .ok()
        .stdout;
    assert!(!hidden.contains("eve@x.test"));
    let kept = home
        .run(&fixed(&[
            "--bcc",
            "eve@x.test",
            "--text",
            "t",
            "--keep-bcc",
        ]))
        .ok()
        .stdout;
    assert!(kept.contains("Bcc: eve@x.test\r\n"), "{kept}");
}

#[test]
fn missing_date_id_and_boundary_are_made() {
    let home = Home::new();
    let data = home.file("order.json", ORDER);
    let flags = [
        "compose", "--from", "a@x.test", "--to", "b@x.test", "--text", "t", "--data", &data,
    ];
    let (first, second) = (home.run(&flags).stdout, home.run(&flags).stdout);
    let value = |message: &str, name: &str| {
        let line = message.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..].trim().to_owned()
    };
    assert!(value(&first, "Message-ID:").ends_with("@x.test>"));
    assert_ne!(value(&first, "Message-ID:"), value(&second, "Message-ID:"));
    assert!(!value(&first, "Date:").is_empty());
}

#[test]
fn files_are_attached_with_name_and_type() {
    let home = Home::new();
    let report = home.file("a report.pdf", b"%PDF-1.7\x00\xff");
    let message = home.run(&fixed(&["--text", "t", "--attach", &report])).ok();
    assert!(
        message.stdout.contains("application/pdf"),
        "{}",
        message.stdout
    );
    assert!(
        message.stdout.contains("a report.pdf"),
        "{}",
        message.stdout
    );
    let found = home
        .run_with(&["inspect", "--json"], &message.octets)
        .ok()
        .json();
    assert_eq!(found["attachments"], 1);
}

#[test]
fn one_file_may_be_standard_input() {
    let home = Home::new();
    let message = home.run_with(&fixed(&["--data", "-"]), ORDER.as_bytes());
    let report = home
        .run_with(&["inspect", "--json"], &message.octets)
        .ok()
        .json();
    assert_eq!(report["items"][0]["types"], json!(["Order"]));
    home.run(&fixed(&["--data", "-", "--text-file", "-"]))
        .failed(2, &["standard input"]);
}

#[test]
fn text_and_subject_may_look_like_flags() {
    let flags = ["--subject", "--re: --b", "--text", "- one\n- two"];
    let message = Home::new().run(&fixed(&flags)).ok().stdout;
    assert!(message.contains("Subject: --re: --b\r\n"), "{message}");
    assert!(message.contains("\r\n- one\r\n- two"), "{message}");
}

#[test]
fn json_holds_the_message_and_its_id() {
    let composed = Home::new()
        .run(&[&["--json"], &fixed(&["--text", "grüße"])[..]].concat())
        .json();
    assert_eq!(composed["message_id"], "1@example.test");
    assert_eq!(composed["needs_smtputf8"], false);
    assert!(
        composed["message"].as_str().unwrap().starts_with("From:")
            || composed["message"].is_string()
    );
}

#[test]
fn what_cannot_be_written_safely_is_refused_with_nothing_on_standard_output() {
    let home = Home::new();
    let data = home.file("order.json", ORDER);
    let broken = home.file("broken.json", "{\"a\":}");
    let cases: [(&[&str], &str); 7] = [
        (&["--subject", "hi\r\nBcc: x@y"], "HeaderInjection"),
        (
            &["--cc", "c@x.test>\r\nBcc: <e@x.test", "--text", "t"],
            "HeaderInjection",
        ),
        (
            &["--in-reply-to", "a@x>\r\nX: <b", "--text", "t"],
            "HeaderInjection",
        ),
        (
            &["--arrangement", "mrm", "--text", "t", "--data", &data],
            "mrm",
        ),
        (&["--data", &broken], "JSON"),
        (&["--data", "missing.json"], "missing.json"),
        (&["--date", "yesterday"], "--date"),
    ];
    for (flags, word) in cases {
        let ran = home.run(&fixed(flags));
        assert_eq!(ran.octets, b"", "{flags:?}");
        assert_eq!(
            (ran.code, ran.stderr.lines().count()),
            (2, 1),
            "{flags:?}: {}",
            ran.stderr
        );
        let told = ran.stderr.to_lowercase();
        let injection = word == "HeaderInjection" && told.contains("line break");
        assert!(
            injection || told.contains(&word.to_lowercase()),
            "{flags:?}: {told}"
        );
    }
}
