//! The shared suite, run against the embedded engine.
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod fresh;
mod suite;

use async_trait::async_trait;
use mailmesh_store::{Limits, Options, SqliteStore, Store};
use tempfile::TempDir;

use suite::{Engine, store_suite};

struct Sqlite(TempDir);

impl Sqlite {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }
}

#[async_trait]
impl Engine for Sqlite {
    async fn open_with(&self, limits: Limits) -> Box<dyn Store> {
        let folder = self.0.path().join("store");
        let options = Options {
            limits,
            ..Options::default()
        };
        Box::new(SqliteStore::open_with(folder, options).await.unwrap())
    }
}

store_suite!(Sqlite::new());
