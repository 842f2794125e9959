//! Words of strangers on a terminal.

use std::borrow::Cow;

/// The text with every character that could move the cursor, colour the screen or turn the
/// direction of writing replaced, on one line.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    replace(text, |c| match c {
        '\n' | '\r' | '\t' => Some(' '),
        c if is_unsafe(c) => Some('\u{fffd}'),
        _ => None,
    })
}

/// The same for several lines: line feeds and tabs stay.
pub(crate) fn block(text: &str) -> String {
    let lines = text.replace("\r\n", "\n");
    replace(&lines, |c| match c {
        '\n' | '\t' => None,
        c if is_unsafe(c) => Some('\u{fffd}'),
        _ => None,
    })
    .into_owned()
}

fn replace(text: &str, instead: impl Fn(char) -> Option<char>) -> Cow<'_, str> {
    if text.chars().any(|c| instead(c).is_some()) {
        Cow::Owned(text.chars().map(|c| instead(c).unwrap_or(c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Controls (C0, C1, DEL), line separators and the marks that turn the direction of writing.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}'
        )
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    proptest! {
        #[test]
        fn nothing_unsafe_is_left_and_nothing_gets_longer(text in any::<String>()) {
            let line = one_line(&text);
            assert!(!line.chars().any(is_unsafe));
            assert_eq!(line.chars().count(), text.chars().count());
            assert!(!block(&text).chars().any(|c| is_unsafe(c) && c != '\n' && c != '\t'));
        }
    }

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(one_line("a\u{1b}[2Jb\r\nc"), "a\u{fffd}[2Jb  c");
        assert_eq!(
            one_line("\u{9b}31m\u{202e}gpj.exe"),
            "\u{fffd}31m\u{fffd}gpj.exe"
        );
        assert_eq!(
            block("one\r\n\ttwo\u{7}\rthree"),
            "one\n\ttwo\u{fffd}\u{fffd}three"
        );
    }

    #[test]
    fn ordinary_text_is_not_copied() {
        assert!(matches!(one_line("grüße, 東京"), Cow::Borrowed(_)));
    }
}
