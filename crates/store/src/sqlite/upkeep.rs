//! What a server does with a store beside the requests of agents.

use asmtp_envelope::Timestamp;
use async_trait::async_trait;

use super::SqliteStore;
use crate::{Error, Retention, Swept, Upkeep, Wakes};

#[async_trait]
impl Upkeep for SqliteStore {
    async fn sweep(&self, _: Timestamp, _: &Retention) -> Result<Swept, Error> {
        Ok(Swept::default())
    }

    fn wakes(&self) -> Wakes {
        self.0.writer.wakes()
    }

    async fn ping(&self) -> Result<(), Error> {
        self.query(|view| {
            view.query_one("SELECT 1 FROM store", [], |_| Ok(()))?;
            Ok(())
        })
        .await
    }
}
