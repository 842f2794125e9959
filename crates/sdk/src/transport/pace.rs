//! How fast a server wants to be asked.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;
use tokio::time::{Instant, sleep_until};

/// The pace of all calls to one server.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// No request of any call before this time.
    not_before: Mutex<Option<Instant>>,
}

impl Pace {
    /// Waits until the server wants a request.
    pub(crate) async fn turn(&self) {
        let until = *self
            .not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = until {
            sleep_until(until).await;
        }
    }

    /// No request for so long from now on. A longer pause that was asked for before stays.
    pub(crate) fn pause(&self, pause: Duration) {
        let until = Instant::now().checked_add(pause);
        let mut not_before = self
            .not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *not_before = not_before.max(until);
    }
}

/// A pause in seconds. The other form of `Retry-After` is a date, which a clock that is off makes wrong.
pub(crate) fn seconds(header: &HeaderMap, name: &str) -> Option<Duration> {
    let text = header.get(name)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::HeaderMap;
    use tokio::time::Instant;

    use super::{Pace, seconds};

    #[tokio::test(start_paused = true)]
    async fn the_longest_pause_holds_for_all() {
        let pace = Pace::default();
        let began = Instant::now();
        pace.turn().await;
        assert_eq!(began.elapsed(), Duration::ZERO);
        pace.pause(Duration::from_secs(7));
        pace.pause(Duration::from_secs(2));
        pace.turn().await;
        assert_eq!(began.elapsed(), Duration::from_secs(7));
        pace.turn().await;
        assert_eq!(began.elapsed(), Duration::from_secs(7));
    }

    #[test]
    fn a_pause_is_in_seconds() {
        let mut header = HeaderMap::new();
        assert_eq!(seconds(&header, "retry-after"), None);
        for (value, pause) in [
            ("7", Some(Duration::from_secs(7))),
            (" 0 ", Some(Duration::ZERO)),
            ("-1", None),
            ("Fri, 31 Dec 1999 23:59:59 GMT", None),
            ("99999999999999999999", None),
        ] {
            header.insert("retry-after", value.parse().unwrap());
            assert_eq!(seconds(&header, "retry-after"), pause, "{value:?}");
        }
    }
}
