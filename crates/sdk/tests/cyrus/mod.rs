//! Cyrus as `./test` starts it, and a hand on the mailboxes in it.

use std::env;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use mailmesh::transport::jmap::{Config, JmapTransport};
use mailmesh::{
    Capabilities, Error, Filter, Folder, FolderStatus, Mail, MailId, Mark, Outgoing, Page,
    Position, Receipt, Summary, Transport,
};
use mailmesh_testkit::proxy::Proxy;
use mailmesh_testkit::transport::Harness;
use mailmesh_testkit::transport::faults::{DEADLINE, Exposed};
use structured_email::{Draft, Stamp};

/// Two mailboxes that nobody else uses.
#[derive(Debug)]
pub(crate) struct Cyrus {
    pub(crate) a: Arc<Indexed>,
    pub(crate) b: Arc<Indexed>,
    proxy: Proxy,
    /// Whether the text of the second mailbox was indexed for [`Exposed::by_proxy`].
    indexed: OnceLock<()>,
}

/// A mailbox whose text index is brought up to date before it is searched. Cyrus does so when it has
/// time.
#[derive(Debug)]
pub(crate) struct Indexed(JmapTransport);

impl Cyrus {
    pub(crate) fn new() -> Self {
        let open = || {
            let user = take_user();
            // The first login makes the mailboxes.
            log_in(&user);
            Arc::new(Indexed(JmapTransport::new(config(&user)).unwrap()))
        };
        Self {
            a: open(),
            b: open(),
            proxy: Proxy::default(),
            indexed: OnceLock::new(),
        }
    }
}

impl Indexed {
    pub(crate) fn config(&self) -> Config {
        config(self.address())
    }
}

#[async_trait]
impl Harness for Cyrus {
    fn a(&self) -> Arc<dyn Transport> {
        self.a.clone()
    }

    fn b(&self) -> Arc<dyn Transport> {
        self.b.clone()
    }

    async fn expunge(&self, id: &MailId) {
        let mut imap = log_in(self.b.address());
        imap.ask("x SELECT INBOX", "x ");
        // RFC 8474 5.2: ids of messages are those of JMAP.
        imap.ask(&format!("x UID SEARCH EMAILID {id}"), "* SEARCH ");
        let uid = imap.line.trim().rsplit(' ').next().unwrap().to_owned();
        imap.hear("x OK");
        imap.ask(&format!("x UID STORE {uid} +FLAGS (\\Deleted)"), "x OK");
        imap.ask("x EXPUNGE", "x OK");
    }

    async fn deliver(&self, raw: &[u8]) -> bool {
        deliver(self.b.address(), raw)
    }

    fn refused_address(&self) -> Option<String> {
        Some("unknown@mail.test".to_owned())
    }

    /// Cyrus keeps the time of arrival in seconds.
    fn resolution(&self) -> Duration {
        Duration::from_millis(1050)
    }
}

#[async_trait]
impl Exposed for Cyrus {
    fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    async fn by_proxy(&self) -> Arc<dyn Transport> {
        let mut config = self.b.config();
        let server = config.server.strip_prefix("http://").unwrap();
        config.server = format!("http://{}", self.proxy.door(server).await);
        config.timeouts.connect = DEADLINE;
        config.timeouts.request = DEADLINE;
        config.timeouts.idle = DEADLINE;
        // Mail is there before the network fails, so once is enough.
        self.indexed.get_or_init(|| index(self.b.address()));
        Arc::new(JmapTransport::new(config).unwrap())
    }
}

#[async_trait]
impl Transport for Indexed {
    fn address(&self) -> &str {
        self.0.address()
    }

    async fn send(&self, outgoing: Outgoing) -> Result<Receipt, Error> {
        self.0.send(outgoing).await
    }

    async fn list(&self, filter: &Filter, page: Page) -> Result<Vec<Summary>, Error> {
        self.0.list(filter, page).await
    }

