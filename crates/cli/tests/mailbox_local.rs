//! Sending and reading on the embedded store: `send`, `reply`, `list`, `read`, `search`, `mark`.
#![allow(clippy::unwrap_used)] // a test fails by its panic

mod home;

use home::{Home, Ran};
use serde_json::{Value, json};

const ORDER: &str = r#"{"@context":"https://schema.org","@type":"Order","orderNumber":"7"}"#;

/// Alice and Bob on one machine.
struct Agents(Home);

impl Agents {
    fn new() -> Self {
        Self(Home::new())
    }

    fn run(&self, who: &str, arguments: &[&str]) -> Ran {
        let mailbox = self.0.mailbox(&format!("{who}@x.test"));
        let (command, rest) = arguments.split_first().unwrap();
        self.0
            .run(&[&[command, "--mailbox", &mailbox], rest].concat())
    }

    /// Alice sends to Bob; the Message-ID that was printed.
    fn send(&self, more: &[&str]) -> String {
        let ran = self.run("alice", &[&["send", "--to", "bob@x.test"], more].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout.trim_end().to_owned()
    }

    /// What a command of Bob's prints as JSON.
    fn bob(&self, arguments: &[&str]) -> Value {
        let (command, rest) = arguments.split_first().unwrap();
        self.run("bob", &[&[*command, "--json"], rest].concat())
            .ok()
            .json()
    }
}

fn ids(listed: &Value) -> Vec<String> {
    let listed = listed.as_array().unwrap();
    listed
        .iter()
        .map(|summary| summary["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn what_is_sent_is_listed_with_every_member() {
    let agents = Agents::new();
    let data = agents.0.file("order.json", ORDER);
    let id = agents.send(&[
        "--cc",
        "Carol <carol@x.test>",
        "--subject",
        "Größe",
        "--text",
        "Two.",
        "--data",
        &data,
    ]);
    let listed = agents.bob(&["list"]);
    let summary = listed[0].as_object().unwrap();
    let members: Vec<_> = summary.keys().map(String::as_str).collect();
    for member in [
        "id",
        "message_id",
        "from",
        "to",
        "cc",
        "subject",
        "date",
        "size",
        "class",
        "has_structured_data",
        "is_mrm",
        "types",
        "keywords",
        "unread",
        "in_reply_to",
    ] {
        assert!(members.contains(&member), "{member} is not in {members:?}");
    }
    assert_eq!(summary["message_id"], id);
    assert_eq!(summary["from"], "alice@x.test");
    assert_eq!(summary["to"], json!(["bob@x.test"]));
    assert_eq!(summary["subject"], "Größe");
    assert_eq!(summary["class"], "full");
    assert_eq!(summary["types"], json!(["Order"]));
    assert_eq!(
        (&summary["unread"], &summary["is_mrm"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(summary["in_reply_to"], json!(null));
    assert!(summary["date"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn the_flags_that_make_output_repeatable_hold_for_send_too() {
    let agents = Agents::new();
    let fixed = [
        "--message-id",
        "<fixed@x.test>",
        "--date",
        "2026-11-21T12:00:00Z",
        "--text",
        "t",
    ];
    assert_eq!(agents.send(&fixed), "fixed@x.test");
    let listed = agents.bob(&["list"]);
    assert_eq!(listed[0]["message_id"], "fixed@x.test");
    assert_eq!(listed[0]["date"], "2026-11-21T12:00:00Z");
}

#[test]
fn lists_are_filtered_and_paged_newest_first() {
    let agents = Agents::new();
    let data = agents.0.file("order.json", ORDER);
    agents.send(&["--subject", "1", "--text", "t"]);
    agents.send(&["--data", &data]);
    agents.send(&["--subject", "3", "--text", "t"]);
    let all = ids(&agents.bob(&["list"]));
    assert_eq!(all.len(), 3);
    assert_eq!(agents.bob(&["list"])[0]["subject"], "3");
    assert_eq!(ids(&agents.bob(&["list", "--mrm"])), all[1..2]);
    assert_eq!(
        ids(&agents.bob(&["list", "--no-mrm"])),
        [all[0].clone(), all[2].clone()]
    );
    assert_eq!(
        ids(&agents.bob(&["list", "--limit", "1", "--offset", "1"])),
        all[1..2]
    );
    agents.run("bob", &["mark", &all[0], "--read"]).ok();
    assert_eq!(ids(&agents.bob(&["list", "--unread"])), all[1..]);
    let table = agents.run("bob", &["list", "--no-mrm"]).ok().stdout;
    assert_eq!(
        table.lines().count(),
        3,
        "a heading and two messages: {table}"
    );
}

#[test]
fn an_empty_list_is_an_empty_array() {
    let agents = Agents::new();
    assert_eq!(agents.bob(&["list"]), json!([]));
    let ran = agents.run("bob", &["list"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
}

#[test]
fn reading_adds_the_content_and_marks_as_read_unless_it_peeks() {
    let agents = Agents::new();
    let data = agents.0.file("order.json", ORDER);
    let file = agents.0.file("cup.txt", "a cup");
    agents.send(&[
        "--subject",
        "Order",
        "--text",
        "Two cups.",
        "--data",
        &data,
        "--attach",
        &file,
    ]);
    let id = ids(&agents.bob(&["list"])).remove(0);

    let peeked = agents.bob(&["read", &id, "--peek"]);
    assert_eq!(agents.bob(&["list"])[0]["unread"], true);
    assert_eq!(peeked["id"], id.as_str());
    assert_eq!(peeked["text"].as_str().unwrap().trim_end(), "Two cups.");
    assert_eq!(peeked["html"], json!(null));
    assert_eq!(peeked["items"][0]["data"]["orderNumber"], "7");
    assert_eq!(peeked["attachments"][0]["filename"], "cup.txt");
    assert_eq!(peeked["attachments"][0]["media_type"], "text/plain");
    assert_eq!(peeked["attachments"][0]["size"], 5);
    assert_eq!(peeked["references"], json!([]));
    let headers = peeked["headers"].as_array().unwrap();
    assert!(
        headers.contains(&json!({"name": "Subject", "value": "Order"})),
        "{headers:?}"
    );

    let part = peeked["attachments"][0]["part"].as_str().unwrap();
    assert_eq!(
        agents
            .run("bob", &["read", &id, "--peek", "--part", part])
            .ok()
            .octets,
        b"a cup"
    );
    let shown = agents.run("bob", &["read", &id]).ok().stdout;
    for words in ["Order", "Two cups.", "\"orderNumber\": \"7\"", "cup.txt"] {
        assert!(shown.contains(words), "{shown}");
    }
    assert_eq!(agents.bob(&["list"])[0]["unread"], false);
}

#[test]
fn raw_is_the_message_as_it_arrived() {
    let agents = Agents::new();
    let data = agents.0.file("order.json", ORDER);
    agents.send(&[
        "--text",
        "Two cups.",
        "--data",
        &data,
        "--bcc",
        "eve@x.test",
    ]);
    let id = ids(&agents.bob(&["list"])).remove(0);
    let raw = agents.run("bob", &["read", &id, "--raw", "--peek"]).ok();
    assert!(!raw.stdout.contains("eve@x.test"));
    let report = agents
        .0
        .run_with(&["inspect", "--json"], &raw.octets)
        .ok()
        .json();
    assert_eq!(report["class"], "full");
}

#[test]
fn an_id_that_names_nothing_is_a_negative_answer() {
    let agents = Agents::new();
    agents.send(&["--text", "t"]);
    for id in ["999999", "../../etc/passwd", "x"] {
        let ran = agents.run("bob", &["read", id]);
        assert!(
            [1, 2].contains(&ran.code),
            "{id}: {} {}",
            ran.code,
            ran.stderr
        );
        assert_eq!(
            (ran.stdout.as_str(), ran.stderr.lines().count()),
            ("", 1),
            "{id}"
        );
    }
}

#[test]
fn search_takes_words_and_no_syntax() {
    let agents = Agents::new();
    agents.send(&["--subject", "Espresso cups", "--text", "Two, please."]);
    agents.send(&["--subject", "Saucers", "--text", "None, thank you."]);
    let found = agents.bob(&["search", "please espresso"]);
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(found[0]["subject"], "Espresso cups");
    assert_eq!(ids(&found), ids(&agents.bob(&["search", "cups"])));
    for hostile in [
        "\" OR subject:",
        "cups NOT cups*",
        "{5}",
        "-x",
        "'); DROP TABLE mail; --",
    ] {
        let ran = agents.run("bob", &["search", "--", hostile]);
        assert_eq!(ran.code, 0, "{hostile}: {}", ran.stderr);
    }
}

#[test]
fn marks_are_set_and_cleared() {
    let agents = Agents::new();
    agents.send(&["--text", "t"]);
    let id = ids(&agents.bob(&["list"])).remove(0);
    let keywords = || agents.bob(&["list"])[0]["keywords"].clone();
    agents
        .run("bob", &["mark", &id, "--keyword", "$seenByAgent", "--read"])
        .ok();
    assert!(
        keywords()
            .as_array()
            .unwrap()
            .contains(&json!("$seenByAgent")),
        "{}",
        keywords()
    );
    assert_eq!(agents.bob(&["list"])[0]["unread"], false);
    agents
        .run(
            "bob",
            &["mark", &id, "--clear-keyword", "$seenByAgent", "--unread"],
        )
        .ok();
    assert!(
        !keywords()
            .as_array()
            .unwrap()
            .contains(&json!("$seenByAgent"))
    );
    assert_eq!(agents.bob(&["list"])[0]["unread"], true);
}

#[test]
fn a_reply_joins_the_thread() {
    let agents = Agents::new();
    let order = agents.send(&["--cc", "carol@x.test", "--subject", "Order", "--text", "t"]);
    let id = ids(&agents.bob(&["list"])).remove(0);
    let answer = agents
        .run("bob", &["reply", &id, "--text", "done", "--all"])
        .ok();
    let at_alice = agents.run("alice", &["list", "--json"]).ok().json();
    assert_eq!(at_alice[0]["message_id"], answer.stdout.trim_end());
    assert_eq!(at_alice[0]["subject"], "Re: Order");
    assert_eq!(at_alice[0]["in_reply_to"], order.as_str());
    let at_carol = agents.run("carol", &["list", "--json"]).ok().json();
    assert_eq!(at_carol[0]["message_id"], at_alice[0]["message_id"]);
    assert_eq!(
        agents.bob(&["list"])[0]["unread"],
        true,
        "answering alone is not reading"
    );
    let read = agents
        .run(
            "alice",
            &["read", "--json", at_alice[0]["id"].as_str().unwrap()],
        )
        .ok();
    assert_eq!(read.json()["references"], json!([order]));
}

#[test]
fn the_environment_names_the_mailbox_and_its_default_folder_is_the_users_own() {
    let home = Home::new();
    let run = |arguments: &[&str], url: &str| {
        let mut command = home.command(arguments);
        command.env("MAILMESH_MAILBOX", url);
        home::finish(command, b"").ok()
    };
    run(
        &["send", "--to", "bob@x.test", "--text", "t"],
        "local:?as=alice@x.test",
    );
    let listed = run(&["list", "--json"], "local:?as=bob@x.test").json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert!(home.path().join("data/mailmesh").is_dir());
}

#[test]
fn a_message_of_only_html_is_read_as_text() {
    let agents = Agents::new();
    let html = agents
        .0
        .file("mail.html", "<style>p {}</style><p>Größe <b>XL</b></p>");
    agents.send(&["--html-file", &html]);
    let id = ids(&agents.bob(&["list"])).remove(0);
    let shown = agents.run("bob", &["read", &id]).ok().stdout;
    assert!(shown.contains("Größe XL"), "{shown}");
    assert!(!shown.contains('<') && !shown.contains("{}"), "{shown}");
}
