//! What may stand in a header: every value passes here before it is written.

use super::{ComposeError, ComposeErrorKind};

/// Longest address (RFC 5321, 4.5.3.1: 64 for the local part, 255 for the domain).
const ADDRESS_OCTETS: usize = 64 + 1 + 255;
/// Longest id. With its brackets and a space it has to stay on one line (RFC 5322, 2.1.1).
const ID_OCTETS: usize = 900;
/// Longest filename. No common file system holds a longer one.
const FILENAME_OCTETS: usize = 255;
/// Longest boundary (RFC 2046, 5.1.1).
const BOUNDARY_OCTETS: usize = 70;

/// Refuses what would end the field: CR, LF and NUL.
pub(super) fn check_line(field: &'static str, value: &str) -> Result<(), ComposeError> {
    if value.bytes().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        return Err(ComposeError::new(
            ComposeErrorKind::HeaderInjection,
            field,
            "expected one line without CR, LF or NUL",
        ));
    }
    Ok(())
}

/// `local@domain` (RFC 5322, 3.4.1), UTF-8 allowed (RFC 6532), comments and obsolete forms not.
pub(super) fn check_address(field: &'static str, address: &str) -> Result<(), ComposeError> {
    check_line(field, address)?;
    let legal = address.len() <= ADDRESS_OCTETS
        && address
            .rsplit_once('@')
            .is_some_and(|(local, domain)| is_local_part(local) && is_domain(domain));
    if !legal {
        return Err(ComposeError::new(
            ComposeErrorKind::InvalidAddress,
            field,
            "expected an address of the form local@domain",
        ));
    }
    Ok(())
}

/// The id without its angle brackets.
///
/// Ids of other people's messages come in every shape, so all is let through that keeps its place
/// between the brackets: no white space, control characters or further brackets.
pub(super) fn check_id<'a>(field: &'static str, id: &'a str) -> Result<&'a str, ComposeError> {
    check_line(field, id)?;
    let bare = id
        .strip_prefix('<')
        .and_then(|id| id.strip_suffix('>'))
        .unwrap_or(id);
    let legal = !bare.is_empty()
        && bare.len() <= ID_OCTETS
        && !bare.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>'));
    if !legal {
        return Err(ComposeError::new(
            ComposeErrorKind::InvalidId,
            field,
            "expected an id of the form left@right",
        ));
    }
    Ok(bare)
}

/// An id that this message gives itself: that one follows the grammar (RFC 5322, 3.6.4).
pub(super) fn check_own_id<'a>(field: &'static str, id: &'a str) -> Result<&'a str, ComposeError> {
    let bare = check_id(field, id)?;
    let legal = bare.is_ascii()
        && bare
            .split_once('@')
            .is_some_and(|(left, right)| is_dot_atom(left) && is_domain(right));
    if !legal {
        return Err(ComposeError::new(
            ComposeErrorKind::InvalidId,
            field,
            "expected an id of the form left@right",
        ));
    }
    Ok(bare)
}

/// `bcharsnospace` and spaces, not at the end (RFC 2046, 5.1.1).
pub(super) fn check_boundary(boundary: &str) -> Result<(), ComposeError> {
    check_line("boundary", boundary)?;
    let legal = (1..=BOUNDARY_OCTETS).contains(&boundary.len())
        && !boundary.ends_with(' ')
        && boundary
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&b));
    if !legal {
        return Err(ComposeError::new(
            ComposeErrorKind::InvalidBoundary,
            "boundary",
            "expected 1 to 70 letters, digits or '()+_,-./:=? (RFC 2046 5.1.1)",
        ));
    }
    Ok(())
}

/// `type/subtype` (RFC 2045, 5.1) of a leaf or of a message.
pub(super) fn check_media_type(media_type: &str) -> Result<(), ComposeError> {
    check_line("media type", media_type)?;
    let legal = media_type.len() <= 127
        && media_type.split_once('/').is_some_and(|(kind, subtype)| {
            is_token(kind)
                && is_token(subtype)
                && !kind.eq_ignore_ascii_case("multipart")
                && (!kind.eq_ignore_ascii_case("message") || subtype.eq_ignore_ascii_case("rfc822"))
        });
    if !legal {
        return Err(ComposeError::new(
            ComposeErrorKind::InvalidMediaType,
            "media type",
            "expected type/subtype of a leaf or message/rfc822",
        ));
    }
    Ok(())
}

