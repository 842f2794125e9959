use std::fmt;

use crate::Item;

/// The header fields a DKIM signature should cover, each listed once more than it occurs so that
/// none can be added (RFC 6376, 8.15).
///
/// In a message that is one single part, the MIME fields among them decide what the data is; a
/// signature that leaves one out does not vouch for the item.
pub const DKIM_FIELDS: &[&str] = &[
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Supersedes",
    "Reply-To",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
    "Content-ID",
    "Content-Purpose",
];

/// The fields of [`DKIM_FIELDS`] that belong to the part when the message is the part.
const MIME_FIELDS: &[&str] = &[
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
    "Content-ID",
    "Content-Purpose",
];

/// What may be done with an item (draft-ietf-sml-trust, 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_enums)] // three bins, and a match must not forget one
pub enum Verdict {
    /// Nothing: use the readable content.
    Inert,
    /// It may be shown, as words of its sender. Nothing happens because of it.
    Display,
    /// It may be acted on.
    Actionable,
}

/// What the caller knows about a message: results of its own checks, never claims of the message.
///
/// The default knows nothing and gives [`Verdict::Inert`] for every item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // an input, built with `..TrustInput::default()`
pub struct TrustInput {
    /// Each DKIM signature with its result.
    pub dkim: Vec<DkimResult>,
    /// The DMARC result for the `From` domain.
    pub dmarc: Option<bool>,
    /// Valid S/MIME signatures of the author, as indexes into
    /// [`Message::signatures`](crate::Message::signatures). Valid means: the signature verifies
    /// and its certificate is trusted for the `From` mailbox.
    pub smime: Vec<usize>,
    /// Valid OpenPGP signatures of the author, likewise.
    pub openpgp: Vec<usize>,
    /// The octets that were parsed are themselves what a valid signature of the author covers:
    /// the content of an encrypted or opaque signed message.
    pub enclosing: bool,
    /// An ARC chain of a forwarder the caller trusts says that authentication passed.
    pub arc: bool,
    /// The `From` mailbox is a trusted sender's.
    pub sender_known: bool,
    /// The message belongs to a thread with a trusted sender, or its content ties it to an older
    /// trusted message, such as the update of an accepted invitation.
    pub thread_known: bool,
}

/// The result of one DKIM signature (RFC 6376).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct DkimResult {
    /// Whether it verified. Neutral is not a pass.
    pub pass: bool,
    /// Whether its domain is aligned with the `From` domain (RFC 7489, 3.1).
    pub aligned: bool,
    /// The fields it covers, its `h=` tag.
    pub signed_fields: Vec<String>,
    /// Its `l=` tag. A signature over part of the body lets anybody append, and does not count.
    pub body_length: Option<u64>,
}

/// A verdict and what led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assessment {
    /// What may be done.
    pub verdict: Verdict,
    /// Why not more, or for an actionable item the reason why. Never empty.
    pub reasons: Vec<Reason>,
}

/// One reason for a [`Verdict`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// It contradicts another item of the message.
    Conflict,
    /// Two members of one name: readers disagree on what it says.
    DuplicateMember,
    /// It claims to describe the readable body.
    CidOfBody,
    /// The author signed part of the message, and the item is outside of it.
    OutsideSignature,
    /// The `From` domain fails DMARC and no personal signature makes up for it.
    DmarcFailed,
    /// The sender is a stranger.
    UnknownSender,
    /// Nothing shows that the sender is who `From` says.
    Unauthenticated,
    /// The sender is authenticated, but no signature covers the item with its MIME fields.
    NotCovered,
    /// It stands in quoted text: somebody else's words.
    Quoted,
    /// Its part is an attachment, or lacks a `Content-Purpose`: no statement about the message.
    NotDesignated,
    /// A signature of a trusted sender, or of a sender in a trusted thread, covers it.
    Trusted,
}

