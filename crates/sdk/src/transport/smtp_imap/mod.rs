//! Any mail server: SMTP to send, IMAP to read.

mod config;
mod connection;
mod imap;
mod stream;
