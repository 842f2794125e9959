//! What a group of messages has to be decided on: everything is looked up before anything is
//! decided (ASMTP, 3.1), under the locks of all mailboxes concerned.

use std::collections::{BTreeMap, HashMap};

use asmtp_envelope::{Digest, EnvelopeId, FileId, Gate, Handle, Policy, Record, Timestamp};
use deadpool_postgres::Transaction;
use tokio_postgres::Row;

use super::row::{damaged, timestamp, value};
use super::statement::{Values, query};
use super::writer::Message;
use crate::order::Newest;
use crate::{Error, FolderName, OrderKey};

/// What the store knows of the mailboxes, agents, ids and files that a group names. Decisions
/// change it, so that each message of the group finds what those before it did.
#[derive(Debug, Default)]
pub(super) struct View {
    pub(super) mailboxes: BTreeMap<i64, Mailbox>,
    pub(super) by_handle: HashMap<String, i64>,
    pub(super) by_address: HashMap<String, i64>,
    /// Ids that were used. Mail has no record.
    pub(super) known: HashMap<EnvelopeId, Option<Record>>,
    /// Files that may be claimed, by whom and until when.
    pub(super) files: HashMap<FileId, (i64, Timestamp)>,
    /// When a bucket is full again, by sender and recipient.
    pub(super) buckets: HashMap<(i64, i64), u64>,
    pub(super) folders: HashMap<(i64, String), i64>,
}

/// A mailbox that is locked.
#[derive(Debug)]
pub(super) struct Mailbox {
    /// Whom its owner lets pass. None when it was removed, or never had an owner.
    pub(super) gate: Option<Gate>,
    pub(super) is_removed: bool,
    /// The newest message ever.
    pub(super) newest: Newest,
    /// Entries and octets that it received.
    pub(super) entries: u64,
    pub(super) octets: u64,
    pub(super) is_changed: bool,
}

/// What a group names, each list sorted and without repetitions.
#[derive(Debug, Default)]
struct Names<'m> {
    addresses: Vec<&'m str>,
    handles: Vec<&'m str>,
    senders: Vec<&'m str>,
    ids: Vec<String>,
    files: Vec<&'m str>,
    folders: Vec<String>,
}

/// The mailboxes of a group, in the order in which everybody locks them.
const LOCK: &str = "SELECT a.id, a.address, a.handle, a.removed_at IS NOT NULL AS removed,
                           m.last_key, m.last_id, m.entries, m.octets
                    FROM mailboxes AS m JOIN agents AS a ON a.id = m.agent
                    WHERE a.address = ANY($1) OR a.handle = ANY($2)
                    ORDER BY m.agent FOR UPDATE OF m";

const AGENTS: &str = "SELECT id, handle, open FROM agents
                      WHERE id = ANY($1) AND handle IS NOT NULL AND removed_at IS NULL";

const ENTRIES: &str =
    "SELECT agent, entry FROM allowlists WHERE agent = ANY($1) AND entry = ANY($2)";

const BLOCKS: &str = "SELECT agent, handle FROM blocks WHERE agent = ANY($1) AND handle = ANY($2)";

const KNOWN: &str = "SELECT m.id, a.handle, m.digest, m.received_ms, m.key
                     FROM messages AS m LEFT JOIN agents AS a ON a.id = m.sender WHERE m.id = ANY($1)
                     UNION ALL
                     SELECT g.id, a.handle, g.digest, g.received_ms, g.key
                     FROM gone AS g JOIN agents AS a ON a.id = g.sender WHERE g.id = ANY($1)";

const FILES: &str = "SELECT id, uploader, expires_at FROM files
                     WHERE id = ANY($1) AND uploader = ANY($2) AND message IS NULL
                     ORDER BY id FOR UPDATE";

const BUCKETS: &str = "SELECT sender, recipient, full_at FROM buckets
                       WHERE sender = ANY($1) AND (recipient = 0 OR recipient = ANY($2))";

const FOLDERS: &str =
    "SELECT id, agent, name FROM folders WHERE agent = ANY($1) AND name = ANY($2)";

