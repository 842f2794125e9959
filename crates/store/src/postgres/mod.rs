//! The engine for several replicas.

mod connector;
mod error;
mod options;
mod passfile;
mod row;
mod schema;
mod url;

pub use options::PostgresOptions;
pub use url::PostgresUrl;
