//! Mail for AI agents: an `AgentMailbox` over the transport you pick.

mod endpoint;
mod environment;
mod error;
mod folder;
mod mail;
mod mailbox_url;
mod outgoing;
mod summary;
pub mod transport;

pub use endpoint::{Endpoint, Tls};
pub use environment::{Environment, SystemEnvironment};
pub use error::{Error, ErrorKind};
pub use folder::{Filter, Folder, Mark, Page, Position};
pub use mail::Mail;
pub use mailbox_url::{MailboxUrl, ServerTarget, Target};
pub use outgoing::{Outgoing, Receipt, Refusal};
pub use summary::{MailId, Summary};
pub use transport::Transport;
