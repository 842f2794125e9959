//! I-JSON (RFC 7493) reader and RFC 8785 (JCS) writer: one text, one meaning, one canonical form.
//!
//! Signatures and access decisions need JSON that all readers understand in the same way. This
//! crate refuses what they could understand differently: two members of one name, also when only
//! unescaping makes them equal, half surrogate pairs, numbers that are not finite, byte order
//! marks, trailing data.
//!
//! It has no typed data model and no `serde` derive: it gives views of what was read. It does not
//! repair, and it has no lenient mode. It does no I/O.
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
//!
//! # Main types
//!
//! * [`Document`] is a text that was read as a whole: a flat list of values in document order,
//!   which borrows the text. Most programs need nothing else.
//! * [`Value`], [`Array`] and [`Object`] are views of it. They are copied like references, and
//!   each knows its octets in the text, so that a part can be kept as it was written.
//! * [`Reader`] gives the same text token by token, for programs that keep only a little of it.
//!   Duplicate names are facts there, and the caller decides.
//! * [`canonical`] writes the canonical form of a text, a value or a `serde_json` value, and has
//!   the primitives for a writer that makes its own selection of members.
//! * [`Error`] has a [kind](ErrorKind) and the octet where the text went wrong.
//!
//! # Specifications
//!
//! | section | rule | here |
//! |---|---|---|
//! | RFC 8259 2 to 7 | the grammar, and nothing beside it | [`ErrorKind::Syntax`] |
//! | RFC 8259 8.1 | UTF-8 without a byte order mark | [`ErrorKind::InvalidUtf8`], [`ErrorKind::ByteOrderMark`] |
//! | RFC 7493 2.1 | no half surrogate pairs; noncharacters such as U+FFFF are let through, since RFC 8785 gives them a form and other readers take them | [`ErrorKind::LoneSurrogate`] |
//! | RFC 7493 2.2 | no number beyond a double | [`ErrorKind::NonFinite`], [`Value::as_f64`] |
//! | RFC 7493 2.2 | integers beyond ±(2^53−1) are a fact for the caller | [`Value::is_big_integer`], [`Token::Number`] |
//! | RFC 7493 2.3 | no two members of one name, compared after unescaping | [`ErrorKind::DuplicateName`] |
//! | RFC 8785 3.2.1 | no white space | [`Value::write_canonical`] |
//! | RFC 8785 3.2.2.2 | escapes of strings | [`canonical::write_string`] |
//! | RFC 8785 3.2.2.3 | numbers as ECMAScript prints them | [`canonical::write_number`] |
//! | RFC 8785 3.2.3 | members in the order of UTF-16 code units | [`canonical::compare_names`] |
//! | RFC 8785 3.2.4 | UTF-8 | [`canonical::canonicalize`] |
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `serde_json` | `canonical::canonicalize_value`, `canonical::write_value`, `Value::to_serde` |
//! | `conformance` | `conformance`: the runner for canonicalization vectors, and what the runners of other crates share |
//!
//! None is on by default.
//!
//! # Limits
//!
//! | field of [`Limits`] | default | beyond it |
//! |---|---|---|
//! | [`size`](field@Limits::size) | 64 MiB of text | [`ErrorKind::TooLarge`] |
//! | [`depth`](field@Limits::depth) | 128 nested arrays and objects | [`ErrorKind::TooDeep`] |
//! | [`nodes`](field@Limits::nodes) | 4 194 304 values | [`ErrorKind::TooManyNodes`] |
//! | [`number`](field@Limits::number) | 1024 octets of one number | [`ErrorKind::NumberTooLong`] |
//!
//! # Security
//!
//! Hostile octets cost linear time, but for the sorting of member names, constant stack and at
//! most 40 times their size in memory, which a list of one-digit numbers comes to: lower
//! [`Limits::nodes`](field@Limits::nodes) where that is too much. Errors hold a kind and a place,
//! never octets of the text.
//!
//! Canonical form rounds integers beyond 2^53 to the nearest double, so two different texts can
//! have one canonical form. A signer refuses such integers, or carries them as strings.
//! U+0000 in a string is let through: who hands strings to C or to a database looks for it.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod array;
pub mod canonical;
#[cfg(feature = "conformance")]
pub mod conformance;
mod cursor;
mod document;
mod error;
mod limits;
mod names;
mod number;
mod object;
mod plain;
mod reader;
#[cfg(feature = "serde_json")]
mod serde_value;
mod text;
mod value;

pub use array::{Array, Elements};
pub use document::Document;
pub use error::{Error, ErrorKind};
pub use limits::Limits;
pub use object::{Members, Object};
pub use reader::{Reader, Token};
pub use text::Text;
pub use value::{Kind, Value};

/// Compiles the README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
