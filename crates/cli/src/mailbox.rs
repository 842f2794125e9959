//! Which mailbox a command works on, and how it is opened.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use mailmesh::{AgentMailbox, Credentials, MailboxUrl};

use crate::config::{self, Config};
use crate::exit::Failure;
use crate::password::{self, Source};

/// The variable that names the mailbox.
const VARIABLE: &str = "MAILMESH_MAILBOX";
/// The variable that names further trust roots.
const CA_VARIABLE: &str = "MAILMESH_CA_FILE";

/// The flags that name a mailbox.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Mailbox")]
pub(crate) struct MailboxArgs {
    /// The mailbox, by URL [or MAILMESH_MAILBOX]: local:DIR?as=ADDRESS,
    /// imaps://USER@HOST?smtp=smtps://HOST&from=ADDRESS, jmap+https://USER@HOST,
    /// resend://DOMAIN?from=ADDRESS, or asmtp+https://HOST?as=@OWNER.NAME
    #[arg(long, value_name = "URL", conflicts_with = "profile")]
    mailbox: Option<String>,
    /// The mailbox, by its name in the configuration file
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Further trust roots, PEM [or MAILMESH_CA_FILE]
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

/// A mailbox that was chosen, and by what.
#[derive(Debug)]
pub(crate) struct Chosen {
    /// Its URL as it was written.
    pub(crate) url: String,
    /// What named it.
    pub(crate) named_by: String,
    /// Further trust roots.
    pub(crate) ca_file: Option<PathBuf>,
    /// The password file of its profile.
    pub(crate) password_file: Option<PathBuf>,
}

/// A mailbox with everything that is needed to connect to it.
#[derive(Debug)]
pub(crate) struct Ready {
    url: MailboxUrl,
    credentials: Credentials,
    password_file: Option<PathBuf>,
}

impl MailboxArgs {
    /// The mailbox of a profile.
    pub(crate) fn of_profile(name: &str, ca_file: Option<PathBuf>) -> Self {
        Self {
            profile: Some(name.to_owned()),
            ..Self::usual(ca_file)
        }
    }

    /// The mailbox that the environment and the configuration name.
    pub(crate) fn usual(ca_file: Option<PathBuf>) -> Self {
        Self {
            ca_file,
            ..Self::default()
        }
    }

    /// The mailbox these flags, the environment and the configuration name, in this order.
    pub(crate) fn choose(&self) -> Result<Option<Chosen>, Failure> {
        // The environment's trust roots stand between the flag's and the profile's.
        let ca_file = self
            .ca_file
            .clone()
            .or_else(|| variable(CA_VARIABLE).map(PathBuf::from));
        let by_url = |url, named_by: &str| {
            let (named_by, ca_file) = (named_by.to_owned(), ca_file.clone());
            Ok(Some(Chosen {
                url,
                named_by,
                ca_file,
                password_file: None,
            }))
        };
        if let Some(url) = &self.mailbox {
            return by_url(url.clone(), "--mailbox");
        }
        if self.profile.is_none()
            && let Some(url) = variable(VARIABLE)
        {
            let url = url.into_string();
            let url = url.map_err(|_| Failure::usage(format!("{VARIABLE} is not UTF-8")))?;
            return by_url(url, VARIABLE);
        }
        let config = Config::load()?;
        let Some(name) = self.profile.as_ref().or(config.default_profile.as_ref()) else {
            return Ok(None);
        };
        let profile = config.profile(name)?;
        Ok(Some(Chosen {
            url: profile.mailbox.clone(),
            named_by: format!("profile {name}"),
            ca_file: ca_file.or_else(|| profile.ca_file.clone()),
            password_file: profile.password_file.clone(),
        }))
    }

    /// The chosen mailbox with its password, which may be asked for.
    pub(crate) fn prepare(&self) -> Result<Ready, Failure> {
        let Some(chosen) = self.choose()? else {
            return Err(none_named());
        };
        let password = Source::Usual {
            profile: chosen.password_file.as_deref(),
        };
        Ready::new(&chosen.url, chosen.ca_file, password)
    }
}

impl Ready {
    /// The mailbox at a URL; its password is looked for when it needs one.
    pub(crate) fn new(
        url: &str,
        ca_file: Option<PathBuf>,
        source: Source<'_>,
    ) -> Result<Self, Failure> {
        let url = MailboxUrl::parse(url)?;
        let password = url
            .needs_password()
            .then(|| source.find(url.as_str()))
            .transpose()?;
        let ca_file = ca_file.or_else(|| variable(CA_VARIABLE).map(PathBuf::from));
        let data_dir = Some(config::data_dir()?);
        let password_file = source.file().map(Path::to_owned);
        let credentials = Credentials {
            password,
            ca_file,
            data_dir,
        };
        Ok(Self {
            url,
            credentials,
            password_file,
        })
    }

    /// The mailbox of an address in the embedded store of a folder.
    pub(crate) fn embedded(folder: &Path, address: &str) -> Result<Self, Failure> {
        let url = MailboxUrl::parse(&format!("local:?as={address}"))?;
        let credentials = Credentials {
            data_dir: Some(folder.to_owned()),
            ..Credentials::default()
        };
        Ok(Self {
            url,
            credentials,
            password_file: None,
        })
    }

    /// What a program started from here needs in its environment, beside ours, to work on the
    /// same mailbox. A password that was typed is not handed on.
    pub(crate) fn environment(&self) -> Vec<(&'static str, OsString)> {
        let mut environment = vec![(VARIABLE, self.url.as_str().into())];
        let ca_file = self.credentials.ca_file.clone();
        environment.extend(ca_file.map(|path| (CA_VARIABLE, path.into())));
        if variable(password::FILE_VARIABLE).is_none() {
            let file = self.password_file.clone();
            environment.extend(file.map(|path| (password::FILE_VARIABLE, path.into())));
        }
        environment
    }

    /// Connects.
    pub(crate) async fn open(self) -> Result<AgentMailbox, Failure> {
        Ok(AgentMailbox::connect(&self.url, self.credentials).await?)
    }
}

/// A variable of the environment; an empty one is none.
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn none_named() -> Failure {
    Failure::usage(format!(
        "no mailbox is named; give --mailbox URL, {VARIABLE} or a profile; for the embedded one of \
         this user: --mailbox 'local:?as=YOU@EXAMPLE.ORG'"
    ))
}
