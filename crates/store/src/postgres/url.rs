use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use super::passfile;
use crate::{Error, ErrorKind};

/// The longest URL, in octets.
const MAX_OCTETS: usize = 4 * 1024;

/// Which PostgreSQL database to use, and as whom: `postgres://user@host:5432/database`.
///
/// A password may stand in the URL, but an environment or a file keeps it better: without one,
/// opening a store looks into the variable `PGPASSWORD`, then into the password file that the
/// parameter `passfile` or the variable `PGPASSFILE` names, `~/.pgpass` otherwise. `Debug` and
/// `Display` show the hosts and the database, never a password.
///
/// Parameters behind `?` are those of libpq that `tokio-postgres` knows, and
///
/// * `sslmode`: `verify-full` (`require` is the same: a certificate is always verified), the
///   default, or `disable`, the default where every host is this machine or a socket;
/// * `sslrootcert`: a PEM file with the roots to trust beside those of the system;
/// * `passfile`: the password file.
///
/// ```
/// use mailmesh_store::PostgresUrl;
///
/// let url: PostgresUrl = "postgres://mailmesh:secret@db.example/mail".parse()?;
/// assert_eq!(url.to_string(), "postgres://db.example/mail");
/// assert!("mysql://db.example/mail".parse::<PostgresUrl>().is_err());
/// # Ok::<(), mailmesh_store::Error>(())
/// ```
#[derive(Clone)]
pub struct PostgresUrl {
    config: Config,
    encrypted: bool,
    roots: Option<PathBuf>,
    passfile: Option<PathBuf>,
}

impl PostgresUrl {
    /// What the driver connects with. The password is looked up now, unless the URL has one.
    pub(super) fn config(&self) -> Result<Config, Error> {
        let mut config = self.config.clone();
        if config.get_password().is_none()
            && let Some(password) = passfile::password(&config, self.passfile.as_deref())?
        {
            config.password(password);
        }
        Ok(config)
    }

    /// Whether connections use TLS.
    pub(super) fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// The PEM file with further roots.
    pub(super) fn roots(&self) -> Option<&Path> {
        self.roots.as_deref()
    }
}

impl FromStr for PostgresUrl {
    type Err = Error;

    /// Reads a URL.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`]. The message repeats nothing of the URL.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > MAX_OCTETS {
            return Err(invalid("expected a URL of at most 4096 octets"));
        }
        if !["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| text.starts_with(scheme))
        {
            return Err(invalid("expected postgres://user@host:port/database"));
        }
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut mode, mut roots, mut passfile) = (None, None, None);
        let mut others = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value),
                Some(("sslrootcert", value)) => roots = Some(path(value)?),
                Some(("passfile", value)) => passfile = Some(path(value)?),
                _ => others.push(parameter),
            }
        }
        // The driver's own message may repeat what it was given.
        let mut config: Config = format!("{address}?{}", others.join("&"))
            .parse()
            .map_err(|_| invalid("expected a PostgreSQL URL with parameters it knows"))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(invalid("expected a host in the URL"));
        }
        if config.get_user().is_none() {
            return Err(invalid("expected a user in the URL"));
        }
        let encrypted = match mode {
            None => !is_here(&config),
            Some("disable") => false,
            Some("require" | "verify-full") => true,
            Some(_) => return Err(invalid("expected sslmode disable or verify-full")),
        };
        config.ssl_mode(if encrypted {
            SslMode::Require
        } else {
            SslMode::Disable
        });
        Ok(Self {
            config,
            encrypted,
            roots,
            passfile,
        })
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        for (at, host) in self.config.get_hosts().iter().enumerate() {
            let separator = if at == 0 { "" } else { "," };
            match host {
                Host::Tcp(name) => write!(f, "{separator}{name}")?,
                #[cfg(unix)]
                Host::Unix(path) => write!(f, "{separator}{}", path.display())?,
            }
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

/// Whether every host is this machine, where nobody listens in between.
fn is_here(config: &Config) -> bool {
    let is_loopback = |host: &Host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    config.get_hosts().iter().all(is_loopback)
        && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

fn path(value: &str) -> Result<PathBuf, Error> {
    let decoded = percent_decode_str(value).decode_utf8();
    decoded
        .map(|path| PathBuf::from(path.as_ref()))
        .map_err(|_| invalid("expected the name of a file in UTF-8"))
}

fn invalid(message: &'static str) -> Error {
    Error::new(ErrorKind::Invalid, message)
}

#[cfg(test)]
mod tests {
    use super::PostgresUrl;

    fn read(text: &str) -> PostgresUrl {
        text.parse().unwrap()
    }

    #[test]
    fn only_this_machine_goes_without_tls() {
        for (url, encrypted) in [
            ("postgres://u@localhost/d", false),
            ("postgres://u@127.0.0.1:5544/d", false),
            ("postgres://u@%2Frun%2Fpostgresql/d", false),
            ("postgres://u@db.example/d", true),
            ("postgres://u@localhost,db.example/d", true),
            ("postgres://u@db.example/d?sslmode=disable", false),
            ("postgres://u@localhost/d?sslmode=verify-full", true),
            ("postgresql://u@localhost/d?sslmode=require", true),
        ] {
            assert_eq!(read(url).is_encrypted(), encrypted, "{url}");
        }
    }

    #[test]
    fn no_password_is_shown() {
        let url = read("postgres://u:hunter2@db.example/d?connect_timeout=3");
        assert!(!format!("{url:?} {url}").contains("hunter2"));
        for wrong in [
            "postgres://u:hunter2@db.example:port/d",
            "postgres://u:hunter2@db.example/d?nonsense=1",
            "postgres://u:hunter2@db.example/d?sslmode=prefer",
            "mysql://u:hunter2@db.example/d",
        ] {
            let error = wrong.parse::<PostgresUrl>().unwrap_err();
            assert!(!format!("{error:?} {error}").contains("hunter2"), "{wrong}");
        }
    }

    #[test]
    fn a_url_names_host_and_user() {
        for wrong in [
            "",
            "postgres://",
            "postgres://db.example/d",
            "postgres:///d?user=u",
        ] {
            assert!(wrong.parse::<PostgresUrl>().is_err(), "{wrong:?}");
        }
    }
}
