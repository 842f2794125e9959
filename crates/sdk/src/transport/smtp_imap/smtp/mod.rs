//! An SMTP client that reports each recipient.
//!
//! lettre sends through one call that stops at the first refused recipient, and reads a line of
//! any length. Here the steps are our own: what is said is built in [`envelope`] without I/O,
//! answers are read by smtp-proto, which keeps 4 KiB of one, and [`connection`] joins the two.

mod connection;
mod envelope;

pub(super) use connection::Connection;
