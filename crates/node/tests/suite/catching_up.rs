//! A client of the envelope crate that catches up with a long mailbox.

use asmtp_envelope::{
    Action, Event, Limits, Page, Push, Receiver, ReceiverOptions, Ticket, Timestamp,
};
use futures_util::future::join_all;

use crate::suite::operator::{Operator, Socket};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h17_a_live_frame_between_pages_costs_nothing() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    for _ in 0..50 {
        let to = [&b];
        join_all((0..50).map(|_| a.send(&to))).await;
    }
    let (limits, now) = (Limits::default(), Timestamp::new(1).unwrap());
    let mut receiver = Receiver::new(None, ReceiverOptions::default(), 1);
    let mut socket: Option<(Ticket, Socket)> = None;
    let (mut pages, mut delivered) = (0, Vec::new());
    receiver.handle(Event::Tick, now);
    while let Some(action) = receiver.poll() {
        match action {
            Action::Connect(ticket) => {
                socket = Some((ticket, b.client.connect("").await));
                receiver.handle(Event::Opened(ticket), now);
            }
            Action::List(ticket, listing) => {
                let answer = b.get(&format!("/mailbox?{listing}")).await;
                let page = Page::parse(&answer.octets, &limits).unwrap();
                receiver.handle(Event::Listed(ticket, page), now);
                pages += 1;
                if pages == 1 {
                    a.send(&[&b]).await;
                    let (ticket, socket) = socket.as_mut().unwrap();
                    let frame = socket.frame().await.to_string();
                    let push = Push::parse(frame.as_bytes(), &limits).unwrap();
                    receiver.handle(Event::Pushed(*ticket, push), now);
                }
            }
            Action::Deliver(frame) => {
                delivered.push((frame.key(), frame.id()));
                receiver.handle(Event::Handled(frame.id()), now);
            }
            Action::Save(_) => receiver.handle(Event::Saved, now),
            other => panic!("{other:?}"),
        }
    }
    assert!(receiver.is_live() && pages > 2);
    assert_eq!(delivered.len(), 2_501);
    assert!(delivered.is_sorted_by(|one, next| one < next), "in order");
    let last = b.listed("?order=desc&limit=1").await;
    assert_eq!(last, [delivered.last().unwrap().1.to_string()]);
}
