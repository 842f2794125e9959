//! Several replicas on one database: one order, one decision for one id, wakes across, and a
//! database that dies under load.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, dead_code)] // a test fails by panicking; the helpers serve several files

mod fresh;
mod postgresql;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use asmtp_envelope::{
    Code, Decision, EnvelopeId, EnvelopePost, Handle, Limits, Listing, Policy, Timestamp,
    Visibility,
};
use futures_util::future::join_all;
use mailmesh_store::{
    AcceptOptions, Acceptance, AgentStore as _, EnvelopeStore as _, Error, ErrorKind, ListedRow,
    NewAgent, PostgresStore, Profile, TokenHash, Upkeep as _, Wake,
};
use tokio::time::{sleep, timeout};

use postgresql::Database;
use postgresql::server::Server;

/// Far longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

fn handle(text: &str) -> Handle {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    Timestamp::new(1_795_215_861_457).unwrap()
}

async fn create(store: &PostgresStore, name: &str) -> Handle {
    let agent = NewAgent {
        handle: handle(name),
        address: format!("{}@agents.example", &name[1..]).parse().unwrap(),
        token: TokenHash::of(name),
        policy: Policy::Open,
        visibility: Visibility::Public,
        profile: Profile::default(),
    };
    store.create_agent(agent, now()).await.unwrap().handle
}

fn post(id: EnvelopeId, to: &Handle) -> EnvelopePost {
    let body = format!(
        r#"{{"id":"{id}","to":["{to}"],"date_ms":1,"content_parts":[{{"type":"text","text":"hello"}}]}}"#
    );
    EnvelopePost::parse(body.as_bytes(), &Limits::default()).unwrap()
}

async fn send(
    store: &PostgresStore,
    from: &Handle,
    to: &Handle,
    id: EnvelopeId,
) -> Result<Decision, Error> {
    let options = AcceptOptions::new(now(), "https://mail.example".parse().unwrap());
    match store.accept(from, post(id, to), options).await? {
        Acceptance::Decided(decision) => Ok(decision),
        other => panic!("{other:?}"),
    }
}

/// What is behind a row, oldest first.
async fn behind(store: &PostgresStore, agent: &Handle, last: Option<&ListedRow>) -> Vec<ListedRow> {
    let listing = Listing {
        after: last.map(|row| row.key),
        limit: 50,
        ..Listing::default()
    };
    store.list_envelopes(agent, &listing).await.unwrap()
}

