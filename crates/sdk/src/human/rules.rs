//! What a letter wants by its words, and an answer in the words of the caller: English, German,
//! French, Spanish and Dutch. It is right about plain letters and says `Information` of others.

use serde_json::Value;

use super::language::Language;
use super::{Entity, EntityKind, Intent, IntentKind, Letter};
use crate::untrusted::one_line;

/// The most characters of a letter whose words are looked at.
const MAX_TEXT: usize = 50_000;

const URGENT: [&str; 10] = [
    "urgent",
    "asap",
    "immediately",
    "dringend",
    "eilig",
    "sofort",
    "urgente",
    "dès que possible",
    "spoed",
    "lo antes posible",
];

/// The first kind any of whose words is in the letter. Words are whole words.
const WORDS: [(IntentKind, &[&str]); 5] = [
    (
        IntentKind::Complaint,
        &[
            "complain",
            "complaint",
            "not working",
            "doesn't work",
            "does not work",
            "broken",
            "damaged",
            "disappointed",
            "beschwerde",
            "beschweren",
            "defekt",
            "kaputt",
            "funktioniert nicht",
            "réclamation",
            "ne fonctionne pas",
            "cassé",
            "déçu",
            "queja",
            "no funciona",
            "roto",
            "rota",
            "klacht",
            "werkt niet",
            "kapot",
        ],
    ),
    (
        IntentKind::Scheduling,
        &[
            "meeting",
            "appointment",
            "reschedule",
            "are you free",
            "are you available",
            "termin",
            "besprechung",
            "verschieben",
            "rendez-vous",
            "réunion",
            "reunión",
            "cita",
            "afspraak",
            "vergadering",
        ],
    ),
    (
        IntentKind::Request,
        &[
            "could you",
            "can you",
            "would you",
            "please",
            "i need",
            "we need",
            "könnten sie",
            "können sie",
            "könntest du",
            "kannst du",
            "bitte",
            "pourriez-vous",
            "pouvez-vous",
            "s'il vous plaît",
            "merci de",
            "podría",
            "podrías",
            "puede usted",
            "por favor",
            "kunt u",
            "kun je",
            "zou u",
            "graag",
            "alstublieft",
        ],
    ),
    (
        IntentKind::Refusal,
        &[
            "no",
            "i decline",
            "we decline",
            "rejected",
            "unfortunately",
            "nein",
            "leider",
            "ablehnen",
            "non",
            "malheureusement",
            "refuse",
            "lamentablemente",
            "rechazo",
            "nee",
            "helaas",
        ],
    ),
    (
        IntentKind::Approval,
        &[
            "yes",
            "i agree",
            "approved",
            "confirmed",
            "i confirm",
            "sounds good",
            "go ahead",
            "ja",
            "einverstanden",
            "genehmigt",
            "bestätigt",
            "oui",
            "d'accord",
            "je confirme",
            "sí",
            "de acuerdo",
            "confirmo",
            "akkoord",
            "bevestigd",
        ],
    ),
];

const THANKS: [&str; 8] = [
    "thank",
    "thanks",
    "danke",
    "dank",
    "merci",
    "gracias",
    "bedankt",
    "dankjewel",
];

/// The intent of a letter.
pub(super) fn intent(letter: &Letter) -> Intent {
    let text: String = letter.text.chars().take(MAX_TEXT).collect();
    let words = spaced(&text);
    let has = |list: &[&str]| list.iter().any(|word| words.contains(&format!(" {word} ")));
    let questions = questions(&text);
    let named = WORDS.iter().find(|(_, words)| has(words));
    let kind = match named {
        Some((kind, _)) => *kind,
        None if !questions.is_empty() => IntentKind::Question,
        None if has(&THANKS) => IntentKind::Thanks,
        None => IntentKind::Information,
    };
    let subject = spaced(&letter.subject);
    let is_urgent = |word: &&str| subject.contains(&format!(" {word} "));
    Intent {
        kind,
        summary: summary(letter),
        questions,
        entities: entities(&text),
        urgent: has(&URGENT) || URGENT.iter().any(|word| is_urgent(&word)),
    }
}

/// An answer in the words of the caller, in the language of the letter.
pub(super) fn answer(letter: &Letter, author: Option<&str>, outcome: &Value) -> String {
    let language = Language::of(&letter.text);
    let greeting = match author.and_then(greetable) {
        Some(name) => format!("{} {name},", language.greeting()),
        None => format!("{},", language.greeting()),
    };
    let said = said(outcome);
    format!("{greeting}\n\n{}\n\n{}", said.trim(), language.closing())
}