impl View {
    /// Locks the mailboxes in the order of their numbers, then looks everything up at once.
    pub(super) async fn gather(
        transaction: &Transaction<'_>,
        messages: &[Message],
    ) -> Result<Self, Error> {
        let names = Names::of(messages);
        let mut view = Self::default();
        view.lock(transaction, &names).await?;
        let ids: Vec<i64> = view.mailboxes.keys().copied().collect();
        let senders: Vec<i64> = names
            .senders
            .iter()
            .filter_map(|handle| view.by_handle.get(*handle).copied())
            .collect();
        let peers = names.peers();
        let by_agent: Values<'_> = &[&ids];
        let by_peer: Values<'_> = &[&ids, &peers];
        let by_sender: Values<'_> = &[&ids, &names.senders];
        let by_id: Values<'_> = &[&names.ids];
        let by_file: Values<'_> = &[&names.files, &senders];
        let by_pair: Values<'_> = &[&senders, &ids];
        let by_folder: Values<'_> = &[&ids, &names.folders];
        let (agents, entries, blocks, known, files, buckets, folders) = tokio::try_join!(
            query(transaction, AGENTS, by_agent),
            query(transaction, ENTRIES, by_peer),
            query(transaction, BLOCKS, by_sender),
            query(transaction, KNOWN, by_id),
            query(transaction, FILES, by_file),
            query(transaction, BUCKETS, by_pair),
            query(transaction, FOLDERS, by_folder),
        )?;
        view.open_gates(&agents, &entries, &blocks)?;
        for row in &known {
            let id = value::<&str>(row, "id")?.parse().map_err(|_| damaged())?;
            view.known.insert(id, record(row)?);
        }
        for row in &files {
            let id = value::<&str>(row, "id")?.parse().map_err(|_| damaged())?;
            let until = timestamp(row, "expires_at")?;
            view.files.insert(id, (value(row, "uploader")?, until));
        }
        for row in &buckets {
            let pair = (value(row, "sender")?, value(row, "recipient")?);
            let full_at = u64::try_from(value::<i64>(row, "full_at")?).map_err(|_| damaged())?;
            view.buckets.insert(pair, full_at);
        }
        view.add_folders(&folders)?;
        Ok(view)
    }

    /// The addresses to deliver to that have no mailbox yet.
    pub(super) fn missing<'m>(&self, messages: &'m [Message]) -> Vec<&'m str> {
        let mut addresses = Names::of(messages).addresses;
        addresses.retain(|address| !self.by_address.contains_key(*address));
        addresses
    }

    /// Makes the folders that are named and not there.
    pub(super) async fn make_folders(
        &mut self,
        transaction: &Transaction<'_>,
        messages: &[Message],
    ) -> Result<(), Error> {
        let mut agents = Vec::new();
        let mut missing = Vec::new();
        let mut want = |agent: Option<&i64>, folder: FolderName| {
            if let Some(&agent) = agent
                && !self.folders.contains_key(&(agent, folder.to_string()))
            {
                agents.push(agent);
                missing.push(folder.to_string());
            }
        };
        for message in messages {
            match message {
                Message::Mail(delivery) => {
                    for posting in &delivery.postings {
                        let agent = self.by_address.get(posting.mailbox.as_str());
                        want(agent, posting.folder.clone());
                    }
                }
                // Recipients have their inbox.
                Message::Envelope { sender, .. } => {
                    want(self.by_handle.get(sender.as_str()), FolderName::sent());
                }
                Message::Thread(envelope) => {
                    let sender = envelope.sender.as_str();
                    want(self.by_handle.get(sender), FolderName::sent());
                }
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let made = query(
            transaction,
            "WITH made AS (
                 INSERT INTO folders (agent, name) SELECT DISTINCT * FROM unnest($1::bigint[], $2::text[])
                 ON CONFLICT DO NOTHING RETURNING id, agent, name)
             SELECT id, agent, name FROM made
             UNION ALL
             SELECT id, agent, name FROM folders WHERE agent = ANY($1) AND name = ANY($2)",
            &[&agents, &missing],
        )
        .await?;
        self.add_folders(&made)
    }

    fn add_folders(&mut self, folders: &[Row]) -> Result<(), Error> {
        for row in folders {
            let place = (value(row, "agent")?, value(row, "name")?);
            self.folders.insert(place, value(row, "id")?);
        }
        Ok(())
    }

    async fn lock(
        &mut self,
        transaction: &Transaction<'_>,
        names: &Names<'_>,
    ) -> Result<(), Error> {
        let locked = query(transaction, LOCK, &[&names.addresses, &names.handles]).await?;
        for row in &locked {
            let id = value(row, "id")?;
            let count = |column| u64::try_from(value::<i64>(row, column)?).map_err(|_| damaged());
            self.by_address.insert(value(row, "address")?, id);
            if let Some(handle) = value(row, "handle")? {
                self.by_handle.insert(handle, id);
            }
            let mailbox = Mailbox {
                gate: None,
                is_removed: value(row, "removed")?,
                newest: Newest {
                    key: OrderKey::from_micros(count("last_key")?)?,
                    id: value::<&str>(row, "last_id")?
                        .parse()
                        .map_err(|_| damaged())?,
                },
                entries: count("entries")?,
                octets: count("octets")?,
                is_changed: false,
            };
            self.mailboxes.insert(id, mailbox);
        }
        Ok(())
    }

    /// Of lists that may be long, only what the group's senders and recipients are looked for.
    fn open_gates(&mut self, agents: &[Row], entries: &[Row], blocks: &[Row]) -> Result<(), Error> {
        for row in agents {
            let handle: Handle = value::<&str>(row, "handle")?
                .parse()
                .map_err(|_| damaged())?;
            let policy = if value(row, "open")? {
                Policy::Open
            } else {
                Policy::Allowlist
            };
            if let Some(mailbox) = self.mailboxes.get_mut(&value(row, "id")?) {
                mailbox.gate = Some(Gate::new(handle, policy));
            }
        }
        for row in entries {
            if let Some(gate) = self.gate_mut(value(row, "agent")?) {
                let entry = value::<&str>(row, "entry")?
                    .parse()
                    .map_err(|_| damaged())?;
                gate.allowlist.push(entry);
            }
        }
        for row in blocks {
            if let Some(gate) = self.gate_mut(value(row, "agent")?) {
                let blocked = value::<&str>(row, "handle")?
                    .parse()
                    .map_err(|_| damaged())?;
                gate.blocks.push(blocked);
            }
        }
        Ok(())
    }

    fn gate_mut(&mut self, agent: i64) -> Option<&mut Gate> {
        self.mailboxes.get_mut(&agent)?.gate.as_mut()
    }
}

