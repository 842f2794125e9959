use mailmesh::human::{Automatic, Intent, Letter, Prompt, ReplyText};
use mailmesh::structured_email::Message;

/// Whatever a person's mail or a model's answer is made of: telling a text apart loses nothing, no
/// mail leaves its fence, and what is taken from a model is within its limits.
///
/// # Panics
///
/// When one of them fails.
pub fn human_reply(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    let reply = ReplyText::split(&text);
    let whole: String = reply.pieces().iter().map(|piece| piece.text).collect();
    assert_eq!(whole, text, "a piece was lost");
    let of_one_kind = |pair: &[mailmesh::human::Piece<'_>]| pair[0].kind == pair[1].kind;
    assert!(
        !reply.pieces().windows(2).any(of_one_kind),
        "two pieces where one would do"
    );

    let (subject, text) = text.split_once('\n').unwrap_or(("", &text));
    let user = Prompt::reading(&Letter::new(subject, text)).user;
    let closing = user.rsplit('\n').next().unwrap_or_default();
    assert!(
        closing.starts_with("</untrusted-email "),
        "a prompt without its end"
    );
    assert_eq!(user.matches(closing).count(), 1, "a mail closed its fence");

    if let Ok(intent) = Intent::parse(text) {
        let is_short = |text: &String| text.chars().count() <= Intent::MAX_TEXT;
        assert!(is_short(&intent.summary) && intent.questions.iter().all(is_short));
        assert!(intent.entities.iter().all(|entity| is_short(&entity.text)));
        assert!(intent.questions.len().max(intent.entities.len()) <= Intent::MAX_ITEMS);
    }
    if let Ok(message) = Message::parse(octets) {
        let _ = Automatic::of(&message);
    }
}
