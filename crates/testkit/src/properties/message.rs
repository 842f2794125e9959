use std::fmt::Write;

use structured_email::{
    HtmlData, Item, Limits, Message, Policy, ProblemKind, TrustInput, Verdict, assess, keywords_for,
};

/// A message parses under every policy without panic, lenient finds all that strict finds, and
/// no header field but those of MIME has a say.
pub fn message(raw: &[u8]) {
    let limits = Limits::default();
    let both = Policy {
        html: HtmlData::Both,
        microdata: true,
        ..Policy::LENIENT
    };
    let Ok(strict) = Message::parse(raw) else {
        return;
    };
    let lenient = parse(raw, Policy::LENIENT, &limits);
    for message in [&strict, &lenient, &parse(raw, both, &limits)] {
        read_all(message, &limits);
    }
    strict_is_within(&strict, &lenient);
    hints_have_no_say(raw, &strict);
}

fn parse<'a>(raw: &'a [u8], policy: Policy, limits: &Limits) -> Message<'a> {
    Message::parse_with(raw, policy, limits).expect("a policy does not change what is refused")
}

fn read_all(message: &Message<'_>, limits: &Limits) {
    assert!(message.items().len() <= limits.items);
    assert_eq!(message.primary().is_some(), message.items().len() == 1);
    for item in message.items() {
        read(item);
        let verdict = assess(item, &TrustInput::default()).verdict;
        assert_ne!(
            verdict,
            Verdict::Actionable,
            "nothing speaks for the sender"
        );
    }
    parts_nest(message);
    for part in message.parts() {
        let _ = part.decode(limits.data);
        let _ = part.text();
        if let Some(name) = part.filename() {
            assert!(!name.contains(['/', '\\', '\0']), "a file name with a path");
        }
    }
    let mut sink = String::new();
    for problem in message.problems() {
        write!(sink, "{problem}").expect("a string takes everything");
    }
    let _ = (
        message.text(),
        message.html(),
        message.attachments().count(),
    );
    let _ = (
        message.subject(),
        message.from(),
        message.mailboxes("To"),
        message.date(),
    );
    let _ = (
        message.message_id(),
        message.message_ids("References"),
        keywords_for(message),
    );
    serde_json::to_string(&message.report()).expect("a report is JSON");
}

/// Parts come in document order, each within the multipart it stands in.
pub fn parts_nest(message: &Message<'_>) {
    let parts = message.parts();
    let (_, inner) = parts.split_first().expect("a message has a part");
    assert!(inner.is_sorted_by(|one, next| one.section() < next.section()));
    for part in inner {
        let (_, path) = part
            .section()
            .path()
            .split_last()
            .expect("a part has a number");
        let container = parts
            .iter()
            .find(|other| other.is_multipart() && other.section().path() == path)
            .expect("a part stands in a container");
        let (outer, own) = (container.raw().as_ptr_range(), part.raw().as_ptr_range());
        assert!(outer.start <= own.start && own.end <= outer.end);
    }
}

fn read(item: &Item<'_>) {
    assert!(item.json().starts_with('{') && item.json().ends_with('}'));
    assert_eq!(item.value().is_none(), item.flags().duplicate_member);
    if let (Some(id), Some(value)) = (item.id(), item.value()) {
        assert_eq!(value["@id"], id);
    }
}

fn strict_is_within(strict: &Message<'_>, lenient: &Message<'_>) {
    let is_full = |kind| kind == ProblemKind::TooManyItems;
    if lenient
        .problems()
        .iter()
        .any(|problem| is_full(problem.kind()))
    {
        return;
    }
    for item in strict.items() {
        let same = |other: &Item<'_>| {
            (other.part(), other.index(), other.json()) == (item.part(), item.index(), item.json())
        };
        assert!(
            lenient.items().iter().any(same),
            "strict found what lenient did not"
        );
    }
}

fn hints_have_no_say(raw: &[u8], message: &Message<'_>) {
    if matches!(raw.first(), None | Some(b' ' | b'\t' | b'\r' | b'\n')) {
        return; // it would become part of the hints
    }
    let mut hinted = b"$MRM: true\r\n$hasStructuredData: true\r\nX-Class: full\r\n".to_vec();
    hinted.extend_from_slice(raw);
    let Ok(hinted) = Message::parse(&hinted) else {
        return; // just over a limit
    };
    assert_eq!(hinted.class(), message.class());
    assert_eq!(hinted.items().len(), message.items().len());
}
