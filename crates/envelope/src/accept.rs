use crate::canonical::Digest;
use crate::{
    Code, Envelope, EnvelopeId, EnvelopePost, Error, ErrorBody, Fact, FileId, Gate, Handle,
    HttpUrl, MonitorFact, OrderKey, PushFrame, Receipt, Role, Timestamp,
};

/// What an operator knows when a post comes in, looked up in the transaction that will commit.
///
/// Everything is looked up before anything is decided, so that a refusal takes the same work
/// whatever its cause (section 10).
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct View<'a> {
    /// The gate of the agent whose bearer came with the post.
    pub sender: &'a Gate,
    /// The gates of [`EnvelopePost::recipients`], in any order; those missing do not exist.
    pub recipients: &'a [Gate],
    /// What is under the id already, a tombstone included.
    pub known: Option<&'a Record>,
    /// Those of [`EnvelopePost::file_ids`] that the sender uploaded and nothing has claimed.
    pub files: &'a [FileId],
    /// The greatest key committed in the mailboxes of the sender and all recipients.
    pub last: Option<OrderKey>,
    /// The public URL that file URLs are built from.
    pub base: &'a HttpUrl,
}

/// What stays of an accepted envelope for as long as its id may be posted again: while it exists,
/// and 24 hours at least after it was deleted (3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // facts, filled in by a store
pub struct Record {
    /// Who sent it.
    pub from: Handle,
    /// What it said.
    pub digest: Digest,
    /// When it was accepted.
    pub received_ms: Timestamp,
    /// The first half of its order key.
    pub created_at: Timestamp,
}

/// What becomes of a post.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[allow(clippy::exhaustive_enums)] // section 16, and a match must not forget one
pub enum Decision {
    /// Commit it, then answer 202, then push.
    Accepted(Box<Accepted>),
    /// It is a retry: answer 202 with the original clocks, and do nothing else.
    Replayed(Receipt),
    /// Answer this, and leave no trace.
    Refused(ErrorBody),
}

/// An envelope to commit, and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    envelope: Envelope,
    entries: Vec<(Handle, Role)>,
    claims: Vec<FileId>,
    size_hint: u64,
    received_ms: Timestamp,
    key: OrderKey,
}

/// Decides on a post (3.1, steps 5 to 8).
///
/// The answers come in the order of the protocol: recipients before the id, so that a collision
/// does not tell whether a refused recipient exists. The same input gives the same decision.
pub fn accept(mut post: EnvelopePost, view: &View<'_>, now: Timestamp) -> Decision {
    let entries: Vec<_> = post
        .recipients()
        .map(|(handle, role)| (handle.clone(), role))
        .collect();
    if !admits_all(&entries, view) {
        return refuse(Code::NotFound, "not found");
    }
    let size_hint = post.size_hint();
    let claims: Vec<_> = post.file_ids().cloned().collect();
    post.resolve_files(view.base);
    if let Some(known) = view.known {
        return replay(&post, entries, known, view);
    }
    if !may_claim(&claims, view.files) {
        return refuse(
            Code::InvalidFile,
            "expected files that the sender uploaded, each named once and not yet sent",
        );
    }
    let Some(key) = OrderKey::next(view.last, now, post.id()) else {
        return refuse(Code::Unavailable, "the order keys are used up");
    };
    Decision::Accepted(Box::new(Accepted {
        envelope: Envelope::new(view.sender.agent.clone(), post),
        entries,
        claims,
        size_hint,
        received_ms: now,
        key,
    }))
}

/// Looks at every recipient, whatever became of the others.
fn admits_all(entries: &[(Handle, Role)], view: &View<'_>) -> bool {
    if let ([(handle, _)], [gate]) = (entries, view.recipients) {
        return gate.agent == *handle && gate.admits(view.sender); // what most posts are
    }
    let mut gates: Vec<_> = view.recipients.iter().collect();
    gates.sort_unstable_by(|left, right| left.agent.cmp(&right.agent));
    entries.iter().fold(true, |all, (handle, _)| {
        let found = gates.binary_search_by(|gate| gate.agent.cmp(handle));
        all & found.is_ok_and(|at| gates[at].admits(view.sender))
    })
}