impl<'m> Names<'m> {
    fn of(messages: &'m [Message]) -> Self {
        let mut names = Self::default();
        for message in messages {
            match message {
                Message::Mail(delivery) => {
                    names.ids.push(delivery.id.to_string());
                    for posting in &delivery.postings {
                        names.addresses.push(posting.mailbox.as_str());
                        names.folders.push(posting.folder.to_string());
                    }
                }
                Message::Envelope { sender, post, .. } => {
                    names.ids.push(post.id().to_string());
                    names.senders.push(sender.as_str());
                    names.handles.push(sender.as_str());
                    let recipients = post.to().iter().chain(post.cc());
                    names.handles.extend(recipients.map(Handle::as_str));
                    names.files.extend(post.file_ids().map(FileId::as_str));
                    names.folders.push(FolderName::inbox().to_string());
                    names.folders.push(FolderName::sent().to_string());
                }
                Message::Thread(envelope) => {
                    names.ids.push(envelope.post.id().to_string());
                    names.senders.push(envelope.sender.as_str());
                    names.handles.push(envelope.sender.as_str());
                    let recipients = envelope.recipients.iter();
                    names
                        .handles
                        .extend(recipients.map(|(_, handle)| handle.as_str()));
                    names.folders.push(FolderName::inbox().to_string());
                    names.folders.push(FolderName::sent().to_string());
                }
            }
        }
        for list in [
            &mut names.addresses,
            &mut names.handles,
            &mut names.senders,
            &mut names.files,
        ] {
            list.sort_unstable();
            list.dedup();
        }
        for list in [&mut names.ids, &mut names.folders] {
            list.sort_unstable();
            list.dedup();
        }
        names
    }

    /// The entries of allowlists that cover anybody of the group.
    fn peers(&self) -> Vec<String> {
        let globs = self.handles.iter().map(|handle| {
            let owner = handle.split_once('.').map_or(*handle, |(owner, _)| owner);
            format!("{owner}.*")
        });
        let exact = self.handles.iter().map(|&handle| handle.to_owned());
        exact.chain(globs).collect()
    }
}

/// The record of an envelope, none for mail.
fn record(row: &Row) -> Result<Option<Record>, Error> {
    let (Some(handle), Some(digest)) = (
        value::<Option<&str>>(row, "handle")?,
        value::<Option<&[u8]>>(row, "digest")?,
    ) else {
        return Ok(None);
    };
    let millis = u64::try_from(value::<i64>(row, "key")? / 1_000).map_err(|_| damaged())?;
    Ok(Some(Record {
        from: handle.parse().map_err(|_| damaged())?,
        digest: Digest::from_bytes(digest.try_into().map_err(|_| damaged())?),
        received_ms: timestamp(row, "received_ms")?,
        created_at: Timestamp::new(millis).ok_or_else(damaged)?,
    }))
}
