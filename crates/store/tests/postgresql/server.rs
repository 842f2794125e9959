//! A PostgreSQL server of a test's own, so that it can be stopped and crashed.

use std::path::Path;
use std::process::Command;

/// A server on loopback; its port stays the same over restarts.
pub(crate) struct Server(tempfile::TempDir);

impl Server {
    pub(crate) fn start() -> Self {
        let server = Self(tempfile::tempdir().unwrap());
        // The server may run as another user.
        #[cfg(unix)]
        std::fs::set_permissions(
            server.0.path(),
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )
        .unwrap();
        server.run("start");
        server
    }

    /// Does what `test-servers/postgres.sh` calls so: start, stop or crash.
    pub(crate) fn run(&self, command: &str) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-servers/postgres.sh");
        let status = Command::new(script)
            .args([command.as_ref(), self.0.path().as_os_str()])
            .env("PGPORT_TEST", "free")
            .status()
            .unwrap();
        assert!(status.success(), "{command}");
    }

    /// The database that every server has.
    pub(crate) fn url(&self) -> String {
        let env = std::fs::read_to_string(self.0.path().join("env")).unwrap();
        let mut values = env.lines().filter_map(|line| line.split_once('='));
        let (_, url) = values
            .find(|(name, _)| name.ends_with("MAILMESH_TEST_POSTGRES"))
            .unwrap();
        url.to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.run("stop");
    }
}
