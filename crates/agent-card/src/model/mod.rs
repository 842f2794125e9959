//! The messages of an A2A v1.0 AgentCard as plain values.

mod signature;
mod structure;

pub use signature::AgentCardSignature;
pub use structure::Struct;
