//! One socket of an agent: replay from a cursor, then live frames, pings and the close (section 6).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use asmtp_envelope::OrderKey;
use futures_util::future::BoxFuture;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use mailmesh_store::{Error, ErrorKind};
use tokio::io::AsyncReadExt as _;
use tokio::time::{self, Instant, MissedTickBehavior};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Bytes, Message, Utf8Bytes};

use crate::config::Limits;
use crate::core::Core;
use crate::fanout::{Ending, Frame, PAGE, Seat, live_rows};

/// Octets that are read from a socket at a time. A socket keeps this much while it is idle.
const READ_BUFFER: usize = 2 << 10;
/// Octets of frames that are written at a time.
const WRITE_BUFFER: usize = 16 << 10;
/// How long a client has to answer a close, and to stop sending.
const GOODBYE: Duration = Duration::from_secs(2);

type Stream = WebSocketStream<TokioIo<Upgraded>>;

/// Where the frames of a socket come from.
struct Feed<'a> {
    core: &'a Core,
    seat: &'a Seat,
    stage: Stage,
    rows: VecDeque<Frame>,
    /// A page that is being read. It outlives the waits for it.
    page: Option<BoxFuture<'a, Result<Vec<Frame>, Error>>>,
    /// The last envelope of the replay: live frames up to it were sent already.
    floor: Option<OrderKey>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Reading what a listing after the cursor shows; live frames are not waited for yet.
    Replaying,
    /// Live frames gather, and one more listing closes the gap to them.
    Joining,
    Live,
}

/// Why a socket is over.
#[derive(Debug)]
enum Over {
    /// This side closes it.
    Close(CloseCode, &'static str),
    /// The other side closed it, or is gone.
    Gone,
    /// What it was sent cannot be read from the store.
    Failed(Error),
}

/// Serves a socket to its end. With a cursor it first replays what came behind it; without one the
/// seat is live already.
pub(crate) async fn serve(
    upgraded: Upgraded,
    seat: Seat,
    cursor: Option<OrderKey>,
    core: Arc<Core>,
) {
    let limits = core.limits;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_message_size(Some(limits.client_frame))
        .max_frame_size(Some(limits.client_frame));
    let io = TokioIo::new(upgraded);
    let stream = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
    core.metrics.sockets.add(1);
    let (mut sink, mut source) = stream.split();
    let feed = Feed {
        core: &core,
        seat: &seat,
        stage: cursor.map_or(Stage::Live, |_| Stage::Replaying),
        rows: VecDeque::new(),
        page: None,
        floor: cursor,
    };
    let over = follow(feed, &mut sink, &mut source, &limits).await;
    if let Over::Failed(error) = &over {
        tracing::warn!(kind = ?error.kind(), "a socket ends");
    }
    let closing = match over {
        Over::Close(code, reason) => Some((code, reason)),
        Over::Failed(_) => Some((CloseCode::Again, "cannot read the mailbox")),
        Over::Gone => None,
    };
    if let Some((code, reason)) = closing {
        core.metrics.closed(code.into());
        let patience = match code {
            CloseCode::Away => GOODBYE,
            _ => limits.close_patience,
        };
        close(sink, source, code, reason, patience).await;
    }
    core.metrics.sockets.add(-1);
    drop(seat); // only now may the node believe that the socket is gone
}

/// Sends frames and listens, until there is a reason to end.
async fn follow(
    mut feed: Feed<'_>,
    sink: &mut SplitSink<Stream, Message>,
    source: &mut SplitStream<Stream>,
    limits: &Limits,
) -> Over {
    let line = feed.seat.line();
    let mut pings = time::interval_at(Instant::now() + limits.ping_every, limits.ping_every);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    let mut is_writing = false;
    loop {
        // A client that never stops sending does not keep its socket.
        if let Some(ending) = line.ending() {
            return over(ending);
        }
        tokio::select! {
            biased;
            // One waiter at a time: a line wakes one.
            ending = line.ended(), if is_writing => return over(ending),
            message = source.next() => match message {
                Some(Ok(Message::Close(_))) | None => return Over::Gone,
                Some(Ok(_)) => heard = Instant::now(), // frames of clients mean nothing (6.1)
                Some(Err(error)) => return refused(&error),
            },
            () = time::sleep_until(heard + limits.silence) => return Over::Gone,
            _ = pings.tick() => {
                if sink.feed(Message::Ping(Bytes::new())).await.is_err() {
                    return Over::Gone;
                }
                is_writing = true;
            }
            flushed = sink.flush(), if is_writing => match flushed {
                Ok(()) => is_writing = false,
                Err(_) => return Over::Gone,
            },
            next = feed.next(), if !is_writing => {
                let mut next = Some(next);
                let mut octets = 0;
                while let Some(frame) = next.take() {
                    let frame = match frame {
                        Ok(frame) => frame,
                        Err(over) => return over,
                    };
                    octets += frame.octets.len();
                    if sink.feed(text(frame)).await.is_err() {
                        return Over::Gone;
                    }
                    feed.core.metrics.frames.add(1);
                    if octets < WRITE_BUFFER {
                        next = feed.ready();
                    }
                }
                is_writing = true;
            }
        }
    }
}

impl Feed<'_> {
    /// The next frame. Dropping the future loses nothing.
    async fn next(&mut self) -> Result<Frame, Over> {
        loop {
            if let Some(ready) = self.ready() {
                return ready;
            }
            match self.stage {
                Stage::Live => self.seat.line().filled().await,
                Stage::Replaying | Stage::Joining => self.replay().await.map_err(failed)?,
            }
        }
    }

