use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::{Endpoint, Error, ErrorKind, Folder, Tls};

/// The name of a mailbox: which transport, where, whose.
///
/// | form | transport |
/// |---|---|
/// | `local:DIR?as=ADDRESS` | the embedded store in `DIR`; without `DIR` the caller's default folder |
/// | `imaps://USER@HOST:993?smtp=smtps://HOST:465` | any mail server, TLS from the first octet |
/// | `imap://USER@HOST:143?smtp=smtp://HOST:587` | the same with STARTTLS, or plain text to this machine |
/// | `jmap+https://USER@HOST[:PORT][/SESSION]` | a JMAP server; `jmap+http:` on this machine only |
/// | `resend://DOMAIN?from=ADDRESS` | the mail service Resend; the password is its API key |
/// | `asmtp+https://HOST[:PORT][/BASE]?as=@OWNER.NAME` | an ASMTP operator; `asmtp+http:` on this machine only |
///
/// The handles of an operator are addresses of its host; `mail-domain=` names another domain.
///
/// The parameters of the mail server forms, all optional:
///
/// | parameter | means | default |
/// |---|---|---|
/// | `smtp` | the server that sends, `smtps:` or `smtp:` | the same host, port 465 or 587 |
/// | `smtp-user` | the user there | `USER` |
/// | `from` | the author address | `USER` when it is an address |
/// | `folder` | the folder that is the inbox | `INBOX` |
/// | `starttls=true` | STARTTLS even to this machine | plain text to this machine |
/// | `annotate=true` | set `$hasStructuredData` and `$MRM` on messages that lack them | off |
/// | `append-sent=true` | keep a copy of what is sent in `Sent` | off |
///
/// The JMAP form takes `from`, `folder` and `append-sent` of these. Without `USER` the password is sent
/// as a bearer token; without a path the session resource is looked for where RFC 8620 2.2 says.
///
/// The Resend form takes `api`, the base URL of the API when it is not the service's own: `https`, or
/// `http` to this machine.
///
/// A URL never holds a password: one that does is refused. Characters with a meaning in URLs are
/// percent-encoded; `+` is itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxUrl {
    text: String,
    target: Target,
}

/// What a [`MailboxUrl`] points at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// The embedded store.
    Local {
        /// The folder of the store, or `None` for the caller's default.
        dir: Option<PathBuf>,
        /// Whose mailbox.
        address: String,
    },
    /// A mail server.
    SmtpImap(ServerTarget),
    /// A JMAP server.
    Jmap(JmapTarget),
    /// A domain at Resend.
    Resend(ResendTarget),
    /// An ASMTP operator.
    Asmtp(OperatorTarget),
}

/// A mailbox on a JMAP server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JmapTarget {
    /// Where the server is: an `https` URL, or an `http` URL of this machine.
    pub server: String,
    /// The user there, or `None` when a bearer token says who it is.
    pub user: Option<String>,
    /// The author address.
    pub from: String,
    /// The folder that is the inbox.
    pub folder: Folder,
    /// Whether to keep a copy of what is sent.
    pub append_sent: bool,
}

/// The mail of a domain at Resend.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResendTarget {
    /// The domain whose mail is the inbox.
    pub domain: String,
    /// The author address.
    pub from: String,
    /// Where the API is, or `None` when it is the service's own.
    pub api: Option<String>,
}

/// A mailbox at an ASMTP operator.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperatorTarget {
    /// Where the operator is: an `https` URL, or an `http` URL of this machine.
    pub operator: String,
    /// Whose mailbox, `@owner.name`.
    pub handle: String,
    /// The mail domain that the operator's handles belong to.
    pub mail_domain: String,
}

/// A mailbox on a mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerTarget {
    /// The server that keeps the mail.
    pub imap: Endpoint,
    /// The user there.
    pub user: String,
    /// The server that sends.
    pub smtp: Endpoint,
    /// The user there.
    pub smtp_user: String,
    /// The author address.
    pub from: String,
    /// The folder that is the inbox.
    pub folder: Folder,
    /// Whether to set the structured-email keywords on messages that lack them.
    pub annotate: bool,
    /// Whether to keep a copy of what is sent.
    pub append_sent: bool,
}

impl MailboxUrl {
    /// Reads a mailbox URL.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when it has none of the forms above or holds a password. The message
    /// never repeats the URL.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let (scheme, rest) = text
            .split_once(':')
            .ok_or_else(|| invalid("expected a URL such as local:DIR?as=ADDRESS"))?;
        let target = match scheme.to_ascii_lowercase().as_str() {
            "local" => local(rest)?,
            "imap" | "imaps" => Target::SmtpImap(server(text)?),
            "asmtp+https" | "asmtp+http" => Target::Asmtp(operator(text)?),
            "jmap+https" | "jmap+http" => Target::Jmap(jmap(text)?),
            "resend" => Target::Resend(resend(text)?),
            _ => {
                return Err(invalid(
                    "expected a URL that starts with local:, imaps:, imap:, jmap+https:, resend: or asmtp+https:",
                ));
            }
        };
        Ok(Self {
            text: text.to_owned(),
            target,
        })
    }

    /// What it points at.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Whether the mailbox cannot be opened without a password.
    #[must_use]
    pub fn needs_password(&self) -> bool {
        !matches!(self.target, Target::Local { .. })
    }

    /// The URL as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for MailboxUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for MailboxUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn local(rest: &str) -> Result<Target, Error> {
    let (dir, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut address = None;
    for (name, value) in parameters(query) {
        match name.as_str() {
            "as" => address = Some(checked_address(value?)?),
            _ => return Err(unknown(&name)),
        }
    }
    let dir = decoded(dir)?;
    Ok(Target::Local {
        dir: (!dir.is_empty()).then(|| PathBuf::from(dir)),
        address: address
            .ok_or_else(|| invalid("a local mailbox needs its address: add ?as=ADDRESS"))?,
    })
}

