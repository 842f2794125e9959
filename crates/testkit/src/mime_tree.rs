//! MIME trees: written as messages, and compared with what is read from them.

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, prop_oneof};

/// A MIME tree, to be written as a message and to be compared with what is read from it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum MimeTree {
    /// A container.
    Multipart(Container, Vec<Self>),
    /// A leaf.
    Leaf(Leaf),
}

/// A kind of container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Container {
    /// `multipart/alternative`.
    Alternative,
    /// `multipart/related`.
    Related,
    /// `multipart/mixed`.
    Mixed,
    /// `multipart/signed`: the first child and a signature.
    Signed,
}

/// A kind of leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Leaf {
    /// Plain text.
    Text,
    /// Plain text of nothing but white space.
    Blank,
    /// HTML.
    Html,
    /// Designated data.
    Data,
    /// Data without `Content-Purpose`.
    Undesignated,
    /// A file, marked as attachment.
    File,
    /// A forwarded message with data in it.
    Message,
}

impl MimeTree {
    /// The message, with further header fields above the MIME fields.
    #[must_use]
    pub fn write(&self, headers: &str) -> String {
        let mut out = format!("From: a@example.org\r\n{headers}MIME-Version: 1.0\r\n");
        self.write_entity(&mut out, &mut 0);
        out
    }

    /// The leaves, in document order, each with the containers around it, outermost first.
    #[must_use]
    pub fn leaves(&self) -> Vec<(Vec<Container>, Leaf)> {
        match self {
            Self::Leaf(leaf) => vec![(Vec::new(), *leaf)],
            Self::Multipart(container, children) => children
                .iter()
                .flat_map(Self::leaves)
                .map(|(mut around, leaf)| {
                    around.insert(0, *container);
                    (around, leaf)
                })
                .collect(),
        }
    }

    fn write_entity(&self, out: &mut String, count: &mut usize) {
        *count += 1;
        let number = *count;
        match self {
            Self::Leaf(leaf) => out.push_str(&leaf.entity(number)),
            Self::Multipart(container, children) => {
                let (name, boundary) = (container.subtype(), format!("b{number}."));
                let _ = write!(
                    out,
                    "Content-Type: multipart/{name}; boundary=\"{boundary}\"\r\n"
                );
                for child in children {
                    let _ = write!(out, "\r\n--{boundary}\r\n");
                    child.write_entity(out, count);
                }
                if *container == Container::Signed {
                    let _ = write!(
                        out,
                        "\r\n--{boundary}\r\nContent-Type: application/pgp-signature\r\n\r\nx"
                    );
                }
                let _ = write!(out, "\r\n--{boundary}--\r\n");
            }
        }
    }
}

impl Container {
    fn subtype(self) -> &'static str {
        match self {
            Self::Alternative => "alternative",
            Self::Related => "related; type=\"text/plain\"",
            Self::Mixed => "mixed",
            Self::Signed => "signed",
        }
    }
}

impl Leaf {
    fn entity(self, number: usize) -> String {
        let data = format!("{{\"@type\":\"T{number}\"}}");
        match self {
            Self::Text => "Content-Type: text/plain\r\n\r\ntext".to_owned(),
            Self::Blank => "Content-Type: text/plain\r\n\r\n \t".to_owned(),
            Self::Html => "Content-Type: text/html\r\n\r\n<p>text</p>".to_owned(),
            Self::Data => format!(
                "Content-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\r\n{data}"
            ),
            Self::Undesignated => format!("Content-Type: application/ld+json\r\n\r\n{data}"),
            Self::File => {
                "Content-Type: application/pdf\r\nContent-Disposition: attachment\r\n\r\nx"
                    .to_owned()
            }
            Self::Message => format!(
                "Content-Type: message/rfc822\r\n\r\nContent-Type: application/ld+json\r\n\
                 Content-Purpose: Machine-readable\r\n\r\n{data}"
            ),
        }
    }
}

/// Trees of at most five levels.
pub fn mime_tree() -> impl Strategy<Value = MimeTree> {
    let leaf = prop_oneof![
        2 => Just(Leaf::Text),
        1 => Just(Leaf::Blank),
        1 => Just(Leaf::Html),
        3 => Just(Leaf::Data),
        1 => Just(Leaf::Undesignated),
        1 => Just(Leaf::File),
        1 => Just(Leaf::Message),
    ]
    .prop_map(MimeTree::Leaf);
    leaf.prop_recursive(4, 16, 4, |inner| {
        let container = prop_oneof![
            Just(Container::Alternative),
            Just(Container::Related),
            Just(Container::Mixed),
        ];
        prop_oneof![
            4 => (container, vec(inner.clone(), 1..4))
                .prop_map(|(container, children)| MimeTree::Multipart(container, children)),
            1 => inner.prop_map(|child| MimeTree::Multipart(Container::Signed, vec![child])),
        ]
    })
}
