//! What the fuzz targets found once must never come back. Each input is replayed against the
//! same properties, and so are the cards they start from.

use std::io;

use mailmesh_testkit::{properties, regressions};

#[test]
fn findings_do_not_come_back() -> io::Result<()> {
    regressions::replay(&[
        ("agent_card_reader", properties::card_reader),
        ("agent_card_verifier", properties::card_verifier),
        ("agent_card_jwks", properties::card_jwks),
    ])
}

#[test]
fn the_cards_a_fuzzer_starts_from_keep_the_promise() {
    for card in properties::signed_cards() {
        properties::card_verifier(card);
    }
}
