//! A2A AgentCards without I/O: read, upgrade, build, check, canonicalize, sign and verify.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
pub mod jws;
pub mod keys;
mod limits;
mod members;
pub mod model;
mod parsed;
mod payload;
mod pointer;
mod schema;
mod time;
pub mod verify;

/// Canonical JSON (RFC 8785) and the strict JSON reader, usable alone.
pub use strict_json as jcs;

pub use error::{Error, ErrorKind};
pub use limits::Limits;
pub use model::{AgentCard, AgentCardSignature, AgentInterface, AgentSkill};
pub use parsed::ParsedCard;
pub use payload::{Difference, NotPortable, Payloads, Profile, Remedy, Uncovered, UncoveredReason};
pub(crate) use pointer::Path;
pub use pointer::Pointer;
pub use time::UnixTime;
pub use verify::{Verdict, VerifiedCard, Verifier, verify};
