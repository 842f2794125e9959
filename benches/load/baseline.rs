//! What durability costs without a node: commits of one row as large as an envelope, one after the
//! other, and the sync below them.

use std::fs::{self, File};
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rusqlite::Connection;
use tempfile::TempDir;
use tokio_postgres::Statement;

use crate::database::Session;
use crate::report::{Figure, Report, median, per_second, time};
use crate::sends::nanos;
use crate::site::Site;
use crate::stock::{envelope, next_number};

/// Bare commits on the disk, and with the engine, of a site.
pub(crate) struct Baseline {
    table: Table,
    row: Vec<u8>,
    /// Commits per second, by turns.
    rates: Vec<f64>,
    sync: Duration,
}

enum Table {
    Sqlite(Connection, #[allow(dead_code)] TempDir), // the folder goes after its connection
    Postgres(Session, Statement),
}

impl Baseline {
    pub(crate) fn open(site: &Site) -> Self {
        let table = match site.database() {
            Some(database) => {
                let session = Session::open(&database.url);
                session.run("CREATE TABLE bare (octets BYTEA NOT NULL)");
                let insert = session.prepare("INSERT INTO bare VALUES ($1)");
                Table::Postgres(session, insert)
            }
            None => {
                let folder = tempfile::tempdir_in(site.folder().parent().unwrap()).unwrap();
                Table::Sqlite(sqlite(&folder.path().join("bare.db")), folder)
            }
        };
        Self {
            table,
            row: envelope(next_number(), 0).into_bytes(),
            rates: Vec::new(),
            sync: sync(site),
        }
    }

    /// Commits for so long, one behind the other.
    pub(crate) fn turn(&mut self, turn: Duration) {
        let began = Instant::now();
        let mut commits = 0;
        while began.elapsed() < turn {
            self.one();
            commits += 1;
        }
        self.rates
            .push(f64::from(commits) / began.elapsed().as_secs_f64());
    }

    /// Commits at a pace for so long, and says how long each took from when it was due, in
    /// nanoseconds. A machine that rests in between takes longer for each.
    pub(crate) fn paced(&self, rate: u64, stretch: Duration) -> Histogram<u64> {
        let period = Duration::from_secs(1) / u32::try_from(rate).unwrap();
        let mut took = Histogram::new(3).unwrap();
        let mut due = Instant::now();
        let until = due + stretch;
        while due < until {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            self.one();
            took.record(nanos(due.elapsed())).unwrap();
            due += period;
        }
        took
    }

    fn one(&self) {
        match &self.table {
            Table::Sqlite(connection, _) => {
                let mut insert = connection
                    .prepare_cached("INSERT INTO bare VALUES (?1)")
                    .unwrap();
                insert.execute([&self.row]).unwrap();
            }
            Table::Postgres(session, insert) => session.execute(insert, &self.row),
        }
    }

    /// Whether the disk takes so long for a sync that little else counts.
    pub(crate) fn is_sync_the_limit(&self) -> bool {
        self.sync >= Duration::from_millis(1)
    }

    /// Commits per second.
    pub(crate) fn rate(&self) -> f64 {
        median(self.rates.clone())
    }

    /// How long a commit takes.
    pub(crate) fn commit(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.rate())
    }

    pub(crate) fn report(&self, report: &mut Report) {
        let engine = match self.table {
            Table::Sqlite(..) => "SQLite",
            Table::Postgres(..) => "PostgreSQL",
        };
        let commit = self.commit();
        report.add(&Figure::new(
            format!("bare {engine}, one row a commit"),
            format!("{} ({})", per_second(self.rate()), time(commit)),
        ));
        let share = self.sync.as_secs_f64() / commit.as_secs_f64();
        report.add(&Figure::new("sync of the disk", time(self.sync)).ratio(share, "bare commits"));
    }
}

/// SQLite alone with the durability of the store.
fn sqlite(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    for (name, value) in [("journal_mode", "WAL"), ("synchronous", "FULL")] {
        connection.pragma_update(None, name, value).unwrap();
    }
    connection
        .execute_batch("CREATE TABLE bare (octets BLOB NOT NULL)")
        .unwrap();
    connection
}

/// The middle one of a hundred syncs, each of two pages that are there already, as in a log that has
/// been round once.
fn sync(site: &Site) -> Duration {
    const PAGES: [u8; 8 << 10] = [b'x'; 8 << 10];
    let path = site.folder().join("sync");
    let mut file = File::create(&path).unwrap();
    file.write_all(&PAGES.repeat(100)).unwrap();
    file.sync_all().unwrap();
    file.rewind().unwrap();
    let took = (0..100).map(|_| {
        file.write_all(&PAGES).unwrap();
        let began = Instant::now();
        file.sync_data().unwrap();
        began.elapsed().as_secs_f64()
    });
    let sync = median(took.collect());
    fs::remove_file(path).unwrap();
    Duration::from_secs_f64(sync)
}
