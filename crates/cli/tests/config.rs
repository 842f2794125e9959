//! The configuration file: profiles, precedence, passwords apart.

mod home;

use home::{Home, finish};
use serde_json::json;

fn with_profiles() -> Home {
    let home = Home::new();
    let (alice, bob) = (home.mailbox("alice@x.test"), home.mailbox("bob@x.test"));
    let text = format!(
        "default_profile = \"alice\"\n[profiles.alice]\nmailbox = '{alice}'\n\
         [profiles.bob]\nmailbox = '{bob}'\n"
    );
    home.file("config/mailmesh/config.toml", text);
    home
}

#[test]
fn path_is_printed_whether_the_file_exists_or_not() {
    let home = Home::new();
    let path = home.config();
    assert_eq!(
        home.run(&["config", "path"]).ok().stdout.trim_end(),
        path.to_str().unwrap()
    );
    let report = home.run(&["config", "path", "--json"]).ok().json();
    assert_eq!(report, json!({"path": path, "exists": false}));
}

#[test]
fn flag_beats_environment_beats_default() {
    let home = with_profiles();
    let named = |arguments: &[&str], variable: Option<&str>| {
        let mut command = home.command(&[&["config", "show", "--json"], arguments].concat());
        if let Some(url) = variable {
            command.env("MAILMESH_MAILBOX", url);
        }
        let shown = finish(command, b"").ok().json();
        let mailbox = &shown["mailbox"];
        (
            mailbox["url"].as_str().unwrap().to_owned(),
            mailbox["named_by"].as_str().unwrap().to_owned(),
        )
    };
    let (url, by) = named(&[], None);
    assert!(
        url.ends_with("?as=alice@x.test") && by == "profile alice",
        "{url} {by}"
    );
    assert_eq!(
        named(&[], Some("local:e?as=e@x.test")).1,
        "MAILMESH_MAILBOX"
    );
    let (url, by) = named(&["--profile", "bob"], Some("local:e?as=e@x.test"));
    assert!(
        url.ends_with("?as=bob@x.test") && by == "profile bob",
        "{url} {by}"
    );
    let (url, by) = named(
        &["--mailbox", "local:f?as=f@x.test"],
        Some("local:e?as=e@x.test"),
    );
    assert_eq!(
        (url.as_str(), by.as_str()),
        ("local:f?as=f@x.test", "--mailbox")
    );
}

#[test]
fn a_profile_is_used_by_commands() {
    let home = with_profiles();
    home.run(&["send", "--to", "bob@x.test", "--text", "hello"])
        .ok();
    let listed = home
        .run(&["list", "--json", "--profile", "bob"])
        .ok()
        .json();
    assert_eq!(listed[0]["from"], "alice@x.test");
}

#[test]
fn an_unknown_profile_names_the_known_ones() {
    with_profiles()
        .run(&["list", "--profile", "carol"])
        .failed(2, &["carol", "alice, bob"]);
}

#[test]
fn a_mistake_in_the_file_is_told_with_its_line() {
    let home = Home::new();
    home.file(
        "config/mailmesh/config.toml",
        "[profiles.work]\nmailbox = 'local:m?as=a@x'\npassword = 'x'\n",
    );
    home.run(&["list"])
        .failed(2, &["config.toml line 3", "password"]);
    home.file("config/mailmesh/config.toml", "default_profile = \n");
    home.run(&["config", "show"])
        .failed(2, &["config.toml line 1"]);
}

#[test]
fn the_password_file_of_a_profile_is_read_and_its_line_end_left_out() {
    let home = Home::new();
    let text =
        "[profiles.work]\nmailbox = 'imaps://alice@x.test@127.0.0.1:1'\npassword_file = 'pw'\n";
    home.file("config/mailmesh/config.toml", text);
    home.run(&["list", "--profile", "work"]).failed(2, &["pw"]);
    home.file("config/mailmesh/pw", "\n");
    home.run(&["list", "--profile", "work"])
        .failed(2, &["holds no password"]);
    home.file("config/mailmesh/pw", "hunter2\n");
    home.run(&["list", "--profile", "work"])
        .failed(4, &["127.0.0.1"]);
}
