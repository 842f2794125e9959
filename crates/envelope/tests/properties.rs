//! What holds for every input, near to good ones and far from them. The fuzz targets run the same
//! properties.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use mailmesh_testkit::mutation::mutated;
use mailmesh_testkit::properties;
use mailmesh_testkit::random::Random;
use mailmesh_testkit::vectors;
use proptest::prelude::*;

/// Octets that some vector writes as a body or message.
fn written() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for (_, file) in vectors::load("asmtp").unwrap() {
        let file: serde_json::Value = serde_json::from_str(&file).unwrap();
        for case in file["cases"].as_array().unwrap() {
            let second = case["bodies"].get(1).unwrap_or(&serde_json::Value::Null);
            for value in [&case["body"], &case["message"], &case["bodies"][0], second] {
                match value {
                    serde_json::Value::String(text) => found.push(text.clone().into_bytes()),
                    serde_json::Value::Object(_) => found.push(value.to_string().into_bytes()),
                    _ => {}
                }
            }
        }
    }
    found
}

proptest! {
    #[test]
    fn posts_read_in_one_way_only(octets in mutated(written())) {
        properties::envelope_post(&octets);
    }

    #[test]
    fn what_an_operator_sends_is_read_with_care(octets in mutated(written())) {
        properties::envelope_frame(&octets);
    }

    #[test]
    fn noise_is_refused(octets: Vec<u8>) {
        properties::envelope_post(&octets);
        properties::envelope_frame(&octets);
    }
}

/// A fixed number of tapes, the same on every run.
fn tapes(property: fn(&[u8])) {
    let mut random = Random::new(1);
    for _ in 0..400 {
        let length = random.next_u64() as usize % 400;
        property(&random.octets(length));
    }
}

#[test]
fn an_operator_holds_under_any_requests() {
    tapes(properties::envelope_accept);
}

#[test]
fn a_receiver_holds_under_any_events() {
    tapes(properties::envelope_receiver);
}

#[test]
fn an_outbox_holds_under_any_events() {
    tapes(properties::envelope_outbox);
}
