//! A throw-away database in a PostgreSQL server, and what the server says of itself.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls, Statement};

use crate::process::processor_time;
use crate::site::Database;

/// A session with the server, for a thread that blocks.
pub(crate) struct Session {
    runtime: Runtime,
    client: Client,
}

impl Session {
    pub(crate) fn open(url: &str) -> Self {
        // A worker of its own drives the connection.
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let runtime = runtime.unwrap();
        let (client, connection) = runtime
            .block_on(tokio_postgres::connect(url, NoTls))
            .unwrap();
        runtime.spawn(connection);
        Self { runtime, client }
    }

    pub(crate) fn run(&self, sql: &str) {
        self.runtime
            .block_on(self.client.batch_execute(sql))
            .unwrap();
    }

    pub(crate) fn prepare(&self, sql: &str) -> Statement {
        self.runtime.block_on(self.client.prepare(sql)).unwrap()
    }

    pub(crate) fn execute(&self, statement: &Statement, octets: &[u8]) {
        self.runtime
            .block_on(async { self.client.execute(statement, &[&octets]).await })
            .unwrap();
    }
}

pub(crate) fn create(server: &str) -> Database {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("load_{}_{number}", process::id());
    let session = Session::open(server);
    session.run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    session.run(&format!("CREATE DATABASE {name}"));
    let (host, _) = server.rsplit_once('/').unwrap();
    Database {
        url: format!("{host}/{name}"),
        server: server.to_owned(),
        name,
    }
}

pub(crate) fn remove(database: &Database) {
    let session = Session::open(&database.server);
    session.run(&format!("DROP DATABASE {} WITH (FORCE)", database.name));
}

/// Octets of a database on disk.
pub(crate) fn octets(database: &Database) -> u64 {
    let session = Session::open(&database.url);
    let row = session
        .client
        .query_one("SELECT pg_database_size(current_database())", &[]);
    let size: i64 = session.runtime.block_on(row).unwrap().get(0);
    size.unsigned_abs()
}

/// The processor time of those processes of the server that are there now. None for a server on
/// another machine.
pub(crate) fn server_time(database: &Database) -> Option<Duration> {
    let session = Session::open(&database.server);
    let rows = session
        .client
        .query("SELECT pid FROM pg_stat_activity", &[]);
    let rows = session.runtime.block_on(rows).unwrap();
    let pids = rows.iter().map(|row| row.get::<_, i32>(0).unsigned_abs());
    pids.map(processor_time).sum()
}
