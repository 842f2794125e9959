//! The shared suite, run against PostgreSQL.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, dead_code)] // a test fails by panicking; the helpers serve several files

mod fresh;
mod postgresql;
mod suite;

use async_trait::async_trait;
use mailmesh_store::Store;

use postgresql::Database;
use suite::{Engine, store_suite};

#[async_trait]
impl Engine for Database {
    async fn open(&self) -> Box<dyn Store> {
        Box::new(self.open().await)
    }
}

store_suite!(Database::new().await);
