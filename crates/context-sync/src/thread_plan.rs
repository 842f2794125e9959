use std::ops::RangeInclusive;

use crate::{
    BlindCopy, Limits, Member, Page, RosterView, Seq, StoredMessage, Thread, ThreadHead, Wish,
};

/// The messages that an answer with a thread needs, and no others: a store reads them by place, as
/// many as there is room for.
///
/// Without a page they are the newest that fit, and the answer says how many older ones it leaves
/// out; pages show those. It costs by the room, however long the thread is. Look-ups before: the
/// thread, and the viewer's row in it (without one the answer is
/// [`Refusal::no_thread`](crate::Refusal::no_thread)).
#[derive(Clone, Copy, Debug)]
pub struct ThreadPlan<'a> {
    head: &'a ThreadHead,
    viewer: &'a Member,
    page: Option<Page>,
    /// 0 for none of its messages.
    room: u64,
}

/// A part of a thread, of which only so much is read as there is room for.
///
/// Each message counts its content as the viewer sees it, and [`StoredMessage::AROUND`]: payload,
/// snapshot, the names of those who have copies, and blind copies for their sender only. What others
/// may not see does not show in how much there is room for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // an input of a store
pub struct Portion {
    /// The messages.
    pub places: RangeInclusive<Seq>,
    /// How many octets of them are read, and never less than one message.
    pub room: u64,
    /// Where reading begins. What does not fit is missing at the other end.
    pub from: End,
}

/// An end of a part of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // there are two
pub enum End {
    /// The first message.
    Oldest,
    /// The last message.
    Newest,
}

/// Room that fills. Something always gets in, so that whoever asks for the rest gets on.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    left: u64,
    is_entered: bool,
}

impl<'a> ThreadPlan<'a> {
    /// Plans the answer with a thread for a viewer: a page of its messages, or the newest.
    #[must_use]
    pub fn new(
        head: &'a ThreadHead,
        viewer: &'a Member,
        page: Option<Page>,
        limits: &Limits,
    ) -> Self {
        let room = limits.portion.max(1) as u64;
        Self {
            head,
            viewer,
            page,
            room,
        }
    }

    /// The same with so much room, in octets. 0 shows no message.
    #[must_use]
    pub(crate) fn within(self, room: u64) -> Self {
        Self { room, ..self }
    }

    /// The thread.
    #[must_use]
    pub fn head(&self) -> &'a ThreadHead {
        self.head
    }

    /// Who looks.
    #[must_use]
    pub fn viewer(&self) -> &'a Member {
        self.viewer
    }

    /// How many messages the viewer may see: all from its first on, since places have no gaps.
    #[must_use]
    pub fn total(&self) -> u64 {
        (self.head.last.get() + 1).saturating_sub(self.viewer.since.get())
    }

    /// The messages to read, if any: never more than one for each [`StoredMessage::AROUND`] of room,
    /// and one.
    #[must_use]
    pub fn portion(&self) -> Option<Portion> {
        if self.room == 0 {
            return None;
        }
        // Larger than the room even if nothing but what is around them counts.
        let most = self.room / StoredMessage::AROUND + 1;
        let (before, most, from) = match self.page {
            Some(page) => (page.offset(), page.limit().min(most), End::Oldest),
            None => (self.total().saturating_sub(most), most, End::Newest),
        };
        let first = self.viewer.since.get().saturating_add(before);
        let last = first.saturating_add(most - 1).min(self.head.last.get());
        let (first, last) = Seq::new(first).zip(Seq::new(last))?;
        (first <= last).then_some(Portion {
            places: first..=last,
            room: self.room,
            from,
        })
    }

    /// What the thread would put into an answer: the sizes of the messages of its
    /// [`portion`](Self::portion) together, and of the newest.
    pub(crate) fn wish(&self, wish: Wish) -> Wish {
        // Beyond the room it makes no difference by how much.
        let most = self.room.saturating_add(1).max(wish.first);
        Wish {
            all: wish.all.min(most),
            ..wish
        }
    }

    /// Makes the answer of the visible members, the blind copies that the viewer got or sent, and
    /// the messages that were read, oldest first.
    ///
    /// What the viewer may not see is left out, whatever was read.
    #[must_use]
    pub fn assemble(
        &self,
        members: &[Member],
        blind_copies: &[BlindCopy],
        messages: &[StoredMessage],
    ) -> Thread {
        let roster = RosterView {
            viewer: self.viewer,
            members,
            blind_copies,
        };
        let places = self.portion().map(|portion| portion.places);
        let is_asked = |message: &&StoredMessage| {
            let places = places.as_ref();
            places.is_some_and(|places| places.contains(&message.seq))
        };
        let messages = messages.iter().filter(is_asked);
        let messages = messages.filter_map(|message| message.seen_by(self.viewer));
        let page = self.page.map(|page| (page, self.total()));
        Thread::of(self.head, &roster, messages.collect(), page, self.total())
    }
}

