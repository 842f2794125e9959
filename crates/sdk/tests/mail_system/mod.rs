//! Dovecot and Postfix as `./test` starts them, and a hand on the mailboxes behind them.
#![allow(dead_code)] // not every test needs all of it

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use mailmesh::transport::smtp_imap::{Config, SmtpImapTransport};
use mailmesh::{Endpoint, MailId, Outgoing, Tls, Transport};
use mailmesh_testkit::proxy::Proxy;
use mailmesh_testkit::transport::Harness;
use mailmesh_testkit::transport::faults::{DEADLINE, Exposed};
use structured_email::{Draft, Stamp};

/// Two mailboxes that nobody else uses.
#[derive(Debug)]
pub(crate) struct Servers {
    pub(crate) a: Arc<SmtpImapTransport>,
    pub(crate) b: Arc<SmtpImapTransport>,
    proxy: Proxy,
}

/// A door of the mail system.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Server {
    Imap,
    Imaps,
    Smtp,
    Smtps,
    Submission,
}

impl Servers {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_nanos();
        let transport = |name: &str| {
            let address = format!("{name}-{now:x}-{count}@{}", variable("DOMAIN"));
            Arc::new(SmtpImapTransport::new(config(&address)).unwrap())
        };
        Self {
            a: transport("a"),
            b: transport("b"),
            proxy: Proxy::default(),
        }
    }

    /// Opens both mailboxes in another way.
    pub(crate) fn reconnect(&mut self, change: impl Fn(&mut Config)) {
        for transport in [&mut self.a, &mut self.b] {
            let mut config = config(transport.address());
            change(&mut config);
            *transport = Arc::new(SmtpImapTransport::new(config).unwrap());
        }
    }
}

impl Server {
    pub(crate) fn endpoint(self, tls: Tls) -> Endpoint {
        let name = match self {
            Self::Imap => "IMAP",
            Self::Imaps => "IMAPS",
            Self::Smtp => "SMTP",
            Self::Smtps => "SMTPS",
            Self::Submission => "SUBMISSION",
        };
        let place = variable(name);
        let (host, port) = place.rsplit_once(':').unwrap();
        Endpoint {
            host: host.to_owned(),
            port: port.parse().unwrap(),
            tls,
        }
    }
}

#[async_trait]
impl Harness for Servers {
    fn a(&self) -> Arc<dyn Transport> {
        self.a.clone()
    }

    fn b(&self) -> Arc<dyn Transport> {
        self.b.clone()
    }

    async fn expunge(&self, id: &MailId) {
        let uid = id.as_str().split('.').nth(1).unwrap();
        let mut imap = log_in(self.b.address());
        imap.ask("x SELECT INBOX", "x ");
        imap.ask(&format!("x UID STORE {uid} +FLAGS (\\Deleted)"), "x ");
        imap.ask("x EXPUNGE", "x ");
    }

    async fn deliver(&self, raw: &[u8]) -> bool {
        let mut lmtp = Talk::new(&variable("LMTP"));
        lmtp.hear("220");
        lmtp.ask("LHLO test", "250 ");
        lmtp.ask("MAIL FROM:<a@mail.test>", "250");
        lmtp.ask(&format!("RCPT TO:<{}>", self.b.address()), "250");
        lmtp.ask("DATA", "354");
        for line in raw.split_inclusive(|octet| *octet == b'\n') {
            if line.starts_with(b".") {
                lmtp.stream.write_all(b".").unwrap();
            }
            lmtp.stream.write_all(line).unwrap();
        }
        lmtp.ask(if raw.ends_with(b"\n") { "." } else { "\r\n." }, "250");
        true
    }

    fn refused_address(&self) -> Option<String> {
        Some(format!("unknown@{}", variable("DOMAIN")))
    }
}

