//! What holds for every input, near to good ones and far from them. The fuzz targets run the same
//! properties.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use mailmesh_testkit::mutation::mutated;
use mailmesh_testkit::properties;
use mailmesh_testkit::random::Random;
use mailmesh_testkit::vectors;
use proptest::prelude::*;

/// Bodies and request lines of the captured exchanges.
fn captured() -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (mut bodies, mut lines) = (Vec::new(), Vec::new());
    for (_, file) in vectors::load("context-sync/captured").unwrap() {
        let file: serde_json::Value = serde_json::from_str(&file).unwrap();
        for exchange in file["exchanges"].as_array().into_iter().flatten() {
            let request = &exchange["request"];
            let (method, path) = (
                request["method"].as_str().unwrap(),
                request["path"].as_str().unwrap(),
            );
            lines.push(format!("{method} {path}").into_bytes());
            for body in [&request["body"], &exchange["response"]["body"]] {
                bodies.push(body.to_string().into_bytes());
            }
        }
        for case in file["cases"].as_array().into_iter().flatten() {
            bodies.push(case["body"].to_string().into_bytes());
        }
    }
    (bodies, lines)
}

proptest! {
    #[test]
    fn requests_read_in_one_way_only(octets in mutated(captured().0)) {
        properties::context_requests(&octets);
    }

    #[test]
    fn answers_are_read_with_care(octets in mutated(captured().0)) {
        properties::context_answers(&octets);
    }

    #[test]
    fn request_lines_read_in_one_way_only(octets in mutated(captured().1)) {
        properties::context_route(&octets);
    }

    #[test]
    fn noise_is_refused(octets: Vec<u8>) {
        properties::context_requests(&octets);
        properties::context_answers(&octets);
        properties::context_route(&octets);
    }
}

#[test]
fn nobody_sees_what_the_model_does_not_show() {
    let mut random = Random::new(1);
    for _ in 0..200 {
        let length = random.next_u64() as usize % 200;
        properties::context_operations(&random.octets(length));
    }
}
