use serde::Serialize;
use structured_email::{Draft, Mailbox, Stamp};

use crate::{Error, ErrorKind};

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
    /// What of the message the recipients do not get, in words. Empty for mail that is carried as
    /// it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<String>,
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

impl Outgoing {
    /// Writes a draft and its envelope. The same draft and stamp give the same octets; `Bcc`
    /// is left out whatever the draft says.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the draft cannot be written, has no author or names no
    /// recipient.
    pub fn compose(draft: Draft, stamp: &Stamp) -> Result<Self, Error> {
        let draft = draft.keep_bcc(false);
        let mut message = Vec::new();
        let composed = draft.compose(stamp, &mut message).map_err(|error| {
            Error::new(ErrorKind::Invalid, error.to_string()).with_source(error)
        })?;
        let Some(from) = draft.author().cloned() else {
            return Err(Error::new(ErrorKind::Invalid, "the draft names no author"));
        };
        let recipients: Vec<String> = draft.recipients().into_iter().map(str::to_owned).collect();
        if recipients.is_empty() {
            return Err(Error::new(
                ErrorKind::Invalid,
                "the draft names no recipient",
            ));
        }
        Ok(Self {
            message,
            message_id: stamp.message_id.trim_matches(['<', '>']).to_owned(),
            from,
            recipients,
            needs_smtputf8: composed.needs_smtputf8,
        })
    }
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
            losses: Vec::new(),
        }
    }

    /// The same with what of the message was lost on the way.
    #[must_use]
    pub fn with_losses(self, losses: Vec<String>) -> Self {
        Self { losses, ..self }
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
