//! What must hold for the protocol crates whatever the input: the fuzz targets and the replay of
//! what they found share it.
//!
//! Each function takes the octets of a fuzzer and panics where a promise is broken.

mod card_reader;
mod card_signatures;
mod compose;
mod html;
mod json;
mod message;
mod strict_json;

pub use card_reader::card_reader;
pub use card_signatures::{card_jwks, card_verifier, signed_cards};
pub use compose::compose;
pub use html::html;
pub use json::json;
pub use message::{message, parts_nest};
pub use strict_json::{strict_json_canonical, strict_json_reader};
