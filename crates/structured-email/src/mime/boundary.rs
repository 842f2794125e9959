use std::borrow::Cow;

/// The boundaries of the multiparts that are open, innermost last.
#[derive(Debug, Default)]
pub(super) struct Boundaries<'a> {
    open: Vec<Cow<'a, [u8]>>,
}

/// A line that ends the part before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delimiter {
    /// Where the line starts, its two hyphens included.
    pub(super) start: usize,
    /// Where the next line starts.
    pub(super) end: usize,
    /// Which of the open multiparts it belongs to, the outermost being 0.
    pub(super) level: usize,
    /// Whether it ends that multipart as well.
    pub(super) close: bool,
}

impl<'a> Boundaries<'a> {
    pub(super) fn push(&mut self, boundary: Cow<'a, [u8]>) {
        self.open.push(boundary);
    }

    pub(super) fn truncate(&mut self, levels: usize) {
        self.open.truncate(levels);
    }

    pub(super) fn contains(&self, boundary: &[u8]) -> bool {
        self.open.iter().any(|open| **open == *boundary)
    }

    /// The delimiter that the line at `start` is, if any. Where nested multiparts share one
    /// boundary, the nearest one has it.
    ///
    /// Nothing but white space may follow the boundary. RFC 2046 5.1.1 would let any text
    /// follow, but then `--b-2` ended a multipart whose boundary is `b`.
    pub(super) fn delimiter_at(&self, octets: &[u8], start: usize) -> Option<Delimiter> {
        let line = octets.get(start..)?.strip_prefix(b"--")?;
        self.open
            .iter()
            .enumerate()
            .rev()
            .find_map(|(level, boundary)| {
                let after = line.strip_prefix(&**boundary)?;
                let (after, close) = match after.strip_prefix(b"--") {
                    Some(after) => (after, true),
                    None => (after, false),
                };
                let blanks = after
                    .iter()
                    .take_while(|b| matches!(b, b' ' | b'\t' | b'\r'))
                    .count();
                let end = octets.len() - (after.len() - blanks);
                match after.get(blanks) {
                    None => Some(Delimiter {
                        start,
                        end,
                        level,
                        close,
                    }),
                    Some(b'\n') => Some(Delimiter {
                        start,
                        end: end + 1,
                        level,
                        close,
                    }),
                    Some(_) => None,
                }
            })
    }

    /// The first delimiter in the lines from `position`, which is the start of a line.
    pub(super) fn next_delimiter(&self, octets: &[u8], position: usize) -> Option<Delimiter> {
        if self.open.is_empty() {
            return None;
        }
        if let Some(delimiter) = self.delimiter_at(octets, position) {
            return Some(delimiter);
        }
        let rest = octets.get(position..)?;
        memchr::memmem::find_iter(rest, b"\n--")
            .find_map(|newline| self.delimiter_at(octets, position + newline + 1))
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{Boundaries, Delimiter};

    fn open(boundaries: &[&'static str]) -> Boundaries<'static> {
        let open = boundaries
            .iter()
            .map(|b| Cow::Borrowed(b.as_bytes()))
            .collect();
        Boundaries { open }
    }

    #[test]
    fn a_delimiter_is_a_whole_line() {
        let boundaries = open(&["b"]);
        for (line, found) in [
            ("--b\r\n", Some(false)),
            ("--b\n", Some(false)),
            ("--b \t\r\n", Some(false)),
            ("--b--\r\n", Some(true)),
            ("--b--", Some(true)),
            ("--b-2\r\n", None),
            ("--b--x\r\n", None),
            ("--bc\r\n", None),
            ("-- b\r\n", None),
            ("--\r\n", None),
        ] {
            let delimiter = boundaries.delimiter_at(line.as_bytes(), 0);
            assert_eq!(delimiter.map(|d| d.close), found, "{line:?}");
            assert!(delimiter.is_none_or(|d| d.end == line.len()), "{line:?}");
        }
    }

    #[test]
    fn the_nearest_open_boundary_wins() {
        let delimiter = open(&["a", "b", "b"]).next_delimiter(b"text\n--b\n--a\n", 0);
        assert_eq!(
            delimiter,
            Some(Delimiter {
                start: 5,
                end: 9,
                level: 2,
                close: false
            })
        );
        let delimiter = open(&["a", "b"]).next_delimiter(b"--c\n--a--\n", 0);
        assert_eq!(
            delimiter,
            Some(Delimiter {
                start: 4,
                end: 10,
                level: 0,
                close: true
            })
        );
    }
}
