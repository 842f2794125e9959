use std::collections::BTreeMap;

use crate::{
    AgentId, Limits, Seq, Shown, StoredMessage, ThreadId, Unread, UnreadThread, Wish, share,
};

/// How much of a thread is unread by an agent, as a store sums it up. Sizes are octets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct UnreadSize {
    /// The thread.
    pub thread: ThreadId,
    /// How many messages are delivered to the agent behind its read mark.
    pub count: u64,
    /// What they count together ([`StoredMessage::frame_size`]).
    pub frames: u64,
    /// What the oldest of them counts.
    pub oldest: u64,
    /// The place of the last message of the thread.
    pub last: Seq,
    /// What that one counts for the agent ([`StoredMessage::size_for`]).
    pub newest: u64,
    /// Its snapshot alone, which every frame of the thread repeats.
    pub snapshot: u64,
}

/// How much of its unread messages each thread puts into one answer.
///
/// The messages of an answer share [`Limits::portion`](field@Limits::portion) by
/// [`share`](fn@crate::share): small threads are whole, of large ones the oldest messages are shown. What they stand
/// in shares as much again.
#[derive(Clone, Debug)]
pub struct UnreadPlan {
    parts: BTreeMap<ThreadId, UnreadPart>,
    is_short: bool,
    around: usize,
}

/// What an answer has room for in one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnreadPart {
    /// How many octets its unread messages may be together: the oldest as many as fit, and never
    /// less than one. Each counts [`StoredMessage::frame_size`] and [`repeated`](Self::repeated).
    pub room: u64,
    /// What each of them repeats.
    pub repeated: u64,
    /// How many are unread.
    count: u64,
    /// The last message of the thread.
    last: Seq,
}

/// How far an answer went in the threads of an agent: to be committed before it is given out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // an output, and a store must not forget a part
pub struct ShownMarks {
    /// Of the threads in the answer those that have another mark now.
    pub threads: Vec<ShownMark>,
    /// When threads were left out, those that were not. Every other one with unread messages gets
    /// the place up to which it is read.
    pub others_than: Option<Vec<ThreadId>>,
}

/// How far an answer went in one thread.
///
/// A mark that is lower is always committed. One that is not is committed only while the mark in
/// the store is `before`, so that an answer takes back nothing that another one left out, and
/// [`Shown::All`] only while `last` is the last message of the thread.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // an output, and a store must not forget a part
pub struct ShownMark {
    /// The thread.
    pub thread: ThreadId,
    /// The mark that was looked up.
    pub before: Shown,
    /// The mark to commit.
    pub after: Shown,
    /// The last message of the thread as it was looked up.
    pub last: Seq,
}

/// What an id of a covered message counts.
const ID: u64 = 64;

impl UnreadPlan {
    /// How many threads to sum up, the smallest first: one more than an answer has room for.
    #[must_use]
    pub fn threads(limits: &Limits) -> u64 {
        let least = 2 * StoredMessage::AROUND;
        limits.portion as u64 / least + 2
    }

    /// Plans the answer for threads with unread messages. It takes `n log n` time.
    #[must_use]
    pub fn new(sizes: Vec<UnreadSize>, limits: &Limits) -> Self {
        let context = |size: &UnreadSize| {
            let ids = size.last.get().min(limits.covered_ids.max(1));
            size.newest.saturating_add(ids.saturating_mul(ID))
        };
        let wish = |size: &UnreadSize| {
            let context = context(size);
            let repeated = size.snapshot.saturating_mul(size.count);
            Wish {
                all: context.saturating_add(size.frames).saturating_add(repeated),
                first: context
                    .saturating_add(size.oldest)
                    .saturating_add(size.snapshot),
            }
        };
        let wishes: Vec<_> = sizes.iter().map(wish).collect();
        let shares = share(limits.portion as u64, &wishes);
        let listed = sizes.len();
        let parts: BTreeMap<_, _> = sizes
            .into_iter()
            .zip(shares)
            .filter(|(_, share)| *share > 0)
            .map(|(size, share)| {
                let part = UnreadPart {
                    room: share.saturating_sub(context(&size)),
                    repeated: size.snapshot,
                    count: size.count,
                    last: size.last,
                };
                (size.thread, part)
            })
            .collect();
        Self {
            is_short: parts.len() < listed,
            around: limits.portion / parts.len().max(1),
            parts,
        }
    }

    /// The threads of the answer, and what there is room for in each.
    pub fn parts(&self) -> impl ExactSizeIterator<Item = (&ThreadId, &UnreadPart)> {
        self.parts.iter()
    }

    /// How many octets the context of each may be, for [`ContextPlan::within`](crate::ContextPlan::within).
    #[must_use]
    pub fn around(&self) -> usize {
        self.around
    }

