use std::time::{Duration, Instant};

/// The least time that each of two pieces of work took.
///
/// They are done by turns. Whatever else a machine does only adds to a time, so the least of many
/// is nearest to what the work costs.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs)] // two figures
pub struct Pair {
    /// Of the first.
    pub ours: Duration,
    /// Of the second.
    pub theirs: Duration,
}

/// How long a pair is measured, and how long one turn is at least.
const IN_ALL: Duration = Duration::from_secs(2);
const TURN: Duration = Duration::from_micros(200);

impl Pair {
    /// Does both for two seconds.
    pub fn measure(mut ours: impl FnMut(), mut theirs: impl FnMut()) -> Self {
        let rounds = [rounds(&mut ours), rounds(&mut theirs)];
        let start = Instant::now();
        let mut least = Self {
            ours: Duration::MAX,
            theirs: Duration::MAX,
        };
        while start.elapsed() < IN_ALL {
            least.ours = least.ours.min(time(rounds[0], &mut ours));
            least.theirs = least.theirs.min(time(rounds[1], &mut theirs));
        }
        least
    }

    /// How many times as long ours takes.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.ours.as_secs_f64() / self.theirs.as_secs_f64()
    }
}

/// Whether a bench was asked for figures, and not for its list or a trial run.
#[must_use]
pub fn is_measuring() -> bool {
    let others = ["--test", "--list", "--profile-time"];
    !std::env::args().any(|argument| others.contains(&&*argument))
}

/// How often a piece of work fits into a turn.
fn rounds(work: &mut impl FnMut()) -> u32 {
    let mut rounds = 1;
    while time(rounds, work) * rounds < TURN {
        rounds *= 2;
    }
    rounds
}

/// The time that one piece of work takes.
fn time(rounds: u32, work: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..rounds {
        work();
    }
    start.elapsed() / rounds
}
