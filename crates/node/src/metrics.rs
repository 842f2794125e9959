//! Counters for Prometheus. No label names an agent, a path that was asked for or a secret.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;

use crate::route::Route;

/// What a node counts.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    requests: Mutex<BTreeMap<Labels, Timings>>,
    /// Sockets that are open.
    pub(crate) sockets: Gauge,
    /// Frames that were written to sockets, facts included.
    pub(crate) frames: Counter,
    /// Posts that were accepted.
    pub(crate) accepted: Counter,
    /// Posts that were retries.
    pub(crate) replayed: Counter,
    /// Posts that were refused.
    pub(crate) refused: Counter,
    /// Posts that met a limit on rates or mailboxes.
    pub(crate) limited: Counter,
    closes: Mutex<BTreeMap<u16, u64>>,
}

/// A number that only rises.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

/// A number that rises and falls.
#[derive(Debug, Default)]
pub(crate) struct Gauge(AtomicI64);

/// Method, template of the path and status.
type Labels = (&'static str, &'static str, u16);

/// How often something was answered, and how fast.
#[derive(Clone, Copy, Debug, Default)]
struct Timings {
    /// How many took no longer than each of [`BOUNDS`].
    within: [u64; BOUNDS.len()],
    count: u64,
    seconds: f64,
}

/// Upper bounds in seconds.
const BOUNDS: [f64; 8] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 10.0];

impl Counter {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Gauge {
    pub(crate) fn add(&self, more: i64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }
}

impl Metrics {
    /// Counts an answer; `None` is one to a path or a method that there is not.
    pub(crate) fn answered(
        &self,
        route: Option<&'static Route>,
        status: StatusCode,
        took: Duration,
    ) {
        let (method, path) = route.map_or(("", ""), |route| (route.verb.as_str(), route.path));
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let timings = requests.entry((method, path, status.as_u16())).or_default();
        let seconds = took.as_secs_f64();
        timings.count += 1;
        timings.seconds += seconds;
        for (within, bound) in timings.within.iter_mut().zip(BOUNDS) {
            *within += u64::from(seconds <= bound);
        }
    }

    /// Counts a socket that this side closed.
    pub(crate) fn closed(&self, code: u16) {
        let mut closes = self.closes.lock().unwrap_or_else(PoisonError::into_inner);
        *closes.entry(code).or_default() += 1;
    }

    /// The text for Prometheus.
    pub(crate) fn render(&self, uptime: Duration) -> String {
        let mut text = String::new();
        self.write(uptime, &mut text).unwrap_or_default(); // infallible: a String
        text
    }

    fn write(&self, uptime: Duration, out: &mut String) -> std::fmt::Result {
        let requests = self
            .requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let name = "mailmesh_http_request_seconds";
        head(
            out,
            name,
            "histogram",
            "Time from the head of a request to its answer.",
        )?;
        for ((method, path, status), timings) in requests {
            let labels = format!("method=\"{method}\",route=\"{path}\",status=\"{status}\"");
            for (bound, within) in BOUNDS.iter().zip(timings.within) {
                writeln!(out, "{name}_bucket{{{labels},le=\"{bound}\"}} {within}")?;
            }
            writeln!(
                out,
                "{name}_bucket{{{labels},le=\"+Inf\"}} {}",
                timings.count
            )?;
            writeln!(out, "{name}_sum{{{labels}}} {}", timings.seconds)?;
            writeln!(out, "{name}_count{{{labels}}} {}", timings.count)?;
        }
        let name = "mailmesh_posts_total";
        head(
            out,
            name,
            "counter",
            "Envelopes that were posted, by what became of them.",
        )?;
        for (outcome, counter) in [
            ("accepted", &self.accepted),
            ("replayed", &self.replayed),
            ("refused", &self.refused),
            ("limited", &self.limited),
        ] {
            writeln!(out, "{name}{{outcome=\"{outcome}\"}} {}", counter.value())?;
        }
        let name = "mailmesh_frames_total";
        head(out, name, "counter", "Frames that were written to sockets.")?;
        writeln!(out, "{name} {}", self.frames.value())?;
        let name = "mailmesh_sockets";
        head(out, name, "gauge", "Sockets that are open.")?;
        writeln!(out, "{name} {}", self.sockets.0.load(Ordering::Relaxed))?;
        let name = "mailmesh_socket_closes_total";
        head(
            out,
            name,
            "counter",
            "Sockets that the node closed, by code.",
        )?;
        let closes = self
            .closes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        for (code, count) in closes {
            writeln!(out, "{name}{{code=\"{code}\"}} {count}")?;
        }
        let name = "mailmesh_uptime_seconds";
        head(out, name, "gauge", "Time since the node started.")?;
        writeln!(out, "{name} {}", uptime.as_secs())
    }
}

fn head(out: &mut String, name: &str, kind: &str, about: &str) -> std::fmt::Result {
    writeln!(out, "# HELP {name} {about}\n# TYPE {name} {kind}")
}
