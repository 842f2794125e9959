//! ASMTP over HTTP and WebSocket (section 12).

mod admin;
mod agents;
mod blocks;
mod connect;
mod files;
mod health;
mod mailbox;
mod messages;
mod monitors;
mod profile;
mod routes;
mod search;

pub(crate) use routes::ROUTES;
