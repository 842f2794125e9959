//! front page below

mod ambient;
mod bearer;
mod body;
mod config;
mod core;
mod data_folder;
mod door;
mod error;
mod fanout;
mod listener;
mod metrics;
mod node;
mod openapi;
mod query;
mod refusal;
mod route;
mod socket;
mod target;
mod tls;

pub use ambient::Clock;
pub use bearer::Bearer;
pub use config::{Config, Limits, TlsFiles};
pub use data_folder::{DataFolder, read_token};
pub use error::{Error, ErrorKind};
pub use node::Node;
