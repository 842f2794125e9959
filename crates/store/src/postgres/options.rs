use std::time::Duration;

use crate::Limits;

/// How a [`PostgresStore`](crate::PostgresStore) is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..PostgresOptions::default()`
pub struct PostgresOptions {
    /// What the store takes at most. [`Limits::store_octets`] is the database's own business and
    /// is not looked at.
    pub limits: Limits,
    /// Connections at most, 16 by default. One more hears what other replicas commit.
    pub connections: usize,
    /// How many groups of writes commit side by side, 4 by default. Each takes a connection.
    pub writers: usize,
    /// How long to wait for a new connection, 5 seconds by default.
    pub connect_timeout: Duration,
    /// How long to wait for a free connection, 10 seconds by default.
    pub wait_timeout: Duration,
    /// How long to wait for a row that another transaction changes, 10 seconds by default.
    pub lock_timeout: Duration,
    /// How long one statement may take, and a transaction may stand still, 30 seconds by default.
    pub statement_timeout: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            connections: 16,
            writers: 4,
            connect_timeout: Duration::from_secs(5),
            wait_timeout: Duration::from_secs(10),
            lock_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(30),
        }
    }
}
