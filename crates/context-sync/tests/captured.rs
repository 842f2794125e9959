//! Exchanges captured from the reference server, replayed against ours in their order. It answers
//! otherwise exactly where `differences.json` says so, with the reason.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use context_sync::Timestamp;
use context_sync::conformance::Server;
use mailmesh_testkit::context_captured::{Captured, Ids};
use serde_json::Value;

#[test]
fn captured_exchanges_differ_only_where_the_reference_errs() {
    let mut captured = Captured::explained_by(&["differences.json"]);
    for (file, exchanges) in captured.files() {
        let mut server = Server::new(Timestamp::new(1_795_216_410_663).unwrap());
        let mut ids = Ids::default();
        for (at, exchange) in exchanges.iter().enumerate() {
            let (status, answer) = answer(&mut server, &exchange["request"], &ids);
            let theirs = &exchange["response"];
            captured.compare((&file, at), theirs, status, &answer, &mut ids);
        }
    }
    captured.finish();
}

fn answer(server: &mut Server, request: &Value, ids: &Ids) -> (u16, Value) {
    let later = server.now.as_millis() + 5;
    server.now = Timestamp::new(later).unwrap();
    let body = ids.body(request).unwrap_or_default();
    let target = ids.ours(request["path"].as_str().unwrap());
    let method = request["method"].as_str().unwrap();
    let (status, octets) = server.open(method, &target, body.as_bytes());
    (status, serde_json::from_slice(&octets).unwrap())
}
