use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Code, EnvelopeId, EnvelopePost, ErrorBody, Limits, Receipt};

/// An envelope as it goes over the wire, the same octets at every try. This is what a sender keeps
/// until the outcome is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    id: EnvelopeId,
    body: Box<str>,
}

impl Parcel {
    pub(super) fn of(post: &EnvelopePost) -> Self {
        let mut octets = Vec::new();
        post.write(&mut octets);
        // What is written is made of texts only.
        let body = String::from_utf8(octets).unwrap_or_default();
        Self {
            id: post.id(),
            body: body.into(),
        }
    }

    /// The id of the envelope.
    #[must_use]
    pub fn id(&self) -> EnvelopeId {
        self.id
    }

    /// The body of the request, `POST /messages`.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }
}

/// What an [`Outbox`](crate::Outbox) is told.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum OutboxEvent {
    /// Time passed.
    Tick,
    /// The parcel is durable.
    Persisted(EnvelopeId),
    /// A try has ended.
    Answered(EnvelopeId, Answer),
    /// The outcome was taken in, and need not be reported again after a crash.
    Recorded(EnvelopeId),
}

/// What an [`Outbox`](crate::Outbox) wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum OutboxAction {
    /// Make the parcel durable, then say [`OutboxEvent::Persisted`]. It is not sent before.
    Persist(Arc<Parcel>),
    /// Post the parcel, then say [`OutboxEvent::Answered`].
    Send(Arc<Parcel>),
    /// Tell the sender what became of the envelope, then say [`OutboxEvent::Recorded`]. After a
    /// crash the same outcome may be reported again.
    Report(EnvelopeId, Outcome),
    /// Remove the parcel. A crash before that sends it again, which the operator answers as the
    /// first time.
    Forget(EnvelopeId),
}

/// How a try ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// Stored. The receipt is missing when it could not be read.
    Accepted(Option<Receipt>),
    /// Refused, for good.
    Refused {
        /// The status.
        status: u16,
        /// The code, when it is one of the protocol's.
        code: Option<Code>,
    },
    /// Not taken now, and nothing was stored: too many requests.
    Later {
        /// How long the operator asks to wait.
        retry_after_ms: Option<u64>,
    },
    /// The operator failed. Whether it stored the envelope is not known.
    Unavailable {
        /// How long the operator asks to wait.
        retry_after_ms: Option<u64>,
    },
    /// There was no answer. Whether the operator stored the envelope is not known.
    Lost,
}

impl Answer {
    /// The answer in an HTTP response to a post.
    #[must_use]
    pub fn of_response(status: u16, body: &[u8], retry_after_ms: Option<u64>) -> Self {
        match status {
            200..=299 => Self::Accepted(Receipt::parse(body, &Limits::default()).ok()),
            408 | 425 | 429 => Self::Later { retry_after_ms },
            500.. => Self::Unavailable { retry_after_ms },
            _ => Self::Refused {
                status,
                code: ErrorBody::parse(body).code(),
            },
        }
    }
}

/// What became of an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The operator has it. The receipt is missing when the answer could not be read.
    Accepted(Option<Receipt>),
    /// The operator refused it. That includes a bearer that is not taken (401): once there is a new
    /// one the same envelope may be submitted again.
    #[non_exhaustive]
    Rejected {
        /// The status.
        status: u16,
        /// The code, when it is one of the protocol's.
        code: Option<Code>,
        /// An earlier try went unanswered and may have been stored: for one, a recipient who
        /// blocks the sender between two tries makes the second one a 404.
        may_be_stored: bool,
    },
    /// The operator has another envelope of this sender under the id, though only these octets
    /// were ever sent. Somebody changed the store or made the id twice: a bug to report.
    Mismatch,
}