fn operator(text: &str) -> Result<OperatorTarget, Error> {
    let url = over_http(text)?;
    let host = url.host_str().unwrap_or_default().to_owned();
    if !url.username().is_empty() {
        return Err(invalid("whose mailbox is named by ?as=@OWNER.NAME"));
    }
    let (mut handle, mut mail_domain) = (None, host);
    for (name, value) in parameters(url.query().unwrap_or_default()) {
        match name.as_str() {
            "as" => handle = Some(checked_handle(value?)?),
            "mail-domain" => mail_domain = value?,
            _ => return Err(unknown(&name)),
        }
    }
    let mut operator = url;
    operator.set_query(None);
    operator.set_fragment(None);
    Ok(OperatorTarget {
        operator: operator.into(),
        handle: handle
            .ok_or_else(|| invalid("an ASMTP mailbox needs its handle: add ?as=@OWNER.NAME"))?,
        mail_domain,
    })
}

fn jmap(text: &str) -> Result<JmapTarget, Error> {
    let mut url = over_http(text)?;
    let user = decoded(url.username())?;
    let user = (!user.is_empty()).then_some(user);
    let (mut from, mut folder, mut append_sent) = (user.clone(), Folder::inbox(), false);
    for (name, value) in parameters(url.query().unwrap_or_default()) {
        match name.as_str() {
            "from" => from = Some(value?),
            "folder" => folder = Folder::new(value?),
            "append-sent" => append_sent = flag(&value?)?,
            _ => return Err(unknown(&name)),
        }
    }
    let from = checked_address(from.unwrap_or_default()).map_err(|_| no_author())?;
    // A URL with a host has a place for a user.
    let _ = url.set_username("");
    url.set_query(None);
    url.set_fragment(None);
    Ok(JmapTarget {
        server: url.into(),
        user,
        from,
        folder,
        append_sent,
    })
}

fn resend(text: &str) -> Result<ResendTarget, Error> {
    let url = parsed(text)?;
    let domain = url.host_str().unwrap_or_default().to_ascii_lowercase();
    let is_bare = url.username().is_empty() && url.port().is_none() && url.fragment().is_none();
    let is_name = |octet: u8| octet.is_ascii_alphanumeric() || b".-".contains(&octet);
    if !is_bare || !matches!(url.path(), "" | "/") || !domain.bytes().all(is_name) {
        return Err(invalid("expected resend://DOMAIN?from=ADDRESS"));
    }
    if domain.is_empty() {
        return Err(invalid("the URL names no domain"));
    }
    let (mut from, mut api) = (String::new(), None);
    for (name, value) in parameters(url.query().unwrap_or_default()) {
        match name.as_str() {
            "from" => from = value?,
            "api" => api = Some(over_http_alone(&value?)?.into()),
            _ => return Err(unknown(&name)),
        }
    }
    Ok(ResendTarget {
        domain,
        from: checked_address(from).map_err(|_| no_author())?,
        api,
    })
}

/// The URL behind `asmtp+` or `jmap+`, which has no meaning of its own.
fn over_http(text: &str) -> Result<Url, Error> {
    let (_, url) = text.split_once('+').unwrap_or_default();
    over_http_alone(url)
}

/// An `https` URL, or an `http` URL of this machine.
fn over_http_alone(text: &str) -> Result<Url, Error> {
    let url = parsed(text)?;
    let host = url.host_str().unwrap_or_default();
    let endpoint = Endpoint {
        host: host.trim_matches(['[', ']']).to_owned(),
        port: url.port_or_known_default().unwrap_or_default(),
        tls: Tls::Plain,
    };
    match url.scheme() {
        "http" if !endpoint.is_loopback() => {
            Err(invalid("expected https to a server on another machine"))
        }
        "https" | "http" => Ok(url),
        _ => Err(invalid("expected an https URL")),
    }
}

fn no_author() -> Error {
    invalid("the author is no address: name it by ?from=ADDRESS, local@domain")
}

