//! What everything that speaks HTTP has in common.

use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::{Certificate, Client, Response, redirect};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{Endpoint, Error, ErrorKind, Tls};

/// The URL of a server, whose path ends with a slash. `what` is what the server is to the caller, such
/// as `the operator`.
#[cfg(any(feature = "asmtp", feature = "context", feature = "resend"))]
pub(crate) fn base(text: &str, what: &str) -> Result<Url, Error> {
    let expected = |expected: &str| {
        let message = format!("expected {expected} as the URL of {what}");
        Error::new(ErrorKind::Invalid, message)
    };
    let mut url = Url::parse(text).map_err(|_| expected("https://HOST[:PORT][/BASE]"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(expected("one without user and password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(expected("one without a query"));
    }
    if !is_protected(&url) {
        return Err(expected("https, or http to this machine,"));
    }
    let path = format!("{}/", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

/// A client that follows no redirect, which could carry a secret elsewhere, and trusts further roots,
/// in PEM, beside those of this machine.
pub(crate) fn client(
    base: &Url,
    extra_roots: &[u8],
    connect_timeout: Duration,
) -> Result<Client, Error> {
    let invalid = |message: &str, error: reqwest::Error| {
        Error::new(ErrorKind::Invalid, message).with_source(error.without_url())
    };
    let roots = Certificate::from_pem_bundle(extra_roots)
        .map_err(|error| invalid("the further trust roots are not PEM", error))?;
    let mut builder = Client::builder()
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(connect_timeout);
    if !roots.is_empty() {
        builder = builder.tls_certs_merge(roots);
    }
    if base.scheme() == "http" {
        // A proxy would carry the secret off this machine.
        builder = builder.no_proxy();
    }
    builder
        .build()
        .map_err(|error| invalid("the HTTP client cannot be made", error))
}

/// Whether a secret may go to this URL: by `https`, or on this machine.
pub(crate) fn is_protected(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let endpoint = Endpoint {
        host: host.trim_matches(['[', ']']).to_owned(),
        port: url.port_or_known_default().unwrap_or_default(),
        tls: Tls::Plain,
    };
    match url.scheme() {
        "https" => true,
        "http" => endpoint.is_loopback(),
        _ => false,
    }
}

/// A bearer token as the value of `Authorization`. `None` for one with a line break, which is none.
pub(crate) fn bearer(token: &SecretString) -> Option<HeaderValue> {
    secret(&format!("Bearer {}", token.expose_secret()))
}

/// A value that is not shown.
pub(crate) fn secret(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The body, or an error when it is longer than the limit.
pub(crate) async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > limit {
            return Err(Error::new(
                ErrorKind::Protocol,
                format!("expected an answer of at most {limit} octets"),
            ));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What it means that a request has no answer.
pub(crate) fn lost(error: reqwest::Error) -> Error {
    if error.is_timeout() {
        return too_late().with_source(error.without_url());
    }
    let (kind, message) = if error.is_builder() {
        (ErrorKind::Invalid, "the request cannot be written")
    } else if error.is_decode() || error.is_body() {
        (ErrorKind::Unreachable, "the answer of the server broke off")
    } else {
        (ErrorKind::Unreachable, "the server could not be reached")
    };
    Error::new(kind, message).with_source(error.without_url())
}

pub(crate) fn too_late() -> Error {
    Error::new(ErrorKind::Timeout, "the server did not answer in time")
}

/// Ends what takes too long.
pub(crate) async fn within<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::time::timeout(limit, call)
        .await
        .unwrap_or_else(|_| Err(too_late()))
}
