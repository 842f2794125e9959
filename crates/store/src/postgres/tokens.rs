//! The words of a text, as searches compare them.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::Index;

/// The words of texts, each behind and before a blank, so that a word, or several that follow each
/// other, are found as a substring. Words are runs of letters and digits, in lower case and without
/// diacritics, as the `unicode61` tokenizer of the embedded engine takes them (FTS5, 4.3.1). Texts
/// are kept apart by a line break: no run of words goes from one into the next.
pub(super) fn join<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut joined = String::new();
    for text in texts {
        append(text, &mut joined);
        joined.push('\n');
    }
    joined
}

/// The words that a message is found by: those of its subject, its addresses and its text.
pub(super) fn of(index: &Index, text: &str) -> String {
    let addresses = index.from.iter().chain(&index.to).chain(&index.cc);
    let addresses: Vec<&str> = addresses.map(String::as_str).collect();
    join([index.subject.as_str(), &addresses.join("\n"), text])
}

/// A word of a query, which may be several words of a text: `" orders shop example "`.
pub(super) fn phrase(word: &str) -> String {
    let mut phrase = String::new();
    append(word, &mut phrase);
    phrase
}

fn append(text: &str, out: &mut String) {
    let start = out.len();
    out.push(' ');
    let mut inside = false;
    for character in text.nfd() {
        // A mark belongs to the letter before it, and goes.
        if is_combining_mark(character) {
            continue;
        }
        if character.is_alphanumeric() {
            out.extend(character.to_lowercase().filter(|c| !is_combining_mark(*c)));
            inside = true;
        } else if inside {
            out.push(' ');
            inside = false;
        }
    }
    if inside {
        out.push(' ');
    }
    if out.len() == start + 1 {
        out.truncate(start);
    }
}

#[cfg(test)]
mod tests {
    use super::{join, phrase};

    #[test]
    fn words_stand_between_blanks() {
        for (text, words) in [
            ("", ""),
            ("  --  ", ""),
            ("Invoice  No. 42!", " invoice no 42 "),
            ("orders@Shop.Example", " orders shop example "),
            ("Zoë naïve CAFE\u{301}", " zoe naive cafe "),
            ("a\0b\r\nc", " a b c "),
            ("東京 タワー", " 東京 タワー "),
        ] {
            assert_eq!(phrase(text), words, "{text:?}");
        }
    }

    #[test]
    fn no_run_of_words_crosses_two_texts() {
        let joined = join(["hello", "Ann", "the end"]);
        assert_eq!(joined, " hello \n ann \n the end \n");
        assert!(joined.contains(&phrase("the-end")));
        assert!(!joined.contains(&phrase("hello Ann")));
    }
}
