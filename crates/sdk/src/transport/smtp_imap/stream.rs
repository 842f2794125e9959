use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::{Endpoint, Error, ErrorKind, Tls};

/// A connection to a server, with TLS or, on this machine, without.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Connects, with TLS if the endpoint wants it from the first octet.
    pub(super) async fn connect(endpoint: &Endpoint, tls: &Trust) -> Result<Self, Error> {
        let stream = TcpStream::connect((endpoint.host.as_str(), endpoint.port))
            .await
            .map_err(|error| broken(&format!("expected a server at {endpoint}"), error))?;
        // Commands are small and wait for answers; losing this costs speed only.
        let _ = stream.set_nodelay(true);
        let peer = stream
            .peer_addr()
            .map_err(|error| broken("expected a connection", error))?;
        // The name may have resolved to somewhere else.
        if endpoint.tls == Tls::Plain && !peer.ip().to_canonical().is_loopback() {
            let message = "expected the plain text server on this machine";
            return Err(Error::new(ErrorKind::Refused, message));
        }
        match endpoint.tls {
            Tls::Implicit => Self::Plain(stream).secure(endpoint, tls).await,
            Tls::StartTls | Tls::Plain => Ok(Self::Plain(stream)),
        }
    }

    /// Agrees on TLS.
    pub(super) async fn secure(self, endpoint: &Endpoint, tls: &Trust) -> Result<Self, Error> {
        let Self::Plain(stream) = self else {
            return Ok(self);
        };
        let name = ServerName::try_from(endpoint.host.clone()).map_err(|error| {
            Error::new(ErrorKind::Invalid, "expected a host name or address").with_source(error)
        })?;
        let stream = tls.0.connect(name, stream).await.map_err(|error| {
            // rustls reports a certificate it does not trust as invalid data.
            let (kind, wanted) = match error.kind() {
                io::ErrorKind::InvalidData => (ErrorKind::Refused, "a certificate that is trusted"),
                _ => (ErrorKind::Unreachable, "an agreement on TLS"),
            };
            Error::new(kind, format!("expected {wanted} from {endpoint}")).with_source(error)
        })?;
        Ok(Self::Tls(Box::new(stream)))
    }

    /// Reads some octets, at least one.
    pub(super) async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let read = match self {
            Self::Plain(stream) => stream.read(buffer).await,
            Self::Tls(stream) => stream.read(buffer).await,
        };
        match read {
            Ok(0) => Err(Error::new(
                ErrorKind::Unreachable,
                "expected more, but the server closed the connection",
            )),
            Ok(count) => Ok(count),
            Err(error) => Err(broken("expected the connection to last", error)),
        }
    }

    /// Writes all octets.
    pub(super) async fn write(&mut self, octets: &[u8]) -> Result<(), Error> {
        let written = match self {
            Self::Plain(stream) => stream.write_all(octets).await,
            Self::Tls(stream) => match stream.write_all(octets).await {
                Ok(()) => stream.flush().await,
                Err(error) => Err(error),
            },
        };
        written.map_err(|error| broken("expected the connection to last", error))
    }

    /// The address of this end, as SMTP greets with.
    pub(super) fn local_address(&self) -> Option<std::net::IpAddr> {
        let stream = match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0,
        };
        stream
            .local_addr()
            .ok()
            .map(|address| address.ip().to_canonical())
    }
}

/// Whom to trust.
#[derive(Clone)]
pub(super) struct Trust(TlsConnector);

impl Trust {
    /// The roots of this machine and more in PEM.
    pub(super) fn new(extra_roots: &[u8]) -> Result<Self, Error> {
        let invalid = |error: &dyn fmt::Display| {
            Error::new(
                ErrorKind::Invalid,
                format!("expected certificates in PEM: {error}"),
            )
        };
        let roots = CertificateDer::pem_slice_iter(extra_roots)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| invalid(&error))?;
        if roots.is_empty() && !extra_roots.is_empty() {
            return Err(invalid(&"none found"));
        }
        // Named here, because a process may have none installed, or another one.
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier: Arc<dyn ServerCertVerifier> = Arc::new(
            Verifier::new_with_extra_roots(roots, Arc::clone(&provider))
                .map_err(|error| invalid(&error))?,
        );
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| invalid(&error))?
            .dangerous() // the platform's own verifier and nothing weaker
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trust")
    }
}

/// Ends a call that takes too long.
pub(super) async fn within<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::time::timeout(limit, call).await.unwrap_or_else(|_| {
        Err(Error::new(
            ErrorKind::Timeout,
            format!("expected an answer within {limit:?}"),
        ))
    })
}

fn broken(message: &str, error: io::Error) -> Error {
    Error::new(ErrorKind::Unreachable, message).with_source(error)
}
