use structured_email::json::check;
use structured_email::{Limits, ProblemKind};

use super::peer_value;

/// The JSON reader agrees with `serde_json`, except where it is stricter on purpose.
pub fn json(octets: &[u8]) {
    let verdict = check(octets, &Limits::default());
    let text = octets.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(octets);
    let Some(theirs) = peer_value(text) else {
        return;
    };
    match verdict {
        Ok(facts) => {
            assert!(
                theirs.is_ok(),
                "accepted what another reader refuses: {theirs:?}"
            );
            assert_eq!(facts.byte_order_mark, text.len() < octets.len());
        }
        Err(error) => {
            assert!(
                error.offset().is_none_or(|offset| offset <= octets.len()),
                "{error}"
            );
            let stricter = matches!(
                error.kind(),
                ProblemKind::DuplicateMember
                    | ProblemKind::Nul
                    | ProblemKind::NumberTooLong
                    | ProblemKind::TooDeep
                    | ProblemKind::TooLarge
            );
            assert!(
                stricter || theirs.is_err(),
                "refused what another reader accepts: {error}"
            );
        }
    }
}
