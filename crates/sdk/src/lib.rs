//! Mail for AI agents: an `AgentMailbox` over the transport you pick.

mod connect;
mod endpoint;
mod environment;
mod error;
mod folder;
mod mail;
mod mailbox;
mod mailbox_url;
mod outgoing;
mod reply;
mod summary;
pub mod transport;
mod watch;

pub use connect::{Credentials, connect};
pub use endpoint::{Endpoint, Tls};
pub use environment::{Environment, SystemEnvironment};
pub use error::{Error, ErrorKind};
pub use folder::{Filter, Folder, Mark, Page, Position};
pub use mail::{Attached, Mail};
pub use mailbox::AgentMailbox;
pub use mailbox_url::{MailboxUrl, ServerTarget, Target};
pub use outgoing::{Outgoing, Receipt, Refusal};
pub use summary::{MailId, Summary};
pub use transport::Transport;
pub use watch::{Arrival, Watch};
