//! Exit codes and the one line on standard error that goes with them.

mod home;

use std::io::Read;
use std::process::Stdio;

use home::{Home, finish};

#[test]
fn wrong_use_is_2_and_one_line() {
    let home = Home::new();
    home.run(&["inspekt"]).failed(2, &["inspekt", "--help"]);
    home.run(&["inspect", "--strict"]).failed(2, &["--strict"]);
    home.run(&["compose"]).failed(2, &["--from"]);
    home.run(&["compose", "--from", "a@x.test"])
        .failed(2, &["--to"]);
    home.run(&["list", "--mrm", "--no-mrm"])
        .failed(2, &["--no-mrm"]);
    home.run(&["list", "--limit", "many"])
        .failed(2, &["--limit"]);
    home.run(&["mark", "7"]).failed(2, &["--read", "--keyword"]);
    home.run(&["inspect", "no such file"])
        .failed(2, &["no such file"]);
}

#[test]
fn help_and_version_are_results() {
    let home = Home::new();
    assert!(home.run(&["--help"]).ok().stdout.contains("inspect"));
    assert!(
        home.run(&["list", "--help"])
            .ok()
            .stdout
            .contains("Example: mailmesh list")
    );
    assert!(
        home.run(&["--version"])
            .ok()
            .stdout
            .starts_with("mailmesh ")
    );
    let bare = home.run(&[]);
    assert_eq!(
        (bare.code, bare.stdout.as_str()),
        (2, ""),
        "no command is wrong use"
    );
}

#[test]
fn no_mailbox_says_how_to_name_one() {
    let home = Home::new();
    home.run(&["list"])
        .failed(2, &["--mailbox", "MAILMESH_MAILBOX", "local:", "?as="]);
}

#[test]
fn mailbox_urls_are_checked_before_anything_is_reached() {
    let home = Home::new();
    let list = |url: &str| home.run(&["list", "--mailbox", url]);
    list("local:mail").failed(2, &["?as="]);
    list("gopher://x").failed(2, &["imaps:"]);
    list("jmap+https://a@x.test").failed(2, &["?from="]);
    let ran = list("imaps://alice:hunter2@mail.test");
    ran.failed(2, &["password"]);
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
}

#[test]
fn no_password_and_no_terminal_names_the_variables() {
    let home = Home::new();
    let ran = home.run(&["list", "--mailbox", "imaps://alice@x.test@127.0.0.1:1"]);
    ran.failed(2, &["MAILMESH_PASSWORD", "MAILMESH_PASSWORD_FILE"]);
}

#[test]
fn a_server_that_is_not_there_is_4() {
    let home = Home::new();
    // Port 1 of this machine: nobody listens.
    let mut command = home.command(&["list", "--mailbox", "imaps://alice@x.test@127.0.0.1:1"]);
    command.env("MAILMESH_PASSWORD", "hunter2");
    let ran = finish(command, b"");
    ran.failed(4, &["127.0.0.1"]);
    assert!(!ran.stderr.contains("hunter2"));
}

#[test]
fn json_errors_are_an_object() {
    let home = Home::new();
    for arguments in [&["list", "--json"][..], &["list", "--json", "--nonsense"]] {
        let ran = home.run(arguments);
        let error: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
        assert_eq!(
            (ran.code, &error["error"]["exit"]),
            (2, &serde_json::json!(2))
        );
        assert!(error["error"]["message"].is_string() && error["error"]["kind"] == "usage");
    }
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    let home = Home::new();
    let mut child = home
        .command(&["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut told = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    assert_eq!((child.wait().unwrap().code(), told.as_str()), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let home = Home::new();
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let child = home
        .command(&["man"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(child.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&child.stderr).contains("cannot write the result"));
}

#[test]
fn completions_and_manual_are_generated_for_every_command() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(
            home.run(&["completions", shell])
                .ok()
                .stdout
                .contains("vectors"),
            "{shell}"
        );
    }
    assert!(home.run(&["man"]).ok().stdout.contains(".TH mailmesh 1"));
    assert!(home.run(&["man", "watch"]).ok().stdout.contains("state"));
    assert!(home.run(&["man", "serve"]).ok().stdout.contains("database"));
    home.run(&["man", "teleport"]).failed(2, &["teleport"]);
}

#[test]
fn a_log_level_that_is_none_is_named_and_nothing_stops() {
    let home = Home::new();
    let mut command = home.command(&["config", "path"]);
    command.env("RUST_LOG", "mailmesh=loud");
    let ran = finish(command, b"");
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("RUST_LOG"), "{}", ran.stderr);
}
