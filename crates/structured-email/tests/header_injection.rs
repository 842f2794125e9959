//! No value becomes a header field of its own.

use mailmesh_testkit::draft_plan;
use proptest::prelude::{
    Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest,
};
use proptest::sample::Index;
use structured_email::{ComposeErrorKind, Draft, Stamp};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn a_line_break_or_nul_anywhere_is_refused(
        plan in draft_plan::sound(),
        which in any::<Index>(),
        place in any::<Index>(),
        poison in prop_oneof![Just("\r"), Just("\n"), Just("\0"), Just("\r\nBcc: x@example.org")],
    ) {
        let mut plan = plan;
        let mut values = plan.header_values();
        let value = which.get_mut(&mut values);
        let place = value.floor_char_boundary(place.index(value.len() + 1));
        value.insert_str(place, poison);

        let mut out = b"before".to_vec();
        let error = plan.draft().compose(&plan.stamp, &mut out).unwrap_err();
        prop_assert_eq!(error.kind(), ComposeErrorKind::HeaderInjection);
        prop_assert_eq!(out, b"before");
    }

    #[test]
    fn whatever_is_let_through_stays_in_its_field(values in wild()) {
        let [from, to, subject, id, boundary] = values;
        let draft = Draft::new().from(from).to(to).subject(subject).in_reply_to(id).text("text");
        let stamp = Stamp { date: 0, message_id: "m@example.org".to_owned(), boundary };
        let mut out = Vec::new();
        if draft.compose(&stamp, &mut out).is_err() {
            prop_assert!(out.is_empty());
            return Ok(());
        }
        let message = String::from_utf8(out).unwrap();
        let (header, _) = message.split_once("\r\n\r\n").unwrap();
        let names: Vec<&str> = header
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split_once(':').unwrap().0)
            .collect();
        let expected = [
            "Date", "From", "To", "Subject", "Message-ID", "In-Reply-To", "MIME-Version",
            "Content-Type", "Content-Transfer-Encoding",
        ];
        prop_assert_eq!(names, expected);
    }
}

/// Strings close enough to legal that many of them pass.
fn wild() -> impl Strategy<Value = [String; 5]> {
    let text = || prop_oneof!["\\PC{0,30}", ".{0,20}", "[a-z@<>,\" \\\\:;\r\n\0]{0,20}"];
    let address = || prop_oneof![3 => Just("a@example.org".to_owned()), 2 => text(), 2 => "[a-z\"\\\\ .]{1,8}@[a-z.\\[\\]]{1,8}"];
    let boundary = prop_oneof![2 => Just("b".to_owned()), 1 => text()];
    [
        address().boxed(),
        address().boxed(),
        text().boxed(),
        prop_oneof!["[a-z@.<>]{1,12}", text()].boxed(),
        boundary.boxed(),
    ]
}
