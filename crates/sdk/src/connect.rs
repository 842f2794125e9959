use std::path::{Path, PathBuf};

use secrecy::SecretString;

#[cfg(feature = "asmtp")]
use crate::transport::asmtp::{self, AsmtpTransport};
#[cfg(feature = "jmap")]
use crate::transport::jmap::{self, JmapTransport};
#[cfg(feature = "local")]
use crate::transport::local::LocalTransport;
#[cfg(feature = "resend")]
use crate::transport::resend::{self, ResendTransport};
#[cfg(feature = "smtp-imap")]
use crate::transport::smtp_imap::{Config, SmtpImapTransport};
use crate::{
    AgentMailbox, Error, ErrorKind, JmapTarget, MailboxUrl, OperatorTarget, ResendTarget,
    ServerTarget, Target, Transport,
};

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
    /// The folder of a `local:` URL that names none. In folders below it an ASMTP mailbox keeps what
    /// it has to send, and one at Resend what was read.
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
        Target::Jmap(server) => jmap(server, credentials),
        Target::Resend(domain) => resend(domain, credentials).await,
        Target::Asmtp(operator) => asmtp(operator, credentials).await,
    }
}

#[cfg(feature = "asmtp")]
async fn asmtp(
    target: &OperatorTarget,
    credentials: Credentials,
) -> Result<Box<dyn Transport>, Error> {
    let invalid = |message: &str| Error::new(ErrorKind::Invalid, message);
    let token = credentials
        .password
        .ok_or_else(|| invalid("an operator needs a token: none was given"))?;
    let folder = credentials
        .data_dir
        .ok_or_else(|| invalid("no folder was given for envelopes that are not sent yet"))?;
    let handle = target
        .handle
        .parse()
        .map_err(|_| invalid("expected a handle whose labels have 64 octets at most"))?;
    let domain = target
        .mail_domain
        .parse()
        .map_err(|_| invalid("the host is no mail domain: name one by mail-domain="))?;
    let state = folder.join("asmtp").join(folder_name(target));
    let mut config = asmtp::Config::new(&target.operator, handle, domain, token, state);
    config.extra_roots = extra_roots(credentials.ca_file.as_deref())?;
    Ok(Box::new(AsmtpTransport::open(config).await?))
}

/// One segment for each mailbox at each operator.
#[cfg(feature = "asmtp")]
fn folder_name(target: &OperatorTarget) -> String {
    segment(&format!("{} {}", target.handle, target.operator))
}

#[cfg(not(feature = "asmtp"))]
async fn asmtp(_: &OperatorTarget, _: Credentials) -> Result<Box<dyn Transport>, Error> {
    Err(not_built("asmtp"))
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
    config.extra_roots = extra_roots(credentials.ca_file.as_deref())?;
    Ok(Box::new(SmtpImapTransport::new(config)?))
}

#[cfg(feature = "jmap")]
fn jmap(target: &JmapTarget, credentials: Credentials) -> Result<Box<dyn Transport>, Error> {
    let Some(password) = credentials.password else {
        let message = "a mail server needs a password: none was given";
        return Err(Error::new(ErrorKind::Invalid, message));
    };
    let (user, from) = (target.user.clone(), &target.from);
    let mut config = jmap::Config::new(&target.server, user, from, password);
    config.folder = target.folder.clone();
    config.append_sent = target.append_sent;
    config.extra_roots = extra_roots(credentials.ca_file.as_deref())?;
    Ok(Box::new(JmapTransport::new(config)?))
}

#[cfg(not(feature = "jmap"))]
fn jmap(_: &JmapTarget, _: Credentials) -> Result<Box<dyn Transport>, Error> {
    Err(not_built("jmap"))
}

#[cfg(feature = "resend")]
async fn resend(
    target: &ResendTarget,
    credentials: Credentials,
) -> Result<Box<dyn Transport>, Error> {
    let invalid = |message: &str| Error::new(ErrorKind::Invalid, message);
    let key = credentials
        .password
        .ok_or_else(|| invalid("the mail service needs an API key: none was given"))?;
    let folder = credentials
        .data_dir
        .ok_or_else(|| invalid("no folder was given for what the service does not keep"))?;
    let api = target.api.as_deref().unwrap_or(resend::Config::API);
    let name = segment(&format!("{} {} {api}", target.domain, target.from));
    let state = folder.join("resend").join(name);
    let mut config = resend::Config::new(&target.domain, &target.from, key, state);
    config.api = api.to_owned();
    config.extra_roots = extra_roots(credentials.ca_file.as_deref())?;
    Ok(Box::new(ResendTransport::open(config).await?))
}

#[cfg(not(feature = "resend"))]
async fn resend(_: &ResendTarget, _: Credentials) -> Result<Box<dyn Transport>, Error> {
    Err(not_built("resend"))
}

/// A text as the name of a folder.
#[cfg(any(feature = "asmtp", feature = "resend"))]
fn segment(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[cfg(any(
    feature = "asmtp",
    feature = "jmap",
    feature = "resend",
    feature = "smtp-imap"
))]
fn extra_roots(file: Option<&Path>) -> Result<Vec<u8>, Error> {
    let read = file.map(std::fs::read).transpose();
    let read = read.map_err(|error| {
        let message = "the file of further trust roots cannot be read";
        Error::new(ErrorKind::Invalid, message).with_source(error)
    });
    Ok(read?.unwrap_or_default())
}

#[cfg(not(feature = "smtp-imap"))]
fn smtp_imap(_: &ServerTarget, _: Credentials) -> Result<Box<dyn Transport>, Error> {
    Err(not_built("smtp-imap"))
}

#[cfg(not(all(
    feature = "asmtp",
    feature = "jmap",
    feature = "local",
    feature = "resend",
    feature = "smtp-imap"
)))]
fn not_built(feature: &str) -> Error {
    let message = format!("this build has no such transport: it needs the feature `{feature}`");
    Error::new(ErrorKind::Unsupported, message)
}
