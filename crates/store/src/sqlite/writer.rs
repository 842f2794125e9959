//! The one writer of a store in this process: a thread that commits in groups.
//!
//! While one group waits for the disk, further writes gather; they are the next group. So a lone
//! write pays one sync and a thousand writes at once pay few.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use super::batch::{Batch, Told};
use super::files;
use crate::wake::WakeHub;
use crate::{Error, ErrorKind, Wake, Wakes};

/// The most writes in one transaction: bounds how long the first waits for the last.
const GROUP: usize = 1_024;

/// How often the writer looks for commits of other processes.
const POLL: Duration = Duration::from_millis(100);

/// Octets of queue room one unit of the semaphore stands for, and what a small write costs.
const UNIT: usize = 1_024;

/// The way to the writer thread, which ends when the last of these is dropped.
pub(super) struct Writer {
    requests: Sender<Request>,
    room: Arc<Semaphore>,
    units: u32,
    commits: watch::Receiver<u64>,
    wakes: WakeHub,
}

/// Where commits are told, and what follows from them is done.
struct Announcer {
    commits: watch::Sender<u64>,
    wakes: WakeHub,
    /// The folder that files which lost their rows are removed from.
    files: PathBuf,
    /// Has the search index look for new messages.
    index: SyncSender<()>,
}

/// A write that waits, holding its share of the queue.
struct Request {
    job: Box<dyn Job>,
    _room: OwnedSemaphorePermit,
}

/// A write whose answer type is forgotten. `apply` may run again when its first transaction came
/// to nothing; `finish` runs once, after the commit.
trait Job: Send {
    fn apply(&mut self, batch: &mut Batch<'_>) -> Result<(), Error>;
    fn finish(self: Box<Self>, outcome: Result<(), Error>);
}

struct Task<F, T> {
    work: F,
    value: Option<T>,
    answer: oneshot::Sender<Result<T, Error>>,
}

impl Writer {
    /// Starts the thread on a connection of its own.
    pub(super) fn start(
        connection: Connection,
        queue_octets: usize,
        files: PathBuf,
        index: SyncSender<()>,
    ) -> Result<Self, Error> {
        let units = u32::try_from(queue_octets / UNIT)
            .unwrap_or(u32::MAX)
            .clamp(1, 1 << 28);
        let (requests, queue) = channel();
        let (counter, commits) = watch::channel(0);
        let wakes = WakeHub::default();
        let announcer = Announcer {
            commits: counter,
            wakes: wakes.clone(),
            files,
            index,
        };
        thread::Builder::new()
            .name("mailmesh-store".to_owned())
            .spawn(move || run(connection, &queue, &announcer))
            .map_err(|source| {
                Error::new(ErrorKind::Io, "expected to start a thread").with_source(source)
            })?;
        Ok(Self {
            requests,
            room: Arc::new(Semaphore::new(units as usize)),
            units,
            commits,
            wakes,
        })
    }

    /// Has `work` done inside a transaction and returns its value once that is on disk. `weight`
    /// is what it holds in memory; when the queue is full, this waits before it hands over.
    pub(super) async fn write<F, T>(&self, weight: usize, work: F) -> Result<T, Error>
    where
        F: FnMut(&mut Batch<'_>) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        let units = u32::try_from(weight / UNIT + 1)
            .unwrap_or(u32::MAX)
            .min(self.units);
        let room = Arc::clone(&self.room)
            .acquire_many_owned(units)
            .await
            .map_err(|_| stopped())?;
        let (answer, answered) = oneshot::channel();
        let job = Box::new(Task {
            work,
            value: None,
            answer,
        });
        self.requests
            .send(Request { job, _room: room })
            .map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }

    /// Tells of commits of this process and others.
    pub(super) fn wakes(&self) -> Wakes {
        self.wakes.subscribe()
    }

