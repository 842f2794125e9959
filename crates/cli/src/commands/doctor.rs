use std::fs;
use std::io::{ErrorKind, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use console::style;
use mailmesh_node::DataFolder;
use mailmesh_store::{SqliteStore, Upkeep as _};
use serde::Serialize;
use serde_json::json;
use tokio::net::lookup_host;

use crate::config::{self, Config};
use crate::exit::{Exit, Failure};
use crate::output::{Output, one_line};
use crate::runtime;

/// Check what a node stands on, and say what to fix
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Looks at the configuration file, the data folder, the store, the admin token, the HTTP port and \
what the system's resolver knows of the mail domain. It changes nothing. Exit code 1 means that \
something has to be fixed.

Example: mailmesh doctor --data /var/lib/mailmesh --mail-domain agents.example")]
pub(crate) struct Args {
    /// The data folder [default: this user's data directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The address the node is to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8723")]
    http: SocketAddr,
    /// The domain of the agents' mail addresses
    #[arg(long, value_name = "DOMAIN")]
    mail_domain: Option<String>,
}

/// What one look gave.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    ok: bool,
    found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let data = self.data.map_or_else(config::data_dir, Ok)?;
        let findings = runtime::run(async {
            let mut findings = vec![configuration(), folder(&data), token(&data)];
            let held = holder(&data);
            findings.push(store(&data).await);
            findings.push(port(self.http, held));
            if let Some(domain) = &self.mail_domain {
                findings.push(domain_name(domain).await);
            }
            Ok(findings)
        })?;
        let is_well = findings.iter().all(|finding| finding.ok);
        if out.is_json() {
            out.value(&json!({"ok": is_well, "checks": findings}))?;
        } else {
            for finding in &findings {
                let mark = if finding.ok {
                    style("✓").green()
                } else {
                    style("✗").red()
                };
                writeln!(
                    out,
                    "{mark} {:<13} {}",
                    finding.check,
                    one_line(&finding.found)
                )?;
                if let Some(fix) = &finding.fix {
                    writeln!(out, "  {:<13} {}", "", one_line(fix))?;
                }
            }
        }
        Ok(if is_well { Exit::Done } else { Exit::Negative })
    }
}

fn good(check: &'static str, found: impl Into<String>) -> Finding {
    Finding {
        check,
        ok: true,
        found: found.into(),
        fix: None,
    }
}

fn bad(check: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Finding {
    Finding {
        check,
        ok: false,
        found: found.into(),
        fix: Some(fix.into()),
    }
}

fn configuration() -> Finding {
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

fn folder(data: &Path) -> Finding {
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

fn token(data: &Path) -> Finding {
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
fn holder(data: &Path) -> Option<String> {
    if !data.is_dir() {
        return None;
    }
    let held = DataFolder::hold(data).err()?;
    (held.kind() == mailmesh_node::ErrorKind::Held).then(|| held.to_string())
}

async fn store(data: &Path) -> Finding {
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

fn port(address: SocketAddr, held: Option<String>) -> Finding {
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

async fn domain_name(domain: &str) -> Finding {
    let check = "mail domain";
    match lookup_host((domain, 25)).await {
        Ok(mut found) => match found.next() {
            Some(address) => good(check, format!("{domain} is {}", address.ip())),
            None => bad(
                check,
                format!("{domain} has no address"),
                "add an A or AAAA record",
            ),
        },
        Err(error) => {
            let fix = "add an A or AAAA record; agents on this node reach each other without it";
            bad(check, format!("{domain}: {error}"), fix)
        }
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
