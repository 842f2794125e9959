//! The door of context-sync. Tests that stand for a case of section 10 (`docs/protocols.md`) have the
//! number in their names; `numbers` checks that none is missing.

mod captured;
mod copies;
mod delivery;
mod door;
mod envelopes;
mod names;
mod notes;
mod numbers;
mod portions;
mod processes;
mod races;
mod refusals;
mod retries;
mod slow_readers;
mod strangers;
mod thread_pages;
mod threads;
mod windows;
