//! What holds for every text and every number.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use mailmesh_testkit::{json_text, properties};
use proptest::prelude::*;
use strict_json::canonical::{canonicalize, canonicalize_value, compare_names, write_number};
use strict_json::{Document, Limits};

fn printed(number: f64) -> String {
    let mut out = Vec::new();
    write_number(number, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn printed_by_ryu_js(number: f64) -> String {
    ryu_js::Buffer::new().format(number).to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn another_reader_agrees(json in json_text::json_like()) {
        properties::strict_json_reader(json.as_bytes());
        properties::strict_json_canonical(json.as_bytes());
    }

    #[test]
    fn any_octets_give_a_verdict(json in prop::collection::vec(any::<u8>(), 0..64)) {
        properties::strict_json_reader(&json);
        properties::strict_json_canonical(&json);
    }

    #[test]
    fn order_white_space_and_escapes_do_not_matter((value, json) in json_text::written()) {
        let canonical = canonicalize(json.as_bytes(), &Limits::default()).unwrap();
        prop_assert_eq!(&canonical, &canonicalize_value(&value).unwrap());
        let again = canonicalize(&canonical, &Limits::default()).unwrap();
        prop_assert_eq!(canonical, again);
    }

    #[test]
    fn a_part_has_the_canonical_form_it_has_alone((_, json) in json_text::written()) {
        let document = Document::parse(json.as_bytes(), &Limits::default()).unwrap();
        let members = document.root().as_object().into_iter().flatten().map(|(_, value)| value);
        for part in document.root().as_array().into_iter().flatten().chain(members) {
            let mut canonical = Vec::new();
            part.write_canonical(&mut canonical);
            let alone = canonicalize(part.text().as_bytes(), &Limits::default()).unwrap();
            prop_assert_eq!(canonical, alone);
        }
    }

    #[test]
    fn names_sort_as_utf16_does(left in ".{0,12}", right in ".{0,12}", shared in ".{0,3}") {
        let (left, right) = (shared.clone() + &left, shared + &right);
        let expected = left.encode_utf16().cmp(right.encode_utf16());
        prop_assert_eq!(compare_names(&left, &right), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn numbers_print_as_ecmascript_prints_them(bits: u64) {
        let number = f64::from_bits(bits);
        prop_assume!(number.is_finite());
        prop_assert_eq!(printed(number), printed_by_ryu_js(number));
    }

    #[test]
    fn numbers_of_few_digits_print_as_ecmascript_prints_them(digits in 0..100_000_u32, exponent in -30..30) {
        let number: f64 = format!("{digits}e{exponent}").parse().unwrap();
        prop_assert_eq!(printed(number), printed_by_ryu_js(number));
        prop_assert_eq!(printed(-number), printed_by_ryu_js(-number));
    }
}
