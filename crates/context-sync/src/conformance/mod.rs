//! The runner for conformance vectors: text in, outcomes out; and a server in memory that they run
//! against.
//!
//! A vector file is data that any implementation can run; `vectors/context-sync/README.md` describes
//! it. This runner knows nothing about files, so that a test suite, a command and a browser can all
//! drive it.

mod exchange;
mod server;

pub use server::{Answer, Server};
pub use strict_json::conformance::Outcome;

use serde::Deserialize;
use strict_json::conformance::run_cases;

use crate::{AgentId, SetKey, Window};

/// Runs the cases of one vector file.
///
/// A file that is not a vector file gives one failed outcome with the id `file`. So does a file
/// with an unknown member anywhere, or with one id twice: a slip of the pen must not pass.
#[must_use]
pub fn run(json: &str) -> Vec<Outcome> {
    run_cases(json, |id, test: &Test| {
        let result = match test {
            Test::Exchanges(test) => test.judge(),
            Test::AgentId(test) => test.judge(),
            Test::SetKey(test) => test.judge(),
            Test::Window(test) => test.judge(),
        };
        vec![Outcome::new(id, result)]
    })
}

/// What a case may hold. Unknown members are errors throughout.
#[derive(Debug, Deserialize)]
#[serde(tag = "test")]
enum Test {
    #[serde(rename = "context-exchanges")]
    Exchanges(exchange::Exchanges),
    #[serde(rename = "context-agent-id")]
    AgentId(AgentIdTest),
    #[serde(rename = "context-set-key")]
    SetKey(SetKeyTest),
    #[serde(rename = "context-window")]
    Window(WindowTest),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AgentIdTest {
    text: String,
    is_legal: bool,
}

/// The key of a set, in hexadecimal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetKeyTest {
    agents: Vec<String>,
    key: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowTest {
    recent: String,
    messages: u8,
}

impl AgentIdTest {
    fn judge(&self) -> Result<(), String> {
        let read = self.text.parse::<AgentId>();
        if read.is_ok() == self.is_legal {
            return Ok(());
        }
        Err(format!("expected legal {}, got {read:?}", self.is_legal))
    }
}

impl SetKeyTest {
    fn judge(&self) -> Result<(), String> {
        let agents = self.agents.iter().map(|id| id.parse::<AgentId>());
        let agents: Vec<_> = agents
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())?;
        let key = SetKey::of(&agents);
        let hex = key.as_octets().map(|octet| format!("{octet:02x}")).concat();
        match hex == self.key {
            true => Ok(()),
            false => Err(format!("expected {}, got {hex}", self.key)),
        }
    }
}

impl WindowTest {
    fn judge(&self) -> Result<(), String> {
        let messages = Window::from_query(&self.recent).messages();
        match messages == self.messages {
            true => Ok(()),
            false => Err(format!("expected {}, got {messages}", self.messages)),
        }
    }
}
