//! The suite on the embedded engine.
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod suite;

use std::path::Path;
use std::sync::Arc;

use mailmesh_store::{SqliteStore, Store};

/// A store of its own for a test.
async fn engine(folder: &Path) -> Arc<dyn Store> {
    open(&place(folder).await).await
}

/// Where a store may be.
async fn place(folder: &Path) -> String {
    folder.to_str().unwrap().to_owned()
}

/// Opens the store at a place.
async fn open(place: &str) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(place).await.unwrap())
}
