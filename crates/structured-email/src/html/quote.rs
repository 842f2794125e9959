//! Whether a place in a body belongs to quoted mail.

use super::tokens::Tag;

/// Follows the containers in which mail programs put the mail they answer.
///
/// A container is a `blockquote`, or an element with one of the class names or ids below. It
/// ends where its own end tag is reached, elements of the same name inside it counted. Nothing
/// else ends it: not the end tag of an element around it, and not while a container inside it
/// is still open. An HTML parser would be more forgiving with tags in the wrong order; here
/// doubt means "quoted", because quoted data is somebody else's.
///
/// Two ids mark the line where Outlook starts to quote instead of holding the quote. All behind
/// them is quoted.
#[derive(Debug, Default)]
pub(super) struct Quotes {
    /// The open containers, outermost first: their element, and how many of it are open.
    open: Vec<(String, usize)>,
    /// Everything from here on is quoted.
    rest: bool,
}

const CONTAINERS: [&str; 9] = [
    "gmail_quote",
    "gmail_quote_container",
    "yahoo_quoted",
    "protonmail_quote",
    "moz-cite-prefix",
    "OLK_SRC_BODY_SECTION",
    "zmail_extra",
    "divRplyFwdMsg",
    "appendonsend",
];

const MARKERS: [&str; 2] = ["divRplyFwdMsg", "appendonsend"];

/// Beyond this many containers in each other the rest of the body counts as quoted.
const MAX_OPEN: usize = 64;

impl Quotes {
    pub(super) fn is_quoted(&self) -> bool {
        self.rest || !self.open.is_empty()
    }

    pub(super) fn start(&mut self, tag: &Tag) {
        if self.rest {
            return;
        }
        if has_name(tag, &MARKERS) {
            self.rest = true;
        } else if tag.is_void() {
            // It holds nothing, and has no end tag.
        } else if let Some((_, count)) = self.open.last_mut().filter(|(name, _)| name == tag.name())
        {
            *count += 1;
        } else if tag.name() == "blockquote" || has_name(tag, &CONTAINERS) {
            self.rest = self.open.len() == MAX_OPEN;
            self.open.push((tag.name().to_owned(), 1));
        }
    }

    pub(super) fn end(&mut self, name: &str) {
        if let Some((open, count)) = self.open.last_mut()
            && open == name
        {
            *count -= 1;
            if *count == 0 {
                self.open.pop();
            }
        }
    }
}

/// The attributes that name a container.
pub(super) fn wants(attribute: &str) -> bool {
    matches!(attribute, "class" | "id")
}

fn has_name(tag: &Tag, names: &[&str]) -> bool {
    ["class", "id"]
        .into_iter()
        .filter_map(|attribute| tag.attribute(attribute))
        .any(|value| {
            value
                .split_ascii_whitespace()
                .any(|word| names.iter().any(|name| word.eq_ignore_ascii_case(name)))
        })
}
