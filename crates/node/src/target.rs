//! What a request line and a `Host` may look like, checked before any work is done (section 19).

use asmtp_envelope::Code;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, Version};

use crate::refusal::Refusal;

/// The longest path, in octets.
const PATH: usize = 2_048;
/// The longest query, in octets: a hundred envelope ids and a cursor fit four times.
const QUERY: usize = 16 << 10;

/// Checks where a request goes to. `path` is that of the target, as its door reads it.
///
/// # Errors
///
/// With `BAD_REQUEST` for a missing, repeated or malformed host, a bad percent escape and a target
/// that is too long; with `NOT_FOUND` for empty, `.` and `..` segments, which another server may
/// read as another path.
pub(crate) fn check(
    path: &str,
    uri: &Uri,
    version: Version,
    headers: &HeaderMap,
) -> Result<(), Refusal> {
    let bad = |message| Err(Refusal::new(Code::BadRequest, message));
    if !has_host(uri, version, headers) {
        return bad("expected one well-formed host");
    }
    let query = uri.query().unwrap_or_default();
    if path.len() > PATH || query.len() > QUERY {
        return bad("expected a shorter target");
    }
    if !has_sound_escapes(path) || !has_sound_escapes(query) {
        return bad("expected two hexadecimal digits after each percent sign");
    }
    let Some(path) = path.strip_prefix('/') else {
        return bad("expected a path that begins with a slash");
    };
    let is_odd = |segment: &str| matches!(segment, "" | "." | "..");
    if !path.is_empty() && path.split('/').any(is_odd) {
        return Err(Refusal::not_found());
    }
    Ok(())
}

fn has_host(uri: &Uri, version: Version, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let is_host = |text: &str| {
        let authority: Option<Authority> = text.parse().ok();
        authority.is_some_and(|authority| !authority.host().is_empty() && !text.contains('@'))
    };
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().is_ok_and(is_host),
        // HTTP/2 has its host in the target.
        (None, _) => version == Version::HTTP_2 && uri.authority().is_some(),
        (Some(_), Some(_)) => false,
    }
}

/// Whether each percent sign begins an escape.
fn has_sound_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes().take(2);
        digits.len() == 2 && digits.all(|octet| octet.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(target: &'static str, hosts: &[&'static str]) -> Option<Code> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, host.parse().unwrap());
        }
        let target = Uri::from_static(target);
        let checked = check(target.path(), &target, Version::HTTP_11, &headers);
        checked.err().and_then(|refusal| refusal.code())
    }

    #[test]
    fn paths_mean_one_thing() {
        for sound in ["/", "/mailbox", "/messages/%ff", "/a.b/..c", "/x?q=%25%25"] {
            assert_eq!(checked(sound, &["h"]), None, "{sound}");
        }
        for odd in ["//mailbox", "/mailbox/", "/a/../b", "/./a", "/a/."] {
            assert_eq!(checked(odd, &["h"]), Some(Code::NotFound), "{odd}");
        }
        for bad in ["/messages/%ZZ", "/a%", "/a%4", "/a?q=%zz"] {
            assert_eq!(checked(bad, &["h"]), Some(Code::BadRequest), "{bad}");
        }
    }

    #[test]
    fn there_is_one_host() {
        assert_eq!(checked("/", &["mail.example:8080"]), None);
        assert_eq!(checked("/", &["[::1]:80"]), None);
        for hosts in [&[][..], &["a", "b"], &["a b"], &[""], &["u@h"], &["a/b"]] {
            assert_eq!(checked("/", hosts), Some(Code::BadRequest), "{hosts:?}");
        }
    }
}
