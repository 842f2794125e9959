//! An MCP server that gives a language model mailboxes: [`MailServer`], over any mailbox that
//! [`mailmesh`] opens.
//!
//! It decides nothing for the model's user: it sends what it is told to send. It keeps what
//! strangers write apart from what the model was told, as far as a server can; whether a model heeds
//! that is not in its hands.
//!
//! # Example
//!
//! ```
//! use mailmesh::{AgentMailbox, Draft, transport::local::LocalTransport};
//! use mailmesh_mcp::{MailServer, Mailboxes, Options};
//! use rmcp::{ServiceExt as _, model::CallToolRequestParams};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let transport = LocalTransport::open(folder.path(), "ann@example.test").await?;
//! let ann = AgentMailbox::new(transport);
//! ann.send(Draft::new().to("ann@example.test").subject("Hello").text("-")).await?;
//!
//! let server = MailServer::new(Mailboxes::of(ann), Options::default());
//! let (here, there) = tokio::io::duplex(4096);
//! let (input, output) = tokio::io::split(there);
//! tokio::spawn(mailmesh_mcp::serve(server, input, output));
//!
//! let client = ().serve(here).await?;
//! let listed = client.call_tool(CallToolRequestParams::new("list_emails")).await?;
//! let listed = listed.structured_content.unwrap_or_default();
//! assert_eq!(listed["emails"][0]["subject"], "Hello");
//! # Ok(())
//! # }
//! ```
//!
//! # The main types
//!
//! [`Mailboxes`] are what a server has, by name; [`Options`] say what it offers of them and
//! [`Limits`] how much. [`serve_stdio`] serves the one client that started the process,
//! `HttpServer` many that show an `AccessToken`. [`MailServer`] is a handler of [`rmcp`], to be
//! served over any transport of that crate.
//!
//! # Specification
//!
//! | rule | source | where |
//! |---|---|---|
//! | revisions 2024-11-05 to 2026-07-28, with and without `initialize` | MCP | [`rmcp`] |
//! | input and output schemas, structured content, annotations | MCP, server/tools | each tool |
//! | errors of a tool are results that a model reads | MCP, server/tools | each tool |
//! | `resources/subscribe` and `subscriptions/listen` | MCP 2025-11-25, 2026-07-28 | [`MailServer`] |
//! | sessions, `Origin` | MCP, basic/transports | `HttpServer` |
//! | bearer | RFC 6750 2.1 | `HttpServer` |
//! | `Authentication-Results` | RFC 8601 2.2, 5 | `verify_sender` |
//! | `mail://{id}` | RFC 6570 | resource templates |
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `http` (default) | `HttpServer`: streamable HTTP beside standard input and output |
//!
//! # Limits
//!
//! | limit | default |
//! |---|---|
//! | emails on a page | 50, at most 100 |
//! | characters of text, and of JSON of data, in one answer | 8,000, at most 50,000 |
//! | characters of a subject, of a name with its address | 120, 100 |
//! | an attachment given out as it is | 1 MiB |
//! | attachments of an email that is sent | 10 MiB |
//! | recipients of one | 100 |
//! | seconds that `wait_for_email` waits | 60, at most 300 |
//! | calls that wait, subscriptions of a session | 16 |
//! | a line on standard input, a request over HTTP | 16 MiB |
//! | sessions over HTTP, and how long one may be idle | 64, 15 minutes |
//!
//! # Security
//!
//! * What a sender wrote stands between two marks that it cannot contain, made of its digest; what
//!   nobody can see of it is left out and counted; its length is bounded. Names, subjects and data
//!   are cleaned and bounded likewise, and every answer says whose words they are.
//! * Nothing is sent, moved or marked but by a call of a tool that says so in its annotations.
//!   [`Options::read_only`] takes these tools away.
//! * An id, a cursor, a query, a folder and an address are data on every transport.
//! * Over HTTP every request needs the token, which is kept as its SHA-256 and compared in constant
//!   time; `Host` and `Origin` are checked; without TLS the server stays on loopback.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "http")]
mod access_token;
mod authentication;
mod cursor;
mod desk;
mod error;
mod failure;
#[cfg(feature = "http")]
mod http;
mod mailboxes;
mod options;
#[cfg(feature = "http")]
mod origin;
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
pub use error::{Error, ErrorKind};
#[cfg(feature = "http")]
pub use http::{HttpConfig, HttpServer};
pub use mailboxes::{Mailboxes, NameError};
pub use options::{Limits, Options};
#[cfg(feature = "http")]
pub use origin::{Origin, OriginError};
pub use rmcp;
pub use server::MailServer;
pub use stdio::{serve, serve_stdio};

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
