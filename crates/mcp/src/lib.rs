//! An MCP server over mailboxes.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod authentication;
mod cursor;
mod desk;
mod error;
mod failure;
mod fence;
mod mailboxes;
mod options;
mod server;
mod stdio;
mod tool;
mod tools;
mod view;

pub use error::Error;
pub use mailboxes::{Mailboxes, NameError};
pub use options::{Limits, Options};
pub use server::MailServer;
pub use stdio::{serve, serve_stdio};
