//! The configuration file: mailboxes by name.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::exit::Failure;

/// What the file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The profile in use when no mailbox is named otherwise.
    #[serde(default)]
    pub(crate) default_profile: Option<String>,
    /// Mailboxes by name.
    #[serde(default)]
    pub(crate) profiles: BTreeMap<String, Profile>,
}

/// A mailbox and what is needed to open it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    /// Its URL.
    pub(crate) mailbox: String,
    /// Further trust roots, PEM. Relative to the folder of the configuration file.
    #[serde(default)]
    pub(crate) ca_file: Option<PathBuf>,
    /// A file with the password. Relative to the folder of the configuration file.
    #[serde(default)]
    pub(crate) password_file: Option<PathBuf>,
}

impl Config {
    /// Reads the file of this user. None is as good as an empty one.
    pub(crate) fn load() -> Result<Self, Failure> {
        let path = path()?;
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, &path),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(cause) => Err(Failure::file("read", &path, &cause)),
        }
    }

    fn parse(text: &str, path: &Path) -> Result<Self, Failure> {
        let mut config: Self = from_toml(text, path)?;
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        for profile in config.profiles.values_mut() {
            for file in [&mut profile.ca_file, &mut profile.password_file]
                .into_iter()
                .flatten()
            {
                *file = folder.join(&*file);
            }
        }
        Ok(config)
    }

    /// The profile of this name.
    pub(crate) fn profile(&self, name: &str) -> Result<&Profile, Failure> {
        self.profiles.get(name).ok_or_else(|| {
            let known = self.profiles.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            let known = if known.is_empty() { "there is none".to_owned() } else { known };
            Failure::usage(format!(
                "no profile {name:?} in the configuration file ({known}); see `mailmesh config path`"
            ))
        })
    }
}

/// Reads TOML; a mistake is told with its line, and without repeating the line.
pub(crate) fn from_toml<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, Failure> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let before = text.get(..at).unwrap_or(text);
        let line = 1 + before.matches('\n').count();
        Failure::usage(format!(
            "{} line {line}: {}",
            path.display(),
            error.message()
        ))
    })
}

/// Where the file is, whether it exists or not.
pub(crate) fn path() -> Result<PathBuf, Failure> {
    Ok(folders()?.config_dir().join("mailmesh").join("config.toml"))
}

/// Where the embedded store of this user is, whether it exists or not.
pub(crate) fn data_dir() -> Result<PathBuf, Failure> {
    Ok(folders()?.data_dir().join("mailmesh"))
}

fn folders() -> Result<impl etcetera::BaseStrategy, Failure> {
    etcetera::choose_base_strategy()
        .map_err(|_| Failure::usage("this user has no home directory; set HOME"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_relative_to_the_configuration() {
        let text =
            "[profiles.work]\nmailbox = \"imaps://a@h\"\npassword_file = \"work.password\"\n";
        let config = Config::parse(text, Path::new("/etc/mailmesh/config.toml")).unwrap();
        let work = config.profile("work").unwrap();
        assert_eq!(
            work.password_file.as_deref(),
            Some(Path::new("/etc/mailmesh/work.password"))
        );
        assert!(config.profile("home").is_err());
    }

    #[test]
    fn a_password_in_the_file_is_refused_with_its_line() {
        let text = "[profiles.work]\nmailbox = \"imaps://a@h\"\npassword = \"secret\"\n";
        let failure = Config::parse(text, Path::new("config.toml")).unwrap_err();
        let told = format!("{failure:?}");
        assert!(
            told.contains("line 3") && !told.contains("secret"),
            "{told}"
        );
    }
}
