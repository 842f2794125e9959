//! Progress on standard error, only when it is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Long work that a person waits for. It is wiped when dropped and is never seen in a pipe.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Work in `n` steps.
    pub(crate) fn steps(what: &'static str, n: usize) -> Self {
        let bar = ProgressBar::new(n as u64);
        let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(what);
        Self(bar)
    }

    /// Work of `n` small steps, with the time it is going to take.
    pub(crate) fn counter(what: &'static str, n: u64) -> Self {
        let bar = ProgressBar::new(n);
        let style =
            ProgressStyle::with_template("{msg} [{bar:30}] {human_pos}/{human_len}, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(what);
        Self(bar)
    }

    /// Work, or a wait, of unknown length.
    pub(crate) fn spinner(what: String) -> Self {
        let bar = ProgressBar::new_spinner();
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }

    /// So many steps are done.
    pub(crate) fn reach(&self, steps: u64) {
        self.0.set_position(steps);
    }

    /// One more step is done.
    pub(crate) fn step(&self) {
        self.0.inc(1);
    }

    /// Writes to the terminal with the bar out of the way.
    pub(crate) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
