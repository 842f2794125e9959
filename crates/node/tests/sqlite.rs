//! The suite on the embedded engine.
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod suite;

use std::path::Path;
use std::sync::Arc;

use mailmesh_store::{SqliteStore, Store};

/// A store of its own for a test.
async fn engine(folder: &Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(folder).await.unwrap())
}
