//! IETF structured email without I/O.

mod cid;
mod class;
mod classify;
mod compose;
mod conflict;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod event;
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
