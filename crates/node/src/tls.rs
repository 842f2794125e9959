//! TLS by certificate files, read again when they change.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

use crate::config::TlsFiles;
use crate::error::{Error, ErrorKind};

/// The certificate that new connections are shown.
pub(crate) struct Identity {
    files: TlsFiles,
    current: RwLock<(Arc<CertifiedKey>, Stamp)>,
}

/// When the two files were last written.
type Stamp = [Option<SystemTime>; 2];

impl Identity {
    pub(crate) fn load(files: TlsFiles) -> Result<Arc<Self>, Error> {
        let current = (read(&files)?, stamp(&files));
        Ok(Arc::new(Self {
            files,
            current: RwLock::new(current),
        }))
    }

    /// Reads the files again. When that fails, the certificate in use stays.
    pub(crate) fn reload(&self) -> Result<(), Error> {
        let fresh = (read(&self.files)?, stamp(&self.files));
        *self.write() = fresh;
        Ok(())
    }

    /// Reads the files again if they were written since.
    pub(crate) fn reload_if_changed(&self) -> Result<(), Error> {
        let known = self
            .current
            .read()
            .unwrap_or_else(|held| held.into_inner())
            .1;
        if stamp(&self.files) == known {
            return Ok(());
        }
        self.reload()
    }

    /// What turns connections into TLS ones. HTTP/2 is offered before HTTP/1.1.
    pub(crate) fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|cause| Error::new(ErrorKind::Tls, "no TLS to be had").with_source(cause))?
            .with_no_client_auth()
            .with_cert_resolver(self.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, (Arc<CertifiedKey>, Stamp)> {
        self.current
            .write()
            .unwrap_or_else(|held| held.into_inner())
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read().unwrap_or_else(|held| held.into_inner());
        Some(current.0.clone())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

fn read(files: &TlsFiles) -> Result<Arc<CertifiedKey>, Error> {
    let wrong = |path: &Path, what: &str| {
        Error::new(
            ErrorKind::Tls,
            format!("expected {what} in {}", path.display()),
        )
    };
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|cause| wrong(&files.certificate, "certificates, PEM").with_source(cause))?;
    if chain.is_empty() {
        return Err(wrong(&files.certificate, "certificates, PEM"));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|cause| wrong(&files.key, "a private key, PEM").with_source(cause))?;
    CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())
        .map(Arc::new)
        .map_err(|cause| wrong(&files.key, "the key of the certificate").with_source(cause))
}

fn stamp(files: &TlsFiles) -> Stamp {
    [&files.certificate, &files.key].map(|path| path.metadata().and_then(|m| m.modified()).ok())
}
