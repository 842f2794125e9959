use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use futures_core::future::BoxFuture;
use tokio::time::Sleep;

use crate::{Environment, Error, Folder, Position, Summary, Transport};

/// Mail as it arrives in a folder: each message once, in the order of arrival.
///
/// What is new is what the backend files in the folder after the position: a mark, or the end of
/// another message, brings nothing again. Whether a message that somebody moves into the folder is
/// new is the backend's affair: over IMAP it is, over JMAP it is not.
///
/// A stream that never ends by itself. While the other side is busy, slow or gone it tries
/// again, pausing 0.5 seconds at first and never more than 30; messages that arrived in the
/// meantime follow. Any other error is its last item.
///
/// Save the [`position`](Arrival::position) of the last message that was dealt with and hand it
/// to [`AgentMailbox::watch`](crate::AgentMailbox::watch) to go on from there, in another
/// process if need be.
pub struct Watch {
    transport: Arc<dyn Transport>,
    environment: Arc<dyn Environment>,
    folder: Folder,
    position: Position,
    arrived: VecDeque<(Position, Summary)>,
    failures: u32,
    step: Step,
}

/// A message that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Arrival {
    /// The place behind the message.
    pub position: Position,
    /// The message as a listing shows it.
    pub summary: Summary,
}

enum Step {
    Ask,
    Wait(BoxFuture<'static, Result<Vec<(Position, Summary)>, Error>>),
    Pause(Pin<Box<Sleep>>),
    End,
}

impl Watch {
    pub(crate) fn new(
        transport: Arc<dyn Transport>,
        environment: Arc<dyn Environment>,
        folder: Folder,
        position: Position,
    ) -> Self {
        let arrived = VecDeque::new();
        Self {
            transport,
            environment,
            folder,
            position,
            arrived,
            failures: 0,
            step: Step::Ask,
        }
    }

    /// The next message, as the stream gives it: `None` only after an error.
    ///
    /// Can be dropped at any time; no message is lost.
    pub async fn next(&mut self) -> Option<Result<Arrival, Error>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// The place behind the last message this watch gave.
    #[must_use]
    pub fn position(&self) -> &Position {
        &self.position
    }

    fn pause(&self, time: Duration) -> Step {
        Step::Pause(Box::pin(tokio::time::sleep(time)))
    }

    fn pause_after_failure(&mut self, error: &Error) -> Step {
        let mut noise = [u8::MAX];
        // Without randomness the pause is the whole one.
        let _ = self.environment.fill(&mut noise);
        let time = backoff(self.failures, noise[0]);
        self.failures = self.failures.saturating_add(1);
        tracing::warn!(%error, pause = ?time, "watch interrupted");
        self.pause(time)
    }
}

impl Stream for Watch {
    type Item = Result<Arrival, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some((position, summary)) = this.arrived.pop_front() {
                this.position = position.clone();
                return Poll::Ready(Some(Ok(Arrival { position, summary })));
            }
            this.step = match &mut this.step {
                Step::Ask => {
                    let transport = Arc::clone(&this.transport);
                    let (folder, position) = (this.folder.clone(), this.position.clone());
                    Step::Wait(Box::pin(
                        async move { transport.wait(&folder, &position).await },
                    ))
                }
                Step::Wait(answer) => match ready!(answer.as_mut().poll(context)) {
                    Ok(arrived) => {
                        this.failures = 0;
                        let is_empty = arrived.is_empty();
                        this.arrived.extend(arrived);
                        if is_empty {
                            this.pause(BETWEEN_EMPTY_ANSWERS)
                        } else {
                            Step::Ask
                        }
                    }
                    Err(error) if error.kind().is_transient() => this.pause_after_failure(&error),
                    Err(error) => {
                        this.step = Step::End;
                        return Poll::Ready(Some(Err(error)));
                    }
                },
                Step::Pause(sleep) => {
                    ready!(sleep.as_mut().poll(context));
                    Step::Ask
                }
                Step::End => return Poll::Ready(None),
            };
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("folder", &self.folder)
            .field("position", &self.position)
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}

/// Keeps a transport that answers at once, with nothing, from taking a whole processor.
const BETWEEN_EMPTY_ANSWERS: Duration = Duration::from_millis(50);

const SHORTEST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Doubles with each failure up to the longest pause; `noise` takes up to half of it away, so
/// that many agents do not come back to a server at one moment.
fn backoff(failures: u32, noise: u8) -> Duration {
    let whole = SHORTEST_PAUSE
        .saturating_mul(1 << failures.min(10))
        .min(LONGEST_PAUSE);
    whole / 2 + whole / 2 * u32::from(noise) / u32::from(u8::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LONGEST_PAUSE, SHORTEST_PAUSE, backoff};

    #[test]
    fn pauses_double_up_to_the_longest() {
        assert_eq!(backoff(0, u8::MAX), SHORTEST_PAUSE);
        assert_eq!(backoff(0, 0), SHORTEST_PAUSE / 2);
        assert_eq!(backoff(3, u8::MAX), Duration::from_secs(4));
        assert_eq!(backoff(6, u8::MAX), LONGEST_PAUSE);
        assert_eq!(backoff(u32::MAX, u8::MAX), LONGEST_PAUSE);
    }
}
