//! One transaction of a writer: a group of messages is locked for, looked up, decided on and
//! written, each step for all of them at once.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use asmtp_envelope::{
    Accepted, Decision, Digest, EnvelopeId, EnvelopePost, Gate, Handle, Record, Subject, accept,
};
use deadpool_postgres::{Object, Transaction};

use super::agents::{make_mailboxes, no_agent, tell};
use super::connector::Connector;
use super::insert::{self, NewEntry, NewMessage};
use super::mailbox::direction_number;
use super::notice::Notice;
use super::row::{damaged, number, value, without_nul};
use super::statement::{execute, query};
use super::view::View;
use super::writer::{Message, Outcome};
use super::{envelope_index, shown, tokens};
use crate::order::Newest;
use crate::{
    AcceptOptions, Acceptance, Delivery, Direction, Error, ErrorKind, FolderName, Format, Index,
    Keyword, Limits, OrderKey, Rate,
};

/// Commits a group and says what became of each message. An error means that nothing of it is
/// stored, unless the database went away during the commit. `turn` ends when the group has its
/// locks.
pub(super) async fn commit<T: Send>(
    connector: &Connector,
    messages: &[Message],
    limits: &Limits,
    turn: &mut Option<T>,
) -> Result<Vec<Result<Outcome, Error>>, Error> {
    let mut connection = connector.get().await?;
    loop {
        let transaction = connection.transaction().await?;
        let mut view = View::gather(&transaction, messages).await?;
        let missing = view.missing(messages);
        if !missing.is_empty() {
            // Apart and in the order of addresses: nobody who makes mailboxes holds others.
            transaction.rollback().await?;
            make(&mut connection, &missing).await?;
            continue;
        }
        drop(turn.take());
        view.make_folders(&transaction, messages).await?;
        let mut group = Group::new(view, limits);
        let outcomes = messages
            .iter()
            .map(|message| group.decide(message))
            .collect();
        group.write(&transaction).await?;
        transaction.commit().await?;
        return Ok(outcomes);
    }
}

/// Makes the mailboxes that are not there, without an owner. One that was removed is an error.
pub(super) async fn make(connection: &mut Object, addresses: &[&str]) -> Result<(), Error> {
    let transaction = connection.transaction().await?;
    let sql = "INSERT INTO agents (address) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING";
    execute(&transaction, sql, &[&addresses]).await?;
    let sql = "SELECT id, removed_at IS NOT NULL AS removed FROM agents
               WHERE address = ANY($1) ORDER BY id";
    let mut agents = Vec::with_capacity(addresses.len());
    for row in &query(&transaction, sql, &[&addresses]).await? {
        if value(row, "removed")? {
            return Err(removed());
        }
        agents.push(value(row, "id")?);
    }
    make_mailboxes(&transaction, &agents).await?;
    tell(&transaction, &Notice::of(agents)).await?;
    transaction.commit().await?;
    Ok(())
}

/// What was decided so far.
pub(super) struct Group<'m> {
    pub(super) view: View,
    limits: &'m Limits,
    written: Vec<NewMessage<'m>>,
    buckets: BTreeMap<(i64, i64), u64>,
}

impl<'m> Group<'m> {
    pub(super) fn new(view: View, limits: &'m Limits) -> Self {
        Self {
            view,
            limits,
            written: Vec::new(),
            buckets: BTreeMap::new(),
        }
    }

    pub(super) fn decide(&mut self, message: &'m Message) -> Result<Outcome, Error> {
        match message {
            Message::Mail(delivery) => self.deliver(delivery).map(Outcome::Delivered),
            Message::Envelope {
                sender,
                post,
                options,
            } => self.accept(sender, post, options).map(Outcome::Decided),
            Message::Thread(envelope) => self.carry(envelope).map(|()| Outcome::Carried),
        }
    }

    pub(super) async fn write(&self, transaction: &Transaction<'_>) -> Result<(), Error> {
        let told = self.written.iter().flat_map(|message| &message.entries);
        let told = Notice::of(told.map(|entry| entry.agent));
        // None of them needs an answer to another, so all are on their way at once.
        let (messages, mailboxes, buckets, notice) = tokio::join!(
            insert::messages(transaction, &self.written),
            insert::mailboxes(transaction, &self.view),
            insert::buckets(transaction, &self.buckets),
            async {
                if told.changed.is_empty() {
                    return Ok(());
                }
                tell(transaction, &told).await
            },
        );
        // The first that failed says why, those behind it only that the transaction is over.
        messages.and(mailboxes).and(buckets).and(notice)
    }

