//! Writing JSON into a caller's buffer.

use strict_json::canonical::write_string;

use crate::AgentId;

/// The members of an object that is being written. Names need no escape.
#[derive(Debug)]
pub(crate) struct Members<'a> {
    out: &'a mut Vec<u8>,
    empty: bool,
}

impl<'a> Members<'a> {
    pub(crate) fn open(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, empty: true }
    }

    pub(crate) fn close(self) {
        self.out.push(b'}');
    }

    /// The buffer, behind the name and its colon.
    pub(crate) fn value(&mut self, name: &'static str) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    pub(crate) fn text(&mut self, name: &'static str, text: &str) {
        write_string(text, self.value(name));
    }

    /// JSON that was read strictly.
    pub(crate) fn json(&mut self, name: &'static str, json: &str) {
        self.value(name).extend_from_slice(json.as_bytes());
    }

    pub(crate) fn integer(&mut self, name: &'static str, value: u64) {
        let out = self.value(name);
        out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    }

    pub(crate) fn flag(&mut self, name: &'static str, value: bool) {
        self.json(name, if value { "true" } else { "false" });
    }

    pub(crate) fn agents(&mut self, name: &'static str, agents: &[AgentId]) {
        list(agents, self.value(name), |agent, out| {
            write_string(agent.as_str(), out);
        });
    }

    /// A list of agents, left out when it is empty (section 3).
    pub(crate) fn some_agents(&mut self, name: &'static str, agents: &[AgentId]) {
        if !agents.is_empty() {
            self.agents(name, agents);
        }
    }
}

pub(crate) fn list<T>(
    items: impl IntoIterator<Item = T>,
    out: &mut Vec<u8>,
    mut write: impl FnMut(T, &mut Vec<u8>),
) {
    out.push(b'[');
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(b']');
}
