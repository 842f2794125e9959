//! IETF structured email without I/O: find, classify, judge and compose the machine-readable
//! JSON-LD that travels in Internet messages.
//!
//! Octets in, values out; values in, octets out. The crate opens no socket and no file, reads no
//! clock, draws no random bits and resolves no URL: not a remote `@context`, not an image, not a
//! key. It sends nothing, verifies no signature itself, and defines no reply format, which the
//! draft leaves to later work.
//!
//! # Example
//!
//! ```
//! use structured_email::{Class, Draft, Message, Stamp};
//!
//! let order = serde_json::json!({ "@type": "Order", "orderNumber": "7" });
//! let draft = Draft::new().from("shop@example.org").to("ann@example.net").data(&order);
//! let stamp = Stamp { date: 0, message_id: "1@example.org".into(), boundary: "b".into() };
//! let mut octets = Vec::new();
//! draft.compose(&stamp, &mut octets)?;
//!
//! let message = Message::parse(&octets)?;
//! assert_eq!(message.class(), Class::Mrm);
//! assert_eq!(message.items()[0].types(), ["Order"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The main types
//!
//! [`Message`] is the view over a message that came in: its parts, its [`Item`]s, and how they
//! relate to what a person reads (its [`Class`]). One bad part is a [`Problem`] of that part and
//! never hides another; what is merely odd is a [`Warning`]. [`Policy`] says what counts as
//! structured data, [`Limits`] how much of a message is looked at.
//!
//! [`Item`] is one JSON-LD object with the octets it came from, its SHA-256, and the signed
//! entities that cover it. [`assess`] turns what the caller knows of the sender
//! ([`TrustInput`]) into a [`Verdict`]: ignore it, show it, or act on it.
//!
//! [`Draft`] becomes a message in one of four [`Arrangement`]s. Date, message id and boundary
//! are the caller's ([`Stamp`]), so the same draft and stamp give the same octets.
//!
//! [`keywords_for`] names the IMAP and JMAP keywords of a message, [`may_supersede`] decides
//! whether a later message revokes an earlier one, and [`Message::report`] is the whole finding
//! as one value that serializes.
//!
//! # Specification
//!
//! draft-ietf-sml-structured-email-06, with -01's markup in HTML read as legacy input, and
//! draft-ietf-sml-trust.
//!
//! | rule | source | item |
//! |---|---|---|
//! | JSON-LD in `application/ld+json`, UTF-8 | §3.1, RFC 8259 8.1 | [`json`], [`ProblemKind`] |
//! | `Content-Purpose: Machine-readable` designates a part | §4.2 | [`Designation`] |
//! | full, partial and unrelated data | §4.2, §4.3, RFC 2046 5.1, RFC 2387 | [`Class`] |
//! | machine-readable messages | §4.3 | [`Class::Mrm`], [`Class::MrmShape`] |
//! | `cid:` references to parts | -01 "Identifiers", RFC 2392 | [`WarningKind::DanglingCid`], [`ProblemKind::CidOfBody`] |
//! | `$hasStructuredData`, `$MRM` | RFC 9051, RFC 8621 | [`keywords_for`], [`Keyword`] |
//! | a message that updates or cancels another | -01 "Updates", RFC 4021 | [`Event`], [`may_supersede`] |
//! | several parts, arrays, `@graph`, contradictions | JSON-LD 1.1 | [`Message::items`], [`Message::conflict`] |
//! | script blocks in HTML | -01, HTML Living Standard | [`HtmlData`] |
//! | microdata | HTML Living Standard 5 | [`Policy::microdata`] |
//! | who may be acted on | draft-ietf-sml-trust §3, §4 | [`assess`], [`DKIM_FIELDS`] |
//! | embedded messages are never entered | - | [`Message::embedded_messages`] |
//! | signed and encrypted entities | RFC 1847, RFC 9787 | [`Item::covered_by`], [`Message::needs_decryption`] |
//! | expansion | JSON-LD 1.1 API 5.1 | `Item::expand`, feature `json-ld` |
//!
//! Every rule has its cases in `vectors/structured-email`.
//!
//! # Features
//!
//! | feature | adds | pulls in |
//! |---|---|---|
//! | `microdata` | microdata in HTML bodies, when [`Policy::microdata`] asks for it | nothing |
//! | `json-ld` | `Item::expand`, offline, with schema.org built in | `json-ld`, `stacker` |
//! | `conformance` | the runner for the conformance vectors | nothing |
//!
//! None is on by default, and none changes what the others do.
//!
//! # Limits
//!
//! Every limit is a field of [`Limits`] and holds while decoding, before memory is spent.
//!
//! | limit | default | beyond it |
//! |---|---|---|
//! | message | 25 MiB | the message is refused |
//! | header block | 256 KiB | the message is refused; in a part, the part is opaque |
//! | nested multiparts, entities | 16, 512 | the rest is opaque |
//! | data part or script block | 64 KiB | no item from it |
//! | JSON depth, number token | 32, 64 | no item from it |
//! | items, script blocks | 64, 32 | the first ones are kept |
//! | HTML scanned | 2 MiB | the rest is not read |
//!
//! Two more are fixed, since only a flood goes beyond them: of the character references in an HTML
//! body 10 000 are resolved, or one in 16 octets if that is more; of the `profile` of a script
//! block 16 words are read.
//!
//! # Where other crates serve
//!
//! `mail-parser` decodes single header values and converts charsets. It does not read the
//! structure: it keeps the last of two `Content-Type` fields where this crate has to see both,
//! skips octets that are not base64 without counting them, nests without a limit, and decodes
//! bodies that nobody asked for. `mail-builder` encodes bodies and parameters. It does not
//! write the header or the frame: it passes line breaks in ids and addresses through, and makes
//! boundaries of its own.
//!
//! # Security
//!
//! Reading is for everyone, acting for the trusted: extraction is unconditional, and a
//! [`Verdict`] is a question of its own. Neither a class, nor a keyword, nor a header such as
//! `$MRM: true` raises trust. Where two readers could differ, a member name that stands twice
//! or a field that does, the crate refuses to choose. Hostile input costs linear time, constant
//! stack and a small multiple of its size. All text in the data is untrusted, prompts of a
//! language model included.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod cid;
mod class;
mod classify;
mod compose;
mod conflict;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod event;
#[cfg(feature = "json-ld")]
mod expand;
mod extract;
mod html;
mod item;
pub mod json;
mod keyword;
mod limits;
mod mailbox;
mod message;
mod mime;
mod mrm;
mod policy;
mod problem;
mod report;
mod section;
mod supersession;
mod trust;

pub use class::Class;
pub use compose::{
    Arrangement, Attachment, ComposeError, ComposeErrorKind, ComposeWarning, Composed, Draft,
    Stamp, UnknownArrangement,
};
pub use error::{Error, ErrorKind};
pub use event::Event;
#[cfg(feature = "json-ld")]
pub use expand::{ExpandError, ExpandErrorKind};
pub use item::{Context, Flags, Item, Source};
pub use keyword::{Keyword, UnknownKeyword, keyword_eq, keywords_for};
pub use limits::Limits;
pub use mailbox::Mailbox;
pub use message::Message;
pub use mime::Part;
pub use policy::{Designation, HtmlData, Policy};
pub use problem::{Problem, ProblemKind, Warning, WarningKind};
pub use report::Report;
pub use section::Section;
pub use supersession::{Authorship, Supersession, may_supersede};
pub use trust::{Assessment, DKIM_FIELDS, DkimResult, Reason, TrustInput, Verdict, assess};

/// Compiles the README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
