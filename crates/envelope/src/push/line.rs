use std::fmt::{self, Write};

use super::PushFrame;

/// A frame in one line; see [`PushFrame::line`].
struct Line<'a>(&'a PushFrame<'a>);

impl PushFrame<'_> {
    /// The frame in one line for a model: `@acme.alice: Quote for 40 widgets [text 12tok] 01M7X…`.
    ///
    /// About 40 tokens where the JSON has 80. Nothing in the line breaks it or hides in it: a
    /// subject has no control characters, and what only changes how text looks, such as the marks
    /// for writing direction and characters without width, is left out. It is still the words of
    /// a stranger.
    #[must_use]
    pub fn line(&self) -> impl fmt::Display {
        Line(self)
    }
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let frame = self.0;
        write!(f, "{}:", frame.from())?;
        if let Some(subject) = frame.subject() {
            f.write_char(' ')?;
            let visible = |&character: &char| !is_invisible(character);
            for character in subject.as_str().chars().filter(visible) {
                f.write_char(character)?;
            }
        }
        write!(f, " [{}", frame.type_hint())?;
        if let Some(size) = frame.size_hint() {
            write!(f, " {size}tok")?;
        }
        write!(f, "] {}", frame.id())
    }
}

/// Line and paragraph separators, marks for direction, joiners, tags: nothing a reader sees.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}
