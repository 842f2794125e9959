use std::path::{Path, PathBuf};

use secrecy::SecretString;

#[cfg(feature = "local")]
use crate::transport::local::LocalTransport;
#[cfg(feature = "smtp-imap")]
use crate::transport::smtp_imap::{Config, SmtpImapTransport};
use crate::{AgentMailbox, Error, ErrorKind, MailboxUrl, ServerTarget, Target, Transport};

/// What a mailbox URL leaves out: secrets, and what belongs to the machine.
///
/// Its `Debug` shows no password.
#[derive(Clone, Debug, Default)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Credentials::default()`
pub struct Credentials {
    /// The password or token.
    pub password: Option<SecretString>,
    /// Further trust roots, a PEM file. The platform's roots stay in force.
    pub ca_file: Option<PathBuf>,
    /// The folder of a `local:` URL that names none.
    pub data_dir: Option<PathBuf>,
}

impl AgentMailbox {
    /// Opens the mailbox a URL names.
    ///
    /// # Errors
    ///
    /// As [`connect`].
    pub async fn connect(url: &MailboxUrl, credentials: Credentials) -> Result<Self, Error> {
        connect(url, credentials).await.map(Self::new)
    }
}

/// Opens the transport a mailbox URL names. A server is reached on the first call that needs it.
///
/// # Errors
///
/// [`ErrorKind::Unsupported`] when this build lacks the transport; [`ErrorKind::Invalid`] when a
/// password or folder is missing or the PEM file cannot be read; else what the transport says.
pub async fn connect(
    url: &MailboxUrl,
    credentials: Credentials,
) -> Result<Box<dyn Transport>, Error> {
    match url.target() {
        Target::Local { dir, address } => local(dir.as_deref(), address, credentials).await,
        Target::SmtpImap(server) => smtp_imap(server, credentials),
    }
}

#[cfg(feature = "local")]
async fn local(
    dir: Option<&Path>,
    address: &str,
    credentials: Credentials,
) -> Result<Box<dyn Transport>, Error> {
    let Some(dir) = dir.or(credentials.data_dir.as_deref()) else {
        let message = "the URL names no folder: expected local:DIR?as=ADDRESS";
        return Err(Error::new(ErrorKind::Invalid, message));
    };
    Ok(Box::new(LocalTransport::open(dir, address).await?))
}

#[cfg(not(feature = "local"))]
async fn local(_: Option<&Path>, _: &str, _: Credentials) -> Result<Box<dyn Transport>, Error> {
    Err(not_built("local"))
}

#[cfg(feature = "smtp-imap")]
fn smtp_imap(server: &ServerTarget, credentials: Credentials) -> Result<Box<dyn Transport>, Error> {
    let Some(password) = credentials.password else {
        return Err(Error::new(
            ErrorKind::Invalid,
            "a mail server needs a password: none was given",
        ));
    };
    let (imap, smtp) = (server.imap.clone(), server.smtp.clone());
    let mut config = Config::new(imap, smtp, &server.user, &server.from, password);
    config.smtp_user = Some(server.smtp_user.clone());
    config.folder = server.folder.clone();
    config.annotate = server.annotate;
    config.append_sent = server.append_sent;
    if let Some(file) = credentials.ca_file {
        config.extra_roots = std::fs::read(file).map_err(|error| {
            let message = "the file of further trust roots cannot be read";
            Error::new(ErrorKind::Invalid, message).with_source(error)
        })?;
    }
    Ok(Box::new(SmtpImapTransport::new(config)?))
}

#[cfg(not(feature = "smtp-imap"))]
fn smtp_imap(_: &ServerTarget, _: Credentials) -> Result<Box<dyn Transport>, Error> {
    Err(not_built("smtp-imap"))
}

#[cfg(not(all(feature = "local", feature = "smtp-imap")))]
fn not_built(feature: &str) -> Error {
    let message = format!("this build has no such transport: it needs the feature `{feature}`");
    Error::new(ErrorKind::Unsupported, message)
}
