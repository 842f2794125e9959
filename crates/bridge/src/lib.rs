//! One message seen as mail, as ASMTP envelope and as message of a context-sync thread: pure conversions that
//! name what they lose.
//!
//! An agent has one mailbox, whichever way its mail arrives. This crate turns structured email into
//! envelopes and envelopes into structured email. It opens no socket and no file, reads no clock,
//! draws no random bits and fetches nothing: octets of files are the caller's to bring. It decides
//! nothing about trust, and delivers nothing.
//!
//! # Example
//!
//! An envelope becomes mail, and the mail the same envelope:
//!
//! ```
//! use asmtp_envelope::{Envelope, Limits, Timestamp};
//! use mail_bridge::{Domain, FromEnvelope, FromMail, Parties, PostStamp};
//! use structured_email::Message;
//!
//! let body = br#"{"id":"01M7XK89PHAZENM5WE3MBS1TF1","from":"@acme.alice","to":["@beta.bob"],
//!     "subject":"Quote","date_ms":1795215861000,"content_parts":[{"type":"text",
//!     "text":"For 40 widgets?"},{"type":"data","schema":"https://x.example/quote",
//!     "data":{"qty":40}}]}"#;
//! let envelope = Envelope::parse(body, &Limits::default()).unwrap();
//! let domain: Domain = "agents.example".parse()?;
//! let mail = FromEnvelope::new(&envelope, &domain).mail("=_random", Vec::new())?;
//! assert_eq!(mail.losses, []);
//!
//! let message = Message::parse(&mail.value).unwrap();
//! let parties = Parties {
//!     domain: &domain,
//!     sender: envelope.from(),
//!     recipients: &["beta.bob@agents.example"],
//! };
//! let stamp = PostStamp { id: envelope.id(), now: Timestamp::default() };
//! let again = FromMail::new(&message, &parties, &Default::default())?;
//! let again = again.post(&stamp, Vec::new())?;
//! assert_eq!(again.losses, []);
//! assert_eq!(again.value.content_parts(), envelope.content_parts());
//! # Ok::<(), mail_bridge::Error>(())
//! ```
//!
//! # The main types
//!
//! [`Domain`] is the mail domain of an operator. It maps handles to addresses and envelope ids to
//! message ids, both ways and without a table.
//!
//! [`FromMail`] makes an envelope of a message, [`FromEnvelope`] a message of an envelope. Both take
//! two steps where there are files: they say which, and take what the caller has.
//!
//! [`StoredMail`] is mail that nobody posted, as an envelope for whoever reads it: it never fails, and
//! says in the envelope what is not in it. Addresses without an agent have a [`stand_in`].
//!
//! [`Converted`] is the value that comes out and every [`Loss`]: what did not fit, or would come
//! back in another form. **What comes out without a loss comes back equal**; an [`Error`] says that
//! there is no counterpart at all.
//!
//! [`FromContext`] makes an envelope of a message of a thread, for those who are known by their handles or
//! addresses; [`ToContext`] tells in a thread what mail says. [`SnapshotItem`] is the one form that a snapshot has in mail and in envelopes.
//!
//! # What becomes what
//!
//! | envelope | mail |
//! |---|---|
//! | `@owner.name` | `owner.name@domain` |
//! | `id`, `in_reply_to`, `references` | `Message-ID`, `In-Reply-To`, `References` of `<id@domain>` |
//! | `date_ms` | `Date`, in seconds |
//! | `subject` | `Subject` |
//! | `text` part | plain text; text made of HTML when there is no other |
//! | `data` part | `application/ld+json`, an item |
//! | its `schema` | the type of the item, with `"@context":null` where the data is no JSON-LD |
//! | `file` part | attachment |
//! | `image` part, `file` part without octets | attachment, link in the text |
//! | data alone | machine-readable message |
//! | text and data | data apart from the text (`mixed`): an envelope does not say how they relate |
//!
//! | message of a thread | envelope |
//! |---|---|
//! | ids that are handles or addresses | `from`, `to`, `cc` |
//! | `bcc` | delivered, named nowhere |
//! | `payload`, a text | `text` part |
//! | any other | `data` part of the schema [`FromContext::PAYLOAD`] |
//! | `contextSnapshot` | `data` part, a [`SnapshotItem`] |
//! | `timestamp` | `date_ms` |
//! | ids of message and thread, `replyTo`, other ids | `x-context` of the first part |
//!
//! # Specification
//!
//! | rule | source | item |
//! |---|---|---|
//! | handles, ids, parts of envelopes | ASMTP 1, 2 | [`Domain`], [`FromMail`] |
//! | one address, one handle | `docs/design.md`, "One mailbox, many doors" | [`Domain::handle`] |
//! | ids of context-sync that are either | the same | [`Domain::agent`] |
//! | threads | ASMTP 2.5, RFC 5322 3.6.4 | [`Domain::message_id`] |
//! | recipients apart from the header | RFC 5321 2.3.1 | [`Parties`] |
//! | messages of threads | context sync 3, 6 | [`FromContext`], [`ToContext`] |
//! | data in mail | draft-ietf-sml-structured-email-06 | [`FromEnvelope::mail`] |
//!
//! # Features
//!
//! | feature | adds | pulls in |
//! |---|---|---|
//! | `conformance` | the runner for the conformance vectors | `serde`, `serde_json` |
//!
//! It is not on by default.
//!
//! # Limits
//!
//! Mail and envelopes come here parsed, within the limits of their crates. Two more are fields of
//! [`Limits`].
//!
//! | limit | default | beyond it |
//! |---|---|---|
//! | HTML of which text is made | 256 KiB | [`Loss::HtmlCut`] |
//! | header fields told one by one | 64 | [`Loss::MoreHeadersDropped`] |
//! | an envelope | 1 MiB | [`ErrorKind::TooLarge`] |
//! | its recipients | 100 | [`ErrorKind::TooManyRecipients`] |
//! | its references, its parts | 100, 64 | [`Loss::ReferencesCut`], [`Loss::PartsCut`] |
//! | its subject | 256 octets | [`Loss::SubjectCut`] |
//!
//! # Security
//!
//! Both sides are hostile. A conversion takes linear time and a small multiple of the message, and
//! never panics. An envelope goes to those the mail was sent to, never to an address that merely
//! stands in its header; nobody who got a blind copy is named in it. Anybody can write a message id
//! of the domain, so the id of an envelope is the caller's to choose. URLs in an envelope are text.
//! A loss repeats at most [`Loss::MAX_EXCERPT`] octets of the message, on one line.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "conformance")]
pub mod conformance;
mod domain;
mod error;
mod from_context;
mod from_envelope;
mod from_mail;
mod html;
mod json_ld;
mod limits;
mod loss;
mod snapshot_item;
mod stored_mail;
mod to_context;

pub use domain::Domain;
pub use error::{Error, ErrorKind};
pub use from_context::FromContext;
pub use from_envelope::{EnvelopeFile, FromEnvelope};
pub use from_mail::{FromMail, MailFile, Parties, PostStamp};
pub use html::text_of as text_of_html;
pub use limits::Limits;
pub use loss::{Converted, Loss};
pub use snapshot_item::SnapshotItem;
pub use stored_mail::{Delivered, MailHeader, MailPlace, StoredMail, stand_in};
pub use to_context::ToContext;

/// Compiles the README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
