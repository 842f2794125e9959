//! A message that is sent on to others.

use structured_email::{Attachment, Draft};

use crate::Mail;

/// The longest line of a message that stands in another (RFC 5322 2.1.1).
const MAX_LINE: usize = 998;

/// The draft with the original attached, and a subject.
pub(crate) fn draft(original: &Mail, draft: Draft) -> Draft {
    let draft = match draft.subject_line() {
        Some(_) => draft,
        None => draft.subject(subject(&original.summary.subject)),
    };
    let media_type = if is_embeddable(&original.raw) {
        "message/rfc822"
    } else {
        "application/octet-stream"
    };
    draft.attachment(Attachment {
        filename: "original.eml".to_owned(),
        media_type: media_type.to_owned(),
        content: original.raw.clone(),
    })
}

/// One "Fwd: ", however often it was sent on.
fn subject(subject: &str) -> String {
    let mut rest = subject.trim();
    while let Some((prefix, after)) = rest.split_once(':')
        && ["fwd", "fw"]
            .iter()
            .any(|word| prefix.eq_ignore_ascii_case(word))
    {
        rest = after.trim_start();
    }
    format!("Fwd: {rest}").trim_end().to_owned()
}

/// A message/rfc822 is never encoded (RFC 2046 5.2.1), so it has to be US-ASCII in short lines.
fn is_embeddable(raw: &[u8]) -> bool {
    raw.is_ascii()
        && !raw.contains(&0)
        && raw
            .split(|octet| *octet == b'\n')
            .all(|line| line.strip_suffix(b"\r").unwrap_or(line).len() <= MAX_LINE)
}

#[cfg(test)]
mod tests {
    use super::{is_embeddable, subject};

    #[test]
    fn fwd_stands_once() {
        for (original, expected) in [
            ("Offer", "Fwd: Offer"),
            ("FWD: Fw:  Offer", "Fwd: Offer"),
            ("Re: Offer", "Fwd: Re: Offer"),
            ("Forward: x", "Fwd: Forward: x"),
            ("", "Fwd:"),
        ] {
            assert_eq!(subject(original), expected, "{original:?}");
        }
    }

    #[test]
    fn only_short_ascii_lines_stand_in_another_message() {
        let line = |length: usize| [vec![b'a'; length], b"\r\n".to_vec()].concat();
        assert!(is_embeddable(&line(998)));
        assert!(!is_embeddable(&line(999)));
        assert!(!is_embeddable("ü\r\n".as_bytes()));
        assert!(!is_embeddable(b"\0\r\n"));
    }
}
