//! A mailbox over SMTP and IMAP beside that of the Python package mailmesh: the same calls on the same
//! messages of one Dovecot and one Postfix, in turns. `benches/mailbox.sh` starts them, and runs this.
//!
//! The package connects anew for each call and is imported already; so a call of ours is measured twice, on
//! a connection that is open, as it is kept between calls, and on a transport that has none.
#![allow(clippy::unwrap_used)] // a bench fails by panicking

use std::env;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mailmesh::transport::smtp_imap::{Config, SmtpImapTransport};
use mailmesh::{AgentMailbox, Draft, Endpoint, Filter, MailId, Page, Tls};
use mailmesh_testkit::python_mailbox::PythonMailbox;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// What a mailbox is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    List,
    Read,
    Search,
    Send,
}

/// How much of everything.
struct Scale {
    messages: usize,
    rounds: usize,
}

/// How long one call took, of each kind of mailbox, round by round.
#[derive(Default)]
struct Took {
    open: Vec<Duration>,
    anew: Vec<Duration>,
    python: Vec<Duration>,
}

const CALLS: [(Call, &str); 4] = [
    (Call::List, "list 50"),
    (Call::Read, "read 1"),
    (Call::Search, "search"),
    (Call::Send, "send"),
];

/// The word that one message in ten holds.
const RARE: &str = "walrus";

fn main() {
    let is_test = env::args().any(|argument| argument == "--test");
    if env::var_os("MAILMESH_TEST_PYTHON_MAILBOX").is_none() {
        println!("mailbox: not measured; benches/mailbox.sh starts the servers it needs");
        return;
    }
    let scale = match is_test {
        true => Scale {
            messages: 3,
            rounds: 1,
        },
        false => Scale {
            messages: 200,
            rounds: 21,
        },
    };
    let runtime = Runtime::new().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let address = |name: &str| format!("{name}-{:x}@{}", now.as_nanos(), variable("DOMAIN"));
    let (ours, theirs) = (address("rust"), address("python"));
    runtime.block_on(fill(&ours, &theirs, scale.messages));

    println!(
        "{} messages, {} rounds, medians",
        scale.messages, scale.rounds
    );
    println!(
        "{:<10}{:>12}{:>16}{:>12}{:>10}{:>16}",
        "call", "open", "connects anew", "python", "ratio", "ratio, anew"
    );
    let mut python = PythonMailbox::open(
        Path::new(&env::var_os("MAILMESH_TEST_PYTHON_MAILBOX").unwrap()),
        &theirs,
        Path::new(&variable("CA_FILE")),
    );
    for (call, name) in CALLS {
        let took = runtime.block_on(measure(call, &ours, &mut python, &scale));
        let [open, anew, python] = [took.open, took.anew, took.python].map(median);
        let ratio = |ours: Duration| python.as_secs_f64() / ours.as_secs_f64();
        println!(
            "{name:<10}{:>12}{:>16}{:>12}{:>9.1}x{:>15.1}x",
            time(open),
            time(anew),
            time(python),
            ratio(open),
            ratio(anew)
        );
    }
}

/// The same messages for both, sent from here.
async fn fill(ours: &str, theirs: &str, messages: usize) {
    let sender = mailbox(&format!("fill-{ours}"));
    for number in 0..messages {
        let word = if number % 10 == 0 { RARE } else { "seal" };
        let draft = Draft::new()
            .to(ours)
            .to(theirs)
            .subject(format!("number {number}"))
            .text(format!(
                "A {word}.\n{}",
                "All work and no play. ".repeat(80)
            ))
            .data(&json!({ "@type": "Order", "orderNumber": number.to_string() }));
        sender.send(draft).await.unwrap();
    }
    let inboxes = [mailbox(ours), mailbox(theirs)];
    for inbox in inboxes {
        let all = Page {
            limit: messages,
            offset: 0,
        };
        while inbox.list(&Filter::default(), all).await.unwrap().len() < messages {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

async fn measure(call: Call, ours: &str, python: &mut PythonMailbox, scale: &Scale) -> Took {
    let mut took = Took::default();
    let open = mailbox(ours);
    let newest = open
        .list(&Filter::default(), Page::default())
        .await
        .unwrap();
    let newest = &newest[0].id;
    for round in 0..=scale.rounds {
        let of_open = make(call, &open, newest).await;
        let of_anew = make(call, &mailbox(ours), newest).await;
        let of_python = make_of_python(call, python, ours, scale);
        // The first is for caches.
        if round > 0 {
            took.open.push(of_open);
            took.anew.push(of_anew);
            took.python.push(of_python);
        }
    }
    took
}

/// Makes a call of ours, and says how long it took.
async fn make(call: Call, mailbox: &AgentMailbox, newest: &MailId) -> Duration {
    let everything = Filter::default();
    // A draft is not the mailbox's work.
    let draft = Draft::new()
        .to("bench@mail.test")
        .subject("bench")
        .text("x");
    let began = Instant::now();
    match call {
        Call::List => drop(mailbox.list(&everything, Page::default()).await.unwrap()),
        Call::Read => drop(mailbox.read(newest).await.unwrap()),
        Call::Search => {
            let found = mailbox.search(RARE, &everything, Page::default()).await;
            assert!(!found.unwrap().is_empty());
        }
        Call::Send => drop(mailbox.send(draft).await.unwrap()),
    }
    began.elapsed()
}

/// The same of the package. The ids that it lists are numbers in a sequence, and those that it reads are
/// UIDs: in a mailbox that never lost a message, the same.
fn make_of_python(call: Call, python: &mut PythonMailbox, to: &str, scale: &Scale) -> Duration {
    let of = match call {
        Call::List => json!({ "call": "list", "limit": 50 }),
        Call::Read => json!({ "call": "read", "message_id": scale.messages.to_string() }),
        Call::Search => json!({ "call": "search", "query": RARE, "limit": 50 }),
        Call::Send => {
            json!({ "call": "send", "to": ["bench@mail.test"], "subject": to, "text": "x" })
        }
    };
    let (answer, took) = python.timed(&of);
    assert!(answer != json!([]) && answer != Value::Null, "{of}");
    took
}

fn mailbox(address: &str) -> AgentMailbox {
    let endpoint = |name: &str| {
        let place = variable(name);
        let (host, port) = place.rsplit_once(':').unwrap();
        Endpoint {
            host: host.to_owned(),
            port: port.parse().unwrap(),
            tls: Tls::Implicit,
        }
    };
    let (imap, smtp) = (endpoint("IMAPS"), endpoint("SMTPS"));
    let mut config = Config::new(imap, smtp, address, address, variable("PASSWORD").into());
    config.extra_roots = std::fs::read(variable("CA_FILE")).unwrap();
    AgentMailbox::new(SmtpImapTransport::new(config).unwrap())
}

fn variable(name: &str) -> String {
    let name = format!("MAILMESH_TEST_{name}");
    env::var(&name).unwrap_or_else(|_| panic!("{name} is not set: run benches/mailbox.sh"))
}

fn median(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took[took.len() / 2]
}

fn time(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
