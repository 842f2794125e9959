//! A server on loopback that says what a test wants it to say.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mailmesh::transport::smtp_imap::{Config, Limits, SmtpImapTransport, Timeouts};
use mailmesh::{Endpoint, Tls};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

/// What a server sends in answer to a line of the client, `None` to close the connection.
type Script = dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync;

/// A server that follows a script and remembers what it heard.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    pub(crate) heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) async fn start(
        greeting: &'static str,
        script: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Script> = Arc::new(script);
        let log = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                tokio::spawn(async move {
                    // A client that hangs up in the middle is what we want to see.
                    let _ = serve(stream, greeting, &*script, &log).await;
                });
            }
        });
        Self { address, heard }
    }

    pub(crate) fn endpoint(&self, tls: Tls) -> Endpoint {
        Endpoint {
            host: "127.0.0.1".to_owned(),
            port: self.address.port(),
            tls,
        }
    }
}

async fn serve(
    mut stream: TcpStream,
    greeting: &str,
    script: &Script,
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let (read, mut write) = stream.split();
    write.write_all(greeting.as_bytes()).await?;
    let mut lines = BufReader::new(read);
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        log.lock().await.push(line.trim_end().to_owned());
        let Some(answer) = script(line.trim_end()) else {
            return Ok(());
        };
        write.write_all(&answer).await?;
    }
}

/// Limits and deadlines that a test can wait for.
pub(crate) fn config(imap: &Endpoint, smtp: &Endpoint) -> Config {
    let mut config = Config::new(
        imap.clone(),
        smtp.clone(),
        "u",
        "u@mail.test",
        "hush".into(),
    );
    config.timeouts = Timeouts {
        connect: Duration::from_secs(5),
        command: Duration::from_secs(2),
        delivery: Duration::from_secs(2),
        idle: Duration::from_millis(200),
        poll: Duration::from_millis(50),
        ..Timeouts::default()
    };
    config.limits = Limits {
        answer: 2 << 20,
        responses: 2000,
        ..Limits::default()
    };
    config
}

pub(crate) fn transport(server: &Server, tls: Tls) -> SmtpImapTransport {
    let endpoint = server.endpoint(tls);
    SmtpImapTransport::new(config(&endpoint, &endpoint)).unwrap()
}
