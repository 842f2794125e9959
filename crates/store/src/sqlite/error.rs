use rusqlite::ErrorCode;

use crate::{Error, ErrorKind};

impl From<rusqlite::Error> for Error {
    fn from(source: rusqlite::Error) -> Self {
        let (kind, message) = match &source {
            rusqlite::Error::SqliteFailure(failure, _) => classify(failure.code),
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::QueryReturnedNoRows => (
                ErrorKind::Corrupt,
                "expected other values in the database, it is damaged",
            ),
            _ => (ErrorKind::Io, "expected the database to take a statement"),
        };
        Self::new(kind, message).with_source(source)
    }
}

fn classify(code: ErrorCode) -> (ErrorKind, &'static str) {
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => (
            ErrorKind::Busy,
            "expected the store sooner, another process holds it",
        ),
        ErrorCode::DiskFull => (
            ErrorKind::Full,
            "expected room on the disk or in the store's size limit",
        ),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => (
            ErrorKind::Corrupt,
            "expected a database, the file is damaged or something else",
        ),
        ErrorCode::TooBig => (ErrorKind::Invalid, "expected a smaller message"),
        _ => (
            ErrorKind::Io,
            "expected to read and write the folder of the store",
        ),
    }
}
