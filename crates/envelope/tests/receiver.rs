//! What a receiver does, step by step: the rules of section 7 and the table of section 16.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use asmtp_envelope::{
    Action, Event, Fact, Failure, MonitorFact, Order, OrderKey, Page, Push, Receiver,
    ReceiverOptions, Start, Ticket, Timestamp,
};
use mailmesh_testkit::asmtp::sample::{frame, id, key, page};

const PASSING: Failure = Failure::Passing {
    retry_after_ms: None,
};

fn at(seconds: u64) -> Timestamp {
    Timestamp::new(1_795_300_000_000 + 1000 * seconds).unwrap()
}

fn actions(receiver: &mut Receiver) -> Vec<Action> {
    std::iter::from_fn(|| receiver.poll()).collect()
}

/// Brings a receiver to its first listing, and gives the tickets of socket and listing.
fn connect(receiver: &mut Receiver) -> (Ticket, Ticket) {
    receiver.handle(Event::Tick, at(0));
    let [Action::Connect(socket)] = actions(receiver)[..] else {
        panic!("it connects");
    };
    receiver.handle(Event::Opened(socket), at(0));
    let [Action::List(listing, _)] = actions(receiver)[..] else {
        panic!("it lists");
    };
    (socket, listing)
}

/// Tells that the envelope that was delivered is handled, and that saves are done.
fn settle(receiver: &mut Receiver, delivered: &mut Vec<OrderKey>) -> Vec<Action> {
    let mut others = Vec::new();
    while let Some(action) = receiver.poll() {
        match action {
            Action::Deliver(frame) => {
                delivered.push(frame.key());
                receiver.handle(Event::Handled(frame.id()), at(0));
            }
            Action::Save(_) => receiver.handle(Event::Saved, at(0)),
            other => others.push(other),
        }
    }
    others
}

#[test]
fn a_frame_between_pages_costs_nothing() {
    // H17: 2,500 rows in pages of 1,000, and one frame behind the first page.
    let mut receiver = Receiver::new(None, ReceiverOptions::default(), 1);
    let (socket, mut listing) = connect(&mut receiver);
    let mut delivered = Vec::new();
    for (rows, next) in [
        (1..1001, Some(1000)),
        (1001..2001, Some(2000)),
        (2001..2501, None),
    ] {
        receiver.handle(Event::Listed(listing, page(rows.clone(), next)), at(0));
        if rows.start == 1 {
            receiver.handle(Event::Pushed(socket, Push::Notify(frame(2501))), at(0));
        }
        let others = settle(&mut receiver, &mut delivered);
        if let [Action::List(ticket, asked)] = others[..] {
            assert_eq!(asked.after, next.map(key), "only pages move the catch-up");
            listing = ticket;
        }
    }
    assert!(receiver.is_live());
    assert_eq!(delivered, (1..=2501).map(key).collect::<Vec<_>>());
    assert_eq!(receiver.cursor(), Some(key(2501)));
}

#[test]
fn one_envelope_and_one_save_at_a_time() {
    let mut receiver = Receiver::new(None, ReceiverOptions::default(), 1);
    let (_, listing) = connect(&mut receiver);
    receiver.handle(Event::Listed(listing, page(1..4, None)), at(0));
    assert_eq!(actions(&mut receiver), [Action::Deliver(frame(1))]);
    receiver.handle(Event::Handled(id(2)), at(0));
    assert_eq!(
        actions(&mut receiver),
        [],
        "another id than the one that was given"
    );
    receiver.handle(Event::Handled(id(1)), at(0));
    assert_eq!(
        actions(&mut receiver),
        [Action::Deliver(frame(2)), Action::Save(key(1))]
    );
    receiver.handle(Event::Handled(id(2)), at(0));
    receiver.handle(Event::Handled(id(3)), at(0));
    assert_eq!(
        actions(&mut receiver),
        [Action::Deliver(frame(3))],
        "the save is still under way"
    );
    receiver.handle(Event::Saved, at(0));
    assert_eq!(
        actions(&mut receiver),
        [Action::Save(key(3))],
        "both moves in one"
    );
}

#[test]
fn a_cursor_is_where_the_listing_begins() {
    let mut receiver = Receiver::new(Some(key(7)), ReceiverOptions::default(), 1);
    receiver.handle(Event::Tick, at(0));
    let Some(Action::Connect(socket)) = receiver.poll() else {
        panic!("it connects");
    };
    receiver.handle(Event::Opened(socket), at(0));
    let Some(Action::List(_, listing)) = receiver.poll() else {
        panic!("it lists");
    };
    assert_eq!(
        (listing.after, listing.order),
        (Some(key(7)), Order::Ascending)
    );
}

