//! What holds for anything that comes to a server. The fuzz target runs the same property, and what it finds
//! once is replayed here.
#![cfg(feature = "fuzzing")]

use mailmesh_testkit::{properties, regressions};
use proptest::prelude::{any, proptest};

proptest! {
    #[test]
    fn any_octets_are_read_or_refused(octets in any::<Vec<u8>>()) {
        properties::mcp_inputs(&octets);
    }

    #[test]
    fn any_results_are_read(
        field in "((dkim|spf|dmarc/1)=(pass|fail) ?|header\\.(d|from)=[a-z@.]{0,9} ?|[;()\"\\\\= ]|.){0,30}",
    ) {
        properties::mcp_inputs(field.as_bytes());
    }

    #[test]
    fn any_payload_is_shown(
        names in proptest::collection::vec("[ab\u{200b}\u{202e}\"\\\\]{0,4}", 0..60),
        depth in 0_usize..100,
    ) {
        let members: Vec<_> = names.iter().map(|name| format!("{}:1.50", serde_json::Value::from(name.as_str()))).collect();
        let object = format!("{{{}}}", members.join(","));
        properties::mcp_inputs(format!("{}{object}{}", "[".repeat(depth), "]".repeat(depth)).as_bytes());
    }
}

#[test]
fn findings_do_not_come_back() -> std::io::Result<()> {
    regressions::replay(&[("mcp_inputs", properties::mcp_inputs)])
}
