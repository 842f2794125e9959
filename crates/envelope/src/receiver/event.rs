use crate::{EnvelopeId, Error, Listing, MonitorFact, OrderKey, Page, Push, PushFrame};

/// What a [`Receiver`](crate::Receiver) is told.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// Time passed.
    Tick,
    /// The socket is open.
    Opened(Ticket),
    /// The socket brought a message.
    Pushed(Ticket, Push),
    /// The socket brought a message that [`Push::parse`] refused. What it said is listed instead.
    Garbled(Ticket),
    /// The answer to a listing.
    Listed(Ticket, Page<'static>),
    /// The socket did not open or is closed, or a listing failed.
    Failed(Ticket, Failure),
    /// The handler has done with the envelope it was given. Until then nothing else is delivered.
    Handled(EnvelopeId),
    /// The last [`Action::Save`] is durable.
    Saved,
}

/// What a [`Receiver`](crate::Receiver) wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Action {
    /// Open a socket, with a fresh bearer.
    Connect(Ticket),
    /// Close the socket, if it is still open, and stop the listing. Nothing they bring counts.
    Disconnect,
    /// Get a page.
    List(Ticket, Listing),
    /// Give the header to the handler, then say [`Event::Handled`]. A handler may get one again
    /// after a crash, and has to tell by the id.
    Deliver(PushFrame<'static>),
    /// Give the fact to whoever watches.
    Inform(MonitorFact),
    /// Make the cursor durable, in the place of the last one: write it beside, sync, rename; then
    /// say [`Event::Saved`]. There is no other save until then.
    Save(OrderKey),
    /// Tell somebody that so many rows of a page could not be read, and why the first one could
    /// not. They are passed over.
    Report {
        /// How many.
        rows: usize,
        /// What was wrong with the first.
        error: Error,
    },
    /// Tell somebody that the bearer is no longer taken. The machine does nothing more.
    Stop,
}

/// Names a socket or a request, so that what an old one brings is told from the new one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub(crate) u64);

/// Why a socket closed or a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // try again or not
pub enum Failure {
    /// It may go better later.
    Passing {
        /// How long the operator asks to wait.
        retry_after_ms: Option<u64>,
    },
    /// The operator does not take the bearer: trying again does not help.
    Credential,
}

impl Failure {
    /// The failure behind an HTTP status, of the handshake or of a request.
    #[must_use]
    pub fn of_status(status: u16, retry_after_ms: Option<u64>) -> Self {
        match status {
            401 => Self::Credential,
            _ => Self::Passing { retry_after_ms },
        }
    }

    /// The failure behind the close code of a WebSocket (6.1): 1008 says that the bearer was
    /// revoked or rotated, or the agent deleted.
    #[must_use]
    pub fn of_close(code: u16) -> Self {
        match code {
            1008 => Self::Credential,
            _ => Self::Passing {
                retry_after_ms: None,
            },
        }
    }
}
