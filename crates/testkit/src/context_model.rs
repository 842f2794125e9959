//! The naive model that the answers of a context-sync server are compared with.

use std::collections::{BTreeMap, BTreeSet};

/// What each agent may know of each thread, kept as naively as can be: every message with a copy
/// of the reach of its viewers, and nothing that is derived.
///
/// It knows threads by the ids that the server gave, and agents by name.
#[derive(Clone, Debug, Default)]
pub struct Model {
    threads: BTreeMap<String, Vec<Posted>>,
}

/// A message as it was sent.
#[derive(Clone, Debug)]
struct Posted {
    id: String,
    from: String,
    open: Vec<String>,
    blind: Vec<String>,
}

impl Model {
    /// Notes a message that the server took: who sent it, to whom openly, and to whom blindly.
    pub fn post(&mut self, thread: &str, id: &str, from: &str, open: &[String], blind: &[String]) {
        self.threads
            .entry(thread.to_owned())
            .or_default()
            .push(Posted {
                id: id.to_owned(),
                from: from.to_owned(),
                open: open.to_vec(),
                blind: blind.to_vec(),
            });
    }

    /// The threads that the model knows.
    pub fn threads(&self) -> impl Iterator<Item = &str> {
        self.threads.keys().map(String::as_str)
    }

    /// The first message of a thread that an agent may see, counted from 0; `None` for a stranger.
    ///
    /// Whoever opens a thread sees it all. Naming somebody in `to` or `cc` shows what the sender
    /// sees; a blind copy shows from that message on.
    #[must_use]
    pub fn reach(&self, thread: &str, agent: &str) -> Option<usize> {
        let mut reach: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, posted) in self.threads.get(thread)?.iter().enumerate() {
            let own = if at == 0 {
                0
            } else {
                reach.get(posted.from.as_str()).copied()?
            };
            let named = posted
                .open
                .iter()
                .chain([&posted.from])
                .map(|name| (name, own));
            let blind = posted.blind.iter().map(|name| (name, at));
            for (name, shown) in named.chain(blind) {
                let first = reach.entry(name).or_insert(shown);
                *first = shown.min(*first);
            }
        }
        reach.get(agent).copied()
    }

    /// The ids of the messages that an agent may see, in order.
    #[must_use]
    pub fn visible(&self, thread: &str, agent: &str) -> Vec<&str> {
        let Some(from) = self.reach(thread, agent) else {
            return Vec::new();
        };
        self.threads[thread][from..]
            .iter()
            .map(|posted| posted.id.as_str())
            .collect()
    }

    /// Whether an agent takes part in a thread for all to see.
    #[must_use]
    pub fn is_visible(&self, thread: &str, agent: &str) -> bool {
        let posted = self.threads.get(thread).into_iter().flatten();
        posted
            .into_iter()
            .any(|posted| posted.from == agent || posted.open.iter().any(|name| name == agent))
    }

    /// The agents that a viewer may know to be silent in a thread: itself, and whom it sent blind
    /// copies.
    #[must_use]
    pub fn silent(&self, thread: &str, viewer: &str) -> BTreeSet<&str> {
        let posted = self.threads.get(thread).into_iter().flatten();
        let known = posted.flat_map(|posted| {
            let is_known = move |name: &&String| posted.from == viewer || *name == viewer;
            posted.blind.iter().filter(is_known)
        });
        known
            .map(String::as_str)
            .filter(|name| !self.is_visible(thread, name))
            .collect()
    }

    /// The blind copies of a message that a viewer may read: all for its sender, none otherwise.
    #[must_use]
    pub fn blind_copies(&self, thread: &str, id: &str, viewer: &str) -> &[String] {
        let posted = self.threads.get(thread).into_iter().flatten();
        let mut own = posted.filter(|posted| posted.id == id && posted.from == viewer);
        own.next().map_or(&[], |posted| &posted.blind)
    }

    /// The ids of the messages that are addressed to an agent behind the first `read` ones.
    #[must_use]
    pub fn unread(&self, thread: &str, agent: &str, read: usize) -> Vec<&str> {
        let posted = self.threads.get(thread).into_iter().flatten().skip(read);
        let is_for = |posted: &&Posted| {
            let mut named = posted.open.iter().chain(&posted.blind);
            posted.from != agent && named.any(|name| name == agent)
        };
        posted
            .filter(is_for)
            .map(|posted| posted.id.as_str())
            .collect()
    }

    /// How many messages a thread has.
    #[must_use]
    pub fn length(&self, thread: &str) -> usize {
        self.threads.get(thread).map_or(0, Vec::len)
    }
}
