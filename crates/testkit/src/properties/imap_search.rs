use mailmesh::fuzzing;

/// Whatever the query, the server hears one command that asks for its words, exactly these and nothing
/// else.
///
/// # Panics
///
/// When it hears anything else.
pub fn imap_search(octets: &[u8]) {
    let query = String::from_utf8_lossy(octets);
    let is_between = |letter: char| letter.is_whitespace() || letter.is_control();
    let words: Vec<&str> = query
        .split(is_between)
        .filter(|it| !it.is_empty())
        .collect();
    let is_too_much = words.len() > 32 || words.iter().any(|word| word.len() > 256);
    match fuzzing::imap_search(&query) {
        Ok(sent) => {
            let heard = Heard::of(&sent).expect("one UID SEARCH command");
            assert_eq!(heard.words, words);
            // RFC 3501 6.4.4: without a charset, a server may refuse or misread what is not ASCII.
            assert_eq!(heard.is_utf8, !words.iter().all(|word| word.is_ascii()));
            assert!(!is_too_much, "over the limits");
        }
        Err(_) => assert!(is_too_much, "{words:?} can be asked for"),
    }
}

/// A command as a server reads it (RFC 3501 9).
struct Heard {
    is_utf8: bool,
    words: Vec<String>,
}

impl Heard {
    fn of(sent: &[u8]) -> Option<Self> {
        let space = sent.iter().position(|octet| *octet == b' ')?;
        assert!(sent[..space].iter().all(u8::is_ascii_alphanumeric), "a tag");
        let mut rest = sent[space..].strip_prefix(b" UID SEARCH ")?;
        let is_utf8 = take(&mut rest, b"CHARSET UTF-8 ");
        rest = rest.strip_prefix(b"1:9")?;
        let mut words = Vec::new();
        while take(&mut rest, b" TEXT ") {
            words.push(astring(&mut rest)?);
        }
        (rest == b"\r\n").then_some(Self { is_utf8, words })
    }
}

fn take(rest: &mut &[u8], piece: &[u8]) -> bool {
    match rest.strip_prefix(piece) {
        Some(behind) => {
            *rest = behind;
            true
        }
        None => false,
    }
}

fn astring(rest: &mut &[u8]) -> Option<String> {
    match rest.first()? {
        b'"' => quoted(rest),
        b'{' => literal(rest),
        _ => {
            let is_end =
                |octet: &u8| *octet <= b' ' || b"(){%*\"\\".contains(octet) || *octet >= 0x7f;
            let end = rest.iter().position(is_end)?;
            let (word, behind) = rest.split_at(end);
            *rest = behind;
            (!word.is_empty()).then(|| String::from_utf8_lossy(word).into_owned())
        }
    }
}

fn quoted(rest: &mut &[u8]) -> Option<String> {
    let mut word = Vec::new();
    let mut octets = rest[1..].iter().enumerate();
    while let Some((at, octet)) = octets.next() {
        match octet {
            b'"' => {
                *rest = &rest[at + 2..];
                return String::from_utf8(word).ok();
            }
            b'\\' => match octets.next()?.1 {
                escaped @ (b'"' | b'\\') => word.push(*escaped),
                _ => return None,
            },
            b'\r' | b'\n' | 0 | 0x80.. => return None,
            octet => word.push(*octet),
        }
    }
    None
}

fn literal(rest: &mut &[u8]) -> Option<String> {
    let end = rest.windows(3).position(|it| it == b"}\r\n")?;
    let length: usize = std::str::from_utf8(&rest[1..end]).ok()?.parse().ok()?;
    let (word, behind) = rest[end + 3..].split_at_checked(length)?;
    *rest = behind;
    // RFC 3501 9: no literal holds it.
    (!word.contains(&0)).then(|| String::from_utf8(word.to_vec()).ok())?
}
