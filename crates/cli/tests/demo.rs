//! `mailmesh demo` on the embedded store.

mod home;

use home::{Home, finish};

#[test]
fn it_shows_and_checks_the_whole_story() {
    let home = Home::new();
    let shown = home.run(&["demo"]).ok().stdout;
    for words in [
        "1. alice@example.test introduces itself",
        "✓ the keys of the sender's domain signed the card",
        "✓ a tampered card is refused",
        "6. alice@example.test writes",
        "└─ 3 application/ld+json",
        "ParcelDelivery",
        "└─ Re: Order A-1001",
        "✓ it answers the order",
        "checks passed",
    ] {
        assert!(shown.contains(words), "{words:?} is not in {shown}");
    }
}

#[test]
fn json_gives_the_steps() {
    let home = Home::new();
    let report = home.run(&["demo", "--json"]).ok().json();
    assert_eq!(report["ok"], true);
    let steps = report["steps"].as_array().unwrap();
    let names: Vec<_> = steps
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "send-card",
            "check-card",
            "refuse-card",
            "send-card-back",
            "check-card-back",
            "send-order",
            "read-order",
            "send-mrm",
            "list-mrm",
            "reply",
            "read-reply"
        ]
    );
    assert!(
        steps
            .iter()
            .all(|step| !step["checked"].as_array().unwrap().is_empty())
    );
    assert_eq!(steps[8]["result"][0]["is_mrm"], true);
    assert_eq!(
        steps[10]["result"]["in_reply_to"],
        steps[5]["result"]["message_id"]
    );
}

#[test]
fn it_leaves_nothing_behind_and_never_touches_the_users_mailbox() {
    let home = Home::new();
    let temporary = home.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let mut command = home.command(&["demo"]);
    command
        .env("TMPDIR", &temporary)
        .env("MAILMESH_MAILBOX", "local:own?as=own@x.test");
    finish(command, b"").ok();
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
    assert!(!home.path().join("own").exists());
}

#[test]
fn one_mailbox_alone_is_wrong_use() {
    Home::new()
        .run(&["demo", "--mailbox", "local:m?as=a@x.test"])
        .failed(2, &["--to"]);
}
