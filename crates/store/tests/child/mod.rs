//! A test that runs in a process of its own: the test binary again, asked for one test.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const FOLDER: &str = "MAILMESH_STORE_CHILD_FOLDER";
const NAME: &str = "MAILMESH_STORE_CHILD_NAME";

/// Starts the test of this name as a child. What it prints can be read from its output.
pub(crate) fn spawn(test: &str, folder: &Path, name: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, folder)
        .env(NAME, name)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// In a child: the folder and the name it was given. Elsewhere nothing: then the test that calls
/// this is the child's half of another one and has no work.
pub(crate) fn role() -> Option<(PathBuf, String)> {
    Some((env::var_os(FOLDER)?.into(), env::var(NAME).ok()?))
}
