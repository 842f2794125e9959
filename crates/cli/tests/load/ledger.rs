//! What was posted, and what became of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use serde_json::Value;

use super::{Figures, Key};

/// The posts by id.
#[derive(Default)]
pub struct Ledger {
    posts: Mutex<BTreeMap<String, Post>>,
    /// Posts that were answered 202.
    pub acknowledged: AtomicUsize,
    /// Tries that were answered 503.
    pub refused: AtomicUsize,
    /// Tries that nobody answered.
    pub unanswered: AtomicUsize,
}

struct Post {
    envelope: Value,
    from: usize,
    to: [usize; 2],
    /// The time of its key, once it is acknowledged.
    created_at: Option<u64>,
}

impl Ledger {
    /// An envelope is about to be posted.
    pub fn begin(&self, id: &str, envelope: Value, from: usize, to: [usize; 2]) {
        let post = Post {
            envelope,
            from,
            to,
            created_at: None,
        };
        self.posts.lock().unwrap().insert(id.to_owned(), post);
    }

    /// It was answered 202.
    pub fn acknowledge(&self, id: &str, created_at: u64) {
        self.posts.lock().unwrap().get_mut(id).unwrap().created_at = Some(created_at);
        self.acknowledged.fetch_add(1, Ordering::Relaxed);
    }

    /// Those that nobody answered, with their ids and senders: they may be there or not.
    pub fn in_doubt(&self) -> Vec<(String, Value, usize)> {
        let posts = self.posts.lock().unwrap();
        let unknown = posts.iter().filter(|(_, post)| post.created_at.is_none());
        let with_id = |(id, post): (&String, &Post)| (id.clone(), post.envelope.clone(), post.from);
        unknown.map(with_id).collect()
    }

    /// Checks what mailboxes list. Each acknowledged envelope is once in each of its mailboxes,
    /// under the key that its sender was told; one that is in doubt is in all of them or in none.
    pub fn compare(&self, mailboxes: &[Vec<Key>]) -> Figures {
        let posts = self.posts.lock().unwrap();
        let rows: usize = mailboxes.iter().map(Vec::len).sum();
        let places: BTreeMap<(usize, &str), u64> = mailboxes
            .iter()
            .enumerate()
            .flat_map(|(mailbox, keys)| {
                keys.iter().map(move |(time, id)| ((mailbox, &**id), *time))
            })
            .collect();
        let (mut figures, mut lost, mut expected) = (Figures::default(), Vec::new(), 0);
        figures.refused = self.refused.load(Ordering::Relaxed);
        figures.unanswered = self.unanswered.load(Ordering::Relaxed);
        figures.duplicates = rows - places.len();
        for (id, post) in &*posts {
            let found = post
                .to
                .map(|mailbox| places.get(&(mailbox, &**id)).copied());
            let is_somewhere = found.iter().any(Option::is_some);
            assert_eq!(
                found[0], found[1],
                "{id}: in all mailboxes or none, under one key"
            );
            // Two places may be one mailbox.
            let mailboxes: BTreeSet<_> = post.to.into_iter().collect();
            expected += if is_somewhere { mailboxes.len() } else { 0 };
            figures.acknowledged += usize::from(post.created_at.is_some());
            figures.in_doubt += usize::from(post.created_at.is_none());
            if post.created_at.is_some() && found[0] == post.created_at {
                figures.found += 1;
            } else if post.created_at.is_some() {
                lost.push((id, post.created_at, found));
            }
        }
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        assert_eq!(figures.duplicates, 0, "each once");
        assert_eq!(rows, expected, "rows that nobody posted");
        figures
    }
}

/// An envelope id whose place among the others says nothing of its time.
pub fn fresh_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    // The factor has no divisor in common with the modulus, so no two are equal.
    let number = u128::from(NEXT.fetch_add(1, Ordering::Relaxed));
    format!("01{:024}", number * 982_451_653 % 1_000_000_000_000)
}
