//! The three client and operator faults that lose mail in the reference, in a naive model of each,
//! and the same run without the fault. Rows of section 15.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::collections::BTreeSet;

use asmtp_envelope::{Action, Event, OrderKey, Push, Receiver, ReceiverOptions, Timestamp};
use mailmesh_testkit::asmtp::sample::{frame, id, key, page};

fn now() -> Timestamp {
    Timestamp::new(1_795_300_000_000).unwrap()
}

/// Row 1: senders choose ids, several envelopes share a millisecond, and a listing is under way.
mod row_1_order_keys {
    use super::{OrderKey, Timestamp, id};

    type Allocate = fn(Option<OrderKey>, Timestamp, asmtp_envelope::EnvelopeId) -> OrderKey;

    fn naive(_: Option<OrderKey>, now: Timestamp, id: asmtp_envelope::EnvelopeId) -> OrderKey {
        OrderKey {
            created_at: now,
            envelope_id: id,
        }
    }

    fn ours(last: Option<OrderKey>, now: Timestamp, id: asmtp_envelope::EnvelopeId) -> OrderKey {
        OrderKey::next(last, now, id).unwrap()
    }

    /// How many envelopes a client that lists after each one never sees.
    fn never_listed(allocate: Allocate) -> usize {
        let mut mailbox: Vec<OrderKey> = Vec::new();
        let mut cursor: Option<OrderKey> = None;
        let mut seen = 0;
        for n in 0..3_000_u64 {
            // Thirty-two senders, four envelopes to a millisecond, a clock that steps back once.
            let millis = if n < 2_000 { 1_000 + n / 4 } else { n / 4 };
            let id = id(n.wrapping_mul(0x9E37_79B9) % 100_000 * 10_000 + n);
            let last = mailbox.iter().max().copied();
            mailbox.push(allocate(last, Timestamp::new(millis).unwrap(), id));
            let new: Vec<_> = mailbox.iter().filter(|&&key| Some(key) > cursor).collect();
            seen += new.len();
            cursor = cursor.max(new.into_iter().max().copied());
        }
        mailbox.len() - seen
    }

    #[test]
    fn rows_land_behind_cursors_in_the_reference_and_never_in_ours() {
        assert!(never_listed(naive) > 1_000);
        assert_eq!(never_listed(ours), 0);
    }
}

/// Row 2: one watermark for pages and frames alike.
mod row_2_shared_watermark {
    use super::{Action, BTreeSet, Event, Push, Receiver, ReceiverOptions, frame, key, now, page};

    const ROWS: u64 = 2_500;

    /// The reference asks for each page from the highest key it has seen anywhere.
    fn naive() -> usize {
        let mut watermark = 0;
        let mut delivered = BTreeSet::new();
        let mut pages = 0;
        loop {
            let rows: Vec<u64> = (watermark + 1..=ROWS).take(1_000).collect();
            delivered.extend(&rows);
            watermark = rows.last().copied().unwrap_or(watermark);
            pages += 1;
            if pages == 1 {
                delivered.insert(ROWS + 1); // the frame
                watermark = ROWS + 1;
            }
            if rows.len() < 1_000 {
                return delivered.len();
            }
        }
    }

    fn ours() -> usize {
        let mut receiver = Receiver::new(None, ReceiverOptions::default(), 1);
        receiver.handle(Event::Tick, now());
        let (mut socket, mut delivered) = (None, BTreeSet::new());
        while let Some(action) = receiver.poll() {
            match action {
                Action::Connect(ticket) => {
                    socket = Some(ticket);
                    receiver.handle(Event::Opened(ticket), now());
                }
                Action::List(ticket, listing) => {
                    let after = (0..=ROWS + 1)
                        .rev()
                        .find(|&n| Some(key(n)) <= listing.after);
                    let first = after.map_or(1, |n| n + 1);
                    let rows: Vec<u64> = (first..=ROWS).take(1_000).collect();
                    let next = rows.last().copied().filter(|_| rows.len() == 1_000);
                    receiver.handle(Event::Listed(ticket, page(rows, next)), now());
                    let push = Push::Notify(frame(ROWS + 1));
                    receiver.handle(Event::Pushed(socket.unwrap(), push), now());
                }
                Action::Deliver(frame) => {
                    delivered.insert(frame.key());
                    receiver.handle(Event::Handled(frame.id()), now());
                }
                Action::Save(_) => receiver.handle(Event::Saved, now()),
                _ => {}
            }
        }
        assert!(receiver.is_live());
        delivered.len()
    }

    #[test]
    fn a_frame_in_a_long_catch_up_skips_the_rest_in_the_reference_and_never_in_ours() {
        assert_eq!(naive(), 1_001);
        assert_eq!(ours(), 2_501);
    }
}

/// Row 3: every move of the watermark is saved at once, through one temporary name.
mod row_3_concurrent_saves {
    use super::{Action, Event, Push, Receiver, ReceiverOptions, frame, id, now, page};

    /// A folder with one file and one temporary name beside it.
    #[derive(Default)]
    struct Folder {
        temporary: Option<u64>,
        file: Option<u64>,
    }

    impl Folder {
        fn write(&mut self, value: u64) {
            self.temporary = Some(value);
        }

        fn rename(&mut self) -> Result<(), &'static str> {
            let value = self.temporary.take().ok_or("no such file")?;
            self.file = Some(value);
            Ok(())
        }
    }

    fn naive() -> Result<(), &'static str> {
        let mut folder = Folder::default();
        // Two frames arrive together: both saves write before either renames.
        folder.write(1);
        folder.write(2);
        folder.rename()?;
        folder.rename()
    }

    fn ours() -> Result<(), &'static str> {
        let mut folder = Folder::default();
        let mut receiver = Receiver::new(None, ReceiverOptions::default(), 1);
        receiver.handle(Event::Tick, now());
        let mut saving = None;
        let mut socket = None;
        loop {
            match receiver.poll() {
                Some(Action::Connect(ticket)) => {
                    socket = Some(ticket);
                    receiver.handle(Event::Opened(ticket), now());
                }
                Some(Action::List(ticket, _)) => {
                    receiver.handle(Event::Listed(ticket, page([], None)), now());
                    for n in [1, 2] {
                        let push = Push::Notify(frame(n));
                        receiver.handle(Event::Pushed(socket.unwrap(), push), now());
                    }
                }
                Some(Action::Deliver(frame)) => {
                    receiver.handle(Event::Handled(frame.id()), now());
                }
                Some(Action::Save(key)) => {
                    let n = if key.envelope_id == id(1) { 1 } else { 2 };
                    folder.write(n);
                    assert_eq!(saving.replace(n), None, "one save at a time");
                }
                Some(_) => {}
                // A save ends when there is nothing else to do: as late as can be.
                None if saving.take().is_some() => {
                    folder.rename()?;
                    receiver.handle(Event::Saved, now());
                }
                None => break,
            }
        }
        assert_eq!(folder.file, Some(2));
        Ok(())
    }

    #[test]
    fn two_frames_together_break_the_save_in_the_reference_and_never_in_ours() {
        assert_eq!(naive(), Err("no such file"));
        assert_eq!(ours(), Ok(()));
    }
}
