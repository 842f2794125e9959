//! IETF structured email without I/O.

mod class;
mod compose;
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
mod policy;
mod problem;
mod section;

pub use class::Class;
pub use compose::{Arrangement, Attachment, ComposeError, ComposeWarning, Composed, Draft, Stamp};
pub use error::{Error, ErrorKind};
pub use event::Event;
pub use item::{Context, Flags, Item, Source};
pub use keyword::Keyword;
pub use limits::Limits;
pub use mailbox::Mailbox;
pub use message::Message;
pub use mime::Part;
pub use policy::{Designation, HtmlData, Policy};
pub use problem::{Problem, ProblemKind, Warning, WarningKind};
pub use section::Section;
