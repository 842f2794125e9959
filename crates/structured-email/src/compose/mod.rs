//! Writing messages.
//!
//! Header fields, transfer encodings and the MIME frame are written here, field by field, rather
//! than by `mail-builder` as a whole: it makes boundaries and ids from the clock, which would cost
//! repeatable octets, and it passes line breaks in ids and addresses through to the header
//! (RFC 5322 3.6.4, header injection). It serves for base64, for dates and for MIME parameters
//! (RFC 2231), once every value has been checked.

mod arrangement;
mod body;
mod composed;
mod context;
mod draft;
mod entity;
mod error;
mod field;
mod grammar;
mod header;
mod html;
mod plan;
mod stamp;

pub use arrangement::{Arrangement, UnknownArrangement};
pub use composed::{ComposeWarning, Composed};
pub use draft::{Attachment, Draft};
pub use error::{ComposeError, ComposeErrorKind};
pub use stamp::Stamp;
