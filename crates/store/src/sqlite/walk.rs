//! Walks along the entries of a mailbox in the order of their keys, merged into one.
//!
//! What a listing leaves open (both directions, read and unread) would make its rows lie apart in
//! any index. So it is taken as several walks, each with nothing open, and only as many rows are
//! read as are wanted, however many entries there are.

use std::cmp::Reverse;

use rusqlite::{Connection, Row, Rows, params};

use super::row;
use crate::{Direction, EntryId, Error, OrderKey};

/// Entries that lie side by side: in the primary key, or in the index by state.
#[derive(Clone, Copy, Debug)]
pub(super) enum Walk {
    /// All of one direction.
    Mailbox { agent: i64, direction: Direction },
    /// Those in one state in one folder.
    State {
        folder: i64,
        unread: bool,
        mrm: bool,
        direction: Direction,
    },
}

/// Which way, and from where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course {
    /// Newest first.
    pub(super) is_descending: bool,
    /// Strictly behind this, in the course's own order.
    pub(super) after: Option<EntryId>,
}

impl Walk {
    fn direction(self) -> Direction {
        match self {
            Self::Mailbox { direction, .. } | Self::State { direction, .. } => direction,
        }
    }

    /// The keys of the walk from a key on, that one included.
    pub(super) fn statement(self, is_descending: bool) -> &'static str {
        match (self, is_descending) {
            (Self::Mailbox { .. }, false) => {
                "SELECT key FROM entries WHERE agent = ?2 AND direction = ?3 AND key >= ?1 ORDER BY key"
            }
            (Self::Mailbox { .. }, true) => {
                "SELECT key FROM entries WHERE agent = ?2 AND direction = ?3 AND key <= ?1 ORDER BY key DESC"
            }
            (Self::State { .. }, false) => {
                "SELECT key FROM entries INDEXED BY entries_by_state
                 WHERE folder = ?2 AND direction = ?3 AND unread = ?4 AND mrm = ?5 AND key >= ?1 ORDER BY key"
            }
            (Self::State { .. }, true) => {
                "SELECT key FROM entries INDEXED BY entries_by_state
                 WHERE folder = ?2 AND direction = ?3 AND unread = ?4 AND mrm = ?5 AND key <= ?1 ORDER BY key DESC"
            }
        }
    }
}

impl Course {
    /// The first key of a walk that may lie on this course.
    fn first(self, direction: Direction) -> Option<i64> {
        let Some(after) = self.after else {
            return Some(if self.is_descending { i64::MAX } else { 0 });
        };
        let key = after.key.to_i64();
        let is_behind = if self.is_descending {
            direction < after.direction
        } else {
            direction > after.direction
        };
        match (is_behind, self.is_descending) {
            (true, _) => Some(key),
            (false, false) => key.checked_add(1),
            (false, true) => key.checked_sub(1),
        }
    }
}

/// The ids on the walks in one order, until `take` has had enough and gives `false`.
pub(super) fn merge(
    view: &Connection,
    walks: &[Walk],
    course: Course,
    mut take: impl FnMut(EntryId) -> Result<bool, Error>,
) -> Result<(), Error> {
    let mut statements = Vec::with_capacity(walks.len());
    for walk in walks {
        statements.push(view.prepare_cached(walk.statement(course.is_descending))?);
    }
    let mut heads = Vec::with_capacity(walks.len());
    for (walk, statement) in walks.iter().zip(&mut statements) {
        let Some(first) = course.first(walk.direction()) else {
            continue;
        };
        let direction = walk.direction().to_i64();
        let rows = match *walk {
            Walk::Mailbox { agent, .. } => statement.query(params![first, agent, direction])?,
            Walk::State {
                folder,
                unread,
                mrm,
                ..
            } => statement.query(params![first, folder, direction, unread, mrm])?,
        };
        heads.extend(Head::begin(walk.direction(), rows)?);
    }
    loop {
        // A handful of walks: looking at each head is cheaper than a heap.
        let next = if course.is_descending {
            (0..heads.len()).min_by_key(|&at| Reverse(heads[at].id))
        } else {
            (0..heads.len()).min_by_key(|&at| heads[at].id)
        };
        let Some(at) = next else {
            return Ok(());
        };
        if !take(heads[at].id)? {
            return Ok(());
        }
        if !heads[at].advance()? {
            drop(heads.swap_remove(at));
        }
    }
}

/// A walk and where it is.
struct Head<'s> {
    rows: Rows<'s>,
    id: EntryId,
}

impl<'s> Head<'s> {
    fn begin(direction: Direction, mut rows: Rows<'s>) -> Result<Option<Self>, Error> {
        let Some(found) = rows.next()? else {
            return Ok(None);
        };
        let id = EntryId {
            key: key(found)?,
            direction,
        };
        Ok(Some(Self { rows, id }))
    }

    fn advance(&mut self) -> Result<bool, Error> {
        let Some(found) = self.rows.next()? else {
            return Ok(false);
        };
        self.id.key = key(found)?;
        Ok(true)
    }
}

fn key(found: &Row<'_>) -> Result<OrderKey, Error> {
    row::order_key(found, "key")
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, params_from_iter};

    use super::Walk;
    use crate::Direction;
    use crate::sqlite::{Options, connection, folder};

    #[test]
    fn an_index_serves_every_walk_without_sorting() {
        let directory = tempfile::tempdir().unwrap();
        let database = folder::prepare(directory.path()).unwrap();
        let connection = connection::open_writer(&database, &Options::default()).unwrap();
        let direction = Direction::In;
        let mailbox = Walk::Mailbox {
            agent: 1,
            direction,
        };
        let state = Walk::State {
            folder: 1,
            unread: true,
            mrm: false,
            direction,
        };
        for (walk, conditions) in [
            (mailbox, "PRIMARY KEY (agent=? AND direction=? AND key"),
            (
                state,
                "COVERING INDEX entries_by_state (folder=? AND unread=? AND mrm=? AND direction=? AND key",
            ),
        ] {
            for is_descending in [false, true] {
                let plan = plan(&connection, walk.statement(is_descending));
                assert!(plan.contains(conditions), "{plan}");
                assert!(!plan.contains("TEMP B-TREE"), "{plan}");
            }
        }
    }

    fn plan(connection: &Connection, sql: &str) -> String {
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        let nulls = params_from_iter(vec![None::<i64>; statement.parameter_count()]);
        let lines = statement
            .query_map(nulls, |row| row.get::<_, String>("detail"))
            .unwrap();
        lines
            .map(|line| line.unwrap())
            .collect::<Vec<_>>()
            .join("\n")
    }
}
