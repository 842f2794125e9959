//! A JMAP server in memory, for two users who write to each other: what RFC 8620 and RFC 8621 say of
//! the methods a mailbox uses, with push by an event source or a WebSocket (RFC 8887), and with limits and answers
//! that a test sets.
//!
//! Real servers are tested against too; this one can be told to go wrong.

mod email;
mod methods;
mod push;
mod state;

use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

use self::state::State;
use crate::http::Server;

/// The users, who are accounts too.
pub const USERS: [&str; 2] = ["a@jmap.test", "b@jmap.test"];

/// The password of both.
pub const PASSWORD: &str = "secret";

/// A server that listens on this machine.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // read by tests
pub struct JmapServer {
    /// The HTTP side of it.
    pub http: Server,
    /// What it keeps.
    state: Arc<Mutex<State>>,
}

impl JmapServer {
    /// An empty one.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State {
            has_events: true,
            ..State::default()
        }));
        let answering = Arc::clone(&state);
        let http = Server::start(move |request| answering.lock().unwrap().answer(request)).await;
        Self { http, state }
    }

    /// Sets a limit of the core capability.
    pub fn limit(&self, name: &str, value: u64) {
        self.state().core.insert(name.to_owned(), json!(value));
    }

    /// Forgets all states before the present one.
    pub fn forget_states(&self) {
        let mut state = self.state();
        state.forgotten = state.changes;
    }

    /// Offers a WebSocket from here on, and pushes on it.
    pub fn offer_socket(&self) {
        self.state().has_socket = true;
    }

    /// Says that it has a WebSocket, and opens none from here on.
    pub fn refuse_sockets(&self) {
        self.state().refuses_sockets = true;
    }

    /// Pushes nothing from here on, and says so.
    pub fn stop_pushing(&self) {
        let mut state = self.state();
        (state.has_events, state.has_socket) = (false, false);
    }

    /// Ends the event streams and sockets that are open.
    pub fn close_streams(&self) {
        self.state().listeners.close();
    }

    /// Writes octets to the event streams that are open, and as a text to the sockets.
    pub fn push(&self, octets: &[u8]) {
        self.state().listeners.say(octets);
    }

    /// The sockets on which changes were asked for.
    #[must_use]
    pub fn sockets(&self) -> usize {
        self.state().listeners.sockets()
    }

    /// Changes answers from here on.
    pub fn twist(&self, twist: impl FnMut(&str, &mut Value) + Send + 'static) {
        self.state().twist = Some(Box::new(twist));
    }

    /// Lets answers be as they are.
    pub fn untwist(&self) {
        self.state().twist = None;
    }

    /// Files octets in the inbox of a user as they are.
    pub fn deliver(&self, user: &str, raw: &[u8]) {
        self.state().deliver(user, raw);
    }

    /// Removes a message.
    pub fn destroy(&self, id: &str) {
        let mut state = self.state();
        state.changes += 1;
        state.emails.retain(|email| email.id != id);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}
