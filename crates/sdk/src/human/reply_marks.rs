//! How mail programs mark what is quoted, and how people end a mail.

/// What follows a line such as `On Monday Bob wrote:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// So many lines introduce a quote whose lines are marked.
    Marked(usize),
    /// The quote is not marked and goes to the end.
    Rest,
}

/// A line longer than this, in octets, is no mark of a mail program.
const LONGEST_MARK: usize = 320;
/// Lines over which programs break what introduces a quote.
const ATTRIBUTION_LINES: usize = 3;
/// Lines that are searched for the header of an original.
const HEADER_LINES: usize = 6;

const WROTE: [&str; 8] = [
    "wrote:",
    "wrote :",
    "schrieb:",
    "écrit :",
    "écrit\u{a0}:",
    "écrit:",
    "escribió:",
    "schreef:",
];
const WROTE_WITHIN: [&str; 2] = [" schrieb ", " schreef "];
const FIRST_WORDS: [&str; 6] = ["on ", "am ", "le ", "el ", "op ", "den "];

const ORIGINALS: [&str; 16] = [
    "original message",
    "forwarded message",
    "original appointment",
    "ursprüngliche nachricht",
    "originalnachricht",
    "weitergeleitete nachricht",
    "message d'origine",
    "message original",
    "message transféré",
    "courriel original",
    "mensaje original",
    "mensaje reenviado",
    "oorspronkelijk bericht",
    "origineel bericht",
    "doorgestuurd bericht",
    "forwarded by",
];
const FORWARDS: [&str; 6] = [
    "begin forwarded message:",
    "anfang der weitergeleiteten nachricht:",
    "début du message transféré :",
    "début du message réexpédié :",
    "inicio del mensaje reenviado:",
    "begin doorgestuurd bericht:",
];
const FROM: [&str; 4] = ["from", "von", "de", "van"];
const SENT: [&str; 9] = [
    "sent",
    "date",
    "gesendet",
    "datum",
    "envoyé",
    "enviado",
    "fecha",
    "verzonden",
    "enviado el",
];
const SUBJECT: [&str; 5] = ["subject", "betreff", "objet", "asunto", "onderwerp"];

const CLOSINGS: [&str; 46] = [
    "best",
    "best regards",
    "kind regards",
    "warm regards",
    "regards",
    "best wishes",
    "many thanks",
    "all the best",
    "cheers",
    "thanks",
    "thank you",
    "thanks and regards",
    "sincerely",
    "sincerely yours",
    "yours sincerely",
    "yours faithfully",
    "yours truly",
    "yours",
    "mit freundlichen grüßen",
    "mit freundlichem gruß",
    "mit besten grüßen",
    "freundliche grüße",
    "viele grüße",
    "liebe grüße",
    "beste grüße",
    "schöne grüße",
    "herzliche grüße",
    "mfg",
    "lg",
    "cordialement",
    "bien cordialement",
    "bien à vous",
    "salutations",
    "sincères salutations",
    "merci d'avance",
    "un saludo",
    "saludos",
    "saludos cordiales",
    "atentamente",
    "un abrazo",
    "met vriendelijke groet",
    "met vriendelijke groeten",
    "vriendelijke groet",
    "groeten",
    "hartelijke groet",
    "mvg",
];
const DEVICES: [&str; 12] = [
    "sent from my ",
    "sent from outlook",
    "sent from mail for windows",
    "get outlook for ",
    "von meinem ",
    "gesendet von ",
    "envoyé de mon ",
    "envoyé depuis ",
    "enviado desde ",
    "obtener outlook para ",
    "verzonden vanaf ",
    "verstuurd vanaf ",
];

/// RFC 3676 4.5.
pub(super) fn is_quote(line: &str) -> bool {
    line.starts_with('>')
}

/// RFC 3676 4.3; the space is often lost on the way.
pub(super) fn is_signature_mark(line: &str) -> bool {
    matches!(line.trim_end_matches(['\r', '\n']), "-- " | "--")
}

