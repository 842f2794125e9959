//! Messages on their way into threads.

use std::time::Duration;

use context_sync::{
    Accepted, AgentId, Caller, Decision, Member, Owner, Record, RegisterRequest, Registration,
    Retry, Seq, Target, ThreadHead, ThreadId, ThreadView, Timestamp, View, mark_read, register,
};
use rusqlite::{OptionalExtension, params};

use super::batch::Batch;
use super::threads::{HEAD, MEMBER, head, member, owned, seat};
use crate::context_row::{self, JoinedRow, MemberRow, MessageRow, list, millis, number};
use crate::{AgentKey, ContextClaim, ContextPost, Error, Limits, Posted};

impl Batch<'_> {
    /// Decides on a registration and commits it.
    pub(super) fn register(&mut self, claim: &ContextClaim) -> Result<Registration, Error> {
        let RegisterRequest { agent } = &claim.request;
        let found: Option<Option<i64>> = self
            .sql("SELECT owner FROM context_agents WHERE name = ?1")?
            .query_one([agent.as_str()], |row| row.get(0))
            .optional()?;
        let own = claim.owner.map(row_id);
        let owner = match found {
            None => Owner::Unknown,
            Some(None) => Owner::Nobody,
            Some(owner) if owner == own => Owner::Caller,
            Some(_) => Owner::Another,
        };
        let caller = match claim.owner {
            None => Caller::Open,
            Some(key) => Caller::Keyed {
                claimed: owned(self.connection(), key)?,
                own: None, // a title says it
            },
        };
        let decision = register(
            claim.request.clone(),
            &caller,
            claim.title,
            owner,
            &claim.limits,
        );
        if matches!(decision, Registration::Registered(_)) {
            self.sql(
                "INSERT INTO context_agents (name, owner, created_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (name) DO UPDATE SET owner = ifnull(owner, ?2)",
            )?
            .execute(params![agent.as_str(), own, millis(claim.now)])?;
        }
        Ok(decision)
    }

    /// Decides on a message and commits what is accepted.
    pub(super) fn post_message(
        &mut self,
        post: &ContextPost,
        limits: &Limits,
    ) -> Result<Posted, Error> {
        if let Some(retry_after) = self.pay(post)? {
            return Ok(Posted::Limited { retry_after });
        }
        let known = self.remembered(post)?;
        let thread = match &known {
            Some(_) => None, // it decides alone
            None => self.thread(&post.post.target())?,
        };
        let members = match &thread {
            Some(head) => self.members(&head.id, &post.post.named())?,
            None => Vec::new(),
        };
        let view = View {
            thread: thread.as_ref().map(|head| ThreadView {
                head,
                members: &members,
            }),
            retry: post.retry.as_ref().map(|(_, digest)| Retry {
                digest: *digest,
                known: known.as_ref(),
            }),
        };
        let decision = post.post.clone().decide(&view, &post.stamp, &post.limits);
        if let Decision::Accepted(accepted) = &decision {
            self.append(accepted)?;
            self.remember(post, accepted)?;
            let maker = post.envelope.as_ref();
            if let Some(envelope) = maker.and_then(|maker| maker.envelope(accepted.message())) {
                self.carry(&envelope, limits)?;
            }
        }
        Ok(Posted::Decided(decision))
    }

    /// Takes a token of the bearer, or in open mode of all senders together.
    fn pay(&mut self, post: &ContextPost) -> Result<Option<Duration>, Error> {
        let Some(rates) = post.rates else {
            return Ok(None);
        };
        let now = asmtp_envelope::Timestamp::new(post.stamp.now.as_millis());
        let now = now.unwrap_or(asmtp_envelope::Timestamp::MAX);
        let payer = post.owner.map_or(0, row_id); // no agent has the number 0
        let paid = self.take_token(payer, 0, rates.sender, now)?;
        Ok(paid.err())
    }

    /// What is known of the idempotency key.
    fn remembered(&self, post: &ContextPost) -> Result<Option<Record>, Error> {
        let Some((key, _)) = &post.retry else {
            return Ok(None);
        };
        let (owner, sender) = scope(post);
        let row: Option<(Vec<u8>, String, String, String)> = self
            .sql(
                "SELECT digest, message, thread, delivered FROM context_retries
                 WHERE owner = ?1 AND sender = ?2 AND way = ?3 AND key = ?4",
            )?
            .query_one(
                params![owner, sender, post.post.way(), key.as_str()],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
            )
            .optional()?;
        let Some((digest, message, thread, delivered)) = row else {
            return Ok(None);
        };
        Ok(Some(Record {
            digest: context_sync::BodyDigest::from_octets(context_row::octets(&digest)?),
            receipt: context_row::receipt(&message, &thread, &delivered)?,
        }))
    }

    fn thread(&self, target: &Target) -> Result<Option<ThreadHead>, Error> {
        let found = match target {
            Target::Thread(id) => self
                .sql(&format!(
                    "SELECT {HEAD} FROM context_threads AS t WHERE t.id = ?1"
                ))?
                .query_one([id.as_str()], |row| head(row, 0))
                .optional()?,
            Target::Set(set) => self
                .sql(&format!(
                    "SELECT {HEAD} FROM context_threads AS t WHERE t.participants = ?1
                     ORDER BY t.updated_at DESC, t.id DESC LIMIT 1"
                ))?
                .query_one([set.as_octets()], |row| head(row, 0))
                .optional()?,
        };
        let found = found.map(|row| row.read()).transpose()?;
        Ok(found.map(|(head, _)| head))
    }

    /// The visible members of a thread, and those of the named agents that are silent.
    fn members(&self, thread: &ThreadId, named: &[AgentId]) -> Result<Vec<Member>, Error> {
        let mut statement = self.sql(&format!(
            "SELECT {MEMBER} FROM context_members AS m INDEXED BY context_members_visible
             WHERE m.thread = ?1 AND m.role > 0
             UNION ALL
             SELECT {MEMBER} FROM json_each(?2) AS n
             CROSS JOIN context_members AS m ON m.thread = ?1 AND m.agent = n.value WHERE m.role = 0"
        ))?;
        let rows = statement.query_map([thread.as_str(), &list(named)], |row| member(row, 0))?;
        rows.map(|row| row?.read()).collect()
    }

    fn append(&mut self, accepted: &Accepted) -> Result<(), Error> {
        let head = accepted.head();
        self.sql(
            "INSERT INTO context_threads (id, participants, created_at, updated_at, last)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE SET participants = ?2, updated_at = ?4, last = ?5",
        )?
        .execute(params![
            head.id.as_str(),
            head.set.as_octets(),
            millis(head.created_at),
            millis(head.updated_at),
            number(head.last),
        ])?;
        let message = MessageRow::of(accepted.message());
        self.sql(
            "INSERT INTO context_messages (thread, seq, id, sender, recipient, copies, blind_copies, reply_to,
                                           payload, snapshot, sent_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            message.thread,
            message.seq,
            message.id,
            message.sender,
            message.recipient,
            message.copies,
            message.blind_copies,
            message.reply_to,
            message.payload,
            message.snapshot,
            message.sent_at,
        ])?;
        for member in accepted.members() {
            self.put_member(&head.id, member)?;
        }
        for copy in accepted.blind_copies() {
            let joined = JoinedRow::of(&copy.joined);
            self.sql(
                "INSERT INTO context_blind_copies (thread, agent, sender, seq, place, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                head.id.as_str(),
                copy.agent.as_str(),
                copy.by.as_str(),
                joined.seq,
                joined.place,
                joined.at
            ])?;
        }
        for agent in accepted.delivered_to() {
            self.sql("INSERT INTO context_unread (agent, thread, seq) VALUES (?1, ?2, ?3)")?
                .execute(params![agent.as_str(), head.id.as_str(), number(head.last)])?;
        }
        for agent in accepted.agents() {
            self.know(agent, head.updated_at)?;
        }
        Ok(())
    }

    fn put_member(&mut self, thread: &ThreadId, member: &Member) -> Result<(), Error> {
        let row = MemberRow::of(member);
        self.sql(
            "INSERT INTO context_members (thread, agent, since, role, joined_seq, joined_place, joined_at, read)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (thread, agent) DO UPDATE
             SET since = ?3, role = ?4, joined_seq = ?5, joined_place = ?6, joined_at = ?7, read = ?8",
        )?
        .execute(params![
            thread.as_str(),
            row.agent,
            row.since,
            row.role,
            row.joined.seq,
            row.joined.place,
            row.joined.at,
            row.read
        ])?;
        Ok(())
    }

    fn know(&mut self, agent: &AgentId, now: Timestamp) -> Result<(), Error> {
        self.sql(
            "INSERT INTO context_agents (name, created_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        )?
        .execute(params![agent.as_str(), millis(now)])?;
        Ok(())
    }

    /// Keeps the receipt under the idempotency key.
    fn remember(&mut self, post: &ContextPost, accepted: &Accepted) -> Result<(), Error> {
        let (Some((key, _)), Some(record)) = (&post.retry, accepted.record()) else {
            return Ok(());
        };
        let (owner, sender) = scope(post);
        self.sql(
            "INSERT INTO context_retries (owner, sender, way, key, digest, message, thread, delivered, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            owner,
            sender,
            post.post.way(),
            key.as_str(),
            record.digest.as_octets(),
            record.receipt.message_id.as_str(),
            record.receipt.thread_id.as_str(),
            list(&record.receipt.delivered_to),
            millis(post.stamp.now),
        ])?;
        Ok(())
    }

    /// Marks a thread read up to its last message.
    pub(super) fn mark_thread_read(
        &mut self,
        agent: &AgentId,
        thread: &ThreadId,
    ) -> Result<(), Error> {
        let seat = seat(self.connection(), thread, agent)?;
        let mark = mark_read(seat.as_ref().map(|seat| (&seat.head, &seat.member)));
        let Some(read) = mark else { return Ok(()) };
        self.sql("UPDATE context_members SET read = ?3 WHERE thread = ?1 AND agent = ?2")?
            .execute(params![thread.as_str(), agent.as_str(), number(read)])?;
        self.forget_unread(agent, thread, read)
    }

    fn forget_unread(
        &mut self,
        agent: &AgentId,
        thread: &ThreadId,
        through: Seq,
    ) -> Result<(), Error> {
        self.sql("DELETE FROM context_unread WHERE agent = ?1 AND thread = ?2 AND seq <= ?3")?
            .execute(params![agent.as_str(), thread.as_str(), number(through)])?;
        Ok(())
    }
}

/// Whose idempotency keys these are: a bearer's, or in open mode those of a claimed sender.
fn scope(post: &ContextPost) -> (i64, &str) {
    match post.owner {
        Some(owner) => (row_id(owner), ""),
        None => (0, post.post.sender().as_str()),
    }
}

fn row_id(key: AgentKey) -> i64 {
    i64::try_from(key.as_u64()).unwrap_or(i64::MAX) // it came from a row id
}
