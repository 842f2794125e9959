//! The canonical form as the conformance list of agent-card asks for it, items 1 to 16. The cases
//! are those of `vectors/agent-card/jcs.json`; the ones that are cards are tested there.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use mailmesh_testkit::vectors;
use strict_json::conformance;

/// Runs the cases whose names start so.
fn passes(names: &[&str]) {
    let files = vectors::load("agent-card").unwrap();
    let (_, json) = files.iter().find(|(file, _)| file == "jcs.json").unwrap();
    let outcomes = conformance::run(json);
    for name in names {
        let mut named = outcomes
            .iter()
            .filter(|case| case.id.starts_with(name))
            .peekable();
        assert!(named.peek().is_some(), "no case is called {name}");
        named.for_each(|outcome| assert!(outcome.passed(), "{outcome}"));
    }
}

/// One test for each line: its name and its cases.
macro_rules! items {
    ($($item:ident: [$($case:literal),*],)*) => {
        $(#[test]
        fn $item() {
            passes(&[$($case),*]);
        })*
    };
}

items! {
    item_01_sample_of_rfc_8785: ["rfc8785-3.2.2-sample"],
    item_02_sorting_sample: ["rfc8785-3.2.3-sorting"],
    item_03_numbers_of_appendix_b: [
        "0000000000000000", "8000000000000000", "0000000000000001", "8000000000000001",
        "7fefffffffffffff", "ffefffffffffffff", "4340000000000000", "c340000000000000",
        "4430000000000000", "7fffffffffffffff", "7ff0000000000000", "44b52d02c7e14af5",
        "44b52d02c7e14af6", "44b52d02c7e14af7", "444b1ae4d6e2ef4e", "444b1ae4d6e2ef4f",
        "444b1ae4d6e2ef50", "3eb0c6f7a0b5ed8c", "3eb0c6f7a0b5ed8d", "41b3de4355555553",
        "41b3de4355555554", "41b3de4355555555", "41b3de4355555556", "41b3de4355555557",
        "becbf647612f3696", "43143ff3c1cb0959"
    ],
    item_04_number_switch_points: ["number-switch-large", "number-switch-small"],
    item_05_number_forms: ["number-forms"],
    item_06_integers_past_two_to_the_53: ["number-beyond-2p53"],
    item_07_escapes_of_controls: ["escape-c0"],
    item_08_characters_that_stay: ["escape-not"],
    item_09_no_normalization: ["value-nfd", "key-combining"],
    item_10_astral_names_sort_before_high_ones: ["key-astral-vs-bmp"],
    item_11_empty_name_and_prefixes: ["key-prefix"],
    item_12_duplicate_names: ["duplicate-key", "duplicate-key-escaped"],
    item_13_lone_surrogates: [
        "lone-high-surrogate", "lone-low-surrogate", "swapped-surrogates", "lone-surrogate-key"
    ],
    item_14_overflow: ["overflow"],
    item_15_malformed_json: [
        "nan", "infinity", "leading-zero", "plus-sign", "bare-fraction", "trailing-dot", "hex",
        "trailing-comma", "single-quotes", "comment", "raw-control", "trailing-data", "bom",
        "empty"
    ],
    item_16_depth: ["too-deep"],
}
