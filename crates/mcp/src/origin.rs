use std::fmt;
use std::str::FromStr;

use axum::http::Uri;

/// A web origin (RFC 6454): a scheme, a host and a port. One that is written without a port has
/// that of its scheme.
///
/// ```
/// use mailmesh_mcp::Origin;
///
/// let origin: Origin = "https://app.example".parse()?;
/// assert_eq!(origin.to_string(), "https://app.example:443");
/// # Ok::<(), mailmesh_mcp::OriginError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(String);

/// What was given is no web origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OriginError;

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let uri: Uri = text.parse().map_err(|_| OriginError)?;
        let port = match uri.scheme_str() {
            Some("http") => 80,
            Some("https") => 443,
            _ => return Err(OriginError),
        };
        let port = uri.port_u16().unwrap_or(port);
        let scheme = uri.scheme_str().unwrap_or_default();
        let host = uri.host().unwrap_or_default();
        // Only as a browser writes it: no user, no path.
        let written = [
            format!("{scheme}://{host}"),
            format!("{scheme}://{host}:{port}"),
        ];
        let is_origin = written.iter().any(|one| one.eq_ignore_ascii_case(text));
        is_origin
            .then(|| Self(format!("{scheme}://{host}:{port}")))
            .ok_or(OriginError)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a web origin, such as https://app.example or http://localhost:5173")
    }
}

impl std::error::Error for OriginError {}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn an_origin_has_a_port() {
        for (written, origin) in [
            ("https://app.example", "https://app.example:443"),
            ("http://app.example", "http://app.example:80"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("HTTP://[::1]:80", "http://[::1]:80"),
        ] {
            assert_eq!(written.parse::<Origin>().unwrap().to_string(), origin);
        }
    }

    #[test]
    fn nothing_but_an_origin_is_one() {
        for text in [
            "",
            "null",
            "*",
            "app.example",
            "https://",
            "https://app.example/",
            "https://app.example/page",
            "https://app.example:*",
            "https://app.example:",
            "https://app.example:66000",
            "https://user@app.example",
            "ftp://app.example",
            "https://app example",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text:?}");
        }
    }
}
