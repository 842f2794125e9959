//! JSON Web Signatures (RFC 7515) as AgentCards use them: the flattened form with a detached
//! payload.

mod algorithm;
pub(crate) mod base64url;
mod header;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use header::{HeaderFault, ProtectedHeader};