/// A filename that fits on one line.
pub(super) fn check_filename(filename: &str) -> Result<(), ComposeError> {
    check_line("filename", filename)?;
    if filename.len() > FILENAME_OCTETS {
        return Err(ComposeError::new(
            ComposeErrorKind::TooLarge,
            "filename",
            "expected at most 255 octets",
        ));
    }
    Ok(())
}

/// `atext` (RFC 5322, 3.2.3), with UTF-8 (RFC 6532).
pub(super) fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || "!#$%&'*+-/=?^_`{|}~".contains(c)
        || (!c.is_ascii() && !c.is_control() && !c.is_whitespace())
}

fn is_local_part(local: &str) -> bool {
    if let Some(quoted) = local.strip_prefix('"').and_then(|l| l.strip_suffix('"')) {
        return is_quoted_content(quoted);
    }
    is_dot_atom(local)
}

/// The inside of a quoted string: every quote and backslash is behind a backslash.
fn is_quoted_content(text: &str) -> bool {
    let mut escaped = false;
    for c in text.chars() {
        if c.is_control() {
            return false;
        }
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return false,
            _ => {}
        }
    }
    !escaped
}

fn is_domain(domain: &str) -> bool {
    if let Some(literal) = domain.strip_prefix('[').and_then(|d| d.strip_suffix(']')) {
        return !literal.is_empty()
            && literal
                .bytes()
                .all(|b| b.is_ascii_graphic() && !b"[]\\".contains(&b));
    }
    is_dot_atom(domain)
}

fn is_dot_atom(text: &str) -> bool {
    text.split('.')
        .all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::{check_address, check_boundary, check_id, check_media_type, check_own_id};
    use crate::ComposeErrorKind;

    #[test]
    fn addresses_follow_the_grammar() {
        for legal in [
            "a@b",
            "a.b+c@d.example",
            "\"a b\\\"@\"@d",
            "a@[192.0.2.1]",
            "jürgen@exämple.org",
        ] {
            assert!(check_address("To", legal).is_ok(), "{legal}");
        }
        for illegal in [
            "", "a", "@b", "a@", "a..b@c", "a b@c", "a@b>", "<a@b>", "a@b,c@d", "\"a@b", "a@b.",
            "\"\\\"@b",
        ] {
            assert!(check_address("To", illegal).is_err(), "{illegal}");
        }
    }

    #[test]
    fn line_breaks_and_nul_are_injection_before_they_are_anything_else() {
        for value in ["a@b\r\nBcc: x@y", "a@b\n", "\0a@b"] {
            let kinds = [
                check_address("To", value).map_err(|e| e.kind()),
                check_id("References", value)
                    .map(|_| ())
                    .map_err(|e| e.kind()),
                check_boundary(value).map_err(|e| e.kind()),
                check_media_type(value).map_err(|e| e.kind()),
            ];
            assert_eq!(
                kinds,
                [Err(ComposeErrorKind::HeaderInjection); 4],
                "{value:?}"
            );
        }
    }

    #[test]
    fn ids_lose_their_brackets() {
        assert_eq!(check_id("Supersedes", "<a@b>").ok(), Some("a@b"));
        assert_eq!(check_id("Supersedes", "a@b").ok(), Some("a@b"));
        for illegal in ["", "<>", "<a@b", "a b@c", "a@b> <c@d"] {
            assert!(check_id("Supersedes", illegal).is_err(), "{illegal}");
        }
        assert_eq!(
            check_own_id("Message-ID", "<a.b@[c]>").ok(),
            Some("a.b@[c]")
        );
        for illegal in ["no-domain", "@c", "a@", "a..b@c", "a@b@c", "\"a\"@c", "ü@c"] {
            assert!(check_own_id("Message-ID", illegal).is_err(), "{illegal}");
        }
    }

    #[test]
    fn boundaries_are_at_most_70_octets() {
        assert!(check_boundary(&"b".repeat(70)).is_ok());
        for illegal in ["", "ends ", "semi;colon", "qu\"ote", "ü"] {
            assert!(check_boundary(illegal).is_err(), "{illegal}");
        }
        assert!(check_boundary(&"b".repeat(71)).is_err());
    }
}
