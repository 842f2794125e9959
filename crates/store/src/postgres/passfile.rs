//! Passwords from outside the URL, found as libpq finds them (PostgreSQL 15, 34.15 and 34.16).

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::{Error, ErrorKind};

/// The password in the environment, or in a password file, which must exist when it was named.
pub(super) fn password(config: &Config, named: Option<&Path>) -> Result<Option<String>, Error> {
    if let Some(password) = env::var("PGPASSWORD").ok().filter(|text| !text.is_empty()) {
        return Ok(Some(password));
    }
    let named = named
        .map(Path::to_owned)
        .or_else(|| env::var_os("PGPASSFILE").map(PathBuf::from));
    let file = match named {
        Some(file) => file,
        None => match env::var_os("HOME").map(|home| Path::new(&home).join(".pgpass")) {
            Some(file) if file.exists() => file,
            _ => return Ok(None),
        },
    };
    let unreadable = || {
        Error::new(
            ErrorKind::Io,
            "expected a password file that only its owner may read (mode 600)",
        )
    };
    let credentials = env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    if !is_private(&file, credentials.as_deref()) {
        return Err(unreadable());
    }
    let text = fs::read_to_string(&file).map_err(|source| unreadable().with_source(source))?;
    Ok(find(&text, config))
}

/// Others could have read it: libpq ignores such a file, we say so. What a service manager hands
/// over lies where nobody else gets in, whatever its mode looks like (systemd.exec, "Credentials").
fn is_private(file: &Path, credentials: Option<&Path>) -> bool {
    if credentials.is_some_and(|folder| folder.is_absolute() && file.starts_with(folder)) {
        return true;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 == 0)
    }
    #[cfg(not(unix))]
    {
        file.exists()
    }
}

/// The password of the first line that fits: `host:port:database:user:password`.
fn find(text: &str, config: &Config) -> Option<String> {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        _ => "localhost".to_owned(), // sockets go by this name
    };
    let port = config
        .get_ports()
        .first()
        .copied()
        .unwrap_or(5432)
        .to_string();
    let user = config.get_user().unwrap_or_default();
    let database = config.get_dbname().unwrap_or(user);
    let wanted = [host.as_str(), &port, database, user];
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(fields)
        .find(|fields| {
            fields.len() == 5
                && wanted
                    .iter()
                    .zip(fields)
                    .all(|(wanted, field)| field == "*" || field == wanted)
        })
        .and_then(|mut fields| fields.pop())
}

/// The fields of a line, where a backslash takes its meaning from `:` and `\`.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let last = fields.len() - 1;
        match character {
            '\\' => fields[last].extend(characters.next()),
            ':' if last < 4 => fields.push(String::new()),
            other => fields[last].push(other),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use tokio_postgres::Config;

    use super::{find, is_private};

    #[test]
    fn the_first_line_that_fits_counts() {
        let config: Config = "postgres://u@db.example:6000/d".parse().unwrap();
        for (text, password) in [
            ("", None),
            ("db.example:6000:d:u:one\n*:*:*:*:two", Some("one")),
            (
                "#*:*:*:*:no\nother:*:*:*:no\n*:*:*:u:a\\:b\\\\c:d",
                Some("a:b\\c:d"),
            ),
            ("db.example:5432:d:u:wrong port", None),
            ("db.example:6000:d:u", None),
        ] {
            assert_eq!(find(text, &config).as_deref(), password, "{text:?}");
        }
    }
    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_none_of_ours() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pgpass");
        std::fs::write(&file, "").unwrap();
        for (mode, is_ours) in [(0o600, true), (0o400, true), (0o440, false), (0o644, false)] {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(&file, mode).unwrap();
            assert_eq!(is_private(&file, None), is_ours);
        }
        let elsewhere = tempfile::tempdir().unwrap();
        assert!(!is_private(&file, Some(elsewhere.path())));
        assert!(is_private(&file, Some(folder.path())), "a credential");
    }
}
