//! Keywords and system flags.
//!
//! Outside, system flags have the names that RFC 8621 4.1.1 gives them: `\Flagged` is
//! `$flagged`. `\Seen` is [`Summary::unread`](crate::Summary::unread), `\Deleted` is not shown.

use crate::{Error, ErrorKind};

pub(super) const SEEN: &str = "\\Seen";

const SYSTEM: [(&str, &str); 3] = [
    ("$answered", "\\Answered"),
    ("$flagged", "\\Flagged"),
    ("$draft", "\\Draft"),
];

/// The keywords among the flags of a message.
pub(super) fn keywords(flags: &[String]) -> Vec<String> {
    flags
        .iter()
        .filter_map(|flag| {
            if !flag.starts_with('\\') {
                return Some(flag.clone());
            }
            let (name, _) = SYSTEM
                .iter()
                .find(|(_, system)| flag.eq_ignore_ascii_case(system))?;
            Some((*name).to_owned())
        })
        .collect()
}

/// The flag behind a keyword.
///
/// # Errors
///
/// Invalid when it is not an atom (RFC 3501 9), so that it cannot become a system flag, a list
/// or a command.
pub(super) fn flag(keyword: &str) -> Result<&str, Error> {
    if let Some((_, system)) = SYSTEM
        .iter()
        .find(|(name, _)| keyword.eq_ignore_ascii_case(name))
    {
        return Ok(system);
    }
    let is_atom = |octet: u8| octet.is_ascii_graphic() && !b"(){%*\"\\]".contains(&octet);
    if keyword.is_empty() || keyword.len() > 128 || !keyword.bytes().all(is_atom) {
        let message = "expected a keyword of ASCII letters, digits and signs such as $ - _";
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    Ok(keyword)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_flags_have_their_jmap_names() {
        let flags = ["\\Seen", "\\flagged", "$MRM", "\\Deleted", "\\X"].map(str::to_owned);
        assert_eq!(keywords(&flags), ["$flagged", "$MRM"]);
        assert_eq!(flag("$Answered").unwrap(), "\\Answered");
    }

    #[test]
    fn a_keyword_is_an_atom() {
        assert_eq!(flag("$MRM").unwrap(), "$MRM");
        for keyword in [
            "",
            "\\Seen",
            "\\Deleted",
            "a b",
            "a)",
            "a\r\n",
            "é",
            "a*",
            "a{3}",
            "a]",
        ] {
            assert_eq!(
                flag(keyword).unwrap_err().kind(),
                ErrorKind::Invalid,
                "{keyword}"
            );
        }
    }
}
