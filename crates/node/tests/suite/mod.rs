//! The node over real HTTP and WebSocket, one file per behaviour. Tests that stand for a row of
//! section 17 begin with its number. The engine below it is that of the file that includes them.

mod admin;
mod agents;
mod captured;
mod catching_up;
mod context;
mod description;
mod envelopes;
mod failing_store;
mod fetching;
mod files;
mod hostile_http;
mod idempotency;
mod listing;
mod looking_after;
mod monitors;
mod one_mailbox;
mod operator;
mod order;
mod refused_posts;
mod search;
mod shutdown;
mod slow_bodies;
mod slow_readers;
mod socket_failures;
mod sockets;
mod store_failures;
mod tls;
mod trust;
