//! What the fuzz targets found once must never come back. Each input is replayed against the
//! same properties, and so are the cards they start from.

use std::path::Path;
use std::{fs, io};

use mailmesh_testkit::properties;

#[test]
fn findings_do_not_come_back() -> io::Result<()> {
    let regressions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/regressions");
    for folder in fs::read_dir(regressions)? {
        let folder = folder?;
        let property = match folder.file_name().to_str() {
            Some("agent_card_reader") => properties::card_reader,
            Some("agent_card_verifier") => properties::card_verifier,
            Some("agent_card_jwks") => properties::card_jwks,
            _ => continue, // a target of another crate
        };
        for input in fs::read_dir(folder.path())? {
            let input = input?.path();
            println!("{}", input.display());
            property(&fs::read(input)?);
        }
    }
    Ok(())
}

#[test]
fn the_cards_a_fuzzer_starts_from_keep_the_promise() {
    for card in properties::signed_cards() {
        properties::card_verifier(card);
    }
}
