mod database;
mod dns;
mod machine;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use console::style;
use serde::Serialize;
use serde_json::json;

use crate::config;
use crate::exit::{Exit, Failure};
use crate::output::{Output, one_line};
use crate::runtime;

/// Check what a node stands on, and say what to fix
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Looks at the configuration file, the data folder, the admin token, the store or the database, the HTTP \
port, and the mail records of the mail domain. It makes nothing that is not there; a store of an older \
version in the folder is brought up to date, as `mailmesh serve` does. Exit code 1 means that \
something has to be fixed.

Example: mailmesh doctor --data /var/lib/mailmesh --mail-domain agents.example
Example: mailmesh doctor --database postgres://mailmesh@db.example/mail")]
pub(crate) struct Args {
    /// The data folder [default: this user's data directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The PostgreSQL database that is to be used instead of the folder: postgres://USER@HOST/DATABASE;
    /// the password comes from PGPASSWORD or a password file [or MAILMESH_DATABASE]
    #[arg(long, value_name = "URL", env = "MAILMESH_DATABASE", hide_env = true)]
    database: Option<String>,
    /// The address the node is to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8723")]
    http: SocketAddr,
    /// The domain of the agents' mail addresses
    #[arg(long, value_name = "DOMAIN")]
    mail_domain: Option<String>,
    /// Ask this DNS server about the mail domain [default: those of the system]
    #[arg(long, value_name = "ADDR", requires = "mail_domain")]
    dns: Option<SocketAddr>,
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
        let database = self.database.map(|url| url.parse()).transpose()?;
        let findings = runtime::run(async {
            let mut findings = vec![
                machine::configuration(),
                machine::folder(&data),
                machine::token(&data),
            ];
            let held = machine::holder(&data);
            match &database {
                Some(url) => findings.extend(database::look(url).await),
                None => findings.push(machine::store(&data).await),
            }
            findings.push(machine::port(self.http, held));
            if let Some(domain) = &self.mail_domain {
                findings.push(dns::mail_domain(domain, self.dns).await);
            }
            Ok(findings)
        })?;
        let is_well = findings.iter().all(|finding| finding.ok);
        if out.is_json() {
            out.value(&json!({"ok": is_well, "checks": findings}))?;
        } else {
            for finding in &findings {
                finding.write(out)?;
            }
        }
        Ok(if is_well { Exit::Done } else { Exit::Negative })
    }
}

impl Finding {
    fn write(&self, out: &mut Output) -> Result<(), Failure> {
        let mark = if self.ok {
            style("✓").green()
        } else {
            style("✗").red()
        };
        writeln!(out, "{mark} {:<13} {}", self.check, one_line(&self.found))?;
        if let Some(fix) = &self.fix {
            writeln!(out, "  {:<13} {}", "", one_line(fix))?;
        }
        Ok(())
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

/// Good or bad, by a condition.
fn judged(
    check: &'static str,
    is_good: bool,
    found: impl Into<String>,
    fix: impl Into<String>,
) -> Finding {
    if is_good {
        good(check, found)
    } else {
        bad(check, found, fix)
    }
}
