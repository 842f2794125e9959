use super::{order, write_number, write_string};
use crate::document::{Document, Shape};
use crate::{Value, number};

impl Value<'_> {
    /// Appends its canonical form.
    #[inline]
    pub fn write_canonical(&self, out: &mut Vec<u8>) {
        if let Shape::Null | Shape::Bool(_) | Shape::String = self.node().shape {
            out.extend_from_slice(self.text().as_bytes()); // what most values are
        } else {
            self.write_shaped(out);
        }
    }

    /// Writes what may look otherwise than it was written.
    fn write_shaped(self, out: &mut Vec<u8>) {
        out.reserve(self.span().len());
        let writer = Writer {
            document: self.document(),
            members: Vec::new(),
            open: Vec::new(),
            out,
        };
        writer.write(self.index());
    }
}

/// Writes values of a document. What is open is kept in lists, so the stack is constant.
struct Writer<'d, 'o> {
    document: &'d Document<'d>,
    /// The members of the open objects, each object in canonical order and backwards.
    members: Vec<Member>,
    /// The open arrays and objects, outermost first.
    open: Vec<Open>,
    out: &'o mut Vec<u8>,
}

#[derive(Clone, Copy)]
struct Member {
    prefix: u64,
    /// The node of the name.
    name: usize,
}

#[derive(Clone, Copy)]
enum Open {
    /// The next element, and the node behind the last.
    Array { next: usize, end: usize },
    /// Where its members start in the list.
    Object { start: usize },
}

impl Writer<'_, '_> {
    fn write(mut self, at: usize) {
        self.value(at);
        while let Some(open) = self.open.last_mut() {
            match open {
                Open::Array { next, end } if next == end => self.close(b']'),
                Open::Array { next, .. } => {
                    let at = *next;
                    *next = self.document.behind(at);
                    self.separate();
                    self.value(at);
                }
                Open::Object { start } if self.members.len() == *start => self.close(b'}'),
                Open::Object { .. } => {
                    if let Some(Member { name, .. }) = self.members.pop() {
                        self.separate();
                        self.value(name);
                        self.out.push(b':');
                        self.value(name + 1);
                    }
                }
            }
        }
    }

    /// Writes the comma before a member or element, but for the first.
    fn separate(&mut self) {
        if !matches!(self.out.last(), Some(b'[' | b'{')) {
            self.out.push(b',');
        }
    }

    fn close(&mut self, octet: u8) {
        self.out.push(octet);
        self.open.pop();
    }

    /// Writes a scalar, or opens an array or object.
    fn value(&mut self, at: usize) {
        let node = self.document.nodes[at];
        match node.shape {
            // Nothing in it needs an escape, or it would have been escaped.
            Shape::Null | Shape::Bool(_) | Shape::String => self.copy(node.start, node.end),
            Shape::EscapedString { .. } => {
                write_string(self.document.str(node).unwrap_or_default(), self.out);
            }
            Shape::Number => self.number(node.start, node.end),
            Shape::Array { next, .. } => {
                self.out.push(b'[');
                self.open.push(Open::Array {
                    next: at + 1,
                    end: next as usize,
                });
            }
            Shape::Object { next, .. } => {
                self.out.push(b'{');
                let start = self.members.len();
                self.sort_members(at + 1, next as usize);
                self.open.push(Open::Object { start });
            }
        }
    }

    fn number(&mut self, start: u32, end: u32) {
        let token = self.document.json.get(start as usize..end as usize);
        let token = token.unwrap_or_default();
        if number::short_integer(token).is_some() {
            self.copy(start, end);
        } else {
            let written = write_number(number::value(token), self.out);
            debug_assert!(written.is_ok(), "the reader lets no other number in");
        }
    }

    fn copy(&mut self, start: u32, end: u32) {
        let octets = self
            .document
            .json
            .as_bytes()
            .get(start as usize..end as usize);
        self.out.extend_from_slice(octets.unwrap_or_default());
    }

    /// Puts the members between two nodes on the list.
    fn sort_members(&mut self, from: usize, end: usize) {
        let document = self.document;
        let name = |at: usize| document.str(document.nodes[at]).unwrap_or_default();
        let start = self.members.len();
        let mut at = from;
        while at < end {
            self.members.push(Member {
                prefix: order::prefix(name(at)),
                name: at,
            });
            at = document.behind(at + 1);
        }
        self.members[start..].sort_unstable_by(|left, right| {
            let prefixes = right.prefix.cmp(&left.prefix);
            prefixes.then_with(|| order::compare_names(name(right.name), name(left.name)))
        });
    }
}
