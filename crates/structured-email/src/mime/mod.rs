//! The MIME structure of a message: one forward pass, no recursion, no copies.
//!
//! mail-parser serves where it reads one field value or converts a charset. The structure is
//! read here, because mail-parser does not keep what the rules need: fields and parameters
//! that stand twice (it returns the last), the octets of each part as they stand, alien octets
//! in base64, and limits that are checked while reading.

mod boundary;
pub(crate) mod field;
pub(crate) mod header;
mod part;
pub(crate) mod text;
mod transfer;
mod tree;

pub use part::Part;
pub(crate) use part::{Kind, Purpose};
pub(crate) use tree::Tree;