#[async_trait]
impl Exposed for Servers {
    fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    async fn by_proxy(&self) -> Arc<dyn Transport> {
        let mut config = config(self.b.address());
        for endpoint in [&mut config.imap, &mut config.smtp] {
            let server = format!("{}:{}", endpoint.host, endpoint.port);
            endpoint.port = self.proxy.door(&server).await.port();
        }
        config.timeouts.connect = DEADLINE;
        config.timeouts.command = DEADLINE;
        config.timeouts.delivery = DEADLINE;
        config.timeouts.idle = DEADLINE;
        Arc::new(SmtpImapTransport::new(config).unwrap())
    }
}

/// A short text mail.
pub(crate) fn outgoing(from: &str, to: &[&str], subject: &str, text: &str) -> Outgoing {
    let draft = to.iter().fold(
        Draft::new().from(from).subject(subject).text(text),
        |draft, to| draft.to(*to),
    );
    let stamp = Stamp {
        date: 0,
        message_id: "x@mail.test".into(),
        boundary: "x".into(),
    };
    Outgoing::compose(draft, &stamp).unwrap()
}

/// Fills an inbox with a hundred messages, numbered from 1 and repeated so many times.
pub(crate) fn fill_with_hundreds(address: &str, times: usize) {
    let mut imap = log_in(address);
    for number in 1..=100 {
        let message = format!(
            "From: Somebody <a@mail.test>\r\nTo: {address}\r\nSubject: number {number}\r\n\
             Message-ID: <{number}@mail.test>\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\r\nNumber {number}.\r\n"
        );
        imap.ask(
            &format!("x APPEND INBOX {{{}+}}\r\n{message}", message.len()),
            "x OK",
        );
    }
    imap.ask("x SELECT INBOX", "x OK");
    for _ in 1..times {
        // The server links copies; appending each would wait for the disk ten thousand times.
        imap.ask("x COPY 1:100 INBOX", "x OK");
    }
}

/// The most memory this process has used, in octets.
pub(crate) fn peak_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_ascii_whitespace()
        .nth(1)
        .unwrap()
        .parse::<usize>()
        .unwrap()
        << 10
}

/// Ends every IMAP session of a user, as a restarted server does.
pub(crate) fn kick(address: &str) {
    let config = Path::new(&variable("CA_FILE"))
        .with_file_name("dovecot")
        .join("dovecot.conf");
    let kicked = Command::new("doveadm")
        .arg("-c")
        .arg(config)
        .args(["kick", address])
        .output()
        .unwrap();
    assert!(kicked.status.success(), "{kicked:?}");
}

fn config(address: &str) -> Config {
    let imap = Server::Imap.endpoint(Tls::Plain);
    let smtp = Server::Smtp.endpoint(Tls::Plain);
    let mut config = Config::new(imap, smtp, address, address, variable("PASSWORD").into());
    config.extra_roots = std::fs::read(variable("CA_FILE")).unwrap();
    config
}

fn variable(name: &str) -> String {
    let name = format!("MAILMESH_TEST_{name}");
    env::var(&name)
        .unwrap_or_else(|_| panic!("{name} is not set: run ./test, which starts servers"))
}

fn log_in(address: &str) -> Talk {
    let mut imap = Talk::new(&variable("IMAP"));
    imap.hear("* OK");
    imap.ask(
        &format!("x LOGIN {address} {}", variable("PASSWORD")),
        "x OK",
    );
    imap
}

/// A plain conversation, line by line.
struct Talk {
    stream: TcpStream,
    lines: BufReader<TcpStream>,
}

impl Talk {
    fn new(place: &str) -> Self {
        let stream = TcpStream::connect(place).unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap());
        Self { stream, lines }
    }

    fn ask(&mut self, line: &str, answer: &str) {
        self.stream
            .write_all(format!("{line}\r\n").as_bytes())
            .unwrap();
        self.hear(answer);
    }

    /// Reads up to a line that starts so.
    fn hear(&mut self, answer: &str) {
        let mut line = String::new();
        while !line.starts_with(answer) {
            line.clear();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "no {answer}");
            assert!(
                !["x NO", "x BAD", "4", "5"]
                    .iter()
                    .any(|refusal| line.starts_with(refusal)),
                "{line}"
            );
        }
    }
}
