use std::borrow::Cow;

use super::reply_marks::{
    Block, attribution, is_closing, is_device_line, is_quote, is_signature_mark, original,
};

/// The text of a mail, told apart: what is new in it, what it quotes, and the signature.
///
/// Nothing is lost and nothing moves: the [`pieces`](Self::pieces) put together are the text. It
/// knows how Gmail, Outlook, Apple Mail and Thunderbird quote in English, German, French, Spanish
/// and Dutch. Where a text leaves room for doubt it is taken as written by the author, because an
/// answer to a quote does less harm than a question that nobody reads.
///
/// ```
/// use mailmesh::human::ReplyText;
///
/// let text = "Yes, please.\n\nOn Mon, 2 Nov 2026 at 10:00, Bob <bob@example.org> wrote:\n> Two chairs?\n";
/// let reply = ReplyText::split(text);
/// assert_eq!(reply.written(), "Yes, please.");
/// assert!(reply.quoted().ends_with("> Two chairs?"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyText<'t> {
    pieces: Vec<Piece<'t>>,
}

/// Some lines of a mail that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Piece<'t> {
    /// What they are.
    pub kind: PieceKind,
    /// The lines with their ends.
    pub text: &'t str,
}

/// What a [`Piece`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PieceKind {
    /// The author wrote it for this mail.
    Written,
    /// Quoted or forwarded, with the line that says whose it is.
    Quoted,
    /// The signature, with the closing before it.
    Signature,
}

impl<'t> ReplyText<'t> {
    /// Tells a text apart, in time linear in its length.
    #[must_use]
    pub fn split(text: &'t str) -> Self {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let kinds = kinds(&lines);
        let mut pieces = Vec::new();
        let (mut start, mut end) = (0, 0);
        for (at, line) in lines.iter().enumerate() {
            end += line.len();
            if kinds.get(at + 1) != Some(&kinds[at]) {
                let (kind, text) = (kinds[at], &text[start..end]);
                pieces.push(Piece { kind, text });
                start = end;
            }
        }
        Self { pieces }
    }

    /// All of the text, in its order. No two pieces of one kind follow each other.
    #[must_use]
    pub fn pieces(&self) -> &[Piece<'t>] {
        &self.pieces
    }

    /// What the author wrote, without the white space around it.
    #[must_use]
    pub fn written(&self) -> Cow<'t, str> {
        self.joined(PieceKind::Written)
    }

    /// What is quoted, without the white space around it.
    #[must_use]
    pub fn quoted(&self) -> Cow<'t, str> {
        self.joined(PieceKind::Quoted)
    }

    /// The signature, without the white space around it.
    #[must_use]
    pub fn signature(&self) -> Cow<'t, str> {
        self.joined(PieceKind::Signature)
    }

    fn joined(&self, kind: PieceKind) -> Cow<'t, str> {
        let mut of_kind = self.pieces.iter().filter(|piece| piece.kind == kind);
        let first = of_kind.next().map_or("", |piece| piece.text);
        let Some(second) = of_kind.next() else {
            return Cow::Borrowed(first.trim());
        };
        let mut all = first.to_owned();
        all.push_str(second.text);
        all.extend(of_kind.map(|piece| piece.text));
        Cow::Owned(all.trim().to_owned())
    }
}

/// What each line is. Every look ahead is bounded, so that the whole is linear.
fn kinds(lines: &[&str]) -> Vec<PieceKind> {
    let mut kinds = Vec::with_capacity(lines.len());
    let (mut state, mut has_written) = (PieceKind::Written, false);
    while let Some(line) = lines.get(kinds.len()) {
        let rest = &lines[kinds.len()..];
        if original(rest) {
            kinds.resize(lines.len(), PieceKind::Quoted);
            break;
        }
        match attribution(rest) {
            Some(Block::Marked(count)) => {
                kinds.resize(kinds.len() + count, PieceKind::Quoted);
                state = PieceKind::Quoted;
                continue;
            }
            Some(Block::Rest) => {
                kinds.resize(lines.len(), PieceKind::Quoted);
                break;
            }
            None => {}
        }
        if is_device_line(line) {
            // One line that programs put anywhere; it ends nothing.
            kinds.push(PieceKind::Signature);
            continue;
        }
        state = if is_quote(line) {
            PieceKind::Quoted
        } else if line.trim().is_empty() {
            state
        } else if is_signature_mark(line) || (has_written && closes(rest)) {
            PieceKind::Signature
        } else if state == PieceKind::Quoted {
            PieceKind::Written
        } else {
            state
        };
        has_written |= state == PieceKind::Written && !line.trim().is_empty();
        kinds.push(state);
    }
    give_back_blank_lines(lines, &mut kinds);
    kinds
}