    fn deliver(&mut self, delivery: &'m Delivery) -> Result<OrderKey, Error> {
        if self.view.known.contains_key(&delivery.id) {
            return Err(Error::new(
                ErrorKind::Exists,
                "expected the id of a message that is not stored yet",
            ));
        }
        let mut entries = Vec::with_capacity(delivery.postings.len());
        for posting in &delivery.postings {
            let agent = self.view.by_address[posting.mailbox.as_str()];
            if self.view.mailboxes[&agent].is_removed {
                return Err(removed());
            }
            entries.push(self.entry(
                agent,
                posting.direction,
                &posting.folder,
                posting.unread,
                &posting.keywords,
            )?);
        }
        if !self.has_room(&entries, delivery.raw.len()) {
            return Err(Error::new(
                ErrorKind::Full,
                "expected room in every mailbox, one is full",
            ));
        }
        let newest = self.newest(entries.iter().map(|entry| entry.agent));
        let key = newest.next(delivery.received, delivery.id)?;
        let frame = delivery.frame.clone().map(|frame| {
            let mut octets = Vec::new();
            frame.stamped(key.created_at()).write(&mut octets);
            octets
        });
        let subject = delivery.frame.as_ref().and_then(|frame| frame.subject());
        let message = NewMessage {
            id: delivery.id.to_string(),
            key: key.to_i64(),
            format: Format::Mail,
            raw: Cow::Borrowed(&delivery.raw),
            frame,
            sender: None,
            received_ms: number(key.created_at()),
            entries,
            facts: Vec::new(),
            claims: Vec::new(),
            ..described(&delivery.index, subject, &delivery.text)
        };
        self.put(delivery.id, key, message);
        self.view.known.insert(delivery.id, None);
        Ok(key)
    }

    fn accept(
        &mut self,
        sender: &Handle,
        post: &EnvelopePost,
        options: &AcceptOptions,
    ) -> Result<Acceptance, Error> {
        let author = self.agent(sender).ok_or_else(no_agent)?;
        if let Some(rates) = &options.rates {
            let full_at = self.view.buckets.get(&(author, OWN)).copied();
            match rates.sender.take(full_at, options.now) {
                Ok(full_at) => self.fill((author, OWN), full_at),
                Err(retry_after) => return Ok(Acceptance::Limited { retry_after }),
            }
        }
        let decision = self.judge(author, post, options)?;
        let Decision::Accepted(accepted) = decision else {
            return Ok(Acceptance::Decided(decision));
        };
        let recipients: Vec<i64> = accepted
            .entries()
            .iter()
            .filter_map(|(handle, _)| self.agent(handle))
            .collect();
        let message = self.envelope(author, &recipients, &accepted, options)?;
        if !self.has_room(&message.entries, message.raw.len()) {
            return Ok(Acceptance::Full);
        }
        // All or none: a bucket that is empty must not cost the others theirs.
        let take = |rate: Rate| {
            let take = |&recipient: &i64| {
                let pair = (author, recipient);
                let full_at = self.view.buckets.get(&pair).copied();
                Ok((pair, rate.take(full_at, options.now)?))
            };
            recipients.iter().map(take).collect()
        };
        let taken: Result<Vec<_>, Duration> = options
            .rates
            .map_or(Ok(Vec::new()), |rates| take(rates.pair));
        let taken = match taken {
            Ok(taken) => taken,
            Err(retry_after) => return Ok(Acceptance::Limited { retry_after }),
        };
        let key = OrderKey::from_micros(message.key.unsigned_abs())?;
        self.put(accepted.id(), key, message);
        for claim in accepted.claims() {
            self.view.files.remove(claim);
        }
        let record = Some(accepted.record());
        self.view.known.insert(accepted.id(), record);
        for (pair, full_at) in taken {
            self.fill(pair, full_at);
        }
        Ok(Acceptance::Decided(Decision::Accepted(accepted)))
    }

    /// Puts what the store knows before the rules of the protocol.
    fn judge(
        &self,
        author: i64,
        post: &EnvelopePost,
        options: &AcceptOptions,
    ) -> Result<Decision, Error> {
        let gate = |agent: &i64| self.view.mailboxes.get(agent)?.gate.clone();
        let sender = gate(&author).ok_or_else(no_agent)?;
        let recipients: Vec<i64> = post
            .recipients()
            .filter_map(|(handle, _)| self.agent(handle))
            .collect();
        let gates: Vec<Gate> = recipients.iter().filter_map(gate).collect();
        let known = self.view.known.get(&post.id()).map(|record| {
            record.clone().unwrap_or_else(|| Record {
                // The id of mail is taken, and no envelope has this digest.
                from: sender.agent.clone(),
                digest: Digest::from_bytes([0; 32]),
                received_ms: options.now,
                created_at: options.now,
            })
        });
        let files: Vec<_> = post
            .file_ids()
            .filter(|id| {
                let file = self.view.files.get(id);
                file.is_some_and(|&(uploader, until)| uploader == author && until > options.now)
            })
            .cloned()
            .collect();
        let concerned = recipients.iter().chain([&author]).copied();
        let last = self.newest(concerned).to_wire();
        let view = asmtp_envelope::View {
            sender: &sender,
            recipients: &gates,
            known: known.as_ref(),
            files: &files,
            last: Some(last),
            base: &options.base,
        };
        Ok(accept(post.clone(), &view, options.now))
    }

