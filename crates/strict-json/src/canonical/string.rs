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

fn write_escape(octet: u8, out: &mut Vec<u8>) {
    let letter = match octet {
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0C => b'f',
        b'\r' => b'r',
        b'"' | b'\\' => octet,
        _ => {
            out.extend_from_slice(b"\\u00");
            out.extend(
                [octet >> 4, octet & 0xF].map(|digit| b"0123456789abcdef"[usize::from(digit)]),
            );
            return;
        }
    };
    out.extend([b'\\', letter]);
}
