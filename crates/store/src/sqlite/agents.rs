//! Agents, their bearers, and whom they exchange mail with.

use std::collections::BTreeSet;

use asmtp_envelope::{AllowlistEntry, Handle, Policy, Timestamp, Visibility};
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::SqliteStore;
use super::batch::Batch;
use super::row::{agent_key, millis, parsed, timestamp};
use crate::{
    Address, Agent, AgentChange, AgentStore, Block, Error, ErrorKind, NewAgent, Principal, Profile,
    TokenHash,
};

#[async_trait]
impl AgentStore for SqliteStore {
    async fn create_agent(&self, agent: NewAgent, now: Timestamp) -> Result<Agent, Error> {
        self.write(move |batch| batch.create_agent(&agent, now))
            .await
    }

    async fn agents(&self) -> Result<Vec<Agent>, Error> {
        self.query(|view| {
            let mut statement = view.prepare_cached(&format!(
                "{SELECT} AND a.handle IS NOT NULL ORDER BY a.handle"
            ))?;
            let agents = statement.query_map([], agent)?;
            Ok(agents.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn agent(&self, handle: &Handle) -> Result<Agent, Error> {
        let handle = handle.clone();
        self.query(move |view| one(view, &handle)).await
    }

    async fn update_agent(
        &self,
        handle: &Handle,
        change: AgentChange,
        now: Timestamp,
    ) -> Result<Agent, Error> {
        let handle = handle.clone();
        self.write(move |batch| batch.update_agent(&handle, &change, now))
            .await
    }

    async fn rotate_token(
        &self,
        handle: &Handle,
        token: TokenHash,
        now: Timestamp,
    ) -> Result<Agent, Error> {
        let handle = handle.clone();
        self.write(move |batch| batch.rotate_token(&handle, token, now))
            .await
    }

    async fn remove_agent(&self, handle: &Handle, now: Timestamp) -> Result<(), Error> {
        let handle = handle.clone();
        self.write(move |batch| batch.remove_agent(&handle, now))
            .await
    }

    async fn authenticate(&self, token: &TokenHash) -> Result<Option<Principal>, Error> {
        let token = *token;
        self.query(move |view| {
            let mut statement = view.prepare_cached(
                "SELECT id, handle, address FROM agents WHERE token = ?1 AND removed_at IS NULL",
            )?;
            Ok(statement
                .query_one([token.as_bytes()], principal)
                .optional()?)
        })
        .await
    }

    async fn agents_at(&self, addresses: &[Address]) -> Result<Vec<Principal>, Error> {
        let addresses: BTreeSet<Address> = addresses.iter().cloned().collect();
        self.query(move |view| {
            let mut statement = view.prepare_cached(
                "SELECT id, handle, address FROM agents
                 WHERE address = ?1 AND handle IS NOT NULL AND removed_at IS NULL",
            )?;
            let mut found = Vec::new();
            for address in &addresses {
                let row = statement.query_one([address.as_str()], principal);
                found.extend(row.optional()?);
            }
            Ok(found)
        })
        .await
    }

    async fn allowlist(&self, handle: &Handle) -> Result<Vec<AllowlistEntry>, Error> {
        let handle = handle.clone();
        self.query(move |view| allowlist(view, find(view, &handle)?))
            .await
    }

    async fn allow(
        &self,
        handle: &Handle,
        entries: &[AllowlistEntry],
    ) -> Result<Vec<AllowlistEntry>, Error> {
        let (handle, entries) = (handle.clone(), entries.to_vec());
        let most = self.limits().trust_entries;
        self.write(move |batch| batch.allow(&handle, &entries, most))
            .await
    }

    async fn disallow(
        &self,
        handle: &Handle,
        entry: &AllowlistEntry,
    ) -> Result<Vec<AllowlistEntry>, Error> {
        let (handle, entry) = (handle.clone(), entry.clone());
        self.write(move |batch| {
            let agent = find(batch.connection(), &handle)?;
            let removed = batch
                .sql("DELETE FROM allowlist WHERE agent = ?1 AND entry = ?2")?
                .execute(params![agent, entry.as_str()])?;
            if removed == 0 {
                return Err(absent("expected an entry of this allowlist"));
            }
            allowlist(batch.connection(), agent)
        })
        .await
    }

    async fn block(
        &self,
        handle: &Handle,
        target: &Handle,
        now: Timestamp,
    ) -> Result<Block, Error> {
        let (handle, target) = (handle.clone(), target.clone());
        let most = self.limits().trust_entries;
        self.write(move |batch| batch.block(&handle, &target, now, most))
            .await
    }

    async fn unblock(&self, handle: &Handle, target: &Handle) -> Result<(), Error> {
        let (handle, target) = (handle.clone(), target.clone());
        self.write(move |batch| {
            let agent = find(batch.connection(), &handle)?;
            let removed = batch
                .sql("DELETE FROM blocks WHERE agent = ?1 AND handle = ?2")?
                .execute(params![agent, target.as_str()])?;
            if removed == 0 {
                return Err(absent("expected a block of this agent"));
            }
            Ok(())
        })
        .await
    }

    async fn blocks(
        &self,
        handle: &Handle,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Block>, Error> {
        let handle = handle.clone();
        self.query(move |view| {
            let mut statement = view.prepare_cached(
                "SELECT number, handle, created_at FROM blocks INDEXED BY blocks_by_number
                 WHERE agent = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3",
            )?;
            let before = after.and_then(|number| i64::try_from(number).ok());
            let values = params![find(view, &handle)?, before.unwrap_or(i64::MAX), limit];
            let blocks = statement.query_map(values, block)?;
            Ok(blocks.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn search_agents(
        &self,
        viewer: &Handle,
        text: &str,
        after: Option<&Handle>,
        limit: u32,
    ) -> Result<Vec<Agent>, Error> {
        let (viewer, text, after) = (viewer.clone(), text.to_owned(), after.cloned());
        self.query(move |view| search(view, &viewer, &text, after.as_ref(), limit))
            .await
    }
}

impl Batch<'_> {
    fn create_agent(&mut self, new: &NewAgent, now: Timestamp) -> Result<Agent, Error> {
        self.refuse_known_token(new.token)?;
        let waiting: Option<(i64, bool)> = self
            .sql("SELECT id, handle IS NULL AND removed_at IS NULL FROM agents WHERE address = ?1")?
            .query_one([new.address.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let is_taken = self
            .sql("SELECT 1 FROM agents WHERE handle = ?1")?
            .exists([new.handle.as_str()])?;
        let agent = match waiting {
            _ if is_taken => return Err(taken("expected a handle that was never given")),
            Some((_, false)) => return Err(taken("expected an address without an agent")),
            Some((agent, true)) => agent,
            None => self.ensure_agent(&new.address)?,
        };
        self.sql(
            "UPDATE agents SET handle = ?2, token = ?3, policy = ?4, visibility = ?5, created_at = ?6, updated_at = ?6
             WHERE id = ?1",
        )?
        .execute(params![
            agent,
            new.handle.as_str(),
            new.token.as_bytes(),
            policy_number(new.policy),
            visibility_number(new.visibility),
            millis(now),
        ])?;
        let profile = &new.profile;
        self.sql("INSERT INTO profiles (agent, display_name, description, card_body) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                agent,
                profile.display_name,
                profile.description,
                profile.card_body
            ])?;
        one(self.connection(), &new.handle)
    }

    fn update_agent(
        &mut self,
        handle: &Handle,
        change: &AgentChange,
        now: Timestamp,
    ) -> Result<Agent, Error> {
        let agent = find(self.connection(), handle)?;
        self.sql(
            "UPDATE agents SET policy = ifnull(?2, policy), visibility = ifnull(?3, visibility), updated_at = ?4
             WHERE id = ?1",
        )?
        .execute(params![
            agent,
            change.policy.map(policy_number),
            change.visibility.map(visibility_number),
            millis(now)
        ])?;
        self.sql(
            "UPDATE profiles SET display_name = ifnull(?2, display_name),
                    description = CASE WHEN ?3 THEN ?4 ELSE description END,
                    card_body = CASE WHEN ?5 THEN ?6 ELSE card_body END
             WHERE agent = ?1",
        )?
        .execute(params![
            agent,
            change.display_name,
            change.description.is_some(),
            change.description.as_ref().and_then(Option::as_ref),
            change.card_body.is_some(),
            change.card_body.as_ref().and_then(Option::as_ref),
        ])?;
        one(self.connection(), handle)
    }

    fn rotate_token(
        &mut self,
        handle: &Handle,
        token: TokenHash,
        now: Timestamp,
    ) -> Result<Agent, Error> {
        let agent = find(self.connection(), handle)?;
        self.refuse_known_token(token)?;
        self.sql("UPDATE agents SET token = ?2, updated_at = ?3 WHERE id = ?1")?
            .execute(params![agent, token.as_bytes(), millis(now)])?;
        self.tell_revoked(agent);
        one(self.connection(), handle)
    }

    fn remove_agent(&mut self, handle: &Handle, now: Timestamp) -> Result<(), Error> {
        let agent = find(self.connection(), handle)?;
        self.sql("UPDATE agents SET token = NULL, removed_at = ?2, updated_at = ?2 WHERE id = ?1")?
            .execute(params![agent, millis(now)])?;
        for statement in [
            "DELETE FROM profiles WHERE agent = ?1",
            "DELETE FROM allowlist WHERE agent = ?1",
            "DELETE FROM blocks WHERE agent = ?1",
        ] {
            self.sql(statement)?.execute([agent])?;
        }
        self.tell_revoked(agent);
        Ok(())
    }

    fn refuse_known_token(&self, token: TokenHash) -> Result<(), Error> {
        let mut statement = self.sql("SELECT 1 FROM agents WHERE token = ?1")?;
        if statement.exists([token.as_bytes()])? {
            return Err(taken("expected a bearer that no agent has"));
        }
        Ok(())
    }

    fn allow(
        &mut self,
        handle: &Handle,
        entries: &[AllowlistEntry],
        most: u32,
    ) -> Result<Vec<AllowlistEntry>, Error> {
        let agent = find(self.connection(), handle)?;
        for entry in entries {
            self.sql(
                "INSERT INTO allowlist (agent, entry) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            )?
            .execute(params![agent, entry.as_str()])?;
        }
        let all = allowlist(self.connection(), agent)?;
        if all.len() > most as usize {
            return Err(too_many(most));
        }
        Ok(all)
    }

    fn block(
        &mut self,
        handle: &Handle,
        target: &Handle,
        now: Timestamp,
        most: u32,
    ) -> Result<Block, Error> {
        let agent = find(self.connection(), handle)?;
        self.sql(
            "INSERT INTO blocks (agent, handle, created_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute(params![agent, target.as_str(), millis(now)])?;
        let count: u32 = self
            .sql("SELECT count(*) FROM blocks WHERE agent = ?1")?
            .query_one([agent], |row| row.get(0))?;
        if count > most {
            return Err(too_many(most));
        }
        let mut statement = self.sql(
            "SELECT number, handle, created_at FROM blocks WHERE agent = ?1 AND handle = ?2",
        )?;
        Ok(statement.query_one(params![agent, target.as_str()], block)?)
    }
}

const SELECT: &str = "\
    SELECT a.id, a.handle, a.address, a.policy, a.visibility, a.created_at, a.updated_at, \
           p.display_name, p.description, p.card_body \
    FROM agents AS a JOIN profiles AS p ON p.agent = a.id WHERE a.removed_at IS NULL";

/// The id of an agent.
pub(super) fn find(view: &Connection, handle: &Handle) -> Result<i64, Error> {
    view.prepare_cached("SELECT id FROM agents WHERE handle = ?1 AND removed_at IS NULL")?
        .query_one([handle.as_str()], |row| row.get(0))
        .optional()?
        .ok_or_else(|| absent("expected the handle of an agent in this store"))
}

fn principal(row: &Row<'_>) -> rusqlite::Result<Principal> {
    Ok(Principal {
        agent: agent_key(row.get(0)?),
        handle: parsed(row, 1)?,
        address: parsed(row, 2)?,
    })
}

fn one(view: &Connection, handle: &Handle) -> Result<Agent, Error> {
    view.prepare_cached(&format!("{SELECT} AND a.handle = ?1"))?
        .query_one([handle.as_str()], agent)
        .optional()?
        .ok_or_else(|| absent("expected the handle of an agent in this store"))
}

fn allowlist(view: &Connection, agent: i64) -> Result<Vec<AllowlistEntry>, Error> {
    let mut statement =
        view.prepare_cached("SELECT entry FROM allowlist WHERE agent = ?1 ORDER BY entry")?;
    let entries = statement.query_map([agent], |row| parsed(row, 0))?;
    Ok(entries.collect::<Result<_, _>>()?)
}

fn search(
    view: &Connection,
    viewer: &Handle,
    text: &str,
    after: Option<&Handle>,
    limit: u32,
) -> Result<Vec<Agent>, Error> {
    find(view, viewer)?;
    let mut statement = view.prepare_cached(&format!(
        "{SELECT} AND a.handle > ?1
         AND (a.visibility = 1 OR a.handle = ?2
              OR EXISTS (SELECT 1 FROM allowlist WHERE agent = a.id AND entry IN (?2, ?3)))
         AND (instr(lower(a.handle), ?4) OR instr(lower(p.display_name), ?4))
         ORDER BY a.handle LIMIT ?5"
    ))?;
    // SQLite's lower() knows ASCII only, which is the rule.
    let values = params![
        after.map_or("", Handle::as_str),
        viewer.as_str(),
        everyone_of(viewer),
        text.to_ascii_lowercase(),
        limit
    ];
    let agents = statement.query_map(values, agent)?;
    Ok(agents.collect::<Result<_, _>>()?)
}

/// The allowlist entry that covers all agents of the same owner.
pub(super) fn everyone_of(peer: &Handle) -> String {
    format!("@{}.*", peer.owner())
}

fn agent(row: &Row<'_>) -> rusqlite::Result<Agent> {
    Ok(Agent {
        key: agent_key(row.get("id")?),
        handle: parsed(row, "handle")?,
        address: parsed(row, "address")?,
        policy: policy(row.get("policy")?),
        visibility: match row.get("visibility")? {
            1 => Visibility::Public,
            _ => Visibility::Private,
        },
        profile: Profile {
            display_name: row.get("display_name")?,
            description: row.get("description")?,
            card_body: row.get("card_body")?,
        },
        created_at: timestamp(row, "created_at")?,
        updated_at: timestamp(row, "updated_at")?,
    })
}

fn block(row: &Row<'_>) -> rusqlite::Result<Block> {
    Ok(Block {
        number: row.get("number")?,
        handle: parsed(row, "handle")?,
        created_at: timestamp(row, "created_at")?,
    })
}

/// What is no known number is the stricter of the two.
pub(super) fn policy(number: i64) -> Policy {
    match number {
        1 => Policy::Open,
        _ => Policy::Allowlist,
    }
}

fn policy_number(policy: Policy) -> i64 {
    match policy {
        Policy::Allowlist => 0,
        Policy::Open => 1,
    }
}

fn visibility_number(visibility: Visibility) -> i64 {
    match visibility {
        Visibility::Private => 0,
        Visibility::Public => 1,
    }
}

fn absent(message: &'static str) -> Error {
    Error::new(ErrorKind::NotFound, message)
}

fn taken(message: &'static str) -> Error {
    Error::new(ErrorKind::Exists, message)
}

fn too_many(most: u32) -> Error {
    Error::new(
        ErrorKind::Invalid,
        format!("expected at most {most} entries"),
    )
}
