//! The engine for several replicas.

mod agents;
mod connector;
mod envelope_index;
mod envelopes;
mod error;
mod files;
mod group;
mod incoming;
mod insert;
mod inspect;
mod listener;
mod mailbox;
mod marks;
mod notes;
mod notice;
mod options;
mod passfile;
mod posts;
mod removal;
mod row;
mod schema;
mod shown;
mod snippet;
mod statement;
mod store;
mod sweep;
mod threads;
mod tokens;
mod url;
mod view;
mod writer;

pub(crate) use incoming::Incoming;
pub use inspect::Inspected;
pub use options::PostgresOptions;
pub use store::PostgresStore;
pub use url::PostgresUrl;
