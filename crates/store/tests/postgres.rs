//! The shared suite, run against PostgreSQL.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, dead_code)] // a test fails by panicking; the helpers serve several files

mod fresh;
mod postgresql;
mod suite;

use async_trait::async_trait;
use mailmesh_store::{Limits, PostgresOptions, PostgresStore, Store};

use postgresql::Database;
use suite::{Engine, store_suite};

#[async_trait]
impl Engine for Database {
    async fn open_with(&self, limits: Limits) -> Box<dyn Store> {
        let options = PostgresOptions {
            limits,
            ..PostgresOptions::default()
        };
        Box::new(
            PostgresStore::open_with(&self.url(), options)
                .await
                .unwrap(),
        )
    }
}

store_suite!(Database::new().await);
