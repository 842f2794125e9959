//! JMAP for Mail ([RFC 8620](https://www.rfc-editor.org/rfc/rfc8620),
//! [RFC 8621](https://www.rfc-editor.org/rfc/rfc8621)) from the client's side, without I/O: where a
//! server is, what to ask of it, what it answers, what it pushes.
//!
//! It opens no connection and follows no redirect; bring any HTTP client. It knows the calls that a
//! mailbox needs and no others: no threads, no calendars, no contacts.
//!
//! # Example
//!
//! The newest messages of a mailbox in one round trip:
//!
//! ```
//! use mail_jmap::{Condition, Detail, Limits, Request, Response, Session, Which, Window};
//!
//! // GET https://mail.example/.well-known/jmap
//! let session = br#"{"capabilities":{"urn:ietf:params:jmap:core":{},"urn:ietf:params:jmap:mail":{}},
//!     "primaryAccounts":{"urn:ietf:params:jmap:mail":"a1"},"apiUrl":"/jmap/",
//!     "downloadUrl":"/d/{accountId}/{blobId}/{name}?accept={type}","uploadUrl":"/u/{accountId}/"}"#;
//! let session = Session::parse(session, &"https://mail.example/.well-known/jmap".parse()?)?;
//! assert_eq!(session.api.as_str(), "https://mail.example/jmap/");
//!
//! let mut request = Request::new(&session.account);
//! let inbox = Condition { mailbox: Some("m1".parse()?), ..Condition::default() };
//! let found = request.query(&inbox, Window { position: 0, limit: 50, ascending: false });
//! let emails = request.emails(Which::Found(&found), Detail::Place);
//! let body = request.to_json(); // POST it to session.api
//! assert!(body.contains(r##""#ids":{"name":"Email/query""##));
//!
//! let answer = br#"{"methodResponses":[["Email/query",{"ids":["e1"]},"0"],
//!     ["Email/get",{"state":"7","list":[{"id":"e1","blobId":"b1","size":90}]},"1"]]}"#;
//! let response = Response::parse(answer, &Limits::default())?;
//! assert_eq!(response.read(&emails)?.list[0].size, 90);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The main types
//!
//! [`Session`] is what a server says about itself. [`Request`] is a list of method calls; each gives
//! a [`Call`] that reads its answer, of the right type, from the [`Response`]. [`Email`] is a message
//! as far as it was asked for, and [`Email::outline`] makes of it what a parser of messages can
//! classify. [`Outcome`] says what became of a change, [`Refusal`] why not, [`Reason`] what to do
//! about it. [`EventStream`] and [`PushSocket`] read what a server pushes.
//!
//! # Specification
//!
//! | rule | source | item |
//! |---|---|---|
//! | ids, dates | RFC 8620 1.2, 1.4 | [`Id`], [`Arrival`] |
//! | session resource, limits, URL templates | RFC 8620 2 | [`Session`], [`ServerLimits`] |
//! | requests, responses, result references | RFC 8620 3.3, 3.4, 3.7 | [`Request`], [`Response`], [`Which`] |
//! | errors of requests, methods and objects | RFC 8620 3.6, 5.3 | [`Refusal`] |
//! | changes, states | RFC 8620 5.2 | [`Changes`], [`Reason::StateUnknown`] |
//! | up- and download | RFC 8620 6 | [`Session::upload`], [`Session::download`], [`Upload`] |
//! | event source | RFC 8620 7.3 | [`EventStream`] |
//! | push over a WebSocket | RFC 8887 3, 4.3.5 | [`Session::push_socket`], [`PushSocket`] |
//! | mailboxes | RFC 8621 2 | [`Mailboxes`] |
//! | messages, header forms, body structure | RFC 8621 4.1 | [`Email`], [`Detail`] |
//! | queries, words in quotes | RFC 8621 4.4 | [`Condition`] |
//! | import | RFC 8621 4.8 | [`Request::import`] |
//! | identities, submission | RFC 8621 6, 7 | [`Identities`], [`Submission`] |
//!
//! # Limits
//!
//! | limit | default |
//! |---|---|
//! | answers in a response | [`Limits::answers`], 64 |
//! | an event | [`Limits::event`], 64 KiB |
//! | the depth of a body's structure | about 60 multiparts; a deeper one is left out, its message is not |
//! | an id, a state | 255 and 1024 octets |
//!
//! # Security
//!
//! Answers are read as if the server were hostile. Nothing panics, and nothing costs more than a small
//! multiple of the octets that were read; bound those. A member of a wrong type costs that member, a
//! message that cannot be read hides no other. URLs of a session are refused where a password would
//! leave its origin without TLS. Keywords, words and ids are data and never syntax. Errors repeat
//! nothing that the server wrote but the type of a refusal.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod email;
mod error;
mod fields;
mod id;
mod limits;
mod outline;
mod push;
mod push_socket;
mod refusal;
mod request;
mod response;
mod session;

pub use answer::{
    Answer, Changes, Emails, Identities, Identity, Mailbox, Mailboxes, Outcome, Query, Upload,
};
pub use email::{Email, Part};
pub use error::{Error, ErrorKind};
pub use id::{Arrival, Id, State};
pub use limits::Limits;
pub use push::{EventStream, Pushed, StateChange};
pub use push_socket::PushSocket;
pub use refusal::{Reason, Refusal};
pub use request::{Call, Condition, Detail, Request, Submission, Then, Which, Window};
pub use response::{Failure, Response};
pub use session::{ServerLimits, Session, may_follow};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