    /// Makes the answer of what was read of the [`parts`](Self::parts), and what to commit before.
    #[must_use]
    pub fn assemble(
        &self,
        threads: Vec<UnreadThread<'_>>,
        limits: &Limits,
    ) -> (Unread, ShownMarks) {
        let mut marks = ShownMarks {
            threads: Vec::new(),
            others_than: self.is_short.then(|| self.parts.keys().cloned().collect()),
        };
        let mut has_more = self.is_short;
        for UnreadThread {
            member, messages, ..
        } in &threads
        {
            let newest = messages.iter().max_by_key(|message| message.seq);
            let Some((message, part)) =
                newest.and_then(|newest| Some((newest, self.parts.get(&newest.thread_id)?)))
            else {
                continue;
            };
            let is_cut = (messages.len() as u64) < part.count;
            has_more |= is_cut;
            let after = match is_cut {
                true => Shown::Through(Some(message.seq)),
                false => Shown::All,
            };
            if after != member.shown {
                marks.threads.push(ShownMark {
                    thread: message.thread_id.clone(),
                    before: member.shown,
                    after,
                    last: part.last,
                });
            }
        }
        (Unread::of(threads, limits).with_more(has_more), marks)
    }
}

impl ShownMark {
    /// The mark of a member that has another one by now.
    #[must_use]
    pub fn over(&self, found: Shown, last: Seq) -> Shown {
        let may_take_back = found == self.before && (self.after != Shown::All || last == self.last);
        match is_lower(self.after, found) || may_take_back {
            true => self.after,
            false => found,
        }
    }
}

fn is_lower(left: Shown, right: Shown) -> bool {
    match (left, right) {
        (Shown::Through(left), Shown::Through(right)) => left < right,
        (Shown::Through(_), Shown::All) => true,
        (Shown::All, _) => false,
    }
}

impl UnreadSize {
    /// Sums up what is unread of a thread by an agent, oldest first, and the thread's last message.
    ///
    /// `None` when nothing is.
    #[must_use]
    pub fn of<'a>(
        unread: impl IntoIterator<Item = &'a StoredMessage>,
        newest: &StoredMessage,
        viewer: &AgentId,
    ) -> Option<Self> {
        let mut unread = unread.into_iter().map(StoredMessage::frame_size);
        let oldest = unread.next()?;
        let (count, frames) =
            unread.fold((1, oldest), |(count, sum), size| (count + 1, sum + size));
        Some(Self {
            thread: newest.thread_id.clone(),
            count,
            frames,
            oldest,
            last: newest.seq,
            newest: newest.size_for(viewer),
            snapshot: newest.snapshot.as_str().len() as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(octet: u8, count: u64, frame: u64, snapshot: u64) -> UnreadSize {
        UnreadSize {
            thread: ThreadId::mint([octet; 16]),
            count,
            frames: count * frame,
            oldest: frame,
            last: Seq::FIRST,
            newest: frame + snapshot,
            snapshot,
        }
    }

    fn within(portion: usize) -> Limits {
        Limits {
            portion,
            ..Limits::default()
        }
    }

    #[test]
    fn a_snapshot_counts_as_often_as_it_is_repeated() {
        let plan = UnreadPlan::new(vec![size(1, 1000, 2000, 9_000_000)], &within(16 << 20));
        let (_, part) = plan.parts().next().unwrap();
        let each = 2000 + part.repeated;
        assert_eq!(part.room.checked_div(each), Some(1), "only the first");
        let plan = UnreadPlan::new(vec![size(1, 1000, 2000, 100)], &within(16 << 20));
        let (_, part) = plan.parts().next().unwrap();
        assert_eq!(part.room, 1000 * 2100, "all");
    }

    #[test]
    fn no_more_threads_are_listed_than_there_is_room_for_and_one() {
        for portion in [0, 5000, 1 << 20] {
            let limits = within(portion);
            let most = UnreadPlan::threads(&limits);
            let least = StoredMessage::AROUND;
            let sizes = (0..most).map(|at| UnreadSize {
                thread: ThreadId::mint(u128::from(at).to_be_bytes()),
                ..size(0, 1, least, 0)
            });
            let plan = UnreadPlan::new(sizes.collect(), &limits);
            assert!((1..most as usize).contains(&plan.parts().len()));
            assert!(plan.is_short);
        }
    }

    #[test]
    fn marks_take_back_only_what_they_found() {
        let through = |place| Shown::Through(Seq::new(place));
        let mark = |before, after| ShownMark {
            thread: ThreadId::mint([1; 16]),
            before,
            after,
            last: Seq::FIRST,
        };
        let cut = mark(Shown::All, through(5));
        for (found, kept) in [
            (Shown::All, through(5)),
            (through(7), through(5)),
            (through(4), through(4)),
            (through(0), through(0)),
        ] {
            assert_eq!(cut.over(found, Seq::FIRST), kept);
        }
        let whole = mark(through(5), Shown::All);
        assert_eq!(whole.over(through(5), Seq::FIRST), Shown::All);
        assert_eq!(whole.over(through(4), Seq::FIRST), through(4));
        let later = Seq::FIRST.next().unwrap();
        assert_eq!(whole.over(through(5), later), through(5));
        assert_eq!(
            mark(through(5), through(9)).over(through(5), later),
            through(9)
        );
    }
}
