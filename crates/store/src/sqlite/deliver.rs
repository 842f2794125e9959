//! Storing mail.

use rusqlite::{named_params, params};

use super::batch::{Batch, NewEntry, NewMessage, owner_word};
use super::row::to_json;
use crate::order::Newest;
use crate::{Delivery, Direction, Error, ErrorKind, Format, Limits, OrderKey};

impl Batch<'_> {
    /// Stores a message and its entries under the next key.
    pub(super) fn deliver(
        &mut self,
        delivery: &Delivery,
        limits: &Limits,
    ) -> Result<OrderKey, Error> {
        let is_known: bool = self
            .sql("SELECT EXISTS (SELECT 1 FROM messages WHERE id = ?1)")?
            .query_one([delivery.id.as_str()], |row| row.get(0))?;
        if is_known {
            return Err(Error::new(
                ErrorKind::Exists,
                "expected the id of a new message",
            ));
        }
        let key = self.newest.next(delivery.received, delivery.id)?;
        let id = delivery.id;
        self.newest = Newest { key, id };
        let size = delivery.raw.len() as u64;
        self.insert_mail(key, delivery)?;
        let mut owners = Vec::with_capacity(delivery.postings.len());
        for posting in &delivery.postings {
            let agent = self.ensure_agent(&posting.mailbox)?;
            if posting.direction == Direction::In && !self.has_room(agent, size, limits)? {
                return Err(Error::new(
                    ErrorKind::Full,
                    "expected room in the mailbox of every recipient",
                ));
            }
            self.insert_entry(&NewEntry {
                message: NewMessage {
                    key,
                    size,
                    is_mrm: delivery.index.is_mrm,
                },
                agent,
                direction: posting.direction,
                folder: &posting.folder,
                unread: posting.unread,
                keywords: &posting.keywords,
            })?;
            owners.push(agent);
        }
        if delivery.frame.is_some() {
            let owners: Vec<_> = owners.iter().map(ToString::to_string).collect();
            self.sql("INSERT INTO texts (key, owners, text) VALUES (?1, ?2, ?3)")?
                .execute(params![
                    key.to_i64(),
                    owners.join(" "),
                    delivery.text.as_bytes()
                ])?;
        }
        let owners: Vec<_> = owners.into_iter().map(owner_word).collect();
        let index = &delivery.index;
        let addresses = index.from.iter().chain(&index.to).chain(&index.cc);
        self.sql("INSERT INTO search (rowid, owner, subject, addresses, body) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                key.to_i64(),
                owners.join(" "),
                index.subject,
                addresses.map(String::as_str).collect::<Vec<_>>().join("\n"),
                delivery.text,
            ])?;
        Ok(key)
    }

    /// Whether a mailbox may receive one more message of this size.
    pub(super) fn has_room(&self, agent: i64, size: u64, limits: &Limits) -> Result<bool, Error> {
        if limits.mailbox_entries.is_none() && limits.mailbox_octets.is_none() {
            return Ok(true);
        }
        let (entries, octets): (u64, u64) = self
            .sql("SELECT entries, octets FROM mailboxes WHERE agent = ?1")?
            .query_one([agent], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let fits = |used: u64, more: u64, most: Option<u64>| {
            most.is_none_or(|most| used.saturating_add(more) <= most)
        };
        Ok(fits(entries, 1, limits.mailbox_entries) && fits(octets, size, limits.mailbox_octets))
    }

    fn insert_mail(&mut self, key: OrderKey, delivery: &Delivery) -> Result<(), Error> {
        let index = &delivery.index;
        let frame = delivery.frame.clone().map(|frame| {
            let mut octets = Vec::new();
            frame.stamped(key.created_at()).write(&mut octets);
            octets
        });
        self.sql(
            "INSERT INTO messages (key, id, format, entries, size, frame, class, structured, message_id,
                                   in_reply_to, author, recipients, copies, subject, date, types)
             VALUES (:key, :id, :format, :entries, :size, :frame, :class, :structured, :message_id,
                     :in_reply_to, :author, :recipients, :copies, :subject, :date, :types)",
        )?
        .execute(named_params! {
            ":key": key.to_i64(),
            ":id": delivery.id.as_str(),
            ":format": Format::Mail.to_i64(),
            ":entries": delivery.postings.len(),
            ":size": delivery.raw.len(),
            ":frame": frame,
            ":class": index.class,
            ":structured": index.has_structured_data,
            ":message_id": index.message_id,
            ":in_reply_to": index.in_reply_to,
            ":author": index.from,
            ":recipients": to_json(&index.to),
            ":copies": to_json(&index.cc),
            ":subject": index.subject,
            ":date": index.date,
            ":types": to_json(&index.types),
        })?;
        self.sql("INSERT INTO bodies (key, raw) VALUES (?1, ?2)")?
            .execute(params![key.to_i64(), delivery.raw])?;
        Ok(())
    }
}