async fn all(store: &PostgresStore, agent: &Handle) -> Vec<ListedRow> {
    let mut rows = Vec::new();
    loop {
        let page = behind(store, agent, rows.last()).await;
        if page.is_empty() {
            return rows;
        }
        rows.extend(page);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_appears_behind_a_cursor_whichever_replica_accepted_it() {
    const SENDERS: usize = 32;
    const EACH: usize = 15;
    let database = Database::new().await;
    let replicas = [database.open().await, database.open().await];
    let reader = database.open().await;
    let to = create(&reader, "@beta.bob").await;
    let mut senders = Vec::new();
    for n in 0..SENDERS {
        senders.push(create(&reader, &format!("@acme.a{n}")).await);
    }
    let sending = join_all(senders.iter().enumerate().map(|(n, from)| {
        let (store, to) = (&replicas[n % 2], &to);
        async move {
            for _ in 0..EACH {
                let decision = send(store, from, to, fresh::id()).await.unwrap();
                assert!(matches!(decision, Decision::Accepted(_)), "{decision:?}");
            }
        }
    }));
    let following = async {
        let mut seen: Vec<ListedRow> = Vec::new();
        while seen.len() < SENDERS * EACH {
            seen.extend(behind(&reader, &to, seen.last()).await);
        }
        seen
    };
    let (_, seen) = timeout(LONG, async { tokio::join!(sending, following) })
        .await
        .unwrap();
    assert!(seen.is_sorted_by(|one, next| one.key < next.key));
    assert_eq!(seen, all(&reader, &to).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_id_is_accepted_once_however_many_replicas_are_asked() {
    let database = Database::new().await;
    let replicas = [database.open().await, database.open().await];
    let agents = ["@acme.alice", "@beta.bob", "@acme.carol", "@beta.dora"];
    let agents = join_all(agents.map(|name| create(&replicas[0], name))).await;
    for _ in 0..20 {
        let id = fresh::id();
        // Senders and recipients that share no mailbox, so no lock keeps them apart.
        let (one, other) = tokio::join!(
            send(&replicas[0], &agents[0], &agents[1], id),
            send(&replicas[1], &agents[2], &agents[3], id),
        );
        let refused = |decision: &Decision| matches!(decision, Decision::Refused(error) if error.code() == Some(Code::IdCollision));
        let accepted = |decision: &Decision| matches!(decision, Decision::Accepted(_));
        let decisions = [one.unwrap(), other.unwrap()];
        assert_eq!(
            decisions
                .iter()
                .filter(|decision| accepted(decision))
                .count(),
            1
        );
        assert_eq!(
            decisions
                .iter()
                .filter(|decision| refused(decision))
                .count(),
            1
        );

        let (one, other) = tokio::join!(
            send(&replicas[0], &agents[0], &agents[1], id),
            send(&replicas[1], &agents[0], &agents[1], id),
        );
        assert_eq!(
            one.unwrap(),
            other.unwrap(),
            "a retry gets one answer everywhere"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_replica_hears_what_another_commits() {
    let database = Database::new().await;
    let (here, there) = (database.open().await, database.open().await);
    let (from, to) = (
        create(&here, "@acme.alice").await,
        create(&here, "@beta.bob").await,
    );
    let key = here.agent(&to).await.unwrap().key;
    let mut wakes = here.wakes();
    let Decision::Accepted(accepted) = send(&there, &from, &to, fresh::id()).await.unwrap() else {
        panic!("expected it to be accepted");
    };
    while all(&here, &to).await.last().map(|row| row.key) != Some(accepted.key()) {
        timeout(LONG, wakes.next()).await.unwrap().unwrap();
    }
    loop {
        match timeout(LONG, wakes.next()).await.unwrap().unwrap() {
            Wake::Mailboxes(agents) if agents.contains(&key) => break,
            Wake::All => panic!("expected the mailbox by its key"),
            _ => {}
        }
    }
    there
        .rotate_token(&to, TokenHash::of("another"), now())
        .await
        .unwrap();
    loop {
        if let Wake::Revoked(agent) = timeout(LONG, wakes.next()).await.unwrap().unwrap() {
            assert_eq!(agent, key);
            break;
        }
    }
    assert_eq!(
        here.authenticate(&TokenHash::of("@beta.bob"))
            .await
            .unwrap(),
        None
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_at_once_migrate_once() {
    let database = Database::new().await;
    let url = database.url();
    let stores = join_all((0..6).map(|_| PostgresStore::open(&url))).await;
    for store in &stores {
        store.as_ref().unwrap().ping().await.unwrap();
    }
    create(stores[0].as_ref().unwrap(), "@acme.alice").await;
    assert_eq!(stores[5].as_ref().unwrap().agents().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_newer_schema_is_refused_untouched() {
    let database = Database::new().await;
    drop(database.open().await);
    database
        .execute("UPDATE mailmesh.store SET version = 4711")
        .await;
    let error = PostgresStore::open(&database.url()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NewerSchema);
    assert!(error.to_string().contains("4711"), "{error}");
}

#[tokio::test]
async fn a_database_that_is_away_is_said_to_be_away() {
    let url = "postgres://test:hunter2@127.0.0.1:1/none".parse().unwrap();
    let error = PostgresStore::open(&url).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_connections_are_made_again_and_everything_may_have_changed() {
    let database = Database::new().await;
    let store = database.open().await;
    let (from, to) = (
        create(&store, "@acme.alice").await,
        create(&store, "@beta.bob").await,
    );
    let mut wakes = store.wakes();
    database
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await;
    while timeout(LONG, wakes.next()).await.unwrap().unwrap() != Wake::All {}
    sent_at_last(&store, &from, &to, fresh::id()).await;
    assert_eq!(all(&store, &to).await.len(), 1);
}

/// Sends until the database is there, always under the same id.
async fn sent_at_last(store: &PostgresStore, from: &Handle, to: &Handle, id: EnvelopeId) {
    loop {
        match send(store, from, to, id).await {
            Ok(Decision::Accepted(_) | Decision::Replayed(_)) => return,
            Ok(refused) => panic!("{refused:?}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}"),
        }
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_accepted_is_lost_when_the_database_crashes() {
    const SENDERS: usize = 8;
    const EACH: usize = 20;
    let server = Server::start();
    let database = Database::on(server.url()).await;
    let replicas = [database.open().await, database.open().await];
    let to = create(&replicas[0], "@beta.bob").await;
    let mut senders = Vec::new();
    for n in 0..SENDERS {
        senders.push(create(&replicas[0], &format!("@acme.a{n}")).await);
    }
    let accepted = AtomicUsize::new(0);
    let sending = join_all(senders.iter().enumerate().map(|(n, from)| {
        let (store, to, accepted) = (&replicas[n % 2], &to, &accepted);
        async move {
            let mut ids = Vec::new();
            for _ in 0..EACH {
                let id = fresh::id();
                sent_at_last(store, from, to, id).await;
                accepted.fetch_add(1, Ordering::Relaxed);
                ids.push(id);
            }
            ids
        }
    }));
    let crashing = async {
        for some in [10, 80] {
            while accepted.load(Ordering::Relaxed) < some {
                sleep(Duration::from_millis(5)).await;
            }
            tokio::task::block_in_place(|| {
                server.run("crash");
                server.run("start");
            });
        }
    };
    let (ids, ()) = timeout(LONG, async { tokio::join!(sending, crashing) })
        .await
        .unwrap();
    while replicas[1].ping().await.is_err() {
        sleep(Duration::from_millis(50)).await;
    }
    let ids: BTreeSet<EnvelopeId> = ids.into_iter().flatten().collect();
    let rows = all(&replicas[1], &to).await;
    assert_eq!(rows.len(), SENDERS * EACH);
    let listed: BTreeSet<EnvelopeId> = rows.iter().map(|row| row.key.envelope_id).collect();
    assert_eq!(listed, ids, "each once");
    assert!(rows.is_sorted_by(|one, next| one.key < next.key));
}
