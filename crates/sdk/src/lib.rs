//! Mail for AI agents: an `AgentMailbox` over the transport you pick.

mod error;
mod mail;
pub mod transport;

pub use error::{Error, ErrorKind};
pub use mail::{
    Filter, Folder, Mail, MailId, Mark, Outgoing, Page, Position, Receipt, Refusal, Summary,
};
pub use transport::Transport;
