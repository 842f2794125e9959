//! What holds for any search and for any answer of Resend. The fuzz targets run the same properties, and what
//! they find once is replayed here.
#![cfg(feature = "fuzzing")]

use mailmesh_testkit::{properties, regressions};
use proptest::prelude::{any, proptest};

proptest! {
    #[test]
    fn a_server_hears_the_words_of_a_query(
        query in "([a-zA-Z0-9]{1,3}|[ \r\n\t\0\"\\\\(){}%*\\[\\]]|OR |NOT |ALL|\\{3\\+?\\}|é|.){0,40}",
    ) {
        properties::imap_search(query.as_bytes());
    }

    #[test]
    fn a_server_hears_the_words_of_any_octets(octets in any::<Vec<u8>>()) {
        properties::imap_search(&octets);
    }

    #[test]
    fn any_answer_is_read(
        texts in proptest::collection::vec("([a-z@.<>,:;\"\\\\é ]|\r\n|Bcc: |=\\?utf-8\\?q\\?){0,30}", 8),
        is_list in any::<bool>(),
    ) {
        let message = serde_json::json!({
            "id": "00000000-0000-4000-8000-000000000001", "created_at": texts[0], "from": texts[1],
            "to": [texts[2], null], "cc": texts[3], "reply_to": [texts[4]], "subject": texts[5],
            "message_id": texts[6], "text": texts[7], "html": texts[0], "name": texts[1],
            "headers": { "References": texts[2], "in-reply-to": texts[3] },
        });
        let answer = match is_list {
            true => serde_json::json!({ "data": [message, message, 7], "has_more": true }),
            false => message,
        };
        properties::resend_answers(answer.to_string().as_bytes());
    }
}

#[test]
fn findings_do_not_come_back() -> std::io::Result<()> {
    regressions::replay(&[
        ("imap_search", properties::imap_search),
        ("resend_answers", properties::resend_answers),
    ])
}