#[test]
fn who_wants_no_history_saves_the_end_before_anything_else() {
    let options = ReceiverOptions {
        start: Start::End,
        ..ReceiverOptions::default()
    };
    for (rows, end) in [(vec![9], key(9)), (vec![], OrderKey::LEAST)] {
        let mut receiver = Receiver::new(None, options, 1);
        receiver.handle(Event::Tick, at(0));
        let Some(Action::Connect(socket)) = receiver.poll() else {
            panic!("it connects");
        };
        receiver.handle(Event::Opened(socket), at(0));
        let Some(Action::List(ticket, listing)) = receiver.poll() else {
            panic!("it lists");
        };
        assert_eq!(listing.to_string(), "order=desc&limit=1");
        let next = rows.first().copied();
        receiver.handle(Event::Listed(ticket, page(rows, next)), at(0));
        receiver.handle(Event::Pushed(socket, Push::Notify(frame(10))), at(0));
        assert_eq!(actions(&mut receiver), [Action::Save(end)]);
        receiver.handle(Event::Saved, at(0));
        let asked = actions(&mut receiver);
        let [Action::List(ticket, listing)] = asked[..] else {
            panic!("it catches up: {asked:?}");
        };
        assert_eq!(listing.after, Some(end));
        receiver.handle(Event::Listed(ticket, page([10], None)), at(0));
        assert_eq!(actions(&mut receiver), [Action::Deliver(frame(10))]);
    }
}

#[test]
fn repeats_are_dropped_by_id() {
    let mut receiver = Receiver::new(None, ReceiverOptions::default(), 1);
    let (socket, listing) = connect(&mut receiver);
    let mut delivered = Vec::new();
    receiver.handle(Event::Listed(listing, page(1..4, None)), at(0));
    for n in [3, 4, 4, 2, 5] {
        receiver.handle(Event::Pushed(socket, Push::Notify(frame(n))), at(0));
        settle(&mut receiver, &mut delivered);
    }
    assert_eq!(delivered, (1..=5).map(key).collect::<Vec<_>>());
}

#[test]
fn what_is_too_much_for_a_slow_handler_is_listed_later() {
    let options = ReceiverOptions {
        pending: 3,
        ..ReceiverOptions::default()
    };
    let mut receiver = Receiver::new(None, options, 1);
    let (socket, listing) = connect(&mut receiver);
    receiver.handle(Event::Listed(listing, page([], None)), at(0));
    assert_eq!(actions(&mut receiver), []);
    for n in 1..=100 {
        receiver.handle(Event::Pushed(socket, Push::Notify(frame(n))), at(0));
    }
    let mut delivered = Vec::new();
    let others = settle(&mut receiver, &mut delivered);
    assert_eq!(
        delivered,
        (1..=4).map(key).collect::<Vec<_>>(),
        "one at work and three waiting"
    );
    let [Action::List(ticket, asked)] = others[..] else {
        panic!("it lists again: {others:?}");
    };
    assert_eq!(asked.after, Some(key(4)));
    receiver.handle(Event::Listed(ticket, page(5..=100, None)), at(0));
    settle(&mut receiver, &mut delivered);
    assert_eq!(delivered, (1..=100).map(key).collect::<Vec<_>>());
    assert!(receiver.is_live());
}

#[test]
fn a_frame_that_cannot_be_read_is_listed() {
    let mut receiver = Receiver::new(None, ReceiverOptions::default(), 1);
    let (socket, listing) = connect(&mut receiver);
    receiver.handle(Event::Listed(listing, page([], None)), at(0));
    receiver.handle(Event::Garbled(socket), at(0));
    assert!(matches!(actions(&mut receiver)[..], [Action::List(..)]));
}

#[test]
fn rows_that_cannot_be_read_are_told_and_passed_over() {
    let mut receiver = Receiver::new(None, ReceiverOptions::default(), 1);
    let (_, listing) = connect(&mut receiver);
    let octets = br#"{"envelope_headers":[{"op":"envelope.notify"},7],"next_cursor":null}"#;
    let answer = Page::parse(octets, &asmtp_envelope::Limits::default()).unwrap();
    receiver.handle(Event::Listed(listing, answer), at(0));
    let told = actions(&mut receiver);
    assert!(
        matches!(told[..], [Action::Report { rows: 2, .. }]),
        "{told:?}"
    );
    assert!(receiver.is_live());
}

#[test]
fn what_an_old_connection_brings_does_not_count() {
    let mut receiver = Receiver::new(None, ReceiverOptions::default(), 1);
    let (socket, listing) = connect(&mut receiver);
    receiver.handle(Event::Failed(socket, PASSING), at(0));
    assert_eq!(actions(&mut receiver), [Action::Disconnect]);
    receiver.handle(Event::Listed(listing, page([1], None)), at(0));
    receiver.handle(Event::Pushed(socket, Push::Notify(frame(1))), at(0));
    receiver.handle(Event::Opened(socket), at(0));
    receiver.handle(Event::Failed(listing, PASSING), at(0));
    assert_eq!(actions(&mut receiver), []);
    assert!(!receiver.is_live());
}

