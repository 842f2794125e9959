//! Any mail server: SMTP to send, IMAP to read.

mod imap;
