//! Answers on their way: how many octets are held for clients that take their time.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::response::Response;
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::refusal::Refusal;

/// A longer answer is written in portions of so many octets, the next one when the client has taken
/// the last. A shorter one takes no room.
const PORTION: usize = 32 << 10;

/// Octets that one unit of the semaphore stands for.
const UNIT: usize = 1 << 10;

/// The room for answers: half of it for those that are taken, half for those that are made of what is
/// yet to be read. Who waits to read much holds up nobody who has an answer already.
#[derive(Debug)]
pub(crate) struct Answers {
    taken: Arc<Semaphore>,
    made: Arc<Semaphore>,
    /// Of each half.
    units: u32,
}

/// Room for an answer that is made or taken. Dropping it lets others in.
#[derive(Clone, Debug)]
pub(crate) struct Room(Arc<OwnedSemaphorePermit>);

/// The rest of an answer, and its room until all of it is taken.
struct Rest {
    octets: Bytes,
    _room: Room,
}

impl Answers {
    pub(crate) fn new(octets: usize) -> Self {
        let units = units(octets / 2).clamp(1, 1 << 28);
        let half = || Arc::new(Semaphore::new(units as usize));
        Self {
            taken: half(),
            made: half(),
            units,
        }
    }

    /// Waits for room for an answer of `most` octets that is yet to be made.
    ///
    /// # Errors
    ///
    /// With `UNAVAILABLE` when there is none by the deadline.
    pub(crate) async fn reserve(&self, most: usize, deadline: Instant) -> Result<Room, Refusal> {
        let units = units(most).min(self.units);
        let room = self.made.clone().acquire_many_owned(units);
        match timeout_at(deadline, room).await {
            Ok(Ok(room)) => Ok(Room(Arc::new(room))),
            _ => Err(full()),
        }
    }

    /// The same answer, which takes the room that it needs, or keeps what was reserved for it.
    ///
    /// # Errors
    ///
    /// With `UNAVAILABLE` when there is no room.
    pub(crate) async fn hand_out(&self, mut response: Response) -> Result<Response, Refusal> {
        // A file is read as it is taken, and does not know its length.
        let Some(octets) = response.body().size_hint().exact() else {
            return Ok(response);
        };
        let octets = usize::try_from(octets).unwrap_or(usize::MAX);
        let reserved = response.extensions_mut().remove::<Room>();
        if octets <= PORTION {
            return Ok(response);
        }
        let units = units(octets).min(self.units);
        let room = self.taken.clone().try_acquire_many_owned(units).ok();
        let room = room.or_else(|| reserved?.shrunk(units));
        let room = Room(Arc::new(room.ok_or_else(full)?));
        let (head, body) = response.into_parts();
        let octets = body.collect().await.map_err(|_| Refusal::internal())?;
        let rest = Rest {
            octets: octets.to_bytes(),
            _room: room,
        };
        Ok(Response::from_parts(head, Body::new(rest)))
    }
}

impl Room {
    /// The answer that the room was reserved for.
    pub(crate) fn fill(self, mut response: Response) -> Response {
        response.extensions_mut().insert(self);
        response
    }

    /// So much of it, the rest given back.
    fn shrunk(self, units: u32) -> Option<OwnedSemaphorePermit> {
        let mut all = Arc::into_inner(self.0)?;
        let kept = units.min(u32::try_from(all.num_permits()).unwrap_or(u32::MAX));
        all.split(kept as usize)
    }
}

impl HttpBody for Rest {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.octets.len().min(PORTION);
        let portion = self.octets.split_to(length);
        Poll::Ready((length > 0).then(|| Ok(Frame::data(portion))))
    }

    fn is_end_stream(&self) -> bool {
        self.octets.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.octets.len() as u64)
    }
}

fn units(octets: usize) -> u32 {
    u32::try_from(octets.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

fn full() -> Refusal {
    Refusal::unavailable("too many answers that are not taken")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use asmtp_envelope::Code;
    use futures_util::FutureExt as _;

    use super::*;

    fn response(octets: usize) -> Response {
        Response::new(Body::from(vec![b'x'; octets]))
    }

    /// What is free for those that are taken.
    fn free(answers: &Answers) -> usize {
        answers.taken.available_permits() * UNIT
    }

    #[tokio::test]
    async fn an_answer_has_its_room_until_its_last_portion_is_taken() {
        let answers = Answers::new(2 << 20);
        let handed = answers.hand_out(response(100 << 10)).await.unwrap();
        assert_eq!(handed.body().size_hint().exact(), Some(100 << 10));
        let mut body = handed.into_body();
        let mut taken = 0;
        while let Some(frame) = body.frame().await {
            assert_eq!(free(&answers), (1 << 20) - (100 << 10));
            let portion = frame.unwrap().into_data().unwrap();
            assert!(portion.len() <= PORTION && portion.iter().all(|octet| *octet == b'x'));
            taken += portion.len();
        }
        assert_eq!(taken, 100 << 10);
        drop(body);
        assert_eq!(free(&answers), 1 << 20);
    }

    #[tokio::test]
    async fn without_room_an_answer_is_refused_and_a_short_one_is_not() {
        let answers = Answers::new(256 << 10);
        let held = answers.hand_out(response(100 << 10)).await.unwrap();
        let refused = answers.hand_out(response(100 << 10)).await.unwrap_err();
        assert_eq!(refused.code(), Some(Code::Unavailable));
        answers.hand_out(response(PORTION)).await.unwrap();
        drop(held);
        answers.hand_out(response(100 << 10)).await.unwrap();
        // One that is larger than all room has all of it.
        answers.hand_out(response(1 << 20)).await.unwrap();
    }

    #[tokio::test]
    async fn what_was_reserved_is_given_back_when_there_is_room_among_those_that_are_taken() {
        let answers = Answers::new(2 << 20);
        let now = Instant::now();
        let room = answers.reserve(4 << 20, now).await.unwrap();
        let refused = answers.reserve(1, now).await.unwrap_err();
        assert_eq!(refused.code(), Some(Code::Unavailable));
        let waiting = answers.reserve(1, now + Duration::from_secs(60));
        let filled = answers.hand_out(room.fill(response(64 << 10)));
        let (waiting, filled) = tokio::join!(waiting, filled);
        drop(waiting.unwrap());
        assert_eq!(free(&answers), (1 << 20) - (64 << 10));
        drop(filled.unwrap());
        assert_eq!(free(&answers), 1 << 20);
    }

    #[tokio::test]
    async fn what_was_reserved_is_handed_out_when_there_is_no_other_room() {
        let answers = Answers::new(2 << 20);
        let now = Instant::now();
        let held = answers.hand_out(response(1 << 20)).await.unwrap();
        let room = answers.reserve(1 << 20, now).await.unwrap();
        let filled = answers.hand_out(room.fill(response(64 << 10)));
        let filled = filled.await.unwrap();
        let rest = answers.reserve((1 << 20) - (64 << 10), now).await.unwrap();
        assert!(answers.reserve(1, now).await.is_err());
        drop((held, filled, rest));
        answers.reserve(1 << 20, now).await.unwrap();
    }

    #[tokio::test]
    async fn who_waits_to_read_much_holds_up_no_answer() {
        let answers = Answers::new(2 << 20);
        let all = answers.reserve(1 << 20, Instant::now()).await.unwrap();
        let mut waiting =
            Box::pin(answers.reserve(1 << 20, Instant::now() + Duration::from_secs(60)));
        assert!((&mut waiting).now_or_never().is_none());
        answers.hand_out(response(1 << 20)).await.unwrap();
        drop(all);
        waiting.await.unwrap();
    }
}
