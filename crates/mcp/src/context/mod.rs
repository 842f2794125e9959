//! Context sync: threads that an agent can join cold, under the names of the tools that the npm
//! package `agentsmcp` gives a model.
//!
//! What the published tools take and give is taken and given here, with the same names. What other
//! agents wrote is cleaned and bounded on its way to the model.

mod agent;
mod answer;
mod excerpt;
mod lack;
mod resource;
mod search;
mod tools;
mod view;

pub(crate) use agent::ContextAgent;
#[cfg(feature = "fuzzing")]
pub(crate) use excerpt::Excerpt;
pub(crate) use resource::{Place, listed, templates};
pub(crate) use tools::TOOLS;
