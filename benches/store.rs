//! The store beside bare SQLite: commits per second of one row, deliveries per second by senders,
//! and pages of small and large mailboxes. All in one run on one disk, so that ratios mean
//! something where absolute figures do not.
#![allow(clippy::unwrap_used)] // a bench fails by panicking

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use asmtp_envelope::{
    ContentPart, Decision, EnvelopeId, EnvelopePost, Handle, HttpUrl, Policy, Timestamp, Visibility,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures_util::StreamExt as _;
use futures_util::stream;
use mailmesh_store::{
    AcceptOptions, Acceptance, Address, AgentStore as _, Delivery, EnvelopeStore as _, Filter,
    FolderName, Index, Limits, MailStore, NewAgent, Options, Posting, Profile, SqliteStore,
    TokenHash, Window, Words,
};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A structured message of ordinary size.
const OCTETS: usize = 2_048;

fn commits(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("commit");
    group
        .throughput(Throughput::Elements(1))
        .measurement_time(Duration::from_secs(5));

    let folder = tempfile::tempdir().unwrap();
    let bare = bare(&folder);
    let row = vec![b'x'; OCTETS];
    group.bench_function("bare SQLite, one row", |bencher| {
        bencher.iter(|| {
            bare.execute("INSERT INTO rows VALUES (?1)", [&row])
                .unwrap()
        });
    });

    let folder = tempfile::tempdir().unwrap();
    let store = open(&runtime, &folder);
    for senders in [1, 16, 64, 256] {
        group.bench_function(BenchmarkId::new("deliver, senders", senders), |bencher| {
            bencher.iter_custom(|deliveries| {
                let started = Instant::now();
                runtime.block_on(deliver(&store, 0..deliveries, senders));
                started.elapsed()
            });
        });
    }
    runtime.block_on(create_agents(&store));
    for senders in [1, 64] {
        group.bench_function(BenchmarkId::new("accept, senders", senders), |bencher| {
            bencher.iter_custom(|envelopes| {
                let started = Instant::now();
                runtime.block_on(accept(&store, 0..envelopes, senders));
                started.elapsed()
            });
        });
    }
}

fn pages(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("page of 50");
    for entries in [10_000, 100_000] {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&runtime, &folder);
        runtime.block_on(deliver(&store, 0..entries, 512));
        let inbox = || Filter {
            folder: Some(FolderName::inbox()),
            ..Filter::default()
        };
        let words = |query| Some(Words::parse(query).unwrap());
        for (name, filter) in [
            ("inbox", inbox()),
            (
                "unread",
                Filter {
                    unread: Some(true),
                    ..inbox()
                },
            ),
            (
                "machine-readable",
                Filter {
                    mrm: Some(true),
                    ..inbox()
                },
            ),
            (
                "search, every message",
                Filter {
                    words: words("order"),
                    ..inbox()
                },
            ),
            (
                "search, one in a thousand",
                Filter {
                    words: words("order rare7"),
                    ..inbox()
                },
            ),
        ] {
            group.bench_function(BenchmarkId::new(name, entries), |bencher| {
                let page = || store.list(recipient(), &filter, Window::newest(50));
                bencher.iter(|| runtime.block_on(page()).unwrap());
            });
        }
    }
}

/// A store whose mailboxes are never full.
fn open(runtime: &Runtime, folder: &TempDir) -> SqliteStore {
    let limits = Limits {
        mailbox_entries: None,
        ..Limits::default()
    };
    let options = Options {
        limits,
        ..Options::default()
    };
    let store = SqliteStore::open_with(folder.path(), options);
    runtime.block_on(store).unwrap()
}

/// Creates the agents of [`envelope`], who let everyone pass.
async fn create_agents(store: &SqliteStore) {
    for name in ["@bench.shop", "@bench.ann"] {
        let agent = NewAgent {
            handle: name.parse().unwrap(),
            address: format!("{}@agents.example", &name[1..]).parse().unwrap(),
            token: TokenHash::of(name),
            policy: Policy::Open,
            visibility: Visibility::Private,
            profile: Profile::default(),
        };
        store.create_agent(agent, now()).await.unwrap();
    }
}

/// Accepts envelopes, so many at a time.
async fn accept(store: &SqliteStore, numbers: std::ops::Range<u64>, senders: usize) {
    let sender: Handle = "@bench.shop".parse().unwrap();
    let base: HttpUrl = "https://mail.example".parse().unwrap();
    let posts = numbers.map(|_| async {
        let options = AcceptOptions::new(now(), base.clone());
        let answer = store.accept(&sender, envelope(), options).await.unwrap();
        assert!(matches!(answer, Acceptance::Decided(Decision::Accepted(_))));
    });
    stream::iter(posts)
        .buffer_unordered(senders)
        .for_each(|_| async {})
        .await;
}

fn envelope() -> EnvelopePost {
    let text = ContentPart::text(&"x".repeat(OCTETS)).unwrap();
    EnvelopePost::new(
        fresh_id(),
        vec!["@bench.ann".parse().unwrap()],
        now(),
        vec![text],
    )
    .unwrap()
}

fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::new(u64::try_from(now.as_millis()).unwrap()).unwrap()
}

/// Delivers messages, so many at a time.
async fn deliver(store: &SqliteStore, numbers: std::ops::Range<u64>, senders: usize) {
    let deliveries = numbers.map(|n| async move { store.deliver(mail(n)).await.unwrap() });
    stream::iter(deliveries)
        .buffer_unordered(senders)
        .for_each(|_| async {})
        .await;
}

fn mail(n: u64) -> Delivery {
    Delivery {
        id: fresh_id(),
        frame: None,
        raw: vec![b'x'; OCTETS],
        index: Index {
            message_id: Some(format!("{n}@agents.example")),
            from: Some("shop@agents.example".to_owned()),
            to: vec!["ann@agents.example".to_owned()],
            subject: format!("Order {n}"),
            is_mrm: n.is_multiple_of(10),
            ..Index::default()
        },
        text: format!("Your order has been shipped. rare{}", n % 1_000),
        received: SystemTime::now(),
        postings: vec![
            Posting::sent("shop@agents.example".parse().unwrap()),
            Posting {
                unread: n.is_multiple_of(2),
                ..Posting::received(recipient().clone())
            },
        ],
    }
}

/// An id that no other message of this run has.
fn fresh_id() -> EnvelopeId {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let mut random = [0; 10];
    random[2..].copy_from_slice(&COUNTER.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    EnvelopeId::mint(now(), random).unwrap()
}

fn recipient() -> &'static Address {
    static ANN: std::sync::LazyLock<Address> =
        std::sync::LazyLock::new(|| "ann@agents.example".parse().unwrap());
    &ANN
}

/// SQLite alone with the same durability: one table, one row per commit.
fn bare(folder: &TempDir) -> Connection {
    let connection = Connection::open(folder.path().join("bare.db")).unwrap();
    connection
        .pragma_update(None, "journal_mode", "WAL")
        .unwrap();
    connection
        .pragma_update(None, "synchronous", "FULL")
        .unwrap();
    connection
        .execute_batch("CREATE TABLE rows (octets BLOB NOT NULL)")
        .unwrap();
    connection
}

criterion_group!(benches, commits, pages);
criterion_main!(benches);
