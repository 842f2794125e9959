//! The JSON Canonicalization Scheme (RFC 8785): one value, one octet string.
//!
//! ```
//! use strict_json::{Limits, canonical::canonicalize};
//!
//! let json = br#"{ "b": [1.0, 1E3], "a": "\u0041\/" }"#;
//! assert_eq!(canonicalize(json, &Limits::default())?, br#"{"a":"A/","b":[1,1000]}"#);
//! # Ok::<(), strict_json::Error>(())
//! ```
//!
//! Canonical form drops nothing and normalizes no characters. It rounds every number to the
//! nearest double, which RFC 8785 permits: a signer who wants integers to stay exact refuses
//! those that [are big](crate::Value::is_big_integer).
//!
//! A writer that makes its own selection of members uses the primitives: [`compare_names`],
//! [`write_string`], [`string_len`] and [`write_number`].

mod document;
mod number;
mod order;
#[cfg(feature = "serde_json")]
mod serde_value;
mod string;

pub use number::{NotFinite, write_number};
pub use order::compare_names;
#[cfg(feature = "serde_json")]
pub use serde_value::{canonicalize_value, write_value};
pub use string::{string_len, write_string};

use crate::{Document, Error, Limits};

/// The canonical form of a JSON text.
///
/// # Errors
///
/// As [`Document::parse`].
pub fn canonicalize(json: &[u8], limits: &Limits) -> Result<Vec<u8>, Error> {
    let document = Document::parse(json, limits)?;
    let mut out = Vec::with_capacity(json.len());
    document.root().write_canonical(&mut out);
    Ok(out)
}