/// A name that can be greeted: a stranger's words in the agent's mail are a name or nothing.
fn greetable(name: &str) -> Option<String> {
    let name = one_line(name, 60);
    let is_name = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '’' | '.');
    let words = name.split(' ').count();
    (!name.is_empty() && words <= 4 && name.chars().all(is_name)).then_some(name)
}

/// A text as it is; of an object a line per member, but for those of JSON-LD itself.
fn said(outcome: &Value) -> String {
    match outcome {
        Value::String(text) => text.clone(),
        Value::Object(members) => {
            let members = members.iter().filter(|(name, _)| !name.starts_with('@'));
            let lines = members.map(|(name, value)| match value {
                Value::String(text) => format!("{name}: {text}"),
                value => format!("{name}: {value}"),
            });
            lines.collect::<Vec<_>>().join("\n")
        }
        Value::Array(values) => values.iter().map(said).collect::<Vec<_>>().join("\n"),
        value => value.to_string(),
    }
}

/// The words in lower case with one space around each: what is searched for stands between spaces.
fn spaced(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 2);
    words.push(' ');
    for character in text.replace('’', "'").to_lowercase().chars() {
        if character.is_alphanumeric() || matches!(character, '\'' | '-') {
            words.push(character);
        } else if !words.ends_with(' ') {
            words.push(' ');
        }
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
    words
}

/// The sentences that end in a question mark.
fn questions(text: &str) -> Vec<String> {
    let paragraphs = text.split("\n\n");
    let sentences = paragraphs.flat_map(|paragraph| paragraph.split_inclusive(['.', '?', '!']));
    sentences
        .map(str::trim)
        .filter(|sentence| sentence.len() > 1 && sentence.ends_with('?'))
        .map(|sentence| one_line(sentence, Intent::MAX_TEXT))
        .take(Intent::MAX_ITEMS)
        .collect()
}

/// The subject, or else the first line.
fn summary(letter: &Letter) -> String {
    let line = match letter.subject.trim() {
        "" => letter.text.lines().next().unwrap_or_default(),
        subject => subject,
    };
    one_line(line, Intent::MAX_TEXT)
}

/// What can be known by its form: links, addresses, times, days, sums and numbers of papers.
fn entities(text: &str) -> Vec<Entity> {
    let mut entities: Vec<Entity> = Vec::new();
    let mut before = "";
    for word in text.split_whitespace() {
        let word = word.trim_matches([
            '<', '>', '(', ')', '[', ']', '"', ',', ';', '!', '?', '.', ':',
        ]);
        if let Some(kind) = entity_kind(word, before) {
            let text = match kind {
                EntityKind::Amount if !is_sum(word) && is_currency(before) => {
                    format!("{before} {word}")
                }
                _ => word.to_owned(),
            };
            let entity = Entity { kind, text };
            if entity.text.len() <= Intent::MAX_TEXT && !entities.contains(&entity) {
                entities.push(entity);
            }
            if entities.len() == Intent::MAX_ITEMS {
                break;
            }
        }
        before = word;
    }
    entities
}

fn entity_kind(word: &str, before: &str) -> Option<EntityKind> {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if word.starts_with("https://") || word.starts_with("http://") {
        Some(EntityKind::Url)
    } else if word.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !domain.contains('@')
    }) {
        Some(EntityKind::Email)
    } else if digits == 0 || word.len() > 40 {
        None
    } else if is_sum(word) || (is_currency(before) && is_number(word)) {
        Some(EntityKind::Amount)
    } else if is_date(word) {
        Some(EntityKind::Date)
    } else if is_time(word) {
        Some(EntityKind::Time)
    } else if word.starts_with('#') || is_paper(before) {
        Some(EntityKind::Reference)
    } else {
        None
    }
}

fn is_currency(word: &str) -> bool {
    matches!(word, "€" | "$" | "£" | "EUR" | "USD" | "GBP" | "CHF")
}

fn is_number(word: &str) -> bool {
    word.bytes()
        .all(|octet| octet.is_ascii_digit() || matches!(octet, b'.' | b','))
}

/// `20€`, `$20`: the sign and the number in one word.
fn is_sum(word: &str) -> bool {
    let signs = ['€', '$', '£'];
    let number = word.trim_matches(signs);
    number.len() < word.len() && !number.is_empty() && is_number(number)
}

/// `2026-11-02`, `02.11.2026`, `2/11/26`.
fn is_date(word: &str) -> bool {
    ['-', '.', '/'].into_iter().any(|between| {
        let parts: Vec<&str> = word.split(between).collect();
        parts.len() == 3
            && parts.iter().all(|part| {
                matches!(part.len(), 1 | 2 | 4) && part.bytes().all(|octet| octet.is_ascii_digit())
            })
    })
}

