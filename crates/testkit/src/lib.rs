//! What the tests of several crates share: strategies, vector files, the simulated clock and the
//! suite every transport passes.

#[cfg(feature = "transport")]
mod clock;
#[cfg(feature = "transport")]
#[allow(clippy::unwrap_used)] // a panic is how a case fails
pub mod transport;

#[cfg(feature = "transport")]
pub use clock::SimulatedEnvironment;
