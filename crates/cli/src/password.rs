//! Where a password comes from: the environment, a file or a prompt, never an argument.

use std::env;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::exit::{Exit, Failure};
use crate::input;

/// The variable that holds the password itself.
const VARIABLE: &str = "MAILMESH_PASSWORD";
/// The variable that names a file with the password.
pub(crate) const FILE_VARIABLE: &str = "MAILMESH_PASSWORD_FILE";

/// No password is as long as this.
const LIMIT: usize = 64 << 10;

/// Where to look for the password of a mailbox.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source<'a> {
    /// The environment, then the file of the profile, then the person at the terminal.
    Usual {
        /// The file that the profile names.
        profile: Option<&'a Path>,
    },
    /// This file and nothing else.
    File(&'a Path),
    /// What was given already, else as usual without a profile.
    Given(Option<&'a SecretString>),
}

impl<'a> Source<'a> {
    /// The file it names, if any.
    pub(crate) fn file(self) -> Option<&'a Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Usual { profile } => profile,
            Self::Given(_) => None,
        }
    }

    /// The password for a mailbox, which is named to the person who is asked.
    pub(crate) fn find(self, mailbox: &str) -> Result<SecretString, Failure> {
        let profile = match self {
            Self::File(path) => return from_file(path),
            Self::Usual { profile } => profile,
            Self::Given(Some(password)) => return Ok(password.clone()),
            Self::Given(None) => None,
        };
        if let Some(password) = env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
            let password = password.into_string();
            let password =
                password.map_err(|_| Failure::usage(format!("{VARIABLE} is not UTF-8")))?;
            return Ok(password.into());
        }
        let file = env::var_os(FILE_VARIABLE)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from);
        file.as_deref()
            .or(profile)
            .map_or_else(|| prompt(mailbox), from_file)
    }
}

/// A secret that is no password: in one variable, or in the file that another names.
pub(crate) fn token(variable: &str, file_variable: &str) -> Result<Option<SecretString>, Failure> {
    let named = |name| env::var_os(name).filter(|value| !value.is_empty());
    if let Some(token) = named(variable) {
        let token = token.into_string();
        let token = token.map_err(|_| Failure::usage(format!("{variable} is not UTF-8")))?;
        return Ok(Some(token.into()));
    }
    let file = named(file_variable).map(PathBuf::from);
    file.as_deref().map(from_file).transpose()
}

/// The password in a file, without the line end that editors add.
fn from_file(path: &Path) -> Result<SecretString, Failure> {
    let text = input::read_text(path, LIMIT)?;
    let line = text
        .strip_suffix('\n')
        .map_or(&*text, |line| line.strip_suffix('\r').unwrap_or(line));
    if line.is_empty() {
        return Err(Failure::usage(format!(
            "{} holds no password",
            path.display()
        )));
    }
    Ok(line.into())
}

fn prompt(mailbox: &str) -> Result<SecretString, Failure> {
    // Standard input may be taken by the message; the terminal itself is asked.
    if !io::stderr().is_terminal() {
        let advice = format!("no password for {mailbox}; set {VARIABLE} or {FILE_VARIABLE}");
        return Err(Failure::usage(advice));
    }
    let question = format!("Password for {mailbox}: ");
    rpassword::prompt_password(question)
        .map(SecretString::from)
        .map_err(|error| {
            Failure::new(
                Exit::Usage,
                format!("cannot ask for the password ({error}); set {FILE_VARIABLE}"),
            )
        })
}
