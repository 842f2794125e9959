//! Databases of their own for tests, in the server that `MAILMESH_TEST_POSTGRES` names.

pub(crate) mod server;

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use mailmesh_store::{PostgresStore, PostgresUrl};
use tokio_postgres::NoTls;

/// An empty database. It goes with the throw-away server: dropping it would cost a checkpoint.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    server: String,
    name: String,
}

impl Database {
    /// Makes a database in the server under test.
    pub(crate) async fn new() -> Self {
        let server = std::env::var("MAILMESH_TEST_POSTGRES").expect(
            "MAILMESH_TEST_POSTGRES names no server: start one with test-servers/postgres.sh",
        );
        Self::on(server).await
    }

    /// Makes a database in a server.
    pub(crate) async fn on(server: String) -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        // The server may have seen a process of this number before.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let name = format!("test_{}_{number}_{}", process::id(), since.as_millis());
        execute(&server, &format!("CREATE DATABASE {name}")).await;
        Self { server, name }
    }

    pub(crate) fn url(&self) -> PostgresUrl {
        self.text().parse().unwrap()
    }

    /// Opens the store in it, as one more replica.
    pub(crate) async fn open(&self) -> PostgresStore {
        PostgresStore::open(&self.url()).await.unwrap()
    }

    /// Runs statements in it.
    pub(crate) async fn execute(&self, sql: &str) {
        execute(&self.text(), sql).await;
    }

    /// The URL as text, with the password.
    pub(crate) fn text(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }
}

async fn execute(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
}