impl Room {
    /// So many octets.
    #[must_use]
    pub fn of(octets: u64) -> Self {
        Self {
            left: octets,
            is_entered: false,
        }
    }

    /// Whether one more gets in that counts so much: the first does, and those behind it until one
    /// does not fit.
    #[must_use]
    pub fn admits(&mut self, size: u64) -> bool {
        let left = self.left.checked_sub(size);
        let is_in = left.is_some() || !self.is_entered;
        self.left = left.unwrap_or(0);
        self.is_entered = true;
        is_in
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{SetKey, Shown, ThreadId, Timestamp};

    fn seq(number: u64) -> Seq {
        Seq::new(number).unwrap()
    }

    fn head(last: u64) -> ThreadHead {
        ThreadHead {
            id: ThreadId::mint([0; 16]),
            set: SetKey::of([]),
            created_at: Timestamp::MAX,
            updated_at: Timestamp::MAX,
            last: seq(last),
        }
    }

    fn member(since: u64) -> Member {
        Member {
            agent: "ann".parse().unwrap(),
            since: seq(since),
            standing: None,
            read: None,
            shown: Shown::All,
        }
    }

    fn limits(portion: usize) -> Limits {
        Limits {
            portion,
            ..Limits::default()
        }
    }

    proptest! {
        #[test]
        fn no_more_is_looked_at_than_there_may_be_room_for(
            last in 1_u64..5000,
            before in 0_u64..5000,
            portion in 0_usize..(4 << 20),
            page in proptest::option::of((1_u64..=1000, 0_u64..6000)),
        ) {
            let (head, viewer) = (head(last), member(1 + before % last));
            let page = page.map(|(limit, offset)| Page::new(limit, offset).unwrap());
            let plan = ThreadPlan::new(&head, &viewer, page, &limits(portion));
            let Some(read) = plan.portion() else {
                prop_assert!(page.unwrap().offset() >= plan.total());
                return Ok(());
            };
            let (first, end) = (read.places.start().get(), read.places.end().get());
            prop_assert!(viewer.since.get() <= first && first <= end && end <= last);
            let looked_at = end - first + 1;
            prop_assert!((looked_at - 1) * StoredMessage::AROUND <= read.room);
            match page {
                None => prop_assert_eq!(end, last),
                Some(page) => {
                    prop_assert_eq!(first, viewer.since.get() + page.offset());
                    prop_assert!(looked_at <= page.limit());
                }
            }
        }
    }

    #[test]
    fn without_limits_all_is_read() {
        let (head, viewer) = (head(i64::MAX as u64), member(3));
        let plan = ThreadPlan::new(&head, &viewer, None, &limits(usize::MAX));
        assert_eq!(plan.total(), i64::MAX as u64 - 2);
        let far = Page::new(1000, i64::MAX as u64);
        let plan = ThreadPlan::new(&head, &viewer, far, &limits(usize::MAX));
        assert_eq!(plan.portion(), None);
        assert_eq!(plan.within(0).portion(), None);
    }

    #[test]
    fn the_first_gets_in_and_nothing_behind_one_that_did_not() {
        let mut room = Room::of(10);
        assert!(room.admits(4) && room.admits(6) && !room.admits(1));
        let mut room = Room::of(10);
        assert!(room.admits(11) && !room.admits(1));
        let mut room = Room::of(10);
        assert!(room.admits(4) && !room.admits(7) && !room.admits(1));
    }
}
