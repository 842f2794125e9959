use std::io::Write as _;
use std::path::{Path, PathBuf};

use mailmesh_node::DataFolder;
use mailmesh_store::{Migration, MigrationOptions, PostgresUrl, SqliteStore};
use serde_json::json;

use crate::config;
use crate::exit::{Exit, Failure};
use crate::output::{Output, Progress, one_line};
use crate::runtime;

/// Look after the store of a node
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: mailmesh store check --data /var/lib/mailmesh
Example: mailmesh store backup /backup/today --data /var/lib/mailmesh
Example: mailmesh store migrate-to postgres://mailmesh@db.example/mail --data /var/lib/mailmesh")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Look for damage; exit code 1 when there is some
    #[command(after_help = "Example: mailmesh store check --json")]
    Check(Folder),
    /// Copy the store, as it is at one moment, while it is in use
    #[command(after_help = "\
The copy is a store: put it where the data folder was, and `mailmesh serve` goes on from it. The \
admin token is not part of it.

Example: mailmesh store backup /backup/today")]
    Backup {
        /// A folder that is new or empty
        to: PathBuf,
        #[command(flatten)]
        folder: Folder,
    },
    /// Bring everything from the folder into PostgreSQL; a run that was stopped is taken up again
    #[command(after_help = "\
Stop the node first. The database has to be empty, or hold what an earlier run left. Nothing in the \
folder changes; the admin token stays in it. `mailmesh serve --database` takes the database only when \
all of it has come over. Exit code 2 means that the database holds something else, 3 that somebody \
uses the folder or the database.

Example: PGPASSWORD=… mailmesh store migrate-to postgres://mailmesh@db.example/mail")]
    MigrateTo {
        /// postgres://USER@HOST/DATABASE; the password comes from PGPASSWORD or a password file
        #[arg(value_name = "URL")]
        database: String,
        #[command(flatten)]
        folder: Folder,
    },
}

#[derive(Debug, clap::Args)]
struct Folder {
    /// The data folder [default: this user's data directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        match self.action {
            Action::Check(folder) => check(&folder.path()?, out),
            Action::Backup { to, folder } => backup(&folder.path()?, &to, out),
            Action::MigrateTo { database, folder } => {
                migrate(folder.path()?, &database.parse()?, out)
            }
        }
    }
}

impl Folder {
    /// The folder, which has to hold a store already: looking must not make one.
    fn path(self) -> Result<PathBuf, Failure> {
        let path = self.data.map_or_else(config::data_dir, Ok)?;
        if path.join("mailmesh.db").is_file() {
            return Ok(path);
        }
        let path = path.display();
        Err(Failure::usage(format!(
            "there is no store in {path}; name its folder with --data"
        )))
    }
}

fn check(folder: &Path, out: &mut Output) -> Result<Exit, Failure> {
    let checked = runtime::run(async {
        let _checking = Progress::spinner(format!("checking {}", folder.display()));
        Ok(SqliteStore::open(folder).await?.check().await?)
    })?;
    let is_sound = checked.problems.is_empty();
    if out.is_json() {
        out.value(&json!({
            "ok": is_sound, "agents": checked.agents, "messages": checked.messages,
            "entries": checked.entries, "files": checked.files, "problems": checked.problems,
        }))?;
    } else {
        let (agents, messages) = (checked.agents, checked.messages);
        let (entries, files) = (checked.entries, checked.files);
        writeln!(
            out,
            "{agents} agents, {messages} messages in {entries} entries, {files} files"
        )?;
        for problem in &checked.problems {
            writeln!(out, "{}", one_line(problem))?;
        }
        if is_sound {
            writeln!(out, "nothing is wrong")?;
        }
    }
    Ok(if is_sound { Exit::Done } else { Exit::Negative })
}

fn backup(folder: &Path, to: &Path, out: &mut Output) -> Result<Exit, Failure> {
    runtime::run(async {
        let _copying = Progress::spinner(format!("copying to {}", to.display()));
        Ok(SqliteStore::open(folder).await?.backup(to).await?)
    })?;
    if out.is_json() {
        out.value(&json!({"backup": to}))?;
    } else {
        writeln!(out, "copied to {}", to.display())?;
    }
    Ok(Exit::Done)
}

fn migrate(folder: PathBuf, database: &PostgresUrl, out: &mut Output) -> Result<Exit, Failure> {
    // A node would go on with what is left behind.
    let folder = DataFolder::hold(folder)?;
    let migrated = runtime::run(async {
        let looking = Progress::spinner(format!("comparing with {database}"));
        let options = MigrationOptions::default();
        let migration = Migration::begin(folder.path(), database, options).await?;
        drop(looking);
        let moving = Progress::counter("rows", migration.total());
        moving.reach(migration.migrated());
        Ok(migration.run(|rows| moving.reach(rows)).await?)
    })?;
    let (agents, messages) = (migrated.agents, migrated.messages);
    let (entries, files) = (migrated.entries, migrated.files);
    if out.is_json() {
        out.value(&json!({
            "migrated": database.to_string(), "agents": agents, "messages": messages,
            "entries": entries, "files": files,
        }))?;
    } else {
        writeln!(
            out,
            "{agents} agents, {messages} messages in {entries} entries, {files} files are in {database}"
        )?;
    }
    Ok(Exit::Done)
}
