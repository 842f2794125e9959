use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use structured_email::Stamp;

use crate::{Error, ErrorKind};

/// What a mailbox takes from its machine: the time and unpredictable octets.
///
/// A mailbox uses [`SystemEnvironment`] unless it is told otherwise; tests bring one that
/// repeats.
pub trait Environment: fmt::Debug + Send + Sync {
    /// Seconds since 1970.
    fn unix_time(&self) -> i64;

    /// Fills `octets` with unpredictable values.
    ///
    /// # Errors
    ///
    /// When the machine has no source of randomness.
    fn fill(&self, octets: &mut [u8]) -> Result<(), Error>;

    /// A fresh date, message id and boundary for a message from `address`.
    ///
    /// # Errors
    ///
    /// As [`fill`](Self::fill); [`ErrorKind::Invalid`] when the address is not `local@domain`.
    fn stamp(&self, address: &str) -> Result<Stamp, Error> {
        stamp(self, address)
    }
}

/// The system's clock and its source of randomness.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemEnvironment;

impl Environment for SystemEnvironment {
    fn unix_time(&self) -> i64 {
        let since_1970 = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX)
    }

    fn fill(&self, octets: &mut [u8]) -> Result<(), Error> {
        getrandom::fill(octets).map_err(|error| {
            Error::new(ErrorKind::Unsupported, "the system gave no random octets")
                .with_source(error)
        })
    }
}

/// A shared environment, so that its owner can still let time pass.
impl<T: Environment + ?Sized> Environment for Arc<T> {
    fn unix_time(&self) -> i64 {
        (**self).unix_time()
    }

    fn fill(&self, octets: &mut [u8]) -> Result<(), Error> {
        (**self).fill(octets)
    }
}

/// A fresh date, message id and boundary for a message from `address`.
pub(crate) fn stamp<E>(environment: &E, address: &str) -> Result<Stamp, Error>
where
    E: Environment + ?Sized,
{
    let domain = match address.rsplit_once('@') {
        Some((_, domain)) if !domain.is_empty() => domain,
        _ => {
            return Err(Error::new(
                ErrorKind::Invalid,
                "the sender is not `local@domain`",
            ));
        }
    };
    Ok(Stamp {
        date: environment.unix_time(),
        message_id: format!("{}@{domain}", hex_128(environment)?),
        // "=_" stands in no quoted-printable or base64 line (RFC 2045 6.7).
        boundary: format!("=_{}", hex_128(environment)?),
    })
}

pub(crate) fn hex_128<E: Environment + ?Sized>(environment: &E) -> Result<String, Error> {
    let mut octets = [0; 16];
    environment.fill(&mut octets)?;
    Ok(format!("{:032x}", u128::from_be_bytes(octets)))
}

#[cfg(test)]
mod tests {
    use super::{SystemEnvironment, stamp};
    use crate::ErrorKind;

    #[test]
    fn two_stamps_differ_and_name_the_sender_domain() {
        let first = stamp(&SystemEnvironment, "alice@example.test").unwrap();
        let second = stamp(&SystemEnvironment, "alice@example.test").unwrap();
        assert!(first.message_id.ends_with("@example.test"));
        assert_ne!(first.message_id, second.message_id);
        assert_ne!(first.boundary, second.boundary);
        assert!(
            first.boundary.len() <= 70,
            "RFC 2046 5.1.1 allows 70 characters"
        );
        assert!(first.date > 1_700_000_000);
    }

    #[test]
    fn a_sender_without_a_domain_is_refused() {
        for sender in ["alice", "alice@", ""] {
            let error = stamp(&SystemEnvironment, sender).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
        }
    }
}
