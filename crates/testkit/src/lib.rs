//! What the tests of several crates share: vector files, proptest strategies, the simulated clock
//! and the suite every transport passes.

pub mod asmtp;
pub mod card;
#[cfg(feature = "transport")]
mod clock;
#[allow(clippy::unwrap_used)] // a panic is how a test fails
pub mod context_captured;
pub mod context_model;
pub mod draft_plan;
pub mod envelope_plan;
#[cfg(feature = "transport")]
#[allow(clippy::unwrap_used)] // a panic is how a test fails
pub mod http;
#[cfg(feature = "transport")]
#[allow(clippy::unwrap_used)] // a panic is how a test fails
pub mod jmap;
pub mod json_ld;
pub mod json_text;
pub mod mime_tree;
pub mod mutation;
pub mod properties;
#[cfg(feature = "transport")]
#[allow(clippy::unwrap_used)] // a panic is how a test fails
pub mod proxy;
#[allow(clippy::unwrap_used)] // a panic is how a test fails
pub mod python_mailbox;
pub mod random;
pub mod regressions;
#[cfg(feature = "transport")]
#[allow(clippy::unwrap_used)] // a panic is how a test fails
pub mod resend;
mod tape;
#[cfg(feature = "transport")]
#[allow(clippy::unwrap_used)] // a panic is how a case fails
pub mod transport;
pub mod vectors;

#[cfg(feature = "transport")]
pub use clock::SimulatedEnvironment;

// The README's example compiles and runs as a doctest of this crate, which knows the others.
#[cfg(all(doctest, feature = "transport"))]
#[doc = include_str!("../../../README.md")]
mod readme {}
