//! Databases of their own for tests, in the server that `MAILMESH_TEST_POSTGRES` names.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

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
        let name = format!("test_{}_{number}", process::id());
        execute(
            &server,
            &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        )
        .await;
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

    fn text(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }
}

async fn execute(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
}
