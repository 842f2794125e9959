//! The commands, one file each: its arguments and what it does.

pub(crate) mod agent;
pub(crate) mod card;
pub(crate) mod completions;
pub(crate) mod compose;
pub(crate) mod config;
pub(crate) mod context;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod envelope;
pub(crate) mod health;
pub(crate) mod inspect;
pub(crate) mod list;
pub(crate) mod man;
pub(crate) mod mark;
pub(crate) mod mcp;
pub(crate) mod read;
pub(crate) mod reply;
pub(crate) mod search;
pub(crate) mod send;
pub(crate) mod serve;
pub(crate) mod store;
pub(crate) mod vectors;
pub(crate) mod watch;
