//! What the tests of several crates share: vector files and proptest strategies.

pub mod vectors;
