//! A2A AgentCards without I/O: read, upgrade, build, check, canonicalize, sign and verify.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod error;
mod limits;
pub mod model;
mod payload;
mod pointer;

pub use error::{Error, ErrorKind};
pub use limits::Limits;
pub use model::AgentCardSignature;
pub use payload::{Payloads, Profile};
pub(crate) use pointer::Path;
pub use pointer::Pointer;
