//! The npm server of `agentsmcp`, in a process of its own.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. It stops when this is dropped.
#[derive(Debug)]
pub(crate) struct Peer {
    child: Child,
    address: SocketAddr,
    database: PathBuf,
}

impl Peer {
    /// Starts what `peer.sh` installed, with its database in a folder.
    pub(crate) fn start(installed: &Path, folder: &Path) -> Self {
        let database = folder.join("agentsmcp.db");
        // It cannot say which port it found.
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let child = Command::new("node")
            .arg(installed.join("node_modules/agentsmcp/dist/server.js"))
            .env("PORT", address.port().to_string())
            .env("AGENTSMCP_DB", &database)
            .env("LOG_LEVEL", "silent")
            .env_remove("AGENTSMCP_API_KEY")
            .current_dir(folder)
            .stdout(Stdio::null())
            .spawn()
            .expect("node is not installed");
        let mut peer = Self {
            child,
            address,
            database,
        };
        let until = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            let has_ended = peer.child.try_wait().unwrap().is_some();
            assert!(
                !has_ended && Instant::now() < until,
                "agentsmcp did not start"
            );
            thread::sleep(Duration::from_millis(50));
        }
        peer
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes a thread so long, by copies of its first message: sending them would take hours.
    pub(crate) fn fill(&self, thread: &str, length: u64) {
        let mut connection = Connection::open(&self.database).unwrap();
        connection.busy_timeout(PATIENCE).unwrap();
        let transaction = connection.transaction().unwrap();
        transaction
            .execute(
                "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?2 - 1) \
                 INSERT INTO messages SELECT id || '-' || n, thread_id, from_agent, to_agent, cc, bcc, reply_to, \
                 payload, context_snapshot, timestamp + n FROM messages, numbers WHERE thread_id = ?1",
                (thread, i64::try_from(length).unwrap()),
            )
            .unwrap();
        transaction
            .execute(
                "UPDATE mailboxes SET unread_count = ?2 WHERE thread_id = ?1 AND unread_count > 0",
                (thread, i64::try_from(length).unwrap()),
            )
            .unwrap();
        transaction.commit().unwrap();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended already
        let _ = self.child.wait();
    }
}
