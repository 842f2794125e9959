//! Envelopes by number, for tests of the receiver.

use asmtp_envelope::{EnvelopeId, Limits, OrderKey, Page, Push, PushFrame, Row, Timestamp};

/// The `n`th of some envelope ids that rise.
#[must_use]
pub fn id(n: u64) -> EnvelopeId {
    format!("01{n:024}").parse().unwrap()
}

/// The `n`th of some keys that rise, a second apart.
#[must_use]
pub fn key(n: u64) -> OrderKey {
    OrderKey {
        created_at: Timestamp::new(1_795_215_000_000 + 1000 * n).unwrap(),
        envelope_id: id(n),
    }
}

/// The frame of the `n`th envelope.
#[must_use]
pub fn frame(n: u64) -> PushFrame<'static> {
    let json = format!(
        r#"{{"op":"envelope.notify","id":"{}","from":"@acme.ann","to":["@beta.bob"],
            "type_hint":"text","size_hint":9,"created_at":{},"date_ms":7}}"#,
        id(n),
        key(n).created_at,
    );
    match Push::parse(json.as_bytes(), &Limits::default()).unwrap() {
        Push::Notify(frame) => frame,
        other => unreachable!("{other:?}"),
    }
}

/// The page of a listing with these envelopes.
#[must_use]
pub fn page(envelopes: impl IntoIterator<Item = u64>, next: Option<u64>) -> Page<'static> {
    let row = |n| Row {
        frame: frame(n),
        direction: None,
        unread: None,
    };
    Page {
        rows: envelopes.into_iter().map(row).collect(),
        next_cursor: next.map(key),
        unreadable: None,
    }
}
