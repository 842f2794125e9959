//! I-JSON (RFC 7493) reader and RFC 8785 (JCS) writer: one text, one meaning, one canonical form.
//!
//! Signatures and access decisions need JSON that all readers understand in the same way. This
//! crate refuses what they could understand differently: two members of one name, also when only
//! unescaping makes them equal, half surrogate pairs, numbers that are not finite, byte order
//! marks, trailing data.
//!
//! # What it does not do
//!
//! It has no typed data model and no `serde` derive: it gives views of what was read. It does
//! not repair, and it has no lenient mode. It does no I/O.
//!
//! # Example
//!
//! ```
//! use strict_json::{Document, Kind, Limits, canonical::canonicalize};
//!
//! let json = br#"{ "tags": ["x", "\u0079"], "size": 1.50e1 }"#;
//! let document = Document::parse(json, &Limits::default())?;
//! let tags = document.root().as_object().and_then(|object| object.get("tags")).unwrap();
//! assert_eq!(tags.kind(), Kind::Array);
//! assert_eq!(tags.text(), r#"["x", "\u0079"]"#);
//!
//! let canonical = canonicalize(json, &Limits::default())?;
//! assert_eq!(canonical, br#"{"size":15,"tags":["x","y"]}"#);
//! # Ok::<(), strict_json::Error>(())
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod canonical;
#[cfg(feature = "conformance")]
pub mod conformance;
mod cursor;
mod document;
mod error;
mod limits;
mod names;
mod number;
mod plain;
mod reader;
#[cfg(feature = "serde_json")]
mod serde_value;
mod text;
mod value;

pub use document::Document;
pub use error::{Error, ErrorKind};
pub use limits::Limits;
pub use reader::{Reader, Token};
pub use text::Text;
pub use value::{Array, Elements, Kind, Members, Object, Value};

/// Compiles the README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
