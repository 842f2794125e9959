//! Ids that no other message of any test process has.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use asmtp_envelope::{EnvelopeId, Timestamp};

/// A new id of now.
pub(crate) fn id() -> EnvelopeId {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let millis = u64::try_from(now.as_millis()).unwrap();
    let mut random = [0; 10];
    random[..4].copy_from_slice(&process::id().to_be_bytes());
    random[4..8].copy_from_slice(&COUNTER.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    EnvelopeId::mint(Timestamp::new(millis).unwrap(), random).unwrap()
}