fn replay(
    post: &EnvelopePost,
    entries: Vec<(Handle, Role)>,
    known: &Record,
    view: &View<'_>,
) -> Decision {
    if known.from != view.sender.agent {
        return refuse(
            Code::IdCollision,
            "envelope id already exists for a different sender",
        );
    }
    if known.digest != Digest::of(post) {
        return refuse(
            Code::RetryMismatch,
            "envelope id already used with a different body",
        );
    }
    Decision::Replayed(Receipt {
        id: post.id(),
        received_ms: known.received_ms,
        created_at: known.created_at,
        recipients: entries.into_iter().map(|(handle, _)| handle).collect(),
    })
}

/// Whether each claim is for a file that is there, and no two are for one (section 14).
fn may_claim(claims: &[FileId], files: &[FileId]) -> bool {
    let mut sorted: Vec<_> = claims.iter().collect();
    sorted.sort_unstable();
    let mut there: Vec<_> = files.iter().collect();
    there.sort_unstable();
    let is_twice = sorted.windows(2).any(|pair| pair[0] == pair[1]);
    !is_twice && sorted.iter().all(|id| there.binary_search(id).is_ok())
}

fn refuse(code: Code, message: &'static str) -> Decision {
    Decision::Refused(ErrorBody::new(code, message))
}

impl Accepted {
    /// The envelope to store.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> EnvelopeId {
        self.envelope.id()
    }

    /// The mailboxes that get an entry, each once.
    #[must_use]
    pub fn entries(&self) -> &[(Handle, Role)] {
        &self.entries
    }

    /// The uploaded files that belong to it now.
    #[must_use]
    pub fn claims(&self) -> &[FileId] {
        &self.claims
    }

    /// Its place in all these mailboxes.
    #[must_use]
    pub fn key(&self) -> OrderKey {
        self.key
    }

    /// About how many tokens it is (2.4).
    #[must_use]
    pub fn size_hint(&self) -> u64 {
        self.size_hint
    }

    /// What to keep for telling a retry. Each call makes the digest anew.
    #[must_use]
    pub fn record(&self) -> Record {
        Record {
            from: self.envelope.from().clone(),
            digest: self.envelope.digest(),
            received_ms: self.received_ms,
            created_at: self.key.created_at,
        }
    }

    /// What to answer once it is committed.
    #[must_use]
    pub fn receipt(&self) -> Receipt {
        Receipt {
            id: self.id(),
            received_ms: self.received_ms,
            created_at: self.key.created_at,
            recipients: self
                .entries
                .iter()
                .map(|(handle, _)| handle.clone())
                .collect(),
        }
    }

    /// What to push to the sockets of every recipient, after the answer.
    #[must_use]
    pub fn frame(&self) -> PushFrame<'_> {
        PushFrame::of(&self.envelope, self.key.created_at, self.size_hint)
    }

    /// What to push to the sockets of the sender after the frames, if it watches: one fact for
    /// each recipient, in order (section 9).
    pub fn facts(&self) -> impl Iterator<Item = MonitorFact> {
        let monitor = self.envelope.monitor();
        monitor.into_iter().flat_map(|monitor| {
            self.entries.iter().map(|(handle, _)| MonitorFact {
                monitor: monitor.clone(),
                envelope_id: self.id(),
                recipient: handle.clone(),
                fact: Fact::Stored,
                at_ms: self.key.created_at,
            })
        })
    }
}

impl From<Error> for Decision {
    fn from(error: Error) -> Self {
        Self::Refused(error.into())
    }
}

/// What an operator answers to a posted body whatever the recipients: `None` when its shape is
/// sound (3.1, steps 2 to 4).
///
/// ```
/// use asmtp_envelope::{Code, Limits, check};
///
/// assert_eq!(check(b"[]", &Limits::default()).map(|error| error.code()), Some(Code::InvalidJson));
/// ```
#[must_use]
pub fn check(octets: &[u8], limits: &crate::Limits) -> Option<Error> {
    EnvelopePost::parse(octets, limits).err()
}