    /// Counts commits of this process and others.
    pub(super) fn commits(&self) -> watch::Receiver<u64> {
        self.commits.clone()
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("free_units", &self.room.available_permits())
            .finish_non_exhaustive()
    }
}

impl<F, T> Job for Task<F, T>
where
    F: FnMut(&mut Batch<'_>) -> Result<T, Error> + Send,
    T: Send,
{
    fn apply(&mut self, batch: &mut Batch<'_>) -> Result<(), Error> {
        self.value = None;
        self.value = Some((self.work)(batch)?);
        Ok(())
    }

    fn finish(self: Box<Self>, outcome: Result<(), Error>) {
        let Self { value, answer, .. } = *self;
        // A caller that no longer listens has still had its write done.
        let _ = answer.send(outcome.and_then(|()| value.ok_or_else(stopped)));
    }
}

fn stopped() -> Error {
    Error::new(
        ErrorKind::Io,
        "expected a running writer, it has stopped: open the store again",
    )
}

fn run(mut connection: Connection, queue: &Receiver<Request>, announcer: &Announcer) {
    let mut seen = data_version(&connection);
    let mut looked = Instant::now();
    loop {
        match queue.recv_timeout(POLL) {
            Ok(first) => {
                let group = std::iter::once(first)
                    .chain(queue.try_iter())
                    .take(GROUP)
                    .collect();
                commit(&mut connection, group, announcer);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if looked.elapsed() < POLL {
            continue;
        }
        looked = Instant::now();
        // It changes with the commits of other connections only. When it cannot be read now, the
        // change is still there next time.
        let version = data_version(&connection);
        if version.is_some() && version != seen {
            seen = version;
            announcer.tell_all();
        }
    }
}

impl Announcer {
    /// Tells of a commit of this process. Returns the files that have lost their rows.
    fn tell(&self, told: Told) -> Vec<String> {
        self.count();
        for agent in told.revoked {
            self.wakes.tell(&Wake::Revoked(agent));
        }
        if !told.mailboxes.is_empty() {
            self.wakes.tell(&Wake::Mailboxes(told.mailboxes));
        }
        told.files
    }

    /// Tells of a commit of another process.
    fn tell_all(&self) {
        self.count();
        self.wakes.tell(&Wake::All);
    }

    fn count(&self) {
        // A signal that is there already does for both.
        let _ = self.index.try_send(());
        self.commits
            .send_modify(|commits| *commits = commits.wrapping_add(1));
    }
}

impl Drop for Announcer {
    fn drop(&mut self) {
        self.wakes.close();
    }
}

fn data_version(connection: &Connection) -> Option<i64> {
    connection
        .prepare_cached("PRAGMA data_version")
        .and_then(|mut statement| statement.query_one([], |row| row.get(0)))
        .ok()
}

/// Commits a group, tells of it, and answers it.
fn commit(connection: &mut Connection, mut group: Vec<Request>, announcer: &Announcer) {
    match attempt(connection, &mut group) {
        Ok((outcomes, told)) => {
            // The frame goes out while the sender is answered, not behind that.
            let lost = announcer.tell(told);
            for (request, outcome) in group.into_iter().zip(outcomes) {
                request.job.finish(outcome);
            }
            for file in lost {
                files::remove(&announcer.files, &file);
            }
        }
        // A large message that finds no room takes the transaction with it; the small ones beside
        // it may still fit.
        Err(error) if error.kind() == ErrorKind::Full && group.len() > 1 => {
            tracing::warn!(
                writes = group.len(),
                "the store is full, committing one by one"
            );
            for request in group {
                commit(connection, vec![request], announcer);
            }
        }
        Err(error) => {
            tracing::warn!(kind = ?error.kind(), writes = group.len(), "a commit failed");
            for request in group {
                request.job.finish(Err(error.clone()));
            }
        }
    }
}

/// Runs a group in one transaction, each write in a savepoint so that one that fails leaves the
/// others alone. A write by itself needs none: it fails with its transaction. An error means that
/// nothing of the group is stored.
fn attempt(
    connection: &mut Connection,
    group: &mut [Request],
) -> Result<(Vec<Result<(), Error>>, Told), Error> {
    let mut batch = Batch::begin(connection)?;
    if let [request] = group {
        return match request.job.apply(&mut batch) {
            Ok(()) => Ok((vec![Ok(())], batch.commit()?)),
            Err(error) if batch.connection().is_autocommit() => Err(error),
            Err(error) => Ok((vec![Err(error)], Told::default())),
        };
    }
    let mut outcomes = Vec::with_capacity(group.len());
    for request in group {
        outcomes.push(batch.isolate(|batch| request.job.apply(batch))?);
    }
    let told = batch.commit()?;
    Ok((outcomes, told))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, sync_channel};

    use futures_util::future::{join, join_all};
    use rusqlite::Connection;

    use super::Writer;
    use crate::sqlite::batch::Batch;
    use crate::sqlite::{Options, connection, folder};
    use crate::{Address, Error, ErrorKind};

    fn writer(folder: &tempfile::TempDir) -> Writer {
        let database = folder::prepare(folder.path()).unwrap();
        let connection: Connection =
            connection::open_writer(&database, &Options::default()).unwrap();
        let (index, _) = sync_channel(1);
        Writer::start(connection, 1 << 20, folder::files(folder.path()), index).unwrap()
    }

    fn agent(n: usize) -> Address {
        format!("a{n}@x").parse().unwrap()
    }

    /// Keeps the writer busy until the channel says so.
    fn hold(
        until: Receiver<()>,
    ) -> impl FnMut(&mut Batch<'_>) -> Result<(), Error> + Send + 'static {
        move |_| {
            until
                .recv()
                .map_err(|_| Error::new(ErrorKind::Io, "expected a word"))
        }
    }

    #[tokio::test]
    async fn what_gathers_behind_a_commit_is_one_commit() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        let commits = writer.commits();
        let (release, until) = sync_channel(1);
        let first = writer.write(0, hold(until));
        let rest =
            join_all((0..100).map(|n| writer.write(0, move |batch| batch.ensure_agent(&agent(n)))));
        // `join` polls in order: by the time the last part runs, everything before it is queued.
        let (first, (rest, ())) =
            join(first, join(rest, async { release.send(()).unwrap() })).await;
        first.unwrap();
        assert!(rest.into_iter().all(|outcome| outcome.is_ok()));
        assert!(*commits.borrow() <= 2, "{} commits", *commits.borrow());
    }

    #[tokio::test]
    async fn one_that_fails_leaves_its_group_alone() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        let (release, until) = sync_channel(1);
        let first = writer.write(0, hold(until));
        let rest = join_all((0..20).map(|n| {
            writer.write(0, move |batch| {
                let made = batch.ensure_agent(&agent(n))?;
                if n % 3 == 0 {
                    Err(Error::new(ErrorKind::Invalid, "expected another number"))
                } else {
                    Ok(made)
                }
            })
        }));
        let (_, (rest, ())) = join(first, join(rest, async { release.send(()).unwrap() })).await;
        for (n, outcome) in rest.iter().enumerate() {
            assert_eq!(outcome.is_err(), n % 3 == 0);
        }
        let agents = |batch: &mut Batch<'_>| {
            (0..20)
                .map(|n| batch.find_agent(&agent(n)))
                .collect::<Result<Vec<_>, _>>()
        };
        for (n, found) in writer
            .write(0, agents)
            .await
            .unwrap()
            .into_iter()
            .enumerate()
        {
            assert_eq!(
                found,
                rest[n].as_ref().ok().copied(),
                "a failed write left a trace, or took another's"
            );
        }
    }

    #[tokio::test]
    async fn one_that_fails_by_itself_leaves_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        let broken = writer.write(0, |batch| {
            batch.ensure_agent(&agent(1))?;
            Err::<(), _>(Error::new(ErrorKind::Invalid, "expected another number"))
        });
        assert_eq!(broken.await.unwrap_err().kind(), ErrorKind::Invalid);
        let found = writer.write(0, |batch| batch.find_agent(&agent(1))).await;
        assert_eq!(found.unwrap(), None);
    }

    #[tokio::test]
    async fn a_writer_that_panicked_answers_errors() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        let broken = writer.write::<_, ()>(0, |_| panic!("expected by the test"));
        let behind = writer.write(0, |batch| batch.ensure_agent(&agent(1)));
        let (broken, behind) = join(broken, behind).await;
        assert_eq!(broken.unwrap_err().kind(), ErrorKind::Io);
        assert_eq!(behind.unwrap_err().kind(), ErrorKind::Io);
        let later = writer.write(0, |batch| batch.ensure_agent(&agent(1))).await;
        assert_eq!(later.unwrap_err().kind(), ErrorKind::Io);
        assert!(writer.commits().changed().await.is_err());
    }
}
