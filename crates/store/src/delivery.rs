use std::collections::BTreeSet;
use std::time::SystemTime;

use asmtp_envelope::{EnvelopeId, PushFrame};

use crate::{Address, Direction, Error, ErrorKind, FolderName, Keyword, Limits};

/// One message on its way into mailboxes: stored once, whole, or not at all.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // what a caller has to say
pub struct Delivery {
    /// Its id, minted for it.
    pub id: EnvelopeId,
    /// The message, octet for octet as it is read later.
    pub raw: Vec<u8>,
    /// What listings show of it.
    pub index: Index,
    /// The text that searches look through, beside the subject and the addresses of the index.
    pub text: String,
    /// The frame under which ASMTP doors list and push it, with the id above; the store puts in its
    /// `created_at`. Without one they do not show the message.
    pub frame: Option<PushFrame<'static>>,
    /// When it was accepted. The store makes the order key of it.
    pub received: SystemTime,
    /// The mailboxes it goes to, one or more. A mailbox that does not exist yet is made: mail
    /// waits for its owner.
    pub postings: Vec<Posting>,
}

/// What listings show of a message. The caller computes it once, at delivery, so that no listing
/// ever parses a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // built by callers with `..Index::default()`
pub struct Index {
    /// The `Message-ID`, without angle brackets.
    pub message_id: Option<String>,
    /// `In-Reply-To`, without angle brackets.
    pub in_reply_to: Option<String>,
    /// The author.
    pub from: Option<String>,
    /// `To`.
    pub to: Vec<String>,
    /// `Cc`.
    pub cc: Vec<String>,
    /// The decoded subject.
    pub subject: String,
    /// The `Date`, as the caller shows it.
    pub date: Option<String>,
    /// The class of its structured data.
    pub class: String,
    /// Whether it carries structured data.
    pub has_structured_data: bool,
    /// Whether it is for machines only. Listings filter by it.
    pub is_mrm: bool,
    /// The types of its items.
    pub types: Vec<String>,
}

/// One entry a message gets in one mailbox.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // what a caller has to say
pub struct Posting {
    /// The mailbox.
    pub mailbox: Address,
    /// Which way the message goes. A mailbox takes one message at most once each way.
    pub direction: Direction,
    /// The folder, made when it does not exist.
    pub folder: FolderName,
    /// Whether the entry is unread.
    pub unread: bool,
    /// The keywords it starts with.
    pub keywords: Vec<Keyword>,
}

impl Delivery {
    /// Refuses what no engine would store.
    pub(crate) fn check(&self, limits: &Limits) -> Result<(), Error> {
        let invalid = |message| Err(Error::new(ErrorKind::Invalid, message));
        if self.raw.len() > limits.message_octets {
            return invalid(format!(
                "expected a message of at most {} octets",
                limits.message_octets
            ));
        }
        if self.postings.is_empty() || self.postings.len() > limits.postings {
            return invalid(format!(
                "expected 1 to {} mailboxes to deliver to",
                limits.postings
            ));
        }
        if self
            .postings
            .iter()
            .any(|posting| posting.keywords.len() > limits.keywords)
        {
            return invalid(format!(
                "expected at most {} keywords on an entry",
                limits.keywords
            ));
        }
        if self
            .frame
            .as_ref()
            .is_some_and(|frame| frame.id() != self.id)
        {
            return invalid("expected a frame with the id of the message".to_owned());
        }
        let mut seen = BTreeSet::new();
        if !self
            .postings
            .iter()
            .all(|posting| seen.insert((&posting.mailbox, posting.direction)))
        {
            return invalid("expected every mailbox once in each direction".to_owned());
        }
        Ok(())
    }

    /// Octets it takes while it waits for the writer.
    pub(crate) fn weight(&self) -> usize {
        self.raw.len().saturating_add(self.text.len())
    }
}

impl Posting {
    /// An unread entry in the inbox of a recipient.
    #[must_use]
    pub fn received(mailbox: Address) -> Self {
        Self {
            mailbox,
            direction: Direction::In,
            folder: FolderName::inbox(),
            unread: true,
            keywords: Vec::new(),
        }
    }

    /// The copy the sender keeps, read, in the folder `Sent`.
    #[must_use]
    pub fn sent(mailbox: Address) -> Self {
        Self {
            mailbox,
            direction: Direction::Out,
            folder: FolderName::sent(),
            unread: false,
            keywords: Vec::new(),
        }
    }

    /// The same with keywords.
    #[must_use]
    pub fn with_keywords(mut self, keywords: Vec<Keyword>) -> Self {
        self.keywords = keywords;
        self
    }
}
