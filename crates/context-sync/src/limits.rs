/// How much is taken in. The defaults are those of the protocol, or safe where it names none.
///
/// Sizes are octets, the others are counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Limits::default()`
pub struct Limits {
    /// A request body. Default 10 MiB (section 11).
    pub body: usize,
    /// An answer, as a client reads it. Default 256 MiB.
    pub answer: usize,
    /// Nested arrays and objects of a request body, the outermost counted as 1. Default 64, at
    /// most [`DEPTH_CAP`](Self::DEPTH_CAP) (section 1).
    pub depth: usize,
    /// One JSON number. Default 1,024.
    pub number: usize,
    /// Agents named by one message in `to`, `cc` and `bcc`, repetitions counted. Default 256
    /// (section 7).
    pub recipients: usize,
    /// Visible participants of one thread. Default 257: one more than the recipients, so that
    /// everybody in a thread can reply to all.
    pub participants: usize,
    /// Agents that one principal may own. Default 100 (section 7).
    pub agents: usize,
    /// Field names that a handoff may list. Default 100 (section 8).
    pub handoff_fields: usize,
    /// Nodes that an agent may note, and as many edges and index entries. Default 10,000.
    pub notes: u64,
    /// Ids of covered messages that an answer lists, the newest of them. Default 1,000.
    pub covered_ids: u64,
    /// What an answer of unread messages may repeat of the contexts that they stand in. Beyond it,
    /// only the last unread message of each thread brings the messages around it. Default 8 MiB.
    pub repeated: usize,
    /// What the messages of one answer hold, and as much again what they stand in: beyond it an
    /// answer has fewer of them. Each counts its content, and
    /// [`StoredMessage::AROUND`](crate::StoredMessage::AROUND); a thread counts as
    /// [`MailboxPlan::size`](crate::MailboxPlan::size) says. Default 16 MiB.
    pub portion: usize,
}

impl Limits {
    /// The most that [`Limits::depth`](field@Self::depth) counts for: an answer nests a payload
    /// more deeply than a request, and has to stay readable.
    pub const DEPTH_CAP: usize = 120;

    /// What an answer adds around a payload.
    const AROUND: usize = 8;

    /// For a request body.
    pub(crate) fn request(&self) -> strict_json::Limits {
        self.json(self.body, self.depth.min(Self::DEPTH_CAP))
    }

    /// For an answer.
    pub(crate) fn answer(&self) -> strict_json::Limits {
        self.json(self.answer, Self::DEPTH_CAP + Self::AROUND)
    }

    /// For one value of a message, as a request had it or a store kept it.
    pub(crate) fn value(&self) -> strict_json::Limits {
        self.json(self.answer, Self::DEPTH_CAP)
    }

    fn json(&self, size: usize, depth: usize) -> strict_json::Limits {
        strict_json::Limits {
            size,
            depth,
            number: self.number,
            ..strict_json::Limits::default()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 10 << 20,
            answer: 256 << 20,
            depth: 64,
            number: 1024,
            recipients: 256,
            participants: 257,
            agents: 100,
            handoff_fields: 100,
            notes: 10_000,
            covered_ids: 1000,
            repeated: 8 << 20,
            portion: 16 << 20,
        }
    }
}
