use serde_json::Value;

use super::{arrival, fault, row};
use crate::Error;

/// Reads what the service may answer, as a list, a message, a webhook and a refusal: the messages written of
/// it, and the refusal.
#[must_use]
pub fn resend_answer(octets: &[u8]) -> (Vec<Vec<u8>>, Error) {
    let refusal = fault::status(422, octets);
    // What it tells of is an id or an error.
    let _ = arrival(octets);
    let Ok(answer) = serde_json::from_slice::<Value>(octets) else {
        return (Vec::new(), refusal);
    };
    let listed = row::page(&answer).map_or_else(|_| Vec::new(), |(rows, _)| rows);
    let rows = listed.into_iter().chain(row::Row::of(&answer));
    let messages = rows.map(|row| {
        // Facts about it are looked up, whatever they say.
        let _ = (row.is_for("x.test"), row.is_from("a@x.test"));
        let _ = (row.time(), row.message_id(), row.download_url());
        row.written()
    });
    (messages.collect(), refusal)
}
