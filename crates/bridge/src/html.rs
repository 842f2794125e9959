//! The text in HTML, for mail that has no other.

use html5gum::{Token, Tokenizer};

/// What stands between the tags, each block on a line of its own.
///
/// Scripts, styles and comments are no text. Nothing is laid out, no link is kept, and what a style
/// would hide is there. It takes linear time.
#[must_use]
pub fn text_of(html: &str) -> String {
    let mut text = Text::default();
    let mut silent: Option<Vec<u8>> = None;
    for token in Tokenizer::new(html).flatten() {
        match token {
            Token::StartTag(tag) => {
                if is_silent(&tag.name) && !tag.self_closing && silent.is_none() {
                    silent = Some(tag.name.0);
                } else if is_block(&tag.name) {
                    text.end_line();
                }
            }
            Token::EndTag(tag) => {
                if silent.as_deref() == Some(&tag.name[..]) {
                    silent = None;
                } else if is_block(&tag.name) {
                    text.end_line();
                }
            }
            Token::String(words) if silent.is_none() => {
                text.push(&String::from_utf8_lossy(&words.value));
            }
            _ => {}
        }
    }
    text.out.truncate(text.out.trim_end().len());
    text.out
}

/// Text with its white space collapsed (CSS Text 3, 4.1.1).
#[derive(Debug, Default)]
struct Text {
    out: String,
    /// White space stands before what comes next.
    spaced: bool,
}

impl Text {
    fn push(&mut self, text: &str) {
        for character in text.chars() {
            if character.is_ascii_whitespace() {
                self.spaced = true;
                continue;
            }
            if std::mem::take(&mut self.spaced) && !self.out.is_empty() && !self.out.ends_with('\n')
            {
                self.out.push(' ');
            }
            self.out.push(character);
        }
    }

    fn end_line(&mut self) {
        self.spaced = false;
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }
}

/// Elements whose content nobody reads.
fn is_silent(name: &[u8]) -> bool {
    matches!(name, b"script" | b"style" | b"title" | b"template")
}

fn is_block(name: &[u8]) -> bool {
    matches!(
        name,
        b"address"
            | b"article"
            | b"blockquote"
            | b"br"
            | b"dd"
            | b"div"
            | b"dt"
            | b"figcaption"
            | b"footer"
            | b"h1"
            | b"h2"
            | b"h3"
            | b"h4"
            | b"h5"
            | b"h6"
            | b"header"
            | b"hr"
            | b"li"
            | b"main"
            | b"ol"
            | b"p"
            | b"pre"
            | b"section"
            | b"table"
            | b"td"
            | b"th"
            | b"tr"
            | b"ul"
    )
}

#[cfg(test)]
mod tests {
    use super::text_of;

    #[test]
    fn blocks_become_lines() {
        for (html, text) in [
            (
                "<p>One  <b>bold</b>\n word</p><p>Two</p>",
                "One bold word\nTwo",
            ),
            ("a<br>b<br/>c", "a\nb\nc"),
            ("Tom &amp; J&eacute;r&#244;me&nbsp;!", "Tom & Jérôme\u{a0}!"),
            ("<head><title>t</title><style>p{}</style></head>x", "x"),
            ("<script>if (a < b) { x }</script>y<!-- no -->z", "yz"),
            ("<ul><li>1<li>2</ul>", "1\n2"),
            ("1 < 2", "1 < 2"),
            ("<p", ""),
            ("", ""),
        ] {
            assert_eq!(text_of(html), text, "{html}");
        }
    }
}
