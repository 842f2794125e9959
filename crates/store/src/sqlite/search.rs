//! Substring search over envelopes (ASMTP, 14).

use rusqlite::Connection;

use crate::{Error, FoundEnvelope};

pub(super) fn envelopes(
    _view: &Connection,
    _agent: i64,
    _text: &str,
    _limit: u32,
) -> Result<Vec<FoundEnvelope>, Error> {
    Ok(Vec::new())
}
