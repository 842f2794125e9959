//! The rules for signing payloads, by the cases of `vectors/agent-card/canonical.json` that show
//! them.

use agent_card::conformance;
use mailmesh_testkit::vectors;

/// Fails unless the cases exist and pass. A name that ends in `*` is the start of names.
fn hold(names: &[&str]) {
    let json = vectors::file("agent-card", "canonical.json").expect("a vector file");
    let outcomes = conformance::run(&json);
    for name in names {
        let mut found = outcomes
            .iter()
            .filter(|outcome| match name.strip_suffix('*') {
                Some(start) => outcome.id.starts_with(start),
                None => outcome.id == *name,
            });
        let first = found.next();
        assert!(first.is_some(), "there is no case {name}");
        for outcome in first.into_iter().chain(found) {
            assert!(outcome.passed(), "{outcome}");
        }
    }
}

macro_rules! rules {
    ($($name:ident: $($case:literal),+;)*) => {
        $(#[test]
        fn $name() {
            hold(&[$($case),+]);
        })*
    };
}

// The numbers are those of the conformance list for A2A v1.0.
rules! {
    item_10_astral_names_sort_as_utf_16: "scheme-name-order", "utf16-key-order";
    item_12_duplicate_names: "duplicate-member";
    item_13_lone_surrogates: "lone-surrogate*";
    item_14_overflowing_numbers: "number-overflow";
    item_16_depth: "depth-90", "depth-200";
    item_17_the_worked_example: "spec-8.4.1-example";
    item_18_required_and_empty_description: "required-empty-description";
    item_19_required_and_empty_skills: "required-empty-skills";
    item_20_required_and_empty_tags: "required-empty-tags";
    item_21_required_and_empty_capabilities: "required-empty-capabilities";
    item_22_required_and_empty_scopes: "oauth-empty-scopes";
    item_23_explicit_false_is_kept: "optional-false";
    item_24_explicit_empty_string_is_kept: "optional-empty-string";
    item_25_implicit_defaults_are_dropped: "implicit-*", "oauth-pkce-false";
    item_26_set_but_empty_messages: "provider-empty-object", "provider-empty-strings", "ext-params-empty-object", "mtls-empty";
    item_27_requirements_without_scopes: "requirement-empty-scopes", "requirement-absent-list";
    item_28_an_empty_alternative_is_kept: "requirement-empty-alternative";
    item_29_struct_content_is_untouched: "ext-params-empties";
    item_30_array_order_is_kept: "sig-array-order";
    item_31_only_the_outermost_signatures_are_removed: "signatures-*";
    item_32_null_is_unset: "null-members";
    item_33_unknown_members_are_dropped: "unknown-*";
    item_34_legacy_members_are_no_part: "legacy-compat-fields";
    item_35_snake_case_equals_camel_case: "snake-case-names";
    item_36_what_sdks_guess_about_is_refused: "both-name-forms", "type-*", "oneof-two-members";
    item_37_a_map_key_named_proto: "proto-key";
    item_38_a_card_that_is_not_ascii: "non-ascii";
    item_39_every_field: "full";
}
