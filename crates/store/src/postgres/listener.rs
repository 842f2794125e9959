use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::agents::agent_key;
use super::connector::Connector;
use super::error::away;
use super::notice::{CHANNEL, Notice};
use crate::wake::{Wake, WakeHub};
use crate::{Changes, Error, Wakes};

/// The shortest and the longest time between two tries to connect.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Hears what this replica and others commit, and wakes those who wait. It has a connection of its
/// own; whenever that had to be made again, nobody knows what was said meanwhile, so everything may
/// have changed.
pub(super) struct Listener {
    hub: WakeHub,
    commits: watch::Receiver<u64>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Listens from here on. Returns once it does, or the database is away.
    pub(super) async fn start(connector: Arc<Connector>) -> Result<Self, Error> {
        let hub = WakeHub::default();
        let (announce, commits) = watch::channel(0);
        let line = Line::open(&connector).await?;
        let told = hub.clone();
        let task = tokio::spawn(async move {
            let mut line = line;
            loop {
                line.follow(&told, &announce).await;
                tracing::warn!("the connection that hears other replicas was lost");
                line = Line::reopen(&connector).await;
                tell(&Wake::All, &told, &announce);
            }
        });
        Ok(Self { hub, commits, task })
    }

    pub(super) fn wakes(&self) -> Wakes {
        self.hub.subscribe()
    }

    pub(super) fn changes(&self) -> Changes {
        Changes::new(self.commits.clone())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
        self.hub.close();
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").finish_non_exhaustive()
    }
}

/// A connection that listens. The task drives it, because notices come with its messages.
struct Line {
    notices: futures_util::stream::BoxStream<'static, tokio_postgres::Notification>,
    // Dropped, it would end the connection.
    _client: tokio_postgres::Client,
}

impl Line {
    async fn open(connector: &Connector) -> Result<Self, Error> {
        let (client, mut notices) = connector.listen().await?;
        let listen = format!("LISTEN {CHANNEL}");
        let mut early = Vec::new();
        {
            let mut listening = std::pin::pin!(client.batch_execute(&listen));
            loop {
                tokio::select! {
                    done = &mut listening => break done?,
                    notice = notices.next() => early.push(notice.ok_or_else(away)?),
                }
            }
        }
        let notices = futures_util::stream::iter(early).chain(notices).boxed();
        Ok(Self {
            notices,
            _client: client,
        })
    }

    async fn reopen(connector: &Connector) -> Self {
        let mut pause = PAUSES.0;
        loop {
            match Self::open(connector).await {
                Ok(line) => return line,
                Err(error) => tracing::debug!(kind = ?error.kind(), "the database is still away"),
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Passes notices on until the connection ends.
    async fn follow(&mut self, hub: &WakeHub, announce: &watch::Sender<u64>) {
        while let Some(notice) = self.notices.next().await {
            let Some(notice) = Notice::parse(notice.payload()) else {
                tell(&Wake::All, hub, announce);
                continue;
            };
            for agent in notice.revoked {
                tell(&Wake::Revoked(agent_key(agent)), hub, announce);
            }
            let changed = notice.changed.into_iter().map(agent_key).collect();
            tell(&Wake::Mailboxes(changed), hub, announce);
        }
    }
}

fn tell(wake: &Wake, hub: &WakeHub, announce: &watch::Sender<u64>) {
    hub.tell(wake);
    announce.send_modify(|commits| *commits = commits.wrapping_add(1));
}
