//! What must hold for `structured-email` whatever the input: the fuzz targets and the replay of
//! what they found share it.
//!
//! Each function takes the octets of a fuzzer and panics where a promise is broken.

mod compose;
mod html;
mod json;
mod message;

pub use compose::compose;
pub use html::html;
pub use json::json;
pub use message::{message, parts_nest};
