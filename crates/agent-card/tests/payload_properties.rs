//! What holds for the payloads of every card.

use agent_card::{AgentCard, Limits, Payloads, Profile};
use mailmesh_testkit::card::{card, respelled};
use mailmesh_testkit::properties;
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_text_of_a_card_does_not_matter(card in card(), choices in vec(any::<u8>(), 1..64)) {
        let limits = Limits::default();
        let text = respelled(&card, &choices);
        let one = Payloads::read(card.to_string().as_bytes(), &limits)?;
        let other = Payloads::read(text.as_bytes(), &limits)?;
        for profile in [Profile::Spec, Profile::Sdk] {
            prop_assert_eq!(one.of(profile), other.of(profile), "{}", text);
        }
        let one = AgentCard::parse(card.to_string().as_bytes(), &limits)?;
        prop_assert_eq!(&one.card, &AgentCard::parse(text.as_bytes(), &limits)?.card);
        prop_assert_eq!(one.missing, []);
    }

    #[test]
    fn the_readers_agree_on_cards(card in card(), choices in vec(any::<u8>(), 1..64)) {
        properties::card_reader(respelled(&card, &choices).as_bytes());
    }

    #[test]
    fn the_readers_agree_on_damaged_cards(
        card in card(),
        damage in vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut text = card.to_string().into_bytes();
        for (place, octet) in damage {
            let place = place.index(text.len());
            text[place] = octet;
        }
        properties::card_reader(&text);
    }

    #[test]
    fn the_readers_take_any_octets(octets in vec(any::<u8>(), 0..200)) {
        properties::card_reader(&octets);
    }

    #[test]
    fn signatures_are_no_part_of_any_payload(card in card(), protected: String) {
        let limits = Limits::default();
        let unsigned = Payloads::read(card.to_string().as_bytes(), &limits)?;
        let mut signed = card;
        signed["signatures"] = serde_json::json!([{"protected": protected, "signature": ""}]);
        prop_assert_eq!(unsigned, Payloads::read(signed.to_string().as_bytes(), &limits)?);
    }
}