/// Blank lines between a quote and what was written below it belong to neither: they are the
/// author's, like all that is in doubt.
fn give_back_blank_lines(lines: &[&str], kinds: &mut [PieceKind]) {
    let mut next = None;
    for (line, kind) in lines.iter().zip(kinds.iter_mut()).rev() {
        if !line.trim().is_empty() {
            next = Some(*kind);
        } else if next.is_some_and(|next| next != *kind) {
            *kind = PieceKind::Written;
        }
    }
}

/// The most lines behind a closing that can be a name and an address.
const CLOSING_LINES: usize = 10;
/// The most words of one of them: more is a sentence.
const CLOSING_WORDS: usize = 7;

/// Whether a closing stands here with no more behind it than a signature has.
fn closes(lines: &[&str]) -> bool {
    if !is_closing(lines[0]) {
        return false;
    }
    for (at, line) in lines.iter().enumerate().skip(1) {
        let ends = is_quote(line)
            || is_signature_mark(line)
            || original(&lines[at..])
            || attribution(&lines[at..]).is_some();
        if ends {
            return true;
        }
        let words = line.split_whitespace().take(CLOSING_WORDS + 1).count();
        if at > CLOSING_LINES || words > CLOSING_WORDS || line.trim_end().ends_with('?') {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{PieceKind, ReplyText};

    #[track_caller]
    fn assert_parts(text: &str, written: &str, quoted: &str, signature: &str) {
        let reply = ReplyText::split(text);
        assert_eq!(reply.written(), written);
        assert_eq!(reply.quoted().lines().next().unwrap_or_default(), quoted);
        assert_eq!(reply.signature(), signature);
    }

    #[test]
    fn gmail_in_five_languages() {
        for line in [
            "On Mon, Nov 2, 2026 at 10:04 AM Bob Stone <bob@example.org> wrote:",
            "Am Mo., 2. Nov. 2026 um 10:04 Uhr schrieb Bob Stone <bob@example.org>:",
            "Le lun. 2 nov. 2026 à 10:04, Bob Stone <bob@example.org> a écrit :",
            "El lun, 2 nov 2026 a las 10:04, Bob Stone (<bob@example.org>) escribió:",
            "Op ma 2 nov 2026 om 10:04 schreef Bob Stone <bob@example.org>:",
        ] {
            let text = format!("Two chairs.\r\n\r\n{line}\r\n\r\n> How many?\r\n>\r\n> Bob\r\n");
            assert_parts(&text, "Two chairs.", line, "");
        }
    }

    #[test]
    fn gmail_breaks_the_line_that_introduces_a_quote() {
        assert_parts(
            "Yes.\n\nOn Mon, Nov 2, 2026 at 10:04 AM Bartholomew Longname <\nbob@example.org> wrote:\n\n> How many?\n",
            "Yes.",
            "On Mon, Nov 2, 2026 at 10:04 AM Bartholomew Longname <",
            "",
        );
    }

    #[test]
    fn outlook_in_five_languages() {
        for (from, sent, to, subject) in [
            ("From", "Sent", "To", "Subject"),
            ("Von", "Gesendet", "An", "Betreff"),
            ("De ", "Envoyé ", "À ", "Objet "),
            ("De", "Enviado", "Para", "Asunto"),
            ("Van", "Verzonden", "Aan", "Onderwerp"),
        ] {
            let block = format!(
                "{from}: Bob Stone <bob@example.org>\r\n{sent}: Monday, 2 November 2026 10:04\r\n\
                 {to}: Ann <ann@example.org>\r\n{subject}: Chairs\r\n\r\nHow many?\r\n"
            );
            let first = block.lines().next().unwrap();
            assert_parts(&format!("Two.\r\n\r\n{block}"), "Two.", first, "");
            let line = "________________________________";
            assert_parts(&format!("Two.\r\n\r\n{line}\r\n{block}"), "Two.", line, "");
        }
        assert_parts(
            "Two.\n\n-----Ursprüngliche Nachricht-----\nVon: Bob\n\nWie viele?",
            "Two.",
            "-----Ursprüngliche Nachricht-----",
            "",
        );
    }

    #[test]
    fn apple_mail_quotes_and_forwards() {
        assert_parts(
            "Two.\n\nSent from my iPhone\n\n> On 2 Nov 2026, at 10:04, Bob <bob@example.org> wrote:\n> \n> How many?\n",
            "Two.",
            "> On 2 Nov 2026, at 10:04, Bob <bob@example.org> wrote:",
            "Sent from my iPhone",
        );
        for line in [
            "Begin forwarded message:",
            "Anfang der weitergeleiteten Nachricht:",
            "Début du message transféré :",
            "Inicio del mensaje reenviado:",
            "Begin doorgestuurd bericht:",
        ] {
            let text = format!("See below.\n\n{line}\n\nFrom: Bob\nSubject: x\n\nHow many?");
            assert_parts(&text, "See below.", line, "");
        }
    }

    #[test]
    fn thunderbird_answers_below_and_between() {
        let text = "On 02.11.26 10:04, Bob Stone wrote:\n> How many?\n\nTwo.\n\n> And when?\n\nOn Friday.\n\n-- \nAnn\n+49 30 1234\n";
        let reply = ReplyText::split(text);
        assert_eq!(reply.written(), "Two.\n\n\nOn Friday.");
        assert_eq!(reply.signature(), "-- \nAnn\n+49 30 1234");
        let kinds: Vec<_> = reply.pieces().iter().map(|piece| piece.kind).collect();
        use PieceKind::{Quoted, Signature, Written};
        assert_eq!(kinds, [Quoted, Written, Quoted, Written, Signature]);
        assert_parts(
            "Zwei.\n\n-------- Weitergeleitete Nachricht --------\nBetreff: x\n",
            "Zwei.",
            "-------- Weitergeleitete Nachricht --------",
            "",
        );
    }

    #[test]
    fn a_quote_without_marks_goes_to_the_end() {
        let line = "On Mon, Nov 2, 2026 at 10:04 AM Bob <bob@example.org> wrote:";
        assert_parts(&format!("Two.\n\n{line}\n\nHow many?\n"), "Two.", line, "");
    }

    #[test]
    fn closings_belong_to_the_signature() {
        for closing in [
            "Best regards,",
            "Mit freundlichen Grüßen",
            "Cordialement,",
            "Un saludo,",
            "Met vriendelijke groet,",
        ] {
            let signature = format!("{closing}\n\nAnn Field\nChairs Ltd.");
            assert_parts(&format!("Two.\n\n{signature}\n"), "Two.", "", &signature);
        }
        for text in [
            "Thanks,\n\nplease send the invoice.",
            "Hello,\n\nThanks,\n\nbut could you also send the invoice of October?",
            "Two.\n\nThanks,\nit would help us a lot to have them before Friday.",
        ] {
            assert_parts(text, text, "", "");
        }
    }

    #[test]
    fn what_only_looks_like_a_quote_stays() {
        for text in [
            "As Goethe wrote:\nnothing is quoted here.",
            "From: here\nto: there is a long way.",
            "On the whole I like what you wrote:\nit is good.",
            "a > b\n-> c\n--- d",
        ] {
            assert_parts(text, text, "", "");
        }
    }

    #[test]
    fn hostile_texts_are_read_in_one_go() {
        for line in [
            "On 1 2026 10:00\n",
            "From: a\n",
            "Best regards,\n",
            "_____\n",
            "\n",
            "> ",
        ] {
            let text = line.repeat(20_000);
            let whole: usize = ReplyText::split(&text)
                .pieces()
                .iter()
                .map(|p| p.text.len())
                .sum();
            assert_eq!(whole, text.len());
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost(
            text in "(([a-zé>]{0,6}|-- |Best regards,|On 2\\.11\\.2026 10:04|Bob wrote:|From: a|Sent: b|Subject: c|> x|-----Original Message-----)?(\r?\n){0,2}){0,16}",
        ) {
            let reply = ReplyText::split(&text);
            let whole: String = reply.pieces().iter().map(|piece| piece.text).collect();
            prop_assert_eq!(whole, text);
        }

        #[test]
        fn any_text_is_told_apart(text in any::<String>()) {
            let reply = ReplyText::split(&text);
            let whole: String = reply.pieces().iter().map(|piece| piece.text).collect();
            prop_assert_eq!(whole, text);
        }
    }
}
