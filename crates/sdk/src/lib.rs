//! Mail for AI agents: an `AgentMailbox` over the transport you pick.

mod error;
mod folder;
mod mail;
mod outgoing;
mod summary;
pub mod transport;

pub use error::{Error, ErrorKind};
pub use folder::{Filter, Folder, Mark, Page, Position};
pub use mail::Mail;
pub use outgoing::{Outgoing, Receipt, Refusal};
pub use summary::{MailId, Summary};
pub use transport::Transport;
