//! The shared suite, run against the embedded engine.
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod fresh;
mod suite;

use async_trait::async_trait;
use mailmesh_store::{SqliteStore, Store};
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
    async fn open(&self) -> Box<dyn Store> {
        Box::new(
            SqliteStore::open(self.0.path().join("store"))
                .await
                .unwrap(),
        )
    }
}

store_suite!(Sqlite::new());
