//! Where a node keeps its mail: a folder, or a database.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::{env, fs};

use mailmesh_store::{Limits, Options, PostgresOptions, PostgresStore, SqliteStore, Store};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::database;

/// Tells the node that is started where its mail is.
const FOLDER: &str = "MAILMESH_LOAD_FOLDER";
const DATABASE: &str = "MAILMESH_LOAD_DATABASE";

/// What keeps the mail.
#[derive(Debug)]
pub(crate) enum Engine {
    Sqlite { folder: PathBuf },
    Postgres { server: String, folder: PathBuf },
}

/// A place for one store, which goes when it is dropped.
#[derive(Debug)]
pub(crate) struct Site {
    folder: TempDir,
    database: Option<Database>,
}

#[derive(Debug)]
pub(crate) struct Database {
    /// The URL of the server.
    pub(crate) server: String,
    pub(crate) name: String,
    /// The URL of the database.
    pub(crate) url: String,
}

impl Engine {
    /// A place without a store.
    pub(crate) fn site(&self) -> Site {
        let (Self::Sqlite { folder } | Self::Postgres { folder, .. }) = self;
        let folder = tempfile::tempdir_in(folder).unwrap();
        let database = match self {
            Self::Sqlite { .. } => None,
            Self::Postgres { server, .. } => Some(database::create(server)),
        };
        Site { folder, database }
    }
}

impl Site {
    /// Has something done with the store while no node serves it.
    pub(crate) fn stock<T>(&self, work: impl AsyncFnOnce(&Arc<dyn Store>) -> T) -> T {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            let store = open(self.folder.path(), self.database.as_ref().map(|d| &*d.url)).await;
            work(&store).await
        })
    }

    /// Tells a process about this place.
    pub(crate) fn tell(&self, command: &mut Command) {
        command.env(FOLDER, self.folder.path());
        if let Some(database) = &self.database {
            // Not among the arguments, which everybody can read.
            command.env(DATABASE, &database.url);
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn database(&self) -> Option<&Database> {
        self.database.as_ref()
    }

    /// Octets on disk.
    pub(crate) fn octets(&self) -> u64 {
        match &self.database {
            Some(database) => database::octets(database),
            None => {
                let files = fs::read_dir(self.folder.path()).unwrap();
                files
                    .map(|file| file.unwrap().metadata().unwrap().len())
                    .sum()
            }
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(database) = &self.database {
            database::remove(database);
        }
    }
}

/// Opens the store that this process was told about.
pub(crate) async fn told() -> Arc<dyn Store> {
    let folder = env::var_os(FOLDER).unwrap();
    open(folder.as_ref(), env::var(DATABASE).ok().as_deref()).await
}

/// A store whose mailboxes are never full.
async fn open(folder: &Path, database: Option<&str>) -> Arc<dyn Store> {
    let limits = Limits {
        mailbox_entries: None,
        ..Limits::default()
    };
    match database {
        Some(url) => {
            let options = PostgresOptions {
                limits,
                ..PostgresOptions::default()
            };
            let url = url.parse().unwrap();
            Arc::new(PostgresStore::open_with(&url, options).await.unwrap())
        }
        None => {
            let options = Options {
                limits,
                ..Options::default()
            };
            Arc::new(SqliteStore::open_with(folder, options).await.unwrap())
        }
    }
}
