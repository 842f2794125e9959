//! An MCP server over mailboxes.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "http")]
mod access_token;
mod authentication;
mod cursor;
mod desk;
mod error;
mod failure;
mod fence;
#[cfg(feature = "http")]
mod http;
mod mailboxes;
mod options;
mod prompt;
mod resource;
mod server;
mod stdio;
mod subscription;
mod tool;
mod tools;
mod view;

#[cfg(feature = "http")]
pub use access_token::AccessToken;
pub use error::Error;
#[cfg(feature = "http")]
pub use http::{HttpConfig, HttpServer};
pub use mailboxes::{Mailboxes, NameError};
pub use options::{Limits, Options};
pub use server::MailServer;
pub use stdio::{serve, serve_stdio};
