//! The suite on PostgreSQL, in the server that `MAILMESH_TEST_POSTGRES` names.
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod suite;

use std::path::Path;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use mailmesh_store::{PostgresStore, Store};
use tokio_postgres::NoTls;

/// A database of its own for a test. It goes with the throw-away server.
async fn engine(folder: &Path) -> Arc<dyn Store> {
    open(&place(folder).await).await
}

/// Makes an empty database.
async fn place(_: &Path) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var("MAILMESH_TEST_POSTGRES")
        .expect("MAILMESH_TEST_POSTGRES names no server: start one with test-servers/postgres.sh");
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("node_{}_{number}", process::id());
    let (client, connection) = tokio_postgres::connect(&server, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
        .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        .await
        .unwrap();
    client
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .await
        .unwrap();
    let (server, _) = server.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}

/// Opens the store in a database.
async fn open(place: &str) -> Arc<dyn Store> {
    Arc::new(PostgresStore::open(&place.parse().unwrap()).await.unwrap())
}