    /// What needs no wait.
    fn ready(&mut self) -> Option<Result<Frame, Over>> {
        if let Some(frame) = self.rows.pop_front() {
            return Some(Ok(frame));
        }
        if self.stage != Stage::Live {
            return None;
        }
        loop {
            match self.seat.line().take()? {
                Ok(frame) if frame.key.is_some() && frame.key <= self.floor => {}
                Ok(frame) => return Some(Ok(frame)),
                Err(ending) => return Some(Err(over(ending))),
            }
        }
    }

    /// Reads the next page behind the cursor. When there is none left, the socket goes live and
    /// looks once more: what was committed in between is in that look, and what is committed after
    /// it comes live.
    async fn replay(&mut self) -> Result<(), Error> {
        let (core, seat, after) = (self.core, self.seat, self.floor);
        let is_joining = self.stage == Stage::Joining;
        let read = || -> BoxFuture<'_, _> {
            Box::pin(async move {
                if is_joining {
                    seat.go_live().await?;
                }
                live_rows(&*core.store, &seat.agent().handle, after, PAGE).await
            })
        };
        let page = self.page.get_or_insert_with(read).await;
        self.page = None;
        let rows = page?;
        match rows.last() {
            Some(last) => self.floor = last.key,
            None if is_joining => self.stage = Stage::Live,
            None => self.stage = Stage::Joining,
        }
        self.rows = rows.into();
        Ok(())
    }
}

fn text(frame: Frame) -> Message {
    match Utf8Bytes::try_from(frame.octets) {
        Ok(text) => Message::Text(text),
        // What the store keeps was written by this crate's codec.
        Err(_) => Message::Ping(Bytes::new()),
    }
}

fn over(ending: Ending) -> Over {
    match ending {
        Ending::GoingAway => Over::Close(CloseCode::Away, "operator shutting down"),
        Ending::Revoked => Over::Close(CloseCode::Policy, "bearer revoked"),
        Ending::SlowConsumer => Over::Close(CloseCode::Again, "catch up by listing"),
    }
}

/// An agent that was removed has nothing to read.
fn failed(error: Error) -> Over {
    match error.kind() {
        ErrorKind::NotFound => over(Ending::Revoked),
        _ => Over::Failed(error),
    }
}

/// What a client that breaks the rules is told.
fn refused(error: &tungstenite::Error) -> Over {
    match error {
        tungstenite::Error::Capacity(_) => {
            Over::Close(CloseCode::Size, "expected shorter messages")
        }
        tungstenite::Error::Utf8(_) => Over::Close(CloseCode::Invalid, "expected UTF-8"),
        tungstenite::Error::Protocol(_) => Over::Close(CloseCode::Protocol, "expected WebSocket"),
        _ => Over::Gone,
    }
}

/// Sends a close behind what is being written, and waits for the other side to take it. What still
/// comes is dropped unread: a connection with unread octets would be reset, and the close lost.
async fn close(
    mut sink: SplitSink<Stream, Message>,
    source: SplitStream<Stream>,
    code: CloseCode,
    reason: &'static str,
    patience: Duration,
) {
    let frame = CloseFrame {
        code,
        reason: Utf8Bytes::from_static(reason),
    };
    let sent = time::timeout(patience, sink.send(Message::Close(Some(frame)))).await;
    let Ok(Ok(())) = sent else {
        return;
    };
    let Ok(stream) = source.reunite(sink) else {
        return; // they are the halves of one stream
    };
    let mut stream = stream;
    let io = stream.get_mut();
    let goodbye = async {
        let mut dropped = [0; READ_BUFFER];
        while io.read(&mut dropped).await.is_ok_and(|count| count > 0) {}
    };
    let _ = time::timeout(GOODBYE, goodbye).await; // whoever keeps sending is cut off
}
