use serde::Serialize;
use structured_email::Mailbox;

/// A composed message and its envelope.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outgoing {
    /// The message, lines ended by CRLF, without `Bcc`.
    pub message: Vec<u8>,
    /// Its `Message-ID`, without angle brackets.
    pub message_id: String,
    /// The envelope sender.
    pub from: Mailbox,
    /// The envelope recipients: to, cc and bcc, each once.
    pub recipients: Vec<String>,
    /// Whether SMTPUTF8 is needed.
    pub needs_smtputf8: bool,
}

/// What became of a message that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The `Message-ID`, without angle brackets: what can be found again.
    pub message_id: String,
    /// Recipients that were accepted.
    pub accepted: Vec<String>,
    /// Recipients that were refused, with the reason. The message went to the others.
    pub refused: Vec<Refusal>,
}

/// A recipient that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Refusal {
    /// The recipient.
    pub recipient: String,
    /// The other side's words, shortened.
    pub reason: String,
}

impl Receipt {
    /// What a transport answers when at least one recipient was accepted. When all were refused
    /// the answer is an error of kind [`Refused`](crate::ErrorKind::Refused).
    #[must_use]
    pub fn new(message_id: String, accepted: Vec<String>, refused: Vec<Refusal>) -> Self {
        Self {
            message_id,
            accepted,
            refused,
        }
    }
}

impl Refusal {
    /// The longest reason that is kept, in characters.
    pub const MAX_REASON: usize = 200;

    /// A refusal; the reason is cut to [`Self::MAX_REASON`] characters and loses its control
    /// characters, for the other side wrote it.
    #[must_use]
    pub fn new(recipient: impl Into<String>, reason: &str) -> Self {
        let words = reason
            .chars()
            .filter(|c| !c.is_control())
            .take(Self::MAX_REASON);
        Self {
            recipient: recipient.into(),
            reason: words.collect(),
        }
    }
}
