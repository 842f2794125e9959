//! Snapshots that travel with mail, as the items that `mail_bridge` makes of them.

use std::fmt;

use context_sync::{JsonObject, ThreadId};
use mail_bridge::SnapshotItem;
use serde::Serialize;
use serde::de::DeserializeOwned;
use structured_email::{Draft, Item, Source};

use super::object;
use crate::{AgentMailbox, Error, ErrorKind, Mail};

/// What the sender of a mail says it knew: a claim of whoever wrote the mail, and no thread.
///
/// ```
/// use mailmesh::context::ContextSnapshot;
/// use mailmesh::{AgentMailbox, Draft, Filter, Page, transport::local::LocalTransport};
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let dir = dir.path();
/// let ann = AgentMailbox::new(LocalTransport::open(dir, "ann@example.test").await?);
/// let ben = AgentMailbox::new(LocalTransport::open(dir, "ben@example.test").await?);
///
/// let knew = ContextSnapshot::new(&json!({"grammar": "ABNF", "done": 3}))?;
/// let draft = Draft::new().to("ben@example.test").text("Go on, please.");
/// ann.send(ann.attach_context(draft, &knew)).await?;
///
/// let inbox = ben.list(&Filter::default(), Page::default()).await?;
/// let context = ben.sync(&ben.read(&inbox[0].id).await?, 10).await?;
/// let said = context.snapshot().unwrap();
/// assert_eq!(said.value()["done"], 3);
/// assert_eq!(said.said_by(), Some("ann@example.test"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ContextSnapshot {
    snapshot: JsonObject,
    thread: Option<ThreadId>,
    said_by: Option<String>,
}

impl ContextSnapshot {
    /// The longest, in octets of JSON without white space: a mail is no store, and
    /// an item of 64 KiB is the longest that is read.
    pub const MAX: usize = 60 << 10;

    /// A snapshot of a value that is written as a JSON object.
    ///
    /// # Errors
    ///
    /// [`Invalid`](ErrorKind::Invalid) when it is none, or longer than [`MAX`](Self::MAX).
    pub fn new(snapshot: &impl Serialize) -> Result<Self, Error> {
        Self::of(object(snapshot)?)
    }

    /// A snapshot as it stands in a thread.
    ///
    /// # Errors
    ///
    /// [`Invalid`](ErrorKind::Invalid) when it is longer than [`MAX`](Self::MAX).
    pub fn of(snapshot: JsonObject) -> Result<Self, Error> {
        if snapshot.as_str().len() > Self::MAX {
            let message = format!("expected a snapshot of at most {} octets", Self::MAX);
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        Ok(Self {
            snapshot,
            thread: None,
            said_by: None,
        })
    }

    /// The same, telling of a thread of context sync. Who takes part in it can ask for the thread
    /// itself ([`ContextClient::sync`](super::ContextClient::sync)).
    #[must_use]
    pub fn with_thread(mut self, thread: ThreadId) -> Self {
        self.thread = Some(thread);
        self
    }

    /// The snapshot as JSON.
    #[must_use]
    pub fn json(&self) -> &JsonObject {
        &self.snapshot
    }

    /// The snapshot as a value. Numbers beyond those of `serde_json` are nearest ones.
    #[must_use]
    pub fn value(&self) -> serde_json::Value {
        serde_json::from_str(self.snapshot.as_str()).unwrap_or_default()
    }

    /// The snapshot as a type of the caller's.
    ///
    /// # Errors
    ///
    /// [`Protocol`](ErrorKind::Protocol) when it is not of that type.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(self.snapshot.as_str()).map_err(|error| {
            // Its text could repeat what the sender wrote.
            let message = format!(
                "expected a snapshot of another form: wrong at line {}, column {}",
                error.line(),
                error.column()
            );
            Error::new(ErrorKind::Protocol, message)
        })
    }

    /// The thread of context sync that it claims to tell of.
    #[must_use]
    pub fn thread(&self) -> Option<&ThreadId> {
        self.thread.as_ref()
    }

    /// The author of the mail it came with, by the `From` field: what the mail says, proved by
    /// nothing but what [`structured_email::assess`] is given. `None` for one that did not come with
    /// mail, or with one of several authors.
    #[must_use]
    pub fn said_by(&self) -> Option<&str> {
        self.said_by.as_deref()
    }

    /// The item that carries it, as JSON-LD.
    fn to_item(&self) -> String {
        let item = SnapshotItem {
            thread: self.thread.clone(),
            snapshot: self.snapshot.clone(),
        };
        item.to_json()
    }

    /// Reads an item. Nothing for one that is broken, too long, or of another vocabulary.
    fn of_item(item: &Item<'_>) -> Option<Self> {
        let item = SnapshotItem::read(item.json(), Self::MAX)?;
        Some(Self {
            snapshot: item.snapshot,
            thread: item.thread,
            said_by: None,
        })
    }
}

impl fmt::Debug for ContextSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextSnapshot")
            .field("octets", &self.snapshot.as_str().len())
            .field("thread", &self.thread)
            .field("said_by", &self.said_by)
            .finish()
    }
}

impl AgentMailbox {
    /// The draft with what its sender knows, as data apart from what the draft says. One that says
    /// nothing else becomes a message for machines.
    #[must_use]
    pub fn attach_context(&self, draft: Draft, snapshot: &ContextSnapshot) -> Draft {
        draft.data_apart(snapshot.to_item())
    }
}

impl Mail {
    /// What the sender says it knew. Nothing when the mail does not say it, says it twice, or at more
    /// length than [`ContextSnapshot::MAX`].
    #[must_use]
    pub fn context_snapshot(&self) -> Option<ContextSnapshot> {
        let message = self.message().ok()?;
        let mut found = message.items().iter().filter(|item| is_snapshot(item));
        let (Some(item), None) = (found.next(), found.next()) else {
            return None;
        };
        let mut snapshot = ContextSnapshot::of_item(item)?;
        snapshot.said_by = match message.from().as_slice() {
            [author] => Some(author.address.clone()),
            _ => None,
        };
        Some(snapshot)
    }
}

fn is_snapshot(item: &Item<'_>) -> bool {
    item.source() == Source::Mime && item.types() == [SnapshotItem::TYPE]
}
