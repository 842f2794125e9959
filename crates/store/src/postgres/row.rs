//! Values as columns keep them.

use asmtp_envelope::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

use crate::{Error, ErrorKind};

/// A column by its name.
pub(super) fn value<'r, T: FromSql<'r>>(row: &'r Row, column: &str) -> Result<T, Error> {
    row.try_get(column).map_err(|_| damaged())
}

/// A time in milliseconds.
pub(super) fn timestamp(row: &Row, column: &str) -> Result<Timestamp, Error> {
    let millis = u64::try_from(value::<i64>(row, column)?).map_err(|_| damaged())?;
    Timestamp::new(millis).ok_or_else(damaged)
}

/// A time as a column keeps it.
pub(super) fn number(time: Timestamp) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX) // below 2^53
}

/// A text that was stored as octets, because it may hold NUL.
pub(super) fn read_text(octets: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(octets).map_err(|_| damaged())
}

/// A text as PostgreSQL takes it: the one character it refuses is replaced.
pub(super) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

pub(super) fn damaged() -> Error {
    Error::new(
        ErrorKind::Corrupt,
        "expected other values in the database, it is damaged",
    )
}
