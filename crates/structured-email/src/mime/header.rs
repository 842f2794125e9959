//! Header blocks, line by line (RFC 5322 2.2).

/// The fields of one header block, in their order.
///
/// The block ends at the first empty line or where the octets end; [`position`](Self::position)
/// tells where that is.
#[derive(Clone, Debug)]
pub(crate) struct HeaderLines<'a> {
    octets: &'a [u8],
    position: usize,
}

/// One field or one line that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderLine<'a> {
    /// A field: its name, and its value still folded, with the line break that ends it.
    Field { name: &'a str, value: &'a [u8] },
    /// A line without colon or with an illegal name, with the lines folded onto it.
    Illegal,
}

impl<'a> HeaderLines<'a> {
    /// Reads from `position`, which is the start of a line.
    pub(crate) fn at(octets: &'a [u8], position: usize) -> Self {
        Self { octets, position }
    }

    /// The start of the line that is read next.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// What has not been read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.octets.get(self.position..).unwrap_or_default()
    }

    /// The length of the empty line that ends the block, or 0 when the octets just end.
    pub(crate) fn blank_line(&self) -> usize {
        match self.rest() {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => 0,
        }
    }
}

impl<'a> Iterator for HeaderLines<'a> {
    type Item = HeaderLine<'a>;

    fn next(&mut self) -> Option<HeaderLine<'a>> {
        let line = self.rest();
        if line.is_empty() || self.blank_line() > 0 {
            return None;
        }
        let mut end = 0;
        loop {
            end = match memchr::memchr(b'\n', &line[end..]) {
                Some(length) => end + length + 1,
                None => line.len(),
            };
            if !matches!(line.get(end), Some(b' ' | b'\t')) {
                break;
            }
        }
        self.position += end;
        let line = &line[..end];
        let name = line.iter().position(|&b| !is_name(b)).unwrap_or(line.len());
        // White space before the colon is obsolete, but must be read (RFC 5322 4.5).
        let colon = name
            + line[name..]
                .iter()
                .take_while(|&&b| b == b' ' || b == b'\t')
                .count();
        match (std::str::from_utf8(&line[..name]), line.get(colon)) {
            (Ok(name), Some(b':')) if !name.is_empty() => Some(HeaderLine::Field {
                name,
                value: &line[colon + 1..],
            }),
            _ => Some(HeaderLine::Illegal),
        }
    }
}

/// Whether an octet may stand in a field name.
///
/// RFC 5322 2.2 allows every printable character but the colon. No registered name leaves the
/// token alphabet, and `{"@type":` and `<p style="a:b">` stay outside of it: lines like these
/// under a header tell that the empty line between header and body is missing.
fn is_name(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet)
}

#[cfg(test)]
mod tests {
    use super::{HeaderLine, HeaderLines};

    fn fields(octets: &str) -> Vec<Option<(&str, &str)>> {
        HeaderLines::at(octets.as_bytes(), 0)
            .map(|line| match line {
                HeaderLine::Field { name, value } => {
                    Some((name, std::str::from_utf8(value).unwrap()))
                }
                HeaderLine::Illegal => None,
            })
            .collect()
    }

    #[test]
    fn folded_lines_belong_to_their_field() {
        assert_eq!(
            fields("A: b\r\n c\r\n\td\r\nE:f\r\n\r\nG: h\r\n"),
            [Some(("A", " b\r\n c\r\n\td\r\n")), Some(("E", "f\r\n"))]
        );
    }

    #[test]
    fn names_with_a_space_or_without_a_colon_are_illegal() {
        assert_eq!(
            fields("Structured data: Full\r\nno colon\r\n: empty\r\n{\"a\":1}\nX : y"),
            [None, None, None, None, Some(("X", " y"))]
        );
    }

    #[test]
    fn a_line_of_spaces_does_not_end_the_block() {
        assert_eq!(
            fields("A: b\r\n \r\nC: d\r\n"),
            [Some(("A", " b\r\n \r\n")), Some(("C", " d\r\n"))]
        );
    }
}
