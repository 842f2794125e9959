//! Context sync: a server in memory, and the model that its answers are compared with.

mod model;
mod node;

pub use model::Model;
pub use node::{Answer, Node};
