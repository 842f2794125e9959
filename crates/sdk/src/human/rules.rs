//! What a letter wants by its words, and an answer in the words of the caller: English, German,
//! French, Spanish and Dutch. It is right about plain letters and says `Information` of others.

use serde_json::Value;

use super::entities::entities;
use super::language::Language;
use super::vocabulary::{FIRST_WORDS, THANKS, URGENT, WORDS};
use super::{Intent, IntentKind, Letter};
use crate::untrusted::one_line;

/// The most characters of a letter whose words are looked at.
const MAX_TEXT: usize = 50_000;

/// Lines at whose beginning a yes or no is looked for: behind a greeting, before all else.
const FIRST_LINES: usize = 6;

/// The intent of a letter.
pub(super) fn intent(letter: &Letter) -> Intent {
    let text: String = letter.text.chars().take(MAX_TEXT).collect();
    let words = spaced(&text);
    let has = |list: &[&str]| holds(&words, list);
    let questions = questions(&text);
    let named = WORDS.iter().find(|(_, words)| has(words));
    let kind = match named.map(|(kind, _)| *kind).or_else(|| first_word(&text)) {
        Some(kind) => kind,
        None if !questions.is_empty() => IntentKind::Question,
        None if has(&THANKS) => IntentKind::Thanks,
        None => IntentKind::Information,
    };
    Intent {
        kind,
        summary: summary(letter),
        questions,
        entities: entities(&text),
        urgent: has(&URGENT) || holds(&spaced(&letter.subject), &URGENT),
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

fn holds(words: &str, list: &[&str]) -> bool {
    list.iter().any(|word| words.contains(&format!(" {word} ")))
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

/// A yes or no with which one of the first lines begins.
fn first_word(text: &str) -> Option<IntentKind> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.take(FIRST_LINES).find_map(|line| {
        let line = line.trim();
        let (word, rest) = line.split_at(line.find([',', '.', '!', ' ']).unwrap_or(line.len()));
        let word = word.to_lowercase();
        let of = FIRST_WORDS
            .iter()
            .find(|(_, words)| words.contains(&word.as_str()));
        of.filter(|_| !rest.starts_with(' ')).map(|(kind, _)| *kind)
    })
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

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, proptest};
    use serde_json::json;

    use super::{Intent, IntentKind, Letter, answer, intent};

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
            ("Hello Bob,\n\nyes!\n\nAnn", IntentKind::Approval),
            (
                "Your order no 4711 has left. No news.",
                IntentKind::Information,
            ),
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