fn server(text: &str) -> Result<ServerTarget, Error> {
    let url = parsed(text)?;
    let user = decoded(url.username())?;
    if user.is_empty() {
        return Err(invalid("the URL names no user: expected imaps://USER@HOST"));
    }
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(invalid(
            "a mail server URL has no path; name a folder by ?folder=",
        ));
    }
    let (mut smtp, mut smtp_user, mut from, mut folder) = (None, None, None, Folder::inbox());
    let (mut starttls, mut annotate, mut append_sent) = (false, false, false);
    for (name, value) in parameters(url.query().unwrap_or_default()) {
        match name.as_str() {
            "smtp" => smtp = Some(value?),
            "smtp-user" => smtp_user = Some(value?),
            "from" => from = Some(value?),
            "folder" => folder = Folder::new(value?),
            "starttls" => starttls = flag(&value?)?,
            "annotate" => annotate = flag(&value?)?,
            "append-sent" => append_sent = flag(&value?)?,
            _ => return Err(unknown(&name)),
        }
    }
    let imap = endpoint(&url, ["imaps", "imap"], [993, 143], starttls)?;
    let smtp = match smtp {
        Some(text) => sender(&text, starttls)?,
        None => {
            let port = if imap.tls == Tls::Implicit { 465 } else { 587 };
            Endpoint {
                port,
                ..imap.clone()
            }
        }
    };
    let from = checked_address(from.unwrap_or_else(|| user.clone())).map_err(|_| no_author())?;
    let smtp_user = smtp_user.unwrap_or_else(|| user.clone());
    Ok(ServerTarget {
        imap,
        user,
        smtp,
        smtp_user,
        from,
        folder,
        annotate,
        append_sent,
    })
}

fn sender(text: &str, starttls: bool) -> Result<Endpoint, Error> {
    let url = parsed(text)?;
    if !url.username().is_empty() {
        return Err(invalid(
            "the user of the SMTP server is named by smtp-user=",
        ));
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(invalid(
            "the smtp parameter is a host and a port: smtps://HOST:465",
        ));
    }
    endpoint(&url, ["smtps", "smtp"], [465, 587], starttls)
}

/// A URL with an authority and no password in it.
fn parsed(text: &str) -> Result<Url, Error> {
    // The parser's own error stays out: it could be asked to show its input.
    let url =
        Url::parse(text).map_err(|_| invalid("expected a URL of the form SCHEME://HOST:PORT"))?;
    if url.password().is_some() {
        return Err(invalid(
            "a mailbox URL must not hold a password: it would end in logs and process lists; \
             hand it over apart from the URL",
        ));
    }
    Ok(url)
}

fn endpoint(
    url: &Url,
    [implicit, explicit]: [&str; 2],
    [implicit_port, explicit_port]: [u16; 2],
    starttls: bool,
) -> Result<Endpoint, Error> {
    let host = decoded(url.host_str().unwrap_or_default())?;
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(&host);
    if host.is_empty() || host.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(invalid("the URL names no host"));
    }
    let at = |port, tls| Endpoint {
        host: host.to_owned(),
        port: url.port().unwrap_or(port),
        tls,
    };
    if url.scheme() == implicit {
        return Ok(at(implicit_port, Tls::Implicit));
    }
    if url.scheme() != explicit {
        return Err(invalid(
            "expected smtps: or smtp: as the sending server, imaps: or imap: as the other",
        ));
    }
    let endpoint = at(explicit_port, Tls::StartTls);
    let plain = endpoint.is_loopback() && !starttls;
    Ok(if plain {
        Endpoint {
            tls: Tls::Plain,
            ..endpoint
        }
    } else {
        endpoint
    })
}

/// The parameters of a query. `+` is kept: it is common in addresses, and nobody writes a form.
fn parameters(query: &str) -> impl Iterator<Item = (String, Result<String, Error>)> {
    query
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            (name.to_owned(), decoded(value))
        })
}

fn decoded(text: &str) -> Result<String, Error> {
    match percent_decode_str(text).decode_utf8() {
        Ok(text) if !text.contains('\0') => Ok(text.into_owned()),
        _ => Err(invalid("the URL decodes to something that is not text")),
    }
}

fn flag(value: &str) -> Result<bool, Error> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(invalid(
            "expected true or false as the value of a switch in the URL",
        )),
    }
}

fn checked_address(address: String) -> Result<String, Error> {
    let is_plain = !address
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || "<>,".contains(c));
    match address.rsplit_once('@') {
        Some((local, domain)) if is_plain && !local.is_empty() && !domain.is_empty() => Ok(address),
        _ => Err(invalid(
            "expected an address of the form local@domain in the URL",
        )),
    }
}

/// `@owner.name` (ASMTP 1). Only the transport, which may not be built in, knows all of the grammar.
fn checked_handle(handle: String) -> Result<String, Error> {
    let labels = handle
        .strip_prefix('@')
        .and_then(|text| text.split_once('.'));
    let is_label = |label: &str| {
        let is_legal = |octet: u8| matches!(octet, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        !label.is_empty() && label.bytes().all(is_legal)
    };
    match labels {
        Some((owner, name)) if is_label(owner) && is_label(name) => Ok(handle),
        _ => Err(invalid(
            "expected a handle of the form @owner.name in the URL",
        )),
    }
}

fn unknown(name: &str) -> Error {
    let name: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .take(16)
        .collect();
    invalid(format!("the URL has an unknown parameter `{name}`"))
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, message)
}
