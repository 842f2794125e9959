//! What is in `packaging/` fits the repository and the command. `.ci/packaging` lints it.
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![cfg(unix)]

mod home;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use home::Home;

const COMPOSE: [&str; 2] = ["packaging/compose.yaml", "packaging/compose.replicas.yaml"];

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(name: &str) -> String {
    fs::read_to_string(top().join(name)).unwrap()
}

/// The Dockerfile, one instruction a line.
fn dockerfile() -> Vec<String> {
    let text = read("packaging/Dockerfile").replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let words = lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    words.filter(|line| !line.is_empty()).collect()
}

/// What the instructions of one kind say.
fn said<'d>(lines: &'d [String], instruction: &str) -> Vec<&'d str> {
    let said = |line: &'d String| line.strip_prefix(instruction)?.strip_prefix(' ');
    lines.iter().filter_map(said).collect()
}

/// The paths that the image is built from.
fn copied() -> Vec<String> {
    let lines = dockerfile();
    let sources = said(&lines, "COPY").into_iter();
    let sources = sources.filter(|words| !words.starts_with("--from"));
    sources
        .flat_map(|words| {
            let mut paths: Vec<_> = words.split(' ').map(str::to_owned).collect();
            paths.pop(); // where they go
            paths
        })
        .collect()
}

#[test]
fn the_image_is_built_from_what_is_there() {
    let sources = copied();
    let home = Home::new();
    for source in &sources {
        let from = top().join(source);
        assert!(from.exists(), "{source}");
        let copy = Command::new("cp")
            .arg("-r")
            .arg(&from)
            .arg(home.path())
            .status();
        assert!(copy.unwrap().success());
    }
    let ignored = read("packaging/Dockerfile.dockerignore");
    let kept: Vec<_> = ignored
        .lines()
        .filter_map(|line| line.strip_prefix('!'))
        .collect();
    assert_eq!(
        kept, sources,
        "the builder sees what it copies, and no more"
    );

    // It is a whole workspace, and its lock file is what the build takes.
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--format-version", "1"])
        .current_dir(home.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&cargo.stderr);
    assert!(cargo.status.success(), "{said}");
}

#[test]
fn the_image_is_built_as_the_documents_say() {
    let lines = dockerfile();
    let build = said(&lines, "RUN").join(" ");
    let command = "cargo build --locked --release -p mailmesh-cli";
    assert!(build.contains(command), "{build}");
    assert!(read("docs/operating.md").contains(command));
    let compiler = concat!("rust:", env!("CARGO_PKG_RUST_VERSION"));
    let stages = said(&lines, "FROM");
    assert!(stages[0].starts_with(compiler), "{stages:?}");
}

#[test]
fn nothing_runs_as_root() {
    let lines = dockerfile();
    assert_eq!(said(&lines, "USER"), ["10001:10001"]);
    let at = |wanted: &str| lines.iter().position(|line| line.starts_with(wanted));
    assert!(at("USER") < at("ENTRYPOINT") && at("USER") > at("FROM debian"));
    for file in COMPOSE {
        let text = read(file);
        assert!(text.contains("user: '10001:10001'"), "{file}");
        assert!(text.contains("read_only: true"), "{file}");
        for line in text.lines().map(str::trim) {
            let published = line
                .strip_prefix("- '")
                .filter(|port| port.ends_with(":8723'"));
            assert!(
                published.is_none_or(|port| port.starts_with("127.0.0.1:")),
                "{file} listens to everybody: {line}"
            );
        }
    }
    assert!(read("packaging/mailmesh.service").contains("\nDynamicUser=yes\n"));
}

#[test]
fn every_flag_is_one_of_the_command() {
    let home = Home::new();
    let help = home.run(&["serve", "--help"]).ok().stdout;
    let lines = dockerfile();
    let image: Vec<String> = serde_json::from_str(said(&lines, "CMD")[0]).unwrap();
    let mut commands = vec![("Dockerfile", image)];
    for file in COMPOSE {
        let text = read(file);
        let words = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("- "));
        let words = words.skip_while(|word| *word != "serve");
        let words = words.take_while(|word| *word == "serve" || word.starts_with("--"));
        commands.push((file, words.map(str::to_owned).collect()));
    }
    let unit = read("packaging/mailmesh.service");
    let start = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="))
        .unwrap();
    let words = start.split(' ').skip(1).map(str::to_owned).collect();
    commands.push(("mailmesh.service", words));
    for (file, words) in commands {
        assert_eq!(words[0], "serve", "{file}");
        let flags: Vec<_> = words.iter().filter(|word| word.starts_with("--")).collect();
        assert!(flags.len() >= 2, "{file}: {words:?}");
        for flag in flags {
            let name = flag.split('=').next().unwrap();
            let is_known = help.split_whitespace().any(|word| word == name);
            assert!(is_known, "{file}: {name}");
        }
    }
    let health = said(&lines, "HEALTHCHECK")[0];
    assert!(
        health.ends_with(r#"CMD ["/usr/local/bin/mailmesh", "health"]"#),
        "{health}"
    );
    home.run(&["health", "--help"]).ok();
}

#[test]
fn the_commands_of_the_documents_are_ones() {
    let home = Home::new();
    let text = read("docs/operating.md");
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("    mailmesh "));
    let mut seen = 0;
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let is_nested = ["agent", "store"].contains(&words[0]);
        let mut arguments = words[..1 + usize::from(is_nested)].to_vec();
        arguments.push("--help");
        let help = home.run(&arguments).ok().stdout;
        for flag in words.iter().filter(|word| word.starts_with("--")) {
            assert!(help.contains(*flag), "{line}: {flag}");
        }
        seen += 1;
    }
    assert!(seen >= 8, "only {seen} commands");
}

#[test]
fn ports_and_versions_are_those_of_the_command() {
    let home = Home::new();
    for command in ["serve", "health"] {
        let help = home.run(&[command, "--help"]).ok().stdout;
        assert!(help.contains("127.0.0.1:8723"), "{command}");
    }
    let lines = dockerfile();
    assert_eq!(said(&lines, "EXPOSE"), ["8723"]);
    let image = concat!("image: mailmesh:", env!("CARGO_PKG_VERSION"), "\n");
    for file in COMPOSE {
        assert!(read(file).contains(image), "{file}");
    }
}
