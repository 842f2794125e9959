//! The MIME structure of a message: one forward pass, no recursion, no copies.
//!
//! mail-parser serves where it reads one field value or converts a charset. The structure is
//! read here, because mail-parser does not keep what the rules need: fields and parameters
//! that stand twice (it returns the last), the octets of each part as they stand, alien octets
//! in base64, and limits that are checked while reading.

mod boundary;
mod content;
pub(crate) mod field;
pub(crate) mod header;
mod parameter;
mod part;
pub(crate) mod text;
mod transfer;
mod tree;

pub(crate) use content::Purpose;
pub(crate) use part::Kind;
pub use part::Part;
pub(crate) use tree::Tree;
