//! An IMAP client that does no I/O: octets in, octets out, commands in, events out.
//!
//! It is a loop of our own around the codec of imap-codec, because a mail client meets servers
//! and mail that want to hurt it. Four rules hold here, whatever the server sends:
//!
//! * a completion counts only with the tag of the command that runs;
//! * a literal leaves only after the server asked for it, and never after it refused;
//! * octets and responses are counted against the [`Budget`] of the command, and a response that
//!   outgrows the machine's limit ends the conversation before its line does;
//! * a response that cannot be decoded is an event, so nobody takes a gap for the whole.
//!
//! The types of imap-codec stay inside: it is an alpha, pinned exactly.

mod command;
mod fault;
mod folder_name;
mod machine;
mod response;
#[cfg(test)]
mod tests;

pub(crate) use command::{Command, Item, Numbers, Term};
pub(crate) use fault::Fault;
pub(crate) use machine::{Budget, Event, Machine};
pub(crate) use response::{Code, Completion, Fetched, Outcome, Piece, Untagged};
