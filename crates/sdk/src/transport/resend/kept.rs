//! Messages that were fetched lately. A message never changes.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use crate::MailId;

/// The newest messages fetched, up to so many octets.
#[derive(Debug)]
pub(super) struct Kept {
    limit: usize,
    messages: Mutex<Messages>,
}

#[derive(Debug, Default)]
struct Messages {
    by_id: HashMap<MailId, Arc<[u8]>>,
    /// In the order they came.
    order: VecDeque<MailId>,
    size: usize,
}

impl Kept {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            messages: Mutex::default(),
        }
    }

    pub(super) fn of(&self, id: &MailId) -> Option<Arc<[u8]>> {
        let messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        messages.by_id.get(id).cloned()
    }

    pub(super) fn keep(&self, id: &MailId, raw: &Arc<[u8]>) {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if raw.len() > self.limit || messages.by_id.contains_key(id) {
            return;
        }
        messages.size += raw.len();
        messages.order.push_back(id.clone());
        messages.by_id.insert(id.clone(), Arc::clone(raw));
        while messages.size > self.limit {
            let Some(oldest) = messages.order.pop_front() else {
                break;
            };
            let gone = messages.by_id.remove(&oldest);
            messages.size -= gone.map_or(0, |gone| gone.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_when_there_is_no_room() {
        let kept = Kept::new(10);
        let id = |name: &str| MailId::new(name);
        for name in ["a", "b", "c", "a", "c"] {
            kept.keep(&id(name), &Arc::from([0; 4]));
        }
        assert!(kept.of(&id("b")).is_none());
        assert!(kept.of(&id("a")).is_some() && kept.of(&id("c")).is_some());
        kept.keep(&id("large"), &Arc::from([0; 11]));
        assert!(kept.of(&id("large")).is_none() && kept.of(&id("a")).is_some());
    }
}
