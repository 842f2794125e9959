use std::fmt;
use std::str::FromStr;

/// Where a card came from: `https`, a host and a port (RFC 6454 4), such as
/// `https://agent.example.com`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

impl Origin {
    /// The origin of an `https` URL, whatever its path and query.
    ///
    /// # Errors
    ///
    /// [`InvalidOrigin`] when it is not `https`, names a user, or its host is not a name in ASCII
    /// or an address.
    pub fn of_url(url: &str) -> Result<Self, InvalidOrigin> {
        let rest = strip_https(url).ok_or(InvalidOrigin(()))?;
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        // A backslash is a slash to browsers and part of the host to others: refused below.
        let (authority, rest) = rest.split_at(end);
        if rest.starts_with('\\') {
            return Err(InvalidOrigin(()));
        }
        Self::of_authority(authority)
    }

    /// The origin in lower case, without the default port.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of_authority(authority: &str) -> Result<Self, InvalidOrigin> {
        let (host, port) = match authority.rsplit_once(':') {
            // The colons of an address in brackets are its own.
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (authority, ""),
        };
        if !is_host(host) {
            return Err(InvalidOrigin(()));
        }
        let mut origin = format!("https://{}", host.to_ascii_lowercase());
        if authority.len() > host.len() {
            let digits = port.bytes().all(|octet| octet.is_ascii_digit());
            let port = Some(port)
                .filter(|_| digits)
                .and_then(|port| port.parse::<u16>().ok());
            match port.ok_or(InvalidOrigin(()))? {
                443 => {}
                port => origin.extend([":", &port.to_string()]),
            }
        }
        Ok(Self(origin))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads `https://host` or `https://host:port`, with nothing after it.
impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::of_authority(strip_https(text).ok_or(InvalidOrigin(()))?)
    }
}

/// A text that is no [`Origin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidOrigin(pub(super) ());

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected https, a host in ASCII and a port, without a user")
    }
}

impl std::error::Error for InvalidOrigin {}

/// What follows the scheme, which is read in any case (RFC 3986 3.1).
fn strip_https(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_at_checked("https://".len())?;
    scheme.eq_ignore_ascii_case("https://").then_some(rest)
}

/// A name of letters, digits, `-`, `_` and dots, or an IPv6 address in brackets. `@` is in
/// neither, so there is no user.
fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        return address
            .strip_suffix(']')
            .is_some_and(|address| address.parse::<core::net::Ipv6Addr>().is_ok());
    }
    let label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet))
    };
    host.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn case_and_default_port_do_not_matter() {
        let origin: Origin = "https://agent.example.com".parse().unwrap();
        for url in [
            "https://agent.example.com",
            "HTTPS://Agent.Example.com:443/.well-known/agent-card.json",
            "https://agent.example.com?x#y",
        ] {
            assert_eq!(Origin::of_url(url).unwrap(), origin, "{url}");
        }
        let other = Origin::of_url("https://agent.example.com:8443/").unwrap();
        assert_eq!(other.as_str(), "https://agent.example.com:8443");
        let address = Origin::of_url("https://[2001:db8::1]:8443/").unwrap();
        assert_eq!(address.as_str(), "https://[2001:db8::1]:8443");
    }

    #[test]
    fn what_two_readers_could_take_for_two_hosts_is_refused() {
        for url in [
            "http://agent.example.com",
            "https://user@agent.example.com",
            "https://agent.example.com\\@evil.example",
            "https://",
            "https:///path",
            "https://a..b",
            "https://agent.example.com:",
            "https://agent.example.com:+443",
            "https://agent.example.com:65536",
            "https://caf\u{e9}.example",
            "https://[::1",
            "https://[v1.x]",
            "https://a b",
        ] {
            assert!(Origin::of_url(url).is_err(), "{url}");
        }
        assert!("https://agent.example.com/".parse::<Origin>().is_err());
    }
}
