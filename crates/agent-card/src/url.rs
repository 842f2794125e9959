//! As much of RFC 3986 as it takes to tell a usable address from another text.

/// An absolute URL or a `host:port`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// `https://` with a host.
    Https,
    /// `http://` with a host, which is meant for tests.
    Http,
    /// Another absolute URI.
    Other,
    /// `host:port` without a scheme.
    HostPort,
}

impl Address {
    /// What a text is, or None when it is no address.
    pub(crate) fn of(text: &str) -> Option<Self> {
        if !text.bytes().all(is_uri_octet) {
            return None;
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return match text.rsplit_once(':') {
                Some((host, port)) if is_host(host) && is_port(port) => Some(Self::HostPort),
                // Such as `urn:x` or `dns:///x`.
                _ => text
                    .split_once(':')
                    .is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty())
                    .then_some(Self::Other),
            };
        };
        let web = match scheme.to_ascii_lowercase().as_str() {
            "https" => Self::Https,
            "http" => Self::Http,
            _ => return is_scheme(scheme).then_some(Self::Other),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        is_authority(authority).then_some(web)
    }
}

fn is_authority(authority: &str) -> bool {
    let host_and_port = match authority.rsplit_once(':') {
        // The colons in brackets belong to an address of IPv6.
        Some((host, port)) if !port.ends_with(']') => Some((host, port)),
        _ => None,
    };
    match host_and_port {
        Some((host, port)) => is_host(host) && (port.is_empty() || is_port(port)),
        None => is_host(authority),
    }
}

/// A name, an address of IPv4, or one of IPv6 in brackets. No user in front of it.
fn is_host(host: &str) -> bool {
    match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').is_some_and(|address| {
            !address.is_empty()
                && address
                    .bytes()
                    .all(|o| o.is_ascii_hexdigit() || b":.".contains(&o))
        }),
        None => {
            !host.is_empty()
                && host
                    .bytes()
                    .all(|o| o.is_ascii_alphanumeric() || b"-._~%".contains(&o))
        }
    }
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|octet| octet.is_ascii_digit()) && port.parse::<u16>().is_ok()
}

/// RFC 3986 3.1.
fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet))
}

/// What RFC 3986 lets stand in a URI; anything else has to be percent-encoded.
fn is_uri_octet(octet: u8) -> bool {
    octet.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&octet)
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn addresses_are_told_apart() {
        for (text, address) in [
            ("https://a.example", Some(Address::Https)),
            ("HTTPS://a.example:8443/a2a?x=1#y", Some(Address::Https)),
            ("https://[2001:db8::1]/", Some(Address::Https)),
            ("https://[2001:db8::1]:443/", Some(Address::Https)),
            ("http://localhost:8080/", Some(Address::Http)),
            ("grpcs://a.example:443", Some(Address::Other)),
            ("urn:example:binding", Some(Address::Other)),
            ("dns:///a.example", Some(Address::Other)),
            ("a.example:443", Some(Address::HostPort)),
            ("[::1]:443", Some(Address::HostPort)),
            ("", None),
            ("/a2a", None),
            ("a.example", None),
            ("https://", None),
            ("https:///a2a", None),
            ("https://user@a.example/", None),
            ("https://a.example:99999/", None),
            ("https://a.example/ b", None),
            ("https://ä.example/", None),
            ("://a.example", None),
        ] {
            assert_eq!(Address::of(text), address, "{text}");
        }
    }
}
