//! TLS to PostgreSQL: verified, or not at all.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, dead_code)] // a test fails by panicking; the helpers serve several files

mod postgresql;

use mailmesh_store::{ErrorKind, PostgresStore, PostgresUrl};
use postgresql::Database;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// The port of the server, the database, and its root.
struct Server {
    port: String,
    name: String,
    root: String,
}

impl Server {
    async fn new() -> Self {
        let database = Database::new().await;
        let text = database.text();
        let (before, name) = text.rsplit_once('/').unwrap();
        let (_, port) = before.rsplit_once(':').unwrap();
        let root = std::env::var("MAILMESH_TEST_POSTGRES_CA").expect(
            "MAILMESH_TEST_POSTGRES_CA names no file: start a server with test-servers/postgres.sh",
        );
        Self {
            port: port.to_owned(),
            name: name.to_owned(),
            root,
        }
    }

    /// A URL of the server under a name, with parameters.
    fn url(&self, user: &str, host: &str, parameters: &str) -> PostgresUrl {
        let (port, name) = (&self.port, &self.name);
        let parameters = parameters.replace("ROOT", &self.root);
        let url = format!("postgres://{user}:secret@{host}:{port}/{name}?{parameters}");
        url.parse().unwrap()
    }
}

async fn is_encrypted(url: &PostgresUrl) -> Result<bool, ErrorKind> {
    let found = PostgresStore::inspect(url).await;
    found
        .map(|found| found.is_encrypted)
        .map_err(|error| error.kind())
}

#[tokio::test]
async fn a_certificate_that_fits_is_taken() {
    let server = Server::new().await;
    for mode in ["verify-full", "require"] {
        let parameters = format!("sslmode={mode}&sslrootcert=ROOT");
        let url = server.url("test", "localhost", &parameters);
        assert_eq!(is_encrypted(&url).await, Ok(true), "{mode}");
        // All kinds of connections: that which hears notices too.
        PostgresStore::open(&url).await.unwrap();
    }
    let here = server.url("test", "localhost", "");
    assert_eq!(is_encrypted(&here).await, Ok(false), "on this machine");
    let plain = server.url("test", "localhost", "sslmode=disable");
    assert_eq!(is_encrypted(&plain).await, Ok(false));
}

#[tokio::test]
async fn a_certificate_for_another_name_or_from_nobody_is_refused() {
    let server = Server::new().await;
    let away = Err(ErrorKind::Unavailable);
    // Under a name that is elsewhere TLS is the default.
    for parameters in [
        "hostaddr=127.0.0.1&sslrootcert=ROOT",
        "hostaddr=127.0.0.1&sslrootcert=ROOT&sslmode=require",
        "hostaddr=127.0.0.1&sslrootcert=ROOT&sslmode=verify-full",
    ] {
        let url = server.url("test", "db.example", parameters);
        assert_eq!(is_encrypted(&url).await, away, "{parameters}");
    }
    let unknown = server.url("test", "localhost", "sslmode=verify-full");
    assert_eq!(is_encrypted(&unknown).await, away, "nobody trusts its root");

    let file = tempfile::NamedTempFile::new().unwrap();
    let parameters = format!("sslmode=verify-full&sslrootcert={}", file.path().display());
    let empty = server.url("test", "localhost", &parameters);
    assert_eq!(is_encrypted(&empty).await, Err(ErrorKind::Invalid));
}

#[tokio::test]
async fn a_server_that_wants_tls_gets_it() {
    let server = Server::new().await;
    let admin = server.url("test", "localhost", "");
    PostgresStore::inspect(&admin).await.unwrap();
    let database = Database::new().await;
    let role = "DO $$ BEGIN CREATE ROLE tls_only LOGIN PASSWORD 'secret';
                EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$";
    database.execute(role).await;
    let plain = server.url("tls_only", "localhost", "sslmode=disable");
    assert_eq!(is_encrypted(&plain).await, Err(ErrorKind::Io));
    let tls = "sslmode=verify-full&sslrootcert=ROOT";
    let encrypted = server.url("tls_only", "localhost", tls);
    assert_eq!(is_encrypted(&encrypted).await, Ok(true));
}

/// Somebody in between answers that the server knows no TLS.
#[tokio::test]
async fn nothing_is_said_in_plain_text_when_tls_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = [0; 8];
        socket.read_exact(&mut request).await.unwrap();
        socket.write_all(b"N").await.unwrap();
        let mut more = Vec::new();
        // It may be closed in any way.
        let _ = socket.read_to_end(&mut more).await;
        (request, more)
    });
    let url = format!("postgres://test:secret@127.0.0.1:{port}/d?sslmode=require");
    let refused = is_encrypted(&url.parse().unwrap()).await;
    assert_eq!(refused, Err(ErrorKind::Unavailable));
    let (request, more) = heard.await.unwrap();
    assert_eq!(request, [0, 0, 0, 8, 4, 210, 22, 47], "SSLRequest");
    assert_eq!(more, b"");
}
