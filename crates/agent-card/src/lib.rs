//! A2A AgentCards without I/O: read, upgrade, build, check, canonicalize, sign and verify.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "conformance")]
pub mod conformance;
pub mod discovery;
mod error;
pub mod jws;
pub mod keys;
pub mod legacy;
mod limits;
mod members;
pub mod model;
mod parsed;
mod payload;
mod pointer;
mod schema;
mod selection;
mod sign;
mod time;
mod url;
mod validation;
pub mod verify;
mod version;

/// Canonical JSON (RFC 8785) and the strict JSON reader, usable alone.
pub use strict_json as jcs;

pub use error::{Error, ErrorKind};
pub use limits::Limits;
pub use model::{
    AgentCard, AgentCardBuilder, AgentCardSignature, AgentInterface, AgentSkill, InvalidCard,
};
pub use parsed::ParsedCard;
pub use payload::{Difference, NotPortable, Payloads, Profile, Remedy, Uncovered, UncoveredReason};
pub(crate) use pointer::Path;
pub use pointer::Pointer;
pub use sign::{SignError, SignOptions, SigningProfile, sign, sign_json, signature};
pub use time::UnixTime;
pub use validation::{Level, Problem, ProblemKind, Severity};
pub use verify::{Verdict, VerifiedCard, Verifier, verify};
pub use version::{InvalidVersion, ProtocolVersion};