    async fn search(
        &self,
        query: &str,
        filter: &Filter,
        page: Page,
    ) -> Result<Vec<Summary>, Error> {
        index(self.address());
        self.0.search(query, filter, page).await
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    async fn read(&self, id: &MailId, peek: bool) -> Result<Mail, Error> {
        self.0.read(id, peek).await
    }

    async fn mark(&self, id: &MailId, mark: &Mark) -> Result<(), Error> {
        self.0.mark(id, mark).await
    }

    async fn move_to(&self, id: &MailId, folder: &Folder) -> Result<Option<MailId>, Error> {
        self.0.move_to(id, folder).await
    }

    async fn folders(&self) -> Result<Vec<FolderStatus>, Error> {
        self.0.folders().await
    }

    async fn position(&self, folder: &Folder) -> Result<Position, Error> {
        self.0.position(folder).await
    }

    async fn wait(
        &self,
        folder: &Folder,
        after: &Position,
    ) -> Result<Vec<(Position, Summary)>, Error> {
        self.0.wait(folder, after).await
    }
}

/// A short text mail.
pub(crate) fn outgoing(from: &str, to: &[&str], subject: &str) -> Outgoing {
    let draft = Draft::new().from(from).subject(subject).text("text");
    let draft = to.iter().fold(draft, |draft, to| draft.to(*to));
    let stamp = Stamp {
        date: 0,
        message_id: "x@mail.test".into(),
        boundary: "x".into(),
    };
    Outgoing::compose(draft, &stamp).unwrap()
}

/// Fills an inbox with so many messages, numbered from 1.
pub(crate) fn fill_inbox(address: &str, count: usize) {
    let mut imap = log_in(address);
    for number in 1..=count {
        let message = format!(
            "From: Somebody <a@mail.test>\r\nTo: {address}\r\nSubject: number {number}\r\n\
             Message-ID: <{number}@mail.test>\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\r\nNumber {number}.\r\n"
        );
        let append = format!("x APPEND INBOX {{{}+}}\r\n{message}", message.len());
        imap.ask(&append, "x OK");
    }
}

/// Makes the server forget what changed when.
pub(crate) fn forget_changes(address: &str) {
    let mut imap = log_in(address);
    imap.ask("x SELECT INBOX", "x ");
    imap.ask("x UID STORE 1 +FLAGS (\\Deleted)", "x OK");
    imap.ask("x EXPUNGE", "x OK");
    cyrus(
        "cyr_expire",
        &["-X", "0", "-D", "0", "-E", "1", "-u", address],
    );
}

/// Whether the server took it: Cyrus refuses what has no header.
fn deliver(address: &str, raw: &[u8]) -> bool {
    let mut lmtp = Talk::new(&variable("LMTP"));
    lmtp.hear("220");
    lmtp.ask("LHLO test", "250 ");
    lmtp.ask("MAIL FROM:<a@mail.test>", "250");
    lmtp.ask(&format!("RCPT TO:<{address}>"), "250");
    lmtp.ask("DATA", "354");
    for line in raw.split_inclusive(|octet| *octet == b'\n') {
        if line.starts_with(b".") {
            lmtp.stream.write_all(b".").unwrap();
        }
        lmtp.stream.write_all(line).unwrap();
    }
    let end = if raw.ends_with(b"\n") { "." } else { "\r\n." };
    lmtp.say(end);
    lmtp.line.clear();
    lmtp.lines.read_line(&mut lmtp.line).unwrap();
    lmtp.line.starts_with("250")
}

fn config(user: &str) -> Config {
    let server = env_variable("MAILMESH_TEST_JMAP");
    let mut config = Config::new(server, Some(user.to_owned()), user, "secret".into());
    // This Cyrus pushes nothing.
    config.timeouts.poll = Duration::from_millis(100);
    config
}

/// One of the users of the server, for this process alone.
fn take_user() -> String {
    let count: usize = variable("USERS").parse().unwrap();
    let taken = variable("TAKEN");
    let free =
        |number: &usize| File::create_new(Path::new(&taken).join(number.to_string())).is_ok();
    let number = (1..=count).find(free).expect("a user that nobody took");
    format!("agent{number}@mail.test")
}

/// Brings the text index of a mailbox up to date.
fn index(address: &str) {
    cyrus("squatter", &["-i", "-u", address]);
}

/// Runs a program of Cyrus.
fn cyrus(program: &str, arguments: &[&str]) {
    let prefix = variable("PREFIX");
    let path = Path::new(&prefix).join("usr/lib/cyrus/bin").join(program);
    let libraries = Path::new(&prefix).join("usr/lib");
    let folders = std::fs::read_dir(libraries).unwrap();
    let libraries: Vec<_> = folders
        .map(|folder| folder.unwrap().path())
        .filter(|folder| folder.to_string_lossy().ends_with("-linux-gnu"))
        .collect();
    let done = Command::new(path)
        .arg("-C")
        .arg(variable("CONFIG"))
        .args(arguments)
        .env("LD_LIBRARY_PATH", env::join_paths(libraries).unwrap())
        .output()
        .unwrap();
    assert!(done.status.success(), "{program}: {done:?}");
}

fn variable(name: &str) -> String {
    env_variable(&format!("MAILMESH_TEST_JMAP_{name}"))
}

fn env_variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run ./test, which starts servers"))
}

fn log_in(address: &str) -> Talk {
    let mut imap = Talk::new(&variable("IMAP"));
    imap.hear("* OK");
    imap.ask(&format!("x LOGIN {address} secret"), "x OK");
    imap
}

/// A plain conversation, line by line.
struct Talk {
    stream: TcpStream,
    lines: BufReader<TcpStream>,
    line: String,
}

impl Talk {
    fn new(place: &str) -> Self {
        let stream = TcpStream::connect(place).unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap());
        Self {
            stream,
            lines,
            line: String::new(),
        }
    }

    fn ask(&mut self, line: &str, answer: &str) {
        self.say(line);
        self.hear(answer);
    }

    fn say(&mut self, line: &str) {
        let line = format!("{line}\r\n");
        self.stream.write_all(line.as_bytes()).unwrap();
    }

    /// Reads up to a line that starts so.
    fn hear(&mut self, answer: &str) {
        self.line.clear();
        while !self.line.starts_with(answer) {
            self.line.clear();
            assert!(
                self.lines.read_line(&mut self.line).unwrap() > 0,
                "no {answer}"
            );
            let is_refusal = ["x NO", "x BAD", "4", "5"];
            let refused = is_refusal.iter().any(|no| self.line.starts_with(no));
            assert!(!refused, "{}", self.line);
        }
    }
}
