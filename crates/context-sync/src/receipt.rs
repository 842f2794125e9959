use crate::write::Members;
use crate::{AgentId, Error, Limits, MessageId, ThreadId, json};

/// The answer to a send or a reply to all (section 4).
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // section 4
pub struct Receipt {
    /// The new message.
    pub message_id: MessageId,
    /// The thread that it stands in.
    pub thread_id: ThreadId,
    /// Whose mailboxes it is in: to, cc, bcc, each once and without the sender. Blind copies are
    /// told to their sender only, who gets this.
    pub delivered_to: Vec<AgentId>,
}

impl Receipt {
    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// When it is no strict JSON object, or a field is missing or of the wrong type.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, &limits.answer())?;
        let body = json::object(&document)?;
        let agents = |value| json::agents(value, usize::MAX);
        Ok(Self {
            message_id: json::required(body, "messageId", json::text)?,
            thread_id: json::required(body, "threadId", json::text)?,
            delivered_to: json::maybe(body, "deliveredTo", agents)?.unwrap_or_default(),
        })
    }

    /// Appends the answer as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        body.text("messageId", self.message_id.as_str());
        body.text("threadId", self.thread_id.as_str());
        body.agents("deliveredTo", &self.delivered_to);
        body.close();
    }
}