    /// An accepted envelope as it is stored.
    pub(super) fn envelope(
        &self,
        author: i64,
        recipients: &[i64],
        accepted: &Accepted,
        options: &AcceptOptions,
    ) -> Result<NewMessage<'m>, Error> {
        let envelope = accepted.envelope();
        let mut raw = Vec::new();
        envelope.write(&mut raw);
        let (sent, inbox) = (FolderName::sent(), FolderName::inbox());
        let mut entries = vec![self.entry(author, Direction::Out, &sent, false, &[])?];
        for &recipient in recipients {
            entries.push(self.entry(recipient, Direction::In, &inbox, true, &[])?);
        }
        let newest = self.newest(entries.iter().map(|entry| entry.agent));
        let mut frame = Vec::new();
        accepted.frame().write(&mut frame);
        let record = accepted.record();
        let index = envelope_index::of(envelope, &options.index);
        let text = envelope_index::text(envelope);
        Ok(NewMessage {
            id: accepted.id().to_string(),
            key: newest.place(accepted.key())?.to_i64(),
            format: Format::Envelope,
            raw: Cow::Owned(raw),
            frame: Some(frame),
            sender: Some((author, *record.digest.as_bytes())),
            received_ms: number(record.received_ms),
            entries,
            facts: accepted.facts().collect(),
            claims: accepted.claims().iter().map(ToString::to_string).collect(),
            ..described(&index, envelope.subject(), &text)
        })
    }

    /// Has a message written, and its place be the newest of its mailboxes.
    pub(super) fn put(&mut self, id: EnvelopeId, key: OrderKey, message: NewMessage<'m>) {
        for entry in &message.entries {
            let Some(mailbox) = self.view.mailboxes.get_mut(&entry.agent) else {
                continue;
            };
            mailbox.newest = Newest { key, id };
            mailbox.is_changed = true;
            if entry.direction == direction_number(Direction::In) {
                mailbox.entries += 1;
                mailbox.octets += message.raw.len() as u64;
            }
        }
        self.written.push(message);
    }

    pub(super) fn fill(&mut self, pair: (i64, i64), full_at: u64) {
        self.view.buckets.insert(pair, full_at);
        self.buckets.insert(pair, full_at);
    }

    pub(super) fn entry(
        &self,
        agent: i64,
        direction: Direction,
        folder: &FolderName,
        unread: bool,
        keywords: &[Keyword],
    ) -> Result<NewEntry, Error> {
        let place = (agent, folder.to_string());
        let folder = self.view.folders.get(&place).copied();
        Ok(NewEntry {
            agent,
            direction: direction_number(direction),
            folder: folder.ok_or_else(damaged)?,
            unread,
            keywords: Keyword::join(keywords),
        })
    }

    /// Whether the mailboxes that receive it have room for one more.
    pub(super) fn has_room(&self, entries: &[NewEntry], octets: usize) -> bool {
        let received = entries
            .iter()
            .filter(|entry| entry.direction == direction_number(Direction::In));
        received
            .filter_map(|entry| self.view.mailboxes.get(&entry.agent))
            .all(|mailbox| {
                let fits = |used: u64, more: u64, most: Option<u64>| {
                    most.is_none_or(|most| used.saturating_add(more) <= most)
                };
                fits(mailbox.entries, 1, self.limits.mailbox_entries)
                    && fits(mailbox.octets, octets as u64, self.limits.mailbox_octets)
            })
    }

    /// The newest message of all these mailboxes: the next one comes behind it in each of them.
    pub(super) fn newest(&self, agents: impl Iterator<Item = i64>) -> Newest {
        let mailboxes = agents.filter_map(|agent| self.view.mailboxes.get(&agent));
        let newest = mailboxes.map(|mailbox| mailbox.newest);
        // A message has one mailbox at least; without any, nothing is before it.
        newest.reduce(Newest::and).unwrap_or(Newest {
            key: OrderKey::START,
            id: asmtp_envelope::OrderKey::LEAST.envelope_id,
        })
    }

    /// The number of an agent that was not removed.
    pub(super) fn agent(&self, handle: &Handle) -> Option<i64> {
        let agent = self.view.by_handle.get(handle.as_str())?;
        self.view.mailboxes[agent].gate.as_ref().map(|_| *agent)
    }
}

/// The bucket of a sender itself.
const OWN: i64 = 0;

/// What searches and mail listings find of a message. The rest is for the caller to say.
fn described(index: &Index, subject: Option<&Subject>, text: &str) -> NewMessage<'static> {
    NewMessage {
        id: String::new(),
        key: 0,
        format: Format::Mail,
        raw: Cow::Borrowed(&[]),
        shown: shown::write(index),
        frame: None,
        sender: None,
        received_ms: 0,
        words: tokens::of(index, text),
        subject: subject.map(ToString::to_string).unwrap_or_default(),
        body: without_nul(text),
        mrm: index.is_mrm,
        entries: Vec::new(),
        facts: Vec::new(),
        claims: Vec::new(),
    }
}

fn removed() -> Error {
    Error::new(
        ErrorKind::NotFound,
        "expected the address of a mailbox that was not removed",
    )
}
