//! Finding data in HTML bodies.
//!
//! The tokens are those of the WHATWG tokenizer, by `html5gum`; no tree is built. What mail
//! programs send is too broken for a tree to be worth its price, and two questions are all that
//! is asked: which script blocks hold JSON-LD, and does a block stand in quoted mail. Where
//! tokens alone cannot tell, the answer is "quoted" (see [`quote`]) or "not a block" (inside
//! comments, templates and raw text).

#[cfg(feature = "microdata")]
pub(crate) mod microdata;
mod quote;
mod script;
mod tokens;

pub(crate) use script::scan;
