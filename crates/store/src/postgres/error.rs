use std::fmt;

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

use crate::{Error, ErrorKind};

/// Whether the same transaction may succeed when it is tried again: it met another one, which took
/// an id first, or they waited for each other.
pub(super) fn is_conflict(error: &Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<Cause>());
    cause.is_some_and(|cause| {
        [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::UNIQUE_VIOLATION,
        ]
        .contains(&cause.state)
    })
}

impl From<tokio_postgres::Error> for Error {
    fn from(source: tokio_postgres::Error) -> Self {
        let (kind, message) = match source.code() {
            Some(state) => classify(state),
            None => AWAY,
        };
        match Cause::of(&source) {
            Some(cause) => Self::new(kind, message).with_source(cause),
            None => Self::new(kind, message).with_source(source),
        }
    }
}

impl From<PoolError> for Error {
    fn from(source: PoolError) -> Self {
        match source {
            PoolError::Backend(source) => source.into(),
            PoolError::Timeout(deadpool_postgres::TimeoutType::Wait) => Self::new(
                ErrorKind::Busy,
                "expected a free connection sooner, all of them are in use",
            ),
            _ => away(),
        }
    }
}

/// The database cannot be reached, or went away meanwhile.
pub(super) fn away() -> Error {
    Error::new(AWAY.0, AWAY.1)
}

const AWAY: (ErrorKind, &str) = (
    ErrorKind::Unavailable,
    "expected the database to answer, it is away",
);

/// By class, then by code (PostgreSQL 15, appendix A).
fn classify(state: &SqlState) -> (ErrorKind, &'static str) {
    match *state {
        SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::UNIQUE_VIOLATION
        | SqlState::FOREIGN_KEY_VIOLATION
        | SqlState::LOCK_NOT_AVAILABLE
        | SqlState::QUERY_CANCELED => {
            return (ErrorKind::Busy, "expected the store sooner, others hold it");
        }
        SqlState::TOO_MANY_CONNECTIONS | SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE => return AWAY,
        _ => {}
    }
    match &state.code()[..2] {
        // 57P01 to 57P05: the server stops, starts or lets this session go.
        "08" | "57" => AWAY,
        "53" => (ErrorKind::Full, "expected room on the disk of the database"),
        "XX" => (ErrorKind::Corrupt, "expected a database, it is damaged"),
        "28" | "3D" => (
            ErrorKind::Io,
            "expected the database to exist and to let this user in",
        ),
        "42" => (
            ErrorKind::Io,
            "expected the rights to use the tables of the store, or to make them",
        ),
        _ => (ErrorKind::Io, "expected the database to take a statement"),
    }
}

/// What the database said, without its details: those may hold addresses.
#[derive(Debug)]
struct Cause {
    message: String,
    state: SqlState,
}

impl Cause {
    fn of(source: &tokio_postgres::Error) -> Option<Self> {
        let said = source.as_db_error()?;
        Some(Self {
            message: said.message().to_owned(),
            state: said.code().clone(),
        })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.state.code())
    }
}

impl std::error::Error for Cause {}
