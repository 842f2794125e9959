use crate::{
    AgentId, Decision, Error, Limits, ReplyAllRequest, SendRequest, Stamp, Target, View, reply_all,
    send,
};

/// A message as it comes to a server, by either of the two ways: what it asks a store for, and how
/// it is decided on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // section 4, and a match must not forget one
pub enum Post {
    /// By `POST /messages/send`.
    Send(SendRequest),
    /// By `POST /messages/reply-all`.
    ReplyAll(ReplyAllRequest),
}

impl Post {
    /// Reads the body of a message that is sent.
    ///
    /// # Errors
    ///
    /// As [`SendRequest::parse`].
    pub fn parse_send(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        SendRequest::parse(octets, limits).map(Self::Send)
    }

    /// Reads the body of a reply to all.
    ///
    /// # Errors
    ///
    /// As [`ReplyAllRequest::parse`].
    pub fn parse_reply_all(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        ReplyAllRequest::parse(octets, limits).map(Self::ReplyAll)
    }

    /// Who sends, for [`Caller::check`](crate::Caller::check).
    #[must_use]
    pub fn sender(&self) -> &AgentId {
        match self {
            Self::Send(request) => &request.from,
            Self::ReplyAll(request) => &request.from,
        }
    }

    /// The way it came, a part of the name of its idempotency key (section 5).
    #[must_use]
    pub fn way(&self) -> &'static str {
        match self {
            Self::Send(_) => "send",
            Self::ReplyAll(_) => "reply-all",
        }
    }

    /// The thread to look up.
    #[must_use]
    pub fn target(&self) -> Target {
        match self {
            Self::Send(request) => request.target(),
            Self::ReplyAll(request) => Target::Thread(request.thread_id.clone()),
        }
    }

    /// The agents whose rows in that thread are looked up beside those of its visible members.
    #[must_use]
    pub fn named(&self) -> Vec<AgentId> {
        match self {
            Self::Send(request) => request.named(),
            Self::ReplyAll(request) => vec![request.from.clone()],
        }
    }

    /// Decides on it, as [`send`] or [`reply_all`].
    pub fn decide(self, view: &View<'_>, stamp: &Stamp, limits: &Limits) -> Decision {
        match self {
            Self::Send(request) => send(request, view, stamp, limits),
            Self::ReplyAll(request) => reply_all(request, view, stamp, limits),
        }
    }
}
