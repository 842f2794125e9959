use std::fmt;
use std::net::IpAddr;

/// Where a server listens and how the connection to it is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // a place: host, port, protection
pub struct Endpoint {
    /// A name or an address; IPv6 without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// The protection.
    pub tls: Tls,
}

/// How a connection is protected. Certificates are always verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // there is no fourth way
#[allow(clippy::enum_variant_names)] // STARTTLS is the name of the command
pub enum Tls {
    /// TLS from the first octet (RFC 8314 3).
    Implicit,
    /// TLS after the STARTTLS command, before anything else is said. A server without it is not
    /// used.
    StartTls,
    /// No TLS. Only for a host that [is this machine](Endpoint::is_loopback).
    Plain,
}

impl Endpoint {
    /// Whether the host is this machine by its name or address (RFC 6761 6.3).
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let name = self.host.strip_suffix('.').unwrap_or(&self.host);
        match name.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback(),
            Err(_) => name.eq_ignore_ascii_case("localhost"),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, .. } = self;
        if host.contains(':') {
            write!(f, "[{host}]:{port}")
        } else {
            write!(f, "{host}:{port}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, Tls};

    #[test]
    fn only_this_machine_is_loopback() {
        let is_loopback = |host: &str| {
            Endpoint {
                host: host.to_owned(),
                port: 143,
                tls: Tls::Plain,
            }
            .is_loopback()
        };
        for host in [
            "127.0.0.1",
            "127.8.8.8",
            "::1",
            "::ffff:127.0.0.1",
            "localhost",
            "LocalHost.",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "127.0.0.1.example",
            "localhost.example",
            "10.0.0.1",
            "0.0.0.0",
            "::",
            "127.1",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
