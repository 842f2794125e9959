//! What must hold for the protocol crates whatever the input: the fuzz targets and the replay of
//! what they found share it.
//!
//! Each function takes the octets of a fuzzer and panics where a promise is broken.

mod bridge;
mod bridge_context;
mod card_reader;
mod card_signatures;
mod compose;
mod context_bodies;
mod context_operations;
mod envelope_accept;
mod envelope_frame;
mod envelope_outbox;
mod envelope_post;
mod envelope_receiver;
mod html;
#[cfg(feature = "human")]
mod human;
#[cfg(feature = "fuzzing")]
mod imap_search;
mod jmap;
mod json;
#[cfg(feature = "mcp")]
mod mcp;
mod message;
#[cfg(feature = "fuzzing")]
mod resend;
mod stored_mail;
mod strict_json;
#[cfg(feature = "webhook")]
mod webhook;

#[cfg(feature = "human")]
pub use self::human::human_reply;
#[cfg(feature = "fuzzing")]
pub use self::imap_search::imap_search;
#[cfg(feature = "mcp")]
pub use self::mcp::mcp_inputs;
#[cfg(feature = "fuzzing")]
pub use self::resend::resend_answers;
#[cfg(feature = "webhook")]
pub use self::webhook::webhook;
pub use bridge::{bridge_envelope, bridge_mail, envelope_survives};
pub use bridge_context::bridge_context;
pub use card_reader::card_reader;
pub use card_signatures::{card_jwks, card_verifier, signed_cards};
pub use compose::compose;
pub use context_bodies::{context_answers, context_requests, context_route};
pub use context_operations::context_operations;
pub use envelope_accept::envelope_accept;
pub use envelope_frame::envelope_frame;
pub use envelope_outbox::envelope_outbox;
pub use envelope_post::envelope_post;
pub use envelope_receiver::envelope_receiver;
pub use html::html;
pub use jmap::{jmap_answers, jmap_events, jmap_session};
pub use json::json;
pub use message::{message, parts_nest};
pub use stored_mail::stored_mail;
pub use strict_json::{strict_json_canonical, strict_json_reader};

/// What `serde_json` reads. Nothing where an object may have a member of the name by which its raw
/// values go: it reads another value then.
fn peer_value(octets: &[u8]) -> Option<serde_json::Result<serde_json::Value>> {
    let name = b"$serde_json::private::RawValue";
    let is_raw = octets.windows(name.len()).any(|window| window == name);
    (!is_raw).then(|| serde_json::from_slice(octets))
}
