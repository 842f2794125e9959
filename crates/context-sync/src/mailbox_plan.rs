use crate::{AgentId, Limits, Mailbox, Page, Room, StoredMessage, Thread, ThreadPlan, Wish, share};

/// What an answer with the threads of an agent needs, and no more.
///
/// Threads come in order, the newest updated first, until what stands around their messages fills
/// [`Limits::portion`](field@Limits::portion); their messages [share](share) as much again. So small
/// threads are whole however large another is, and of that one the newest messages are there.
///
/// In this order: look up [`most`](Self::most) heads behind [`offset`](Self::offset), each with the
/// agent's row; keep them while [`room`](Self::room) admits their [`size`](Self::size); look up what
/// each wishes for, the sizes in its [`portion`](ThreadPlan::portion); [share](Self::share); read
/// what each has a part for.
#[derive(Clone, Copy, Debug)]
pub struct MailboxPlan {
    page: Option<Page>,
    portion: u64,
}

impl MailboxPlan {
    /// What a name in a thread counts, in octets.
    pub const NAME: u64 = 1 << 8;

    /// Plans the answer: a page of the threads, or all that there is room for.
    #[must_use]
    pub fn new(page: Option<Page>, limits: &Limits) -> Self {
        Self {
            page,
            portion: limits.portion as u64,
        }
    }

    /// How many threads stand before.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.page.map_or(0, Page::offset)
    }

    /// How many threads to look up at most.
    #[must_use]
    pub fn most(&self) -> u64 {
        let most = self.portion / StoredMessage::AROUND + 1;
        self.page.map_or(most, |page| page.limit().min(most))
    }

    /// The room for what stands around the messages of the threads.
    #[must_use]
    pub fn room(&self) -> Room {
        Room::of(self.portion)
    }

    /// What a thread counts in it: so many names, those of its visible members and one for each blind
    /// copy that the agent got or sent.
    #[must_use]
    pub fn size(names: u64) -> u64 {
        StoredMessage::AROUND.saturating_add(names.saturating_mul(Self::NAME))
    }

    /// The plans of the threads, each with its part of the room: `wishes` are the sizes of the
    /// messages in the portion of each, and of its newest message.
    #[must_use]
    pub fn share<'a>(&self, threads: &[ThreadPlan<'a>], wishes: &[Wish]) -> Vec<ThreadPlan<'a>> {
        let wishes: Vec<_> = threads
            .iter()
            .zip(wishes)
            .map(|(thread, wish)| thread.wish(*wish))
            .collect();
        let parts = share(self.portion, &wishes);
        let parts = threads.iter().zip(parts);
        parts.map(|(thread, part)| thread.within(part)).collect()
    }

    /// Makes the answer of its threads, in order; the number of messages delivered to the agent
    /// behind its read marks; and the number of its threads.
    #[must_use]
    pub fn assemble(&self, threads: Vec<Thread>, unread_count: u64, total: u64) -> Mailbox {
        Mailbox::of(threads, unread_count, self.page, total)
    }
}

const _: () = assert!(AgentId::MAX < MailboxPlan::NAME as usize);