/// A closing such as `Best regards,` on a line of its own.
pub(super) fn is_closing(line: &str) -> bool {
    mark(line).is_some_and(|line| {
        let words = line.trim_end_matches([',', '.', '!']).trim_end();
        CLOSINGS.contains(&words)
    })
}

/// What telephones write below a mail.
pub(super) fn is_device_line(line: &str) -> bool {
    line.len() <= 80
        && mark(line).is_some_and(|line| DEVICES.iter().any(|words| line.starts_with(words)))
}

/// Whether an original begins here that goes to the end: its title, or its header.
pub(super) fn original(lines: &[&str]) -> bool {
    let Some(line) = lines.first().copied().and_then(mark) else {
        return false;
    };
    let is_rule = line.len() >= 20 && line.bytes().all(|octet| octet == b'_');
    if is_rule {
        return is_header(&lines[1..]);
    }
    let words = line.trim_matches('-').trim();
    (line.starts_with("----") && ORIGINALS.iter().any(|title| words.starts_with(title)))
        || FORWARDS.contains(&line.as_str())
        || is_header(lines)
}

/// An author first, then within a few lines a time and a subject.
fn is_header(lines: &[&str]) -> bool {
    let mut lines = lines
        .iter()
        .take(HEADER_LINES)
        .skip_while(|line| line.trim().is_empty());
    if !lines.next().is_some_and(|line| is_field(line, &FROM)) {
        return false;
    }
    let (mut sent, mut subject) = (false, false);
    for line in lines.take_while(|line| !line.trim().is_empty()) {
        sent |= is_field(line, &SENT);
        subject |= is_field(line, &SUBJECT);
    }
    sent && subject
}

/// Outlook on the web writes names in bold: `*From:* Bob`.
fn is_field(line: &str, names: &[&str]) -> bool {
    let Some((name, _)) = line.split_once(':') else {
        return false;
    };
    name.len() <= 24
        && names.contains(
            &name
                .trim_matches(['*', ' ', '\u{a0}'])
                .to_lowercase()
                .as_str(),
        )
}

/// The lines that introduce a quote, if they stand here.
///
/// A quote follows whose lines are marked; else the words must have a date and a time, which
/// people do not write.
pub(super) fn attribution(lines: &[&str]) -> Option<Block> {
    let first = mark(lines.first()?)?;
    let begins = FIRST_WORDS.iter().any(|word| first.starts_with(word));
    let mut words = String::new();
    for (at, line) in lines.iter().take(ATTRIBUTION_LINES).enumerate() {
        let line = mark(line)?;
        if line.is_empty() || is_quote(&line) {
            return None;
        }
        words.push_str(&line);
        words.push(' ');
        let ends = WROTE.iter().any(|wrote| line.ends_with(wrote))
            || (line.ends_with(':') && WROTE_WITHIN.iter().any(|wrote| words.contains(wrote)));
        if ends {
            let behind = &lines[at + 1..];
            let blank = behind
                .iter()
                .take(2)
                .take_while(|line| line.trim().is_empty());
            let blank = blank.count();
            let is_marked = behind.get(blank).is_some_and(|line| is_quote(line));
            return if is_marked && (begins || at == 0) {
                Some(Block::Marked(at + 1 + blank))
            } else if begins && has_date_and_time(&words) {
                Some(Block::Rest)
            } else {
                None
            };
        }
        if !begins {
            return None;
        }
    }
    None
}

/// A time such as `10:04` and, beside it, another number.
fn has_date_and_time(words: &str) -> bool {
    let octets = words.as_bytes();
    let is_time = |window: &[u8]| {
        window[0].is_ascii_digit()
            && window[1] == b':'
            && window[2].is_ascii_digit()
            && window[3].is_ascii_digit()
    };
    let numbers = words
        .split(|c: char| !c.is_ascii_digit())
        .filter(|number| !number.is_empty());
    octets.windows(4).any(is_time) && numbers.count() >= 4
}

/// A line in lower case without the white space around it, if it is short enough to be a mark.
fn mark(line: &str) -> Option<String> {
    (line.len() <= LONGEST_MARK).then(|| line.trim().replace('’', "'").to_lowercase())
}
