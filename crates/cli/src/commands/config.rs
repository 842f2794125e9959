use std::io::Write as _;

use serde_json::json;

use crate::config::{self, Config};
use crate::exit::{Exit, Failure};
use crate::mailbox::MailboxArgs;
use crate::output::{Output, one_line};

/// The configuration file
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The file names mailboxes; passwords stay in files of their own:

  default_profile = \"work\"
  [profiles.work]
  mailbox = \"imaps://alice@mail.example.org?from=alice@example.org\"
  password_file = \"work.password\"   # beside this file
  ca_file = \"company.pem\"           # only for roots the system does not know

Example: mailmesh config path")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Print where the file is, whether it exists or not
    #[command(after_help = "Example: $EDITOR \"$(mailmesh config path)\"")]
    Path,
    /// Print the profiles, and the mailbox that commands would use
    #[command(after_help = "Example: mailmesh config show --json")]
    Show(MailboxArgs),
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        match self.action {
            Action::Path => path(out),
            Action::Show(mailbox) => show(&mailbox, out),
        }
    }
}

fn path(out: &mut Output) -> Result<Exit, Failure> {
    let path = config::path()?;
    if out.is_json() {
        out.value(&json!({"path": path, "exists": path.exists()}))?;
    } else {
        writeln!(out, "{}", path.display())?;
    }
    Ok(Exit::Done)
}

fn show(mailbox: &MailboxArgs, out: &mut Output) -> Result<Exit, Failure> {
    let config = Config::load()?;
    let chosen = mailbox.choose()?;
    if out.is_json() {
        let chosen = chosen.map(|chosen| json!({"url": chosen.url, "named_by": chosen.named_by}));
        out.value(&json!({
            "path": config::path()?,
            "default_profile": config.default_profile,
            "profiles": config.profiles,
            "mailbox": chosen,
        }))?;
        return Ok(Exit::Done);
    }
    writeln!(out, "file     {}", config::path()?.display())?;
    match chosen {
        Some(chosen) => {
            writeln!(
                out,
                "mailbox  {} ({})",
                one_line(&chosen.url),
                one_line(&chosen.named_by)
            )?;
        }
        None => writeln!(out, "mailbox  none is named")?,
    }
    for (name, profile) in &config.profiles {
        let default = if config.default_profile.as_ref() == Some(name) {
            " (default)"
        } else {
            ""
        };
        writeln!(
            out,
            "profile  {}{default}: {}",
            one_line(name),
            one_line(&profile.mailbox)
        )?;
    }
    Ok(Exit::Done)
}
