//! An ASMTP operator in memory, its clients, and the network between them.
#![allow(clippy::unwrap_used)] // a panic is how a case fails

mod operator;
mod routes;
pub mod sample;
mod simulation;

pub use operator::{Operator, Pushed};
pub use routes::{Request, Response, respond};
pub use simulation::{Finding, Tally, run, run_seed};
