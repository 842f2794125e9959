//! The node over real HTTP and WebSocket, one file per behaviour. Tests that stand for a row of
//! section 17 begin with its number.
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod admin;
mod agents;
mod captured;
mod envelopes;
mod fetching;
mod files;
mod hostile_http;
mod idempotency;
mod listing;
mod looking_after;
mod monitors;
mod operator;
mod order;
mod refused_posts;
mod search;
mod shutdown;
mod sockets;
mod tls;
mod trust;
