//! `mailmesh inspect`: the report as JSON and as people see it.

mod home;

use home::Home;
use serde_json::json;

const FULL: &str = "From: alice@example.test\r\nTo: bob@example.test\r\nSubject: Order\r\n\
    Date: Sat, 21 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@example.test>\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/alternative; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/plain\r\n\r\nTwo cups.\r\n\
    --b\r\nContent-Type: text/html\r\n\r\n<p>Two cups.</p>\r\n\
    --b\r\nContent-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\r\n\
    {\"@context\":\"https://schema.org\",\"@type\":\"Order\",\"orderNumber\":\"7\",\"n\":1.50}\r\n\
    --b--\r\n";

#[test]
fn json_has_every_member_of_the_report() {
    let report = Home::new()
        .run_with(&["inspect", "--json"], FULL.as_bytes())
        .ok()
        .json();
    assert_eq!(report["class"], "full");
    assert_eq!(report["primary"], 0);
    assert_eq!(report["conflict"], false);
    assert_eq!(report["keywords"], json!(["$hasStructuredData"]));
    assert_eq!(report["event"], "standalone");
    for empty in ["supersedes", "warnings", "errors"] {
        assert_eq!(report[empty], json!([]), "{empty}");
    }
    for none in ["attachments", "embedded_messages"] {
        assert_eq!(report[none], 0, "{none}");
    }
    for no in ["needs_decryption", "needs_smtputf8"] {
        assert_eq!(report[no], false, "{no}");
    }
    let item = &report["items"][0];
    assert_eq!(item["class"], "full");
    assert_eq!(item["source"], "mime");
    assert_eq!(item["part"], "3");
    assert_eq!(item["types"], json!(["Order"]));
    assert_eq!(item["id"], json!(null));
    assert_eq!(
        item["context"],
        json!({"kind": "schema.org", "url": "https://schema.org"})
    );
    assert_eq!(item["quoted"], false);
    assert_eq!(item["attachment"], false);
    assert_eq!(item["covered_by"], json!([]));
    assert_eq!(item["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(item["data"]["orderNumber"], "7");
}

#[test]
fn json_is_one_line_in_a_pipe_and_numbers_stand_as_they_were_written() {
    let ran = Home::new()
        .run_with(&["--json", "inspect", "-"], FULL.as_bytes())
        .ok();
    assert_eq!(ran.stdout.lines().count(), 1);
    assert!(ran.stdout.contains("\"n\":1.50"), "{}", ran.stdout);
}

#[test]
fn people_see_the_class_the_tree_and_the_items() {
    let home = Home::new();
    let file = home.file("order.eml", FULL);
    let shown = home.run(&["inspect", &file]).ok().stdout;
    assert!(
        shown.starts_with("full  the data says everything the text says\n"),
        "{shown}"
    );
    let tree = "\nmultipart/alternative\n├─ 1 text/plain  9 B\n├─ 2 text/html  16 B\n\
                └─ 3 application/ld+json  ";
    assert!(shown.contains(tree), "{shown}");
    assert!(shown.contains("schema.org"), "{shown}");
    assert!(!shown.contains('\u{1b}'), "no colour in a pipe: {shown:?}");
}

#[test]
fn lenient_reads_what_strict_leaves() {
    let home = Home::new();
    let file = home.file(
        "order.eml",
        FULL.replace("Content-Purpose: Machine-readable\r\n", ""),
    );
    let strict = home.run(&["inspect", "--json", &file]).ok().json();
    assert_eq!(
        (&strict["class"], &strict["items"]),
        (&json!("none"), &json!([]))
    );
    let lenient = home
        .run(&["inspect", "--json", "--lenient", &file])
        .ok()
        .json();
    assert_eq!(
        (&lenient["class"], &lenient["warnings"]),
        (&json!("full"), &json!(["NoPurpose"]))
    );
}

#[test]
fn both_reads_html_beside_a_data_part() {
    let home = Home::new();
    let script = "<script type=\"application/ld+json\">{\"@type\":\"Event\"}</script><p>";
    let file = home.file("order.eml", FULL.replace("<p>", script));
    let types = |arguments: &[&str]| {
        let report = home.run(arguments).ok().json();
        let items = report["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|item| item["types"][0].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(types(&["inspect", "--json", &file]), ["Order"]);
    assert_eq!(
        types(&["inspect", "--json", "--both", &file]),
        ["Order", "Event"]
    );
}

#[test]
fn microdata_is_read_when_there_is_nothing_else() {
    let message = "MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n\
        <div itemscope itemtype=\"https://schema.org/Event\"><b itemprop=\"name\">Fair</b></div>";
    let report = Home::new()
        .run_with(&["inspect", "--json"], message.as_bytes())
        .ok()
        .json();
    assert_eq!(report["class"], "html-microdata");
    assert_eq!(report["items"][0]["data"]["name"], "Fair");
}

#[test]
fn a_broken_part_is_named_and_the_message_stands() {
    let home = Home::new();
    let file = home.file("order.eml", FULL.replace("1.50}", "1.50,}"));
    let report = home.run(&["inspect", "--json", &file]).ok().json();
    assert_eq!(report["class"], "full");
    assert_eq!(report["errors"][0]["kind"], "Syntax");
    assert_eq!(report["errors"][0]["part"], "3");
    let shown = home.run(&["inspect", &file]).ok().stdout;
    assert!(
        shown.contains("error Syntax (part 3): the data is not JSON"),
        "{shown}"
    );
}

#[test]
fn anything_within_the_limits_is_a_message() {
    for octets in [&b""[..], b"\x00\xff\xfe", b"no header at all", b"\r\n\r\n"] {
        let report = Home::new()
            .run_with(&["inspect", "--json"], octets)
            .ok()
            .json();
        assert_eq!(report["class"], "none", "{octets:?}");
    }
}

#[test]
fn a_message_over_the_limits_is_refused_by_name() {
    let home = Home::new();
    let mut message = b"Subject: large\r\n\r\n".to_vec();
    message.resize((25 << 20) + 1, b'a');
    home.run_with(&["inspect"], &message)
        .failed(2, &["MessageTooLarge"]);
    message.pop();
    home.run_with(&["inspect"], &message).ok();

    let mut header = b"Subject: ".to_vec();
    header.resize((256 << 10) + 1, b'a');
    home.run_with(&["inspect"], &header)
        .failed(2, &["HeaderTooLarge"]);
}

#[test]
fn a_stranger_cannot_steer_the_terminal() {
    let message = FULL.replace(
        "\"@type\":\"Order\"",
        "\"@type\":\"\\u001b[2JOrder\\u202e\"",
    );
    let message = message.replace("text/html", "text/html; name=\"\u{9b}31m.html\"");
    let shown = Home::new()
        .run_with(&["inspect"], message.as_bytes())
        .ok()
        .stdout;
    assert!(
        !shown.contains(['\u{1b}', '\u{9b}', '\u{202e}']),
        "{shown:?}"
    );
}
