use crate::plain;

/// Appends a string with its quotes (RFC 8785 3.2.2.2): only quotes, backslashes and controls
/// below U+0020 are escaped.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let (plain, special) = rest.split_at(plain::prefix(rest));
        out.extend_from_slice(plain);
        let Some((&octet, behind)) = special.split_first() else {
            break;
        };
        write_escape(octet, out);
        rest = behind;
    }
    out.push(b'"');
}

/// How many octets [`write_string`] appends.
#[must_use]
pub fn string_len(text: &str) -> usize {
    let mut length = "\"\"".len() + text.len();
    let mut rest = text.as_bytes();
    loop {
        rest = &rest[plain::prefix(rest)..];
        let Some((&octet, behind)) = rest.split_first() else {
            return length;
        };
        length += match letter(octet) {
            Some(_) => "\\n".len() - 1,
            None => "\\u0000".len() - 1,
        };
        rest = behind;
    }
}

fn write_escape(octet: u8, out: &mut Vec<u8>) {
    if let Some(letter) = letter(octet) {
        out.extend([b'\\', letter]);
    } else {
        out.extend_from_slice(b"\\u00");
        let digits = [octet >> 4, octet & 0xF];
        out.extend(digits.map(|digit| b"0123456789abcdef"[usize::from(digit)]));
    }
}

/// What stands behind the backslash in the escape of an octet, if it has a short one.
fn letter(octet: u8) -> Option<u8> {
    Some(match octet {
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0C => b'f',
        b'\r' => b'r',
        b'"' | b'\\' => octet,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{string_len, write_string};

    #[test]
    fn lengths_are_those_of_what_is_written() {
        for character in (0..0x100_u32)
            .filter_map(char::from_u32)
            .chain(['\u{2028}', '\u{1D11E}'])
        {
            let text = format!("a{character}b");
            let mut out = Vec::new();
            write_string(&text, &mut out);
            assert_eq!(string_len(&text), out.len(), "{character:?}");
        }
    }
}
