//! The tools, one file for those that belong together.

mod attachment;
mod forward;
mod list;
mod mailboxes;
mod manage;
mod outgoing;
mod read;
mod reply;
mod send;
mod verify;
mod wait;

pub(crate) use attachment::GetAttachment;
pub(crate) use forward::ForwardEmail;
pub(crate) use list::{ListEmails, Listed, SearchEmails};
pub(crate) use mailboxes::{ListFolders, ListMailboxes};
pub(crate) use manage::{MarkEmail, MoveEmail};
pub(crate) use read::{Email, ReadEmail};
pub(crate) use reply::ReplyEmail;
pub(crate) use send::SendEmail;
pub(crate) use verify::VerifySender;
pub(crate) use wait::WaitForEmail;
