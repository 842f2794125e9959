//! What the tests of several crates share: vector files, proptest strategies, the simulated clock
//! and the suite every transport passes.

#[cfg(feature = "transport")]
mod clock;
#[cfg(feature = "transport")]
#[allow(clippy::unwrap_used)] // a panic is how a case fails
pub mod transport;
pub mod vectors;

#[cfg(feature = "transport")]
pub use clock::SimulatedEnvironment;
