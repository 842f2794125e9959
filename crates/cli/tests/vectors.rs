//! `mailmesh vectors run`: every file of a folder, and the line that counts.
#![allow(clippy::unwrap_used)] // a test fails by its panic

mod home;

use std::path::Path;

use home::Home;

fn own_vectors() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors");
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_vectors_of_this_project_pass() {
    let ran = Home::new().run(&["vectors", "run", &own_vectors()]).ok();
    let last = ran.stdout.lines().last().unwrap();
    let (passed, rest) = last.split_once(' ').unwrap();
    assert_eq!(rest, "passed, 0 failed");
    assert!(passed.parse::<usize>().unwrap() >= 150, "{last}");
}

#[test]
fn a_failure_is_named_and_counted() {
    let home = Home::new();
    home.file("deep/er/wrong.json", "this is no vector file");
    let ran = home.run(&["vectors", "run", "deep"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert!(
        lines[0].starts_with("FAILED") && lines[0].contains("wrong.json"),
        "{lines:?}"
    );
    assert_eq!(lines.last(), Some(&"0 passed, 1 failed"));
    let report = home.run(&["vectors", "run", "deep", "--json"]).json();
    assert_eq!(
        (&report["passed"], &report["failed"]),
        (&0.into(), &1.into())
    );
}

#[test]
fn no_vectors_at_all_is_wrong_use() {
    let home = Home::new();
    home.file("notes/readme.txt", "nothing here");
    home.run(&["vectors", "run", "notes"]).failed(2, &["notes"]);
    home.run(&["vectors", "run", "missing"])
        .failed(2, &["missing"]);
}
