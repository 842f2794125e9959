//! Following a mailbox: the receiver of the protocol crate, driven by requests and a socket.

use std::future::pending;
use std::sync::{Mutex, PoisonError};

use asmtp_envelope::{
    Action, Event, Failure, OrderKey, Page, PushFrame, Receiver, ReceiverOptions, Ticket,
};
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::operator::Operator;
use super::socket::{Brought, Socket};
use super::{now, seed, time_to};
use crate::{Error, ErrorKind};

/// Headers told at a time, and headers that wait for somebody to ask.
const BATCH: usize = 64;

/// Followers kept while nobody asks. One more costs a socket, one less a reconnect.
const IDLE: usize = 4;

/// The followers of a mailbox that wait for somebody to ask what is behind their place.
#[derive(Default)]
pub(super) struct Followers(Mutex<Vec<Follower>>);

/// Follows a mailbox in a task of its own, from a place on.
struct Follower {
    place: OrderKey,
    headers: mpsc::Receiver<Result<PushFrame<'static>, Error>>,
    task: JoinHandle<()>,
}

impl Followers {
    /// The headers behind a place, in key order and at least one. Can be dropped at any time;
    /// nothing is lost.
    pub(super) async fn behind(
        &self,
        place: OrderKey,
        operator: &Operator,
    ) -> Result<Vec<PushFrame<'static>>, Error> {
        let mut borrowed = Borrowed {
            followers: self,
            follower: Some(
                self.take(place)
                    .unwrap_or_else(|| Follower::new(place, operator)),
            ),
        };
        let mut arrived = Vec::new();
        if let Some(follower) = &mut borrowed.follower {
            follower.headers.recv_many(&mut arrived, BATCH).await;
        }
        let headers: Result<Vec<_>, Error> = arrived.into_iter().collect();
        match (&headers, &mut borrowed.follower) {
            (Ok(headers), Some(follower)) if !headers.is_empty() => {
                let last = headers.last().map(PushFrame::key);
                follower.place = last.unwrap_or(place);
            }
            // It has ended.
            _ => drop(borrowed.follower.take()),
        }
        headers
    }

    fn take(&self, place: OrderKey) -> Option<Follower> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = idle.iter().position(|follower| follower.place == place)?;
        Some(idle.swap_remove(at))
    }

    fn give_back(&self, follower: Follower) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() >= IDLE {
            idle.remove(0);
        }
        idle.push(follower);
    }
}

/// Comes back when the call that has it is dropped.
struct Borrowed<'f> {
    followers: &'f Followers,
    follower: Option<Follower>,
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        if let Some(follower) = self.follower.take() {
            self.followers.give_back(follower);
        }
    }
}

impl Follower {
    fn new(place: OrderKey, operator: &Operator) -> Self {
        let (sender, headers) = mpsc::channel(BATCH);
        let drive = Drive {
            operator: operator.clone(),
            receiver: Receiver::new(Some(place), ReceiverOptions::default(), seed()),
            opening: None,
            socket: None,
            listing: None,
            delivery: None,
            headers: sender,
        };
        Self {
            place,
            headers,
            task: tokio::spawn(drive.run()),
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What carries out what the receiver wants.
struct Drive {
    operator: Operator,
    receiver: Receiver,
    opening: Pending<Result<Socket, Failure>>,
    socket: Option<(Ticket, Socket)>,
    listing: Pending<Result<Page<'static>, Failure>>,
    delivery: Option<PushFrame<'static>>,
    headers: mpsc::Sender<Result<PushFrame<'static>, Error>>,
}

type Pending<T> = Option<(Ticket, BoxFuture<'static, T>)>;

impl Drive {
    async fn run(mut self) {
        self.receiver.handle(Event::Tick, now());
        loop {
            self.act();
            if self.receiver.is_stopped() {
                let message = "the operator no longer takes the token";
                let error = Error::new(ErrorKind::Unauthorized, message);
                // Nobody waits when it fails.
                let _ = self.headers.send(Err(error)).await;
                return;
            }
            let Some(event) = self.next().await else {
                return;
            };
            self.receiver.handle(event, now());
        }
    }

    fn act(&mut self) {
        while let Some(action) = self.receiver.poll() {
            match action {
                Action::Connect(ticket) => {
                    let operator = self.operator.clone();
                    let opening = async move { Socket::open(&operator).await };
                    self.opening = Some((ticket, Box::pin(opening)));
                }
                Action::Disconnect => {
                    (self.opening, self.socket, self.listing) = (None, None, None);
                }
                Action::List(ticket, listing) => {
                    let operator = self.operator.clone();
                    let page = async move { operator.list_for(&listing).await };
                    self.listing = Some((ticket, Box::pin(page)));
                }
                Action::Deliver(frame) => self.delivery = Some(frame),
                // The cursor is the position, and whoever watches keeps it (section 7, rule 3).
                Action::Save(_) => self.receiver.handle(Event::Saved, now()),
                Action::Report { rows, error } => {
                    tracing::warn!(rows, %error, "rows of a listing cannot be read");
                }
                // A stop is seen by the caller. Facts are about mail that was sent.
                _ => {}
            }
        }
    }

    /// What happens next; `None` when nobody is left to tell.
    async fn next(&mut self) -> Option<Event> {
        let timeout = self.receiver.timeout();
        let wake = async {
            match timeout {
                Some(at) => tokio::time::sleep(time_to(at)).await,
                None => pending().await,
            }
        };
        tokio::select! {
            (ticket, opened) = finished(&mut self.opening) => {
                self.opening = None;
                Some(match opened {
                    Ok(socket) => {
                        self.socket = Some((ticket, socket));
                        Event::Opened(ticket)
                    }
                    Err(failure) => Event::Failed(ticket, failure),
                })
            }
            (ticket, listed) = finished(&mut self.listing) => {
                self.listing = None;
                Some(match listed {
                    Ok(page) => Event::Listed(ticket, page),
                    Err(failure) => Event::Failed(ticket, failure),
                })
            }
            (ticket, brought) = brought(&mut self.socket) => Some(match brought {
                Ok(Brought::Push(push)) => Event::Pushed(ticket, push),
                Ok(Brought::Garbled) => Event::Garbled(ticket),
                Err(failure) => {
                    self.socket = None;
                    Event::Failed(ticket, failure)
                }
            }),
            room = self.headers.reserve(), if self.delivery.is_some() => {
                let frame = self.delivery.take()?;
                let id = frame.id();
                room.ok()?.send(Ok(frame));
                Some(Event::Handled(id))
            }
            () = wake => Some(Event::Tick),
        }
    }
}

async fn finished<T>(pending: &mut Pending<T>) -> (Ticket, T) {
    match pending {
        Some((ticket, future)) => (*ticket, future.await),
        None => std::future::pending().await,
    }
}

async fn brought(socket: &mut Option<(Ticket, Socket)>) -> (Ticket, Result<Brought, Failure>) {
    match socket {
        Some((ticket, socket)) => (*ticket, socket.next().await),
        None => pending().await,
    }
}
