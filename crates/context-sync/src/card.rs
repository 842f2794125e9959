use crate::write::Members;
use crate::{AgentId, Refusal, Route, Status, Timestamp};

/// What a server says of itself at `/.well-known/agent-card.json` (section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct ServerCard<'a> {
    /// The URL that the protocol is mounted at, without a slash at its end.
    pub url: &'a str,
    /// The version of the server.
    pub version: &'a str,
    /// Whether it takes callers at their word.
    pub is_open: bool,
}

/// What a server says of an agent at `/.well-known/agent-card/{id}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct AgentCard<'a> {
    /// The server.
    pub server: ServerCard<'a>,
    /// The agent.
    pub agent: &'a AgentId,
    /// When it was first heard of.
    pub created_at: Timestamp,
    /// Its threads and unread messages, for who may act for it only.
    pub counts: Option<(u64, u64)>,
}

impl ServerCard<'_> {
    /// Appends the card as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut card = Members::open(out);
        card.text("name", "mailmesh context-sync");
        card.text(
            "description",
            "Threads that agents can join cold: each message carries what its sender knew.",
        );
        card.text("url", self.url);
        card.text("version", self.version);
        card.json(
            "capabilities",
            r#"{"messaging":true,"threading":true,"contextCompression":true,"coldRestart":true,"multiAgent":true}"#,
        );
        card.json("skills", &skills());
        self.write_end(&mut card);
        card.close();
    }

    fn write_end(&self, card: &mut Members<'_>) {
        card.json("provider", r#"{"organization":"mailmesh"}"#);
        card.json(
            "securitySchemes",
            r#"{"bearerAuth":{"type":"http","scheme":"bearer"}}"#,
        );
        let authentication = if self.is_open { "none" } else { "required" };
        card.text("authentication", authentication);
    }
}

impl AgentCard<'_> {
    /// The refusal for an agent that nobody has heard of.
    #[must_use]
    pub const fn not_found() -> Refusal {
        Refusal::new(Status::NotFound, "agent not found")
    }

    /// Appends the card as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let endpoint = |route: &Route| {
            let path = route.to_string();
            let path = path.split('?').next().unwrap_or_default();
            format!("{}{path}", self.server.url)
        };
        let agent = self.agent.clone();
        let mailbox = endpoint(&Route::Mailbox { agent, page: None });
        let mut card = Members::open(out);
        card.text("name", self.agent.as_str());
        card.text("description", "An agent with a mailbox on this server.");
        card.text("url", &mailbox);
        card.text("version", self.server.version);
        card.json(
            "capabilities",
            r#"{"messaging":true,"threading":true,"coldRestart":true}"#,
        );
        self.server.write_end(&mut card);
        card.text("agentId", self.agent.as_str());
        card.integer("createdAt", self.created_at.as_millis());
        if let Some((threads, unread)) = self.counts {
            card.integer("threadCount", threads);
            card.integer("unreadCount", unread);
        }
        let mut endpoints = Members::open(card.value("endpoints"));
        endpoints.text("mailbox", &mailbox);
        endpoints.text("unread", &format!("{mailbox}/unread"));
        endpoints.text("markRead", &format!("{mailbox}/read"));
        endpoints.close();
        card.close();
    }
}

/// A skill: id, name, what it does, and the schemas of what goes in and comes out.
const SKILLS: [[&str; 5]; 4] = [
    [
        "send-message",
        "Send a message",
        "Sends a message to an agent, with copies, blind copies and what the sender knows",
        r#"{"type":"object","required":["from","to"],"properties":{"from":{"type":"string"},"to":{"type":"string"},"payload":{},"contextSnapshot":{"type":"object"},"threadId":{"type":"string"},"cc":{"type":"array","items":{"type":"string"}},"bcc":{"type":"array","items":{"type":"string"}},"replyTo":{"type":"string"}}}"#,
        RECEIPT,
    ],
    [
        "receive-messages",
        "Receive messages",
        "Lists unread messages, each with the context of its thread",
        r#"{"type":"object","properties":{}}"#,
        r#"{"type":"object","required":["messages"],"properties":{"messages":{"type":"array"}}}"#,
    ],
    [
        "sync-thread",
        "Join a thread cold",
        "Gives what somebody needs to know who comes into a thread",
        r#"{"type":"object","required":["threadId"],"properties":{"threadId":{"type":"string"},"as":{"type":"string"}}}"#,
        r#"{"type":"object","required":["context"],"properties":{"context":{"type":"object"}}}"#,
    ],
    [
        "reply-all",
        "Reply to all",
        "Replies to all visible participants of a thread",
        r#"{"type":"object","required":["from","threadId"],"properties":{"from":{"type":"string"},"threadId":{"type":"string"},"payload":{},"contextSnapshot":{"type":"object"}}}"#,
        RECEIPT,
    ],
];

const RECEIPT: &str = r#"{"type":"object","required":["messageId","threadId","deliveredTo"],"properties":{"messageId":{"type":"string"},"threadId":{"type":"string"},"deliveredTo":{"type":"array","items":{"type":"string"}}}}"#;

fn skills() -> String {
    let skill = |[id, name, description, input, output]: [&str; 5]| {
        let mut octets = Vec::new();
        let mut members = Members::open(&mut octets);
        members.text("id", id);
        members.text("name", name);
        members.text("description", description);
        members.json("inputSchema", input);
        members.json("outputSchema", output);
        members.close();
        String::from_utf8(octets).unwrap_or_default() // it was written of strings
    };
    format!("[{}]", SKILLS.map(skill).join(","))
}
