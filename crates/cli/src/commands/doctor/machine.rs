//! What is on this machine.

use std::fs;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use mailmesh_node::DataFolder;
use mailmesh_store::{SqliteStore, Upkeep as _};

use super::{Finding, bad, good};
use crate::config::{self, Config};

/// The configuration file of this user.
pub(super) fn configuration() -> Finding {
    let check = "configuration";
    match (config::path(), Config::load()) {
        (Ok(path), Ok(config)) if path.exists() => {
            let count = config.profiles.len();
            good(check, format!("{} with {count} profiles", path.display()))
        }
        (Ok(path), Ok(_)) => good(check, format!("none at {}, none is needed", path.display())),
        (_, Err(failure)) | (Err(failure), _) => bad(
            check,
            failure.to_string(),
            "correct the line, or move the file away",
        ),
    }
}

/// The data folder.
pub(super) fn folder(data: &Path) -> Finding {
    let check = "data folder";
    let shown = data.display();
    match fs::metadata(data) {
        Ok(found) if !found.is_dir() => bad(
            check,
            format!("{shown} is no folder"),
            "name a folder with --data",
        ),
        Ok(found) if is_open_to_others(&found) => {
            let fix = format!("chmod 700 {shown}");
            bad(check, format!("{shown} can be read by others"), fix)
        }
        Ok(_) => good(check, shown.to_string()),
        Err(error) if error.kind() == ErrorKind::NotFound => good(
            check,
            format!("{shown} does not exist yet; `mailmesh serve` makes it"),
        ),
        Err(error) => bad(
            check,
            format!("{shown}: {error}"),
            "run as the user of the node",
        ),
    }
}

/// The file with the administrator's token.
pub(super) fn token(data: &Path) -> Finding {
    let check = "admin token";
    let path = data.join(DataFolder::ADMIN_TOKEN);
    let shown = path.display();
    match fs::metadata(&path) {
        Ok(found) if is_open_to_others(&found) => {
            let fix = format!("chmod 600 {shown}, and replace the token if somebody read it");
            bad(check, format!("{shown} can be read by others"), fix)
        }
        Ok(_) => match mailmesh_node::read_token(&path) {
            Ok(_) => good(check, shown.to_string()),
            Err(error) => bad(
                check,
                error.to_string(),
                "remove the file; `mailmesh serve` makes one",
            ),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            good(check, "none yet; `mailmesh serve` makes one")
        }
        Err(error) => bad(
            check,
            format!("{shown}: {error}"),
            "run as the user of the node",
        ),
    }
}

/// Whether a node holds the folder, and what it says.
pub(super) fn holder(data: &Path) -> Option<String> {
    if !data.join(DataFolder::LOCK).exists() {
        return None;
    }
    let held = DataFolder::hold(data).err()?;
    (held.kind() == mailmesh_node::ErrorKind::Held).then(|| held.to_string())
}

/// The store in the folder.
pub(super) async fn store(data: &Path) -> Finding {
    let check = "store";
    if !data.join("mailmesh.db").exists() {
        return good(check, "none yet; it is made with the first start");
    }
    let opened = async { SqliteStore::open(data).await?.ping().await };
    match opened.await {
        Ok(()) => good(check, "opens and answers"),
        Err(error) => bad(check, error.to_string(), "see `mailmesh store check`"),
    }
}

/// The address to listen on.
pub(super) fn port(address: SocketAddr, held: Option<String>) -> Finding {
    let check = "http port";
    match (TcpListener::bind(address), held) {
        (Ok(_), _) => good(check, format!("{address} is free")),
        (Err(_), Some(holder)) => good(check, format!("{address} is in use; {holder}")),
        (Err(error), None) => bad(
            check,
            format!("{address}: {error}"),
            "choose another one with --http",
        ),
    }
}

#[cfg(unix)]
fn is_open_to_others(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    found.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}
