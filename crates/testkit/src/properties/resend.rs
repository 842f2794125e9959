use mailmesh::fuzzing;
use structured_email::Message;

/// The fields that a message is given when only its members are known.
const FIELDS: [&str; 12] = [
    "from",
    "to",
    "cc",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
];

/// Whatever the service answers, it is read without panic, a message written of it is one and has no fields
/// but those it was given, and a refusal repeats little.
///
/// # Panics
///
/// When a promise is broken.
pub fn resend_answers(octets: &[u8]) {
    let (messages, refusal) = fuzzing::resend_answer(octets);
    let told = refusal.to_string();
    assert!(told.len() < 200 && !told.contains(['\r', '\n']), "{told}");
    let mut written = 0;
    for raw in &messages {
        written += raw.len();
        let message = Message::parse(raw).expect("what was written is a message");
        for (name, _) in message.headers() {
            let name = name.to_ascii_lowercase();
            assert!(FIELDS.contains(&name.as_str()), "{name}");
        }
    }
    let most = 16 * octets.len() + 2048 * messages.len();
    assert!(written <= most, "{written} octets of {}", octets.len());
}
