//! What the libraries say while they work, on standard error.

use std::env;
use std::io;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::output::note;

/// The variable that says how much: a level, or `target=level` pairs with commas between.
const VARIABLE: &str = "RUST_LOG";

/// Shows warnings, or what `RUST_LOG` asks for.
pub(crate) fn to_stderr() {
    let warnings = Targets::new().with_default(LevelFilter::WARN);
    let wanted = match env::var(VARIABLE) {
        Ok(wanted) if !wanted.is_empty() => wanted.parse().unwrap_or_else(|_| {
            note("RUST_LOG is not a level or target=level pairs; showing warnings");
            warnings
        }),
        _ => warnings,
    };
    let lines = fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(console::colors_enabled_stderr());
    tracing_subscriber::registry()
        .with(lines.without_time())
        .with(wanted)
        .init();
}