/// `10:04`.
fn is_time(word: &str) -> bool {
    word.split_once(':').is_some_and(|(hour, minute)| {
        let is_below =
            |number: &str, end: u8| number.parse::<u8>().is_ok_and(|number| number < end);
        minute.len() == 2 && is_below(hour, 24) && is_below(minute, 60)
    })
}

fn is_paper(before: &str) -> bool {
    const PAPERS: [&str; 16] = [
        "order",
        "invoice",
        "ticket",
        "number",
        "no",
        "bestellung",
        "rechnung",
        "nummer",
        "commande",
        "facture",
        "pedido",
        "factura",
        "bestelling",
        "factuur",
        "case",
        "reference",
    ];
    PAPERS.contains(&before.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, proptest};
    use serde_json::json;

    use super::{EntityKind, Intent, IntentKind, Letter, answer, intent};

    fn read(text: &str) -> Intent {
        intent(&Letter::new("s", text))
    }

    #[test]
    fn plain_letters_are_understood() {
        for (text, kind) in [
            ("Could you send the invoice?", IntentKind::Request),
            ("What does a chair cost?", IntentKind::Question),
            (
                "Are you free for a meeting on Monday?",
                IntentKind::Scheduling,
            ),
            ("Yes, go ahead.", IntentKind::Approval),
            ("No, that is too much.", IntentKind::Refusal),
            ("The chair came broken!", IntentKind::Complaint),
            ("Thank you so much.", IntentKind::Thanks),
            ("The office is closed tomorrow.", IntentKind::Information),
            ("Nobody knows yesterday's news.", IntentKind::Information),
            ("Bitte schicken Sie die Rechnung.", IntentKind::Request),
            ("Der Stuhl ist kaputt.", IntentKind::Complaint),
            ("Pourriez-vous m’envoyer la facture ?", IntentKind::Request),
            ("Oui, d’accord.", IntentKind::Approval),
            ("¿Cuánto cuesta una silla?", IntentKind::Question),
            ("La silla no funciona.", IntentKind::Complaint),
            ("Kunt u de factuur sturen?", IntentKind::Request),
            ("Helaas, dat is te veel.", IntentKind::Refusal),
            ("", IntentKind::Information),
        ] {
            assert_eq!(read(text).kind, kind, "{text}");
        }
    }

    #[test]
    fn questions_and_haste_are_noticed() {
        let intent = read("It is urgent. When does\nit come? And to whom? Bye.");
        assert_eq!(intent.questions, ["When does it come?", "And to whom?"]);
        assert!(intent.urgent);
        assert!(!read("The insurgents left.").urgent);
        assert_eq!(
            read(&"Why? ".repeat(100)).questions.len(),
            Intent::MAX_ITEMS
        );
    }

    #[test]
    fn what_has_a_form_is_found() {
        let intent = read(
            "Order 4711 of 2026-11-02 cost $20, the other EUR 30. Call at 10:04 or write to \
             <ann@example.org>, see https://example.org/a.",
        );
        let found: Vec<_> = intent
            .entities
            .iter()
            .map(|e| (e.kind, e.text.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                (EntityKind::Reference, "4711"),
                (EntityKind::Date, "2026-11-02"),
                (EntityKind::Amount, "$20"),
                (EntityKind::Amount, "EUR 30"),
                (EntityKind::Time, "10:04"),
                (EntityKind::Email, "ann@example.org"),
                (EntityKind::Url, "https://example.org/a"),
            ]
        );
    }

    #[test]
    fn an_answer_greets_in_the_language_of_the_letter() {
        let letter = Letter::new("s", "Could you please send the invoice to me?");
        let text = answer(&letter, Some("Ann Field"), &json!(" Done. "));
        assert_eq!(text, "Hello Ann Field,\n\nDone.\n\nKind regards");
        let letter = Letter::new("s", "Können Sie mir bitte die Rechnung schicken?");
        let text = answer(
            &letter,
            None,
            &json!({ "@type": "Order", "orderStatus": "shipped", "count": 2 }),
        );
        assert!(text.starts_with("Guten Tag,\n\n"), "{text}");
        assert!(text.contains("orderStatus: shipped") && text.contains("count: 2"));
        assert!(!text.contains("@type"));
    }

    #[test]
    fn no_name_smuggles_words_into_an_answer() {
        let letter = Letter::new("s", "Hello");
        for name in [
            "Visit https://evil.test",
            "Ann, you won 1000",
            "You Are The Very Best",
            "",
        ] {
            let text = answer(&letter, Some(name), &json!("Done."));
            assert!(text.starts_with("Hello,\n"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_letter_has_an_intent_within_its_limits(subject in any::<String>(), text in any::<String>()) {
            let intent = intent(&Letter::new(&subject, &text));
            let json = serde_json::to_string(&intent).unwrap();
            prop_assert!(Intent::parse(&json).is_ok(), "{json}");
        }
    }
}