#[test]
fn it_comes_back_later_and_later_until_a_connection_holds() {
    let mut receiver = Receiver::new(None, ReceiverOptions::default(), 1);
    let mut now = at(0);
    let mut waits = Vec::new();
    for round in 0..10 {
        receiver.handle(Event::Tick, now);
        let Some(Action::Connect(socket)) = receiver.poll() else {
            panic!("it connects");
        };
        if round == 8 {
            receiver.handle(Event::Opened(socket), now);
            now = now.saturating_add(60_000);
        }
        receiver.handle(Event::Failed(socket, PASSING), now);
        actions(&mut receiver);
        let until = receiver.timeout().unwrap();
        waits.push(until.millis_since(now));
        receiver.handle(Event::Tick, now);
        assert_eq!(actions(&mut receiver), [], "not before its time");
        now = until;
    }
    for (wait, base) in waits.iter().zip([1, 2, 4, 8, 16, 30, 30, 30, 1, 2]) {
        assert!((base * 700..=base * 1300).contains(wait), "{waits:?}");
    }
}

#[test]
fn it_waits_as_long_as_the_operator_asks() {
    let mut receiver = Receiver::new(None, ReceiverOptions::default(), 1);
    let (_, listing) = connect(&mut receiver);
    let failure = Failure::of_status(429, Some(90_000));
    receiver.handle(Event::Failed(listing, failure), at(0));
    assert_eq!(receiver.timeout(), Some(at(90)));
}

#[test]
fn a_bearer_that_is_not_taken_ends_it() {
    for failure in [Failure::of_status(401, None), Failure::of_close(1008)] {
        let mut receiver = Receiver::new(None, ReceiverOptions::default(), 1);
        let (socket, listing) = connect(&mut receiver);
        receiver.handle(Event::Listed(listing, page(1..3, None)), at(0));
        actions(&mut receiver);
        receiver.handle(Event::Failed(socket, failure), at(0));
        assert_eq!(actions(&mut receiver), [Action::Disconnect, Action::Stop]);
        receiver.handle(Event::Handled(id(1)), at(99));
        assert_eq!(
            actions(&mut receiver),
            [Action::Save(key(1))],
            "what was done is kept"
        );
        assert!(receiver.is_stopped());
        assert_eq!(receiver.timeout(), None);
    }
}

#[test]
fn a_page_that_leads_nowhere_is_not_asked_for_for_ever() {
    let mut receiver = Receiver::new(Some(key(5)), ReceiverOptions::default(), 1);
    let (_, listing) = connect(&mut receiver);
    receiver.handle(Event::Listed(listing, page([], Some(5))), at(0));
    assert_eq!(actions(&mut receiver), [Action::Disconnect]);
    assert!(receiver.timeout().is_some());
}

#[test]
fn a_listing_that_fails_is_asked_for_in_smaller_pages() {
    let mut receiver = Receiver::new(None, ReceiverOptions::default(), 1);
    let mut now = at(0);
    let mut limits = Vec::new();
    for _ in 0..12 {
        receiver.handle(Event::Tick, now);
        let Some(Action::Connect(socket)) = receiver.poll() else {
            panic!("it connects");
        };
        receiver.handle(Event::Opened(socket), now);
        let Some(Action::List(ticket, listing)) = receiver.poll() else {
            panic!("it lists");
        };
        limits.push(listing.limit);
        receiver.handle(Event::Failed(ticket, PASSING), now);
        actions(&mut receiver);
        now = receiver.timeout().unwrap();
    }
    assert_eq!(limits, [1000, 500, 250, 125, 62, 31, 15, 7, 3, 1, 1, 1]);
}

#[test]
fn the_end_of_the_mailbox_is_saved_first_even_across_connections() {
    let options = ReceiverOptions {
        start: Start::End,
        ..ReceiverOptions::default()
    };
    let mut receiver = Receiver::new(None, options, 1);
    let (socket, listing) = connect(&mut receiver);
    receiver.handle(Event::Listed(listing, page([3], Some(3))), at(0));
    assert_eq!(actions(&mut receiver), [Action::Save(key(3))]);
    receiver.handle(Event::Failed(socket, PASSING), at(0));
    assert_eq!(actions(&mut receiver), [Action::Disconnect]);
    receiver.handle(Event::Tick, receiver.timeout().unwrap());
    let Some(Action::Connect(socket)) = receiver.poll() else {
        panic!("it connects");
    };
    receiver.handle(Event::Opened(socket), at(9));
    assert_eq!(actions(&mut receiver), [], "the save is still under way");
    receiver.handle(Event::Saved, at(9));
    assert!(matches!(actions(&mut receiver)[..], [Action::List(..)]));
}

#[test]
fn facts_come_once_and_do_not_move_the_cursor() {
    let mut receiver = Receiver::new(None, ReceiverOptions::default(), 1);
    let (socket, _) = connect(&mut receiver);
    let fact = MonitorFact {
        monitor: "mon_a".parse().unwrap(),
        envelope_id: id(1),
        recipient: "@acme.ann".parse().unwrap(),
        fact: Fact::Stored,
        at_ms: at(1),
    };
    let other = MonitorFact {
        fact: Fact::Bounced,
        ..fact.clone()
    };
    for fact in [&fact, &fact, &other] {
        receiver.handle(Event::Pushed(socket, Push::Fact(fact.clone())), at(0));
    }
    receiver.handle(Event::Pushed(socket, Push::Unknown), at(0));
    assert_eq!(
        actions(&mut receiver),
        [Action::Inform(fact), Action::Inform(other)]
    );
    assert_eq!(receiver.cursor(), None);
}
