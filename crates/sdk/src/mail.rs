use structured_email::Message;

use crate::{Error, ErrorKind, MailId, Summary};

/// One whole message.
///
/// It owns the octets as they arrived; [`message`](Self::message) parses them on demand.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Mail {
    /// What a listing shows.
    pub summary: Summary,
    /// The message as it arrived.
    pub raw: Vec<u8>,
}

impl Mail {
    /// A message as a transport read it.
    #[must_use]
    pub fn new(id: MailId, raw: Vec<u8>, keywords: Vec<String>, unread: bool) -> Self {
        let summary = Summary::of(id, &raw, keywords, unread, raw.len() as u64);
        Self { summary, raw }
    }

    /// Parses the message with the strict policy: structure, items, text.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Protocol`] when the message or its header is over the default limits.
    pub fn message(&self) -> Result<Message<'_>, Error> {
        Message::parse(&self.raw)
            .map_err(|error| Error::new(ErrorKind::Protocol, error.to_string()).with_source(error))
    }
}
