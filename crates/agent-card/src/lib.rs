//! A2A AgentCards without I/O: read, upgrade, build, check, canonicalize, sign and verify.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod error;
pub mod jws;
pub mod keys;
mod limits;
pub mod model;
mod payload;
mod pointer;
mod time;

pub use error::{Error, ErrorKind};
pub use limits::Limits;
pub use model::AgentCardSignature;
pub use payload::{Payloads, Profile};
pub(crate) use pointer::Path;
pub use pointer::Pointer;
pub use time::UnixTime;
