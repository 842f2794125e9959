use std::path::PathBuf;

use secrecy::SecretString;

use crate::{AgentMailbox, Error, ErrorKind, MailboxUrl, Target, Transport};

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

/// Opens the transport a mailbox URL names.
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
        Target::Local { .. } => Err(not_built("local")),
        Target::SmtpImap(_) => Err(not_built("smtp-imap")),
    }
}

fn not_built(feature: &str) -> Error {
    let message = format!("this build has no such transport: it needs the feature `{feature}`");
    Error::new(ErrorKind::Unsupported, message)
}
