//! Deliveries near to genuine ones and far from them. The fuzz target runs the same property, and what
//! it finds once is replayed here.
#![cfg(feature = "webhook")]

use mailmesh_testkit::{properties, regressions};
use proptest::prelude::{any, proptest};

proptest! {
    #[test]
    fn only_what_was_signed_is_genuine(
        id in "[ -~]{0,12}",
        timestamp in "[0-9]{0,17}",
        signature in "(v1,[A-Za-z0-9+/=]{0,44} ?){0,3}",
        body in any::<Vec<u8>>(),
    ) {
        let mut octets = format!("{id}\n{timestamp}\n{signature}\n").into_bytes();
        octets.extend(body);
        properties::webhook(&octets);
    }
}

#[test]
fn findings_do_not_come_back() -> std::io::Result<()> {
    regressions::replay(&[("webhook", properties::webhook)])
}