/// Says what may be done with an item.
///
/// Reading is for everyone, acting for the trusted. Neither the class of an item, nor a keyword,
/// nor a header hint such as `$MRM` ever raises the verdict.
///
/// A signature *covers* an item if it is the author's and valid, and is S/MIME or OpenPGP around
/// the item ([`Item::covered_by`]) or all of the message, or DKIM, aligned, without `l=`, under
/// a DMARC result that is not a failure. For an item whose MIME fields are top-level fields DKIM
/// has to list them all. Without that, an aligned DKIM signature, a DMARC pass or a trusted ARC
/// chain *authenticates* the sender.
///
/// | | sender known | thread known | neither |
/// |---|---|---|---|
/// | covered | `Actionable` | `Actionable` | `Inert` |
/// | authenticated only | `Display` | `Display` | `Inert` |
/// | neither | `Inert`: `From` is a mere claim | `Display` | `Inert` |
///
/// | whatever the table says | |
/// |---|---|
/// | conflict, duplicate member, `cid:` of the body | `Inert` |
/// | a personal signature is there and the item outside of it | `Inert` |
/// | quoted, attachment, no `Content-Purpose` | at most `Display` |
///
/// ```
/// use structured_email::{DkimResult, Message, TrustInput, Verdict, assess};
///
/// let raw = b"Content-Type: multipart/alternative; boundary=b\r\n\r\n\
///     --b\r\n\r\nHello\r\n\
///     --b\r\nContent-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\r\n\
///     {\"@type\":\"Order\"}\r\n--b--\r\n";
/// let message = Message::parse(raw).unwrap();
/// let item = message.primary().unwrap();
/// assert_eq!(assess(item, &TrustInput::default()).verdict, Verdict::Inert);
///
/// let dkim = DkimResult { pass: true, aligned: true, ..DkimResult::default() };
/// let trust = TrustInput { dkim: vec![dkim], sender_known: true, ..TrustInput::default() };
/// assert_eq!(assess(item, &trust).verdict, Verdict::Actionable);
/// ```
#[must_use]
pub fn assess(item: &Item<'_>, trust: &TrustInput) -> Assessment {
    let flags = item.flags();
    let personal = trust.enclosing
        || item
            .covered_by()
            .iter()
            .any(|n| trust.smime.contains(n) || trust.openpgp.contains(n));
    let signed = !trust.smime.is_empty() || !trust.openpgp.is_empty();
    let dmarc_failed = trust.dmarc == Some(false) && !personal;

    let inert = reasons(&[
        (flags.conflict, Reason::Conflict),
        (flags.duplicate_member, Reason::DuplicateMember),
        (flags.cid_of_body, Reason::CidOfBody),
        (signed && !personal, Reason::OutsideSignature),
        (dmarc_failed, Reason::DmarcFailed),
        (
            !trust.sender_known && !trust.thread_known,
            Reason::UnknownSender,
        ),
    ]);
    if !inert.is_empty() {
        return Assessment {
            verdict: Verdict::Inert,
            reasons: inert,
        };
    }

    let covered = personal || trust.dkim.iter().any(|dkim| dkim.covers(flags.top_level));
    let authenticated =
        trust.dkim.iter().any(DkimResult::authenticates) || trust.dmarc == Some(true) || trust.arc;
    if !covered && !authenticated && !trust.thread_known {
        return Assessment {
            verdict: Verdict::Inert,
            reasons: vec![Reason::Unauthenticated],
        };
    }

    let display = reasons(&[
        (!covered && authenticated, Reason::NotCovered),
        (!covered && !authenticated, Reason::Unauthenticated),
        (flags.quoted, Reason::Quoted),
        (flags.attachment || flags.no_purpose, Reason::NotDesignated),
    ]);
    if display.is_empty() {
        Assessment {
            verdict: Verdict::Actionable,
            reasons: vec![Reason::Trusted],
        }
    } else {
        Assessment {
            verdict: Verdict::Display,
            reasons: display,
        }
    }
}

fn reasons(table: &[(bool, Reason)]) -> Vec<Reason> {
    table
        .iter()
        .filter_map(|&(applies, reason)| applies.then_some(reason))
        .collect()
}

impl DkimResult {
    fn authenticates(&self) -> bool {
        self.pass && self.aligned && self.body_length.is_none()
    }

    fn covers(&self, top_level: bool) -> bool {
        let lists = |name: &&str| {
            self.signed_fields
                .iter()
                .any(|f| f.eq_ignore_ascii_case(name))
        };
        self.authenticates() && (!top_level || MIME_FIELDS.iter().all(lists))
    }
}

impl Verdict {
    /// The name used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inert => "Inert",
            Self::Display => "Display",
            Self::Actionable => "Actionable",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Reason {
    /// The name used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conflict => "Conflict",
            Self::DuplicateMember => "DuplicateMember",
            Self::CidOfBody => "CidOfBody",
            Self::OutsideSignature => "OutsideSignature",
            Self::DmarcFailed => "DmarcFailed",
            Self::UnknownSender => "UnknownSender",
            Self::Unauthenticated => "Unauthenticated",
            Self::NotCovered => "NotCovered",
            Self::Quoted => "Quoted",
            Self::NotDesignated => "NotDesignated",
            Self::Trusted => "Trusted",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
