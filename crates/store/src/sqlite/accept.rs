//! Deciding on a post and storing what is accepted (ASMTP, 3.1).

use asmtp_envelope::{
    Accepted, Decision, Digest, EnvelopePost, FileId, Gate, Handle, Record, Timestamp, View, accept,
};
use rusqlite::{OptionalExtension, params};

use super::agents::{everyone_of, policy};
use super::batch::{Batch, NewEntry, NewMessage};
use super::row::{millis, parsed, timestamp, to_json};
use crate::order::Newest;
use crate::{
    AcceptOptions, Acceptance, Direction, Error, ErrorKind, FolderName, Format, Index, Limits,
    OrderKey, Rate,
};

/// No agent has this id, so looking it up finds nothing and costs the same.
const NOBODY: i64 = -1;

/// The bucket of a sender for all recipients.
const ALL: i64 = 0;

/// What is known of the agents a post concerns.
pub(super) struct Parties {
    pub(super) sender: Gate,
    pub(super) recipients: Vec<Gate>,
    /// The ids of the recipients, in their order.
    pub(super) ids: Vec<i64>,
}

impl Batch<'_> {
    /// Decides on a post and stores it when it is accepted.
    pub(super) fn accept(
        &mut self,
        sender: &Handle,
        post: EnvelopePost,
        options: &AcceptOptions,
        limits: &Limits,
    ) -> Result<Acceptance, Error> {
        let Some((sender_id, sender_policy)) = self.party(sender)? else {
            return Err(Error::new(
                ErrorKind::NotFound,
                "expected the handle of an agent in this store",
            ));
        };
        let now = options.now;
        if let Some(rates) = options.rates
            && let Err(retry_after) = self.take_token(sender_id, ALL, rates.sender, now)?
        {
            return Ok(Acceptance::Limited { retry_after });
        }
        let gate = Gate::new(sender.clone(), sender_policy);
        let parties = self.parties(sender_id, gate, post.recipients().map(|(handle, _)| handle))?;
        let known = self.known(&post, sender)?;
        let files = self.claimable(sender_id, &post, now)?;
        let view = View {
            sender: &parties.sender,
            recipients: &parties.recipients,
            known: known.as_ref(),
            files: &files,
            last: Some(self.newest.to_wire()),
            base: &options.base,
        };
        let decision = accept(post, &view, now);
        let Decision::Accepted(accepted) = &decision else {
            return Ok(Acceptance::Decided(decision));
        };
        let mut body = Vec::new();
        accepted.envelope().write(&mut body);
        for &recipient in &parties.ids {
            if !self.has_room(recipient, body.len() as u64, limits)? {
                return Ok(Acceptance::Full);
            }
        }
        if let Some(rates) = options.rates {
            // All or none: a bucket that is empty must not cost the others theirs.
            for take in [false, true] {
                for &recipient in &parties.ids {
                    let token = if take {
                        self.take_token(sender_id, recipient, rates.pair, now)?
                    } else {
                        self.has_token(sender_id, recipient, rates.pair, now)?
                    };
                    if let Err(retry_after) = token {
                        return Ok(Acceptance::Limited { retry_after });
                    }
                }
            }
        }
        self.store(sender_id, &parties.ids, accepted, &body, &options.index)?;
        Ok(Acceptance::Decided(decision))
    }

    /// The id and policy of an agent.
    pub(super) fn party(
        &self,
        handle: &Handle,
    ) -> Result<Option<(i64, asmtp_envelope::Policy)>, Error> {
        let found = self
            .sql("SELECT id, policy FROM agents WHERE handle = ?1 AND removed_at IS NULL")?
            .query_one([handle.as_str()], |row| {
                Ok((row.get(0)?, policy(row.get(1)?)))
            })
            .optional()?;
        Ok(found)
    }

    /// The gates of both sides, cut down to what they say of each other. The same is looked up for
    /// every recipient, whether it exists or not (ASMTP, 10).
    pub(super) fn parties<'h>(
        &self,
        sender_id: i64,
        mut sender: Gate,
        handles: impl Iterator<Item = &'h Handle>,
    ) -> Result<Parties, Error> {
        let mut recipients = Vec::new();
        let mut ids = Vec::new();
        let mut listed =
            self.sql("SELECT entry FROM allowlist WHERE agent = ?1 AND entry IN (?2, ?3)")?;
        let mut blocked = self.sql("SELECT 1 FROM blocks WHERE agent = ?1 AND handle = ?2")?;
        let mut entries = |agent: i64, peer: &Handle| {
            let values = params![agent, peer.as_str(), everyone_of(peer)];
            let entries = listed.query_map(values, |row| parsed(row, 0))?;
            entries.collect::<Result<Vec<_>, _>>()
        };
        for handle in handles {
            let party = self.party(handle)?;
            let id = party.map_or(NOBODY, |(id, _)| id);
            let allowlist = entries(id, &sender.agent)?;
            sender.allowlist.extend(entries(sender_id, handle)?);
            let is_blocking = blocked.exists(params![id, sender.agent.as_str()])?;
            if let Some((id, policy)) = party {
                ids.push(id);
                recipients.push(Gate {
                    agent: handle.clone(),
                    policy,
                    allowlist,
                    blocks: is_blocking
                        .then(|| sender.agent.clone())
                        .into_iter()
                        .collect(),
                });
            }
        }
        Ok(Parties {
            sender,
            recipients,
            ids,
        })
    }

    /// What is under the id of a post already.
    fn known(&self, post: &EnvelopePost, sender: &Handle) -> Result<Option<Record>, Error> {
        let record = |row: &rusqlite::Row<'_>| {
            Ok(Record {
                from: match row.get_ref("handle")?.as_str_or_null()? {
                    Some(_) => parsed(row, "handle")?,
                    // Mail has the id: for everyone it is another message.
                    None => sender.clone(),
                },
                digest: Digest::from_bytes(
                    row.get::<_, Option<[u8; 32]>>("digest")?
                        .unwrap_or_default(),
                ),
                received_ms: timestamp(row, "received_ms")?,
                created_at: timestamp(row, "created_at")?,
            })
        };
        let id = post.id();
        let there = self
            .sql(
                "SELECT handle, digest, ifnull(received_ms, 0) AS received_ms, key / 1000 AS created_at
                 FROM messages AS m LEFT JOIN agents AS a ON a.id = m.sender WHERE m.id = ?1",
            )?
            .query_one([id.as_str()], record)
            .optional()?;
        let gone = self
            .sql(
                "SELECT handle, digest, received_ms, t.created_at
                 FROM tombstones AS t JOIN agents AS a ON a.id = t.sender WHERE t.id = ?1",
            )?
            .query_one([id.as_str()], record)
            .optional()?;
        Ok(there.or(gone))
    }

    /// The files of a post that its sender uploaded and nothing has claimed.
    fn claimable(
        &self,
        sender: i64,
        post: &EnvelopePost,
        now: Timestamp,
    ) -> Result<Vec<FileId>, Error> {
        let mut files = Vec::new();
        for id in post.file_ids() {
            let is_pending = self
                .sql("SELECT 1 FROM files WHERE id = ?1 AND agent = ?2 AND message IS NULL AND expires_at > ?3")?
                .exists(params![id.as_str(), sender, millis(now)])?;
            if is_pending {
                files.push(id.clone());
            }
        }
        Ok(files)
    }

    fn has_token(
        &self,
        sender: i64,
        recipient: i64,
        rate: Rate,
        now: Timestamp,
    ) -> Result<Result<u64, std::time::Duration>, Error> {
        let full_at: Option<u64> = self
            .sql("SELECT full_at FROM buckets WHERE sender = ?1 AND recipient = ?2")?
            .query_one([sender, recipient], |row| row.get(0))
            .optional()?;
        Ok(rate.take(full_at, now))
    }

    pub(super) fn take_token(
        &mut self,
        sender: i64,
        recipient: i64,
        rate: Rate,
        now: Timestamp,
    ) -> Result<Result<u64, std::time::Duration>, Error> {
        let taken = self.has_token(sender, recipient, rate, now)?;
        if let Ok(full_at) = taken {
            self.sql(
                "INSERT INTO buckets (sender, recipient, full_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (sender, recipient) DO UPDATE SET full_at = ?3",
            )?
            .execute(params![sender, recipient, full_at])?;
        }
        Ok(taken)
    }

    pub(super) fn store(
        &mut self,
        sender: i64,
        recipients: &[i64],
        accepted: &Accepted,
        body: &[u8],
        index: &Index,
    ) -> Result<(), Error> {
        let key = self.newest.place(accepted.key())?;
        let id = accepted.id();
        self.newest = Newest { key, id };
        let size = body.len() as u64;
        self.insert_envelope(key, sender, recipients.len() + 1, accepted, size, index)?;
        self.sql("INSERT INTO bodies (key, raw) VALUES (?1, ?2)")?
            .execute(params![key.to_i64(), body])?;
        let message = NewMessage {
            key,
            size,
            is_mrm: index.is_mrm,
        };
        self.insert_entry(&NewEntry {
            message,
            agent: sender,
            direction: Direction::Out,
            folder: &FolderName::sent(),
            unread: false,
            keywords: &[],
        })?;
        let inbox = FolderName::inbox();
        for &recipient in recipients {
            self.insert_entry(&NewEntry {
                message,
                agent: recipient,
                direction: Direction::In,
                folder: &inbox,
                unread: true,
                keywords: &[],
            })?;
        }
        for claim in accepted.claims() {
            self.sql("UPDATE files SET message = ?2 WHERE id = ?1")?
                .execute(params![claim.as_str(), key.to_i64()])?;
        }
        for (number, fact) in accepted.facts().enumerate() {
            self.sql(
                "INSERT INTO facts (sender, key, number, monitor, envelope, recipient, fact, at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7)",
            )?
            .execute(params![
                sender,
                key.to_i64(),
                number,
                fact.monitor.as_str(),
                fact.envelope_id.as_str(),
                fact.recipient.as_str(),
                millis(fact.at_ms),
            ])?;
            self.tell(sender);
        }
        Ok(())
    }

    fn insert_envelope(
        &mut self,
        key: OrderKey,
        sender: i64,
        entries: usize,
        accepted: &Accepted,
        size: u64,
        index: &Index,
    ) -> Result<(), Error> {
        let mut frame = Vec::new();
        accepted.frame().write(&mut frame);
        let record = accepted.record();
        let list = |list: &[String]| (!list.is_empty()).then(|| to_json(list));
        self.sql(
            "INSERT INTO messages (key, id, format, entries, size, frame, sender, digest, received_ms, class, structured,
                                   message_id, in_reply_to, author, recipients, copies, subject, date, types)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
        )?
        .execute(params![
            key.to_i64(),
            accepted.id().as_str(),
            Format::Envelope.to_i64(),
            entries,
            size,
            frame,
            sender,
            record.digest.as_bytes(),
            millis(record.received_ms),
            index.class,
            index.has_structured_data,
            index.message_id,
            index.in_reply_to,
            index.from,
            list(&index.to),
            list(&index.cc),
            (!index.subject.is_empty()).then_some(&index.subject),
            index.date,
            list(&index.types),
        ])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use asmtp_envelope::{Decision, EnvelopePost, Timestamp};
    use rusqlite::Connection;
    use tempfile::TempDir;

    use crate::sqlite::batch::Batch;
    use crate::sqlite::{Options, connection, folder};
    use crate::{AcceptOptions, Acceptance, Limits, Rates};

    /// Two agents, and a file that the first has uploaded.
    fn database(directory: &TempDir) -> Connection {
        let database = folder::prepare(directory.path()).unwrap();
        let connection = connection::open_writer(&database, &Options::default()).unwrap();
        connection
            .execute_batch(
                "INSERT INTO agents (id, address, handle, policy) VALUES (1, 'a@x', '@a.a', 1), (2, 'b@x', '@b.b', 1);
                 INSERT INTO mailboxes (agent, entries, octets) VALUES (1, 0, 0), (2, 0, 0);
                 INSERT INTO files (id, agent, name, content_type, size, created_at, expires_at)
                 VALUES ('file_a', 1, 'a', 'text/plain', 1, 0, 9007199254740991);",
            )
            .unwrap();
        connection
    }

    /// Everything in the database, as text.
    fn contents(connection: &Connection) -> Vec<String> {
        let tables = [
            "store",
            "agents",
            "mailboxes",
            "buckets",
            "folders",
            "messages",
            "bodies",
        ];
        let more = [
            "entries",
            "tombstones",
            "facts",
            "files",
            "forgotten",
            "sqlite_sequence",
        ];
        let mut contents = Vec::new();
        for table in tables.iter().chain(&more) {
            let mut statement = connection
                .prepare(&format!("SELECT * FROM {table}"))
                .unwrap();
            let columns = statement.column_count();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let values = (0..columns).map(|at| format!("{:?}", row.get_ref(at).unwrap()));
                contents.push(format!(
                    "{table}: {}",
                    values.collect::<Vec<_>>().join(", ")
                ));
            }
        }
        contents
    }

    #[test]
    fn whichever_statement_fails_nothing_is_left() {
        let body =
            br#"{"id":"01M7XK89PHAZENM5WE3MBS1TF1","to":["@b.b"],"date_ms":1,"monitor":"mon_a",
            "content_parts":[{"type":"file","file_id":"file_a"}]}"#;
        let post = EnvelopePost::parse(body, &asmtp_envelope::Limits::default()).unwrap();
        let now = Timestamp::new(1_795_215_861_457).unwrap();
        let options = AcceptOptions {
            rates: Some(Rates::default()),
            ..AcceptOptions::new(now, "https://mail.example".parse().unwrap())
        };
        let directory = tempfile::tempdir().unwrap();
        let mut connection = database(&directory);
        let before = contents(&connection);
        let mut failed = 0;
        loop {
            let mut batch = Batch::begin(&mut connection).unwrap();
            let mut answer = None;
            let outcome = batch.isolate(|batch| {
                batch.statements_left.set(Some(failed));
                let sender = "@a.a".parse().unwrap();
                answer = Some(batch.accept(&sender, post.clone(), &options, &Limits::default())?);
                batch.statements_left.set(None);
                Ok(())
            });
            let told = {
                let outcome = outcome.unwrap();
                let told = batch.commit().unwrap();
                outcome.map(|()| told)
            };
            if let Ok(told) = told {
                let accepted = answer.unwrap();
                assert!(matches!(
                    accepted,
                    Acceptance::Decided(Decision::Accepted(_))
                ));
                assert_eq!(told.mailboxes.len(), 2);
                break;
            }
            assert_eq!(
                contents(&connection),
                before,
                "statement {failed} left a trace"
            );
            failed += 1;
        }
        assert!(failed > 15, "only {failed} statements");
        assert_ne!(contents(&connection), before);
    }
}
