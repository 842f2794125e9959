use crate::{
    AcceptOptions, Acceptance, Agent, AgentChange, AgentStore, Block, EnvelopeStore, Error,
    ErrorKind, FactKey, Fetched, FileHead, FileMeta, FileSink, FileSource, FileStore,
    FoundEnvelope, LastKeys, ListedRow, NewAgent, Principal, Retention, SqliteStore, Swept,
    TokenHash, Upkeep, Wakes, wake,
};
use asmtp_envelope::{
    AllowlistEntry, EnvelopeId, EnvelopePost, FileId, Handle, Listing, MonitorFact, MonitorHandle,
    Timestamp,
};
use async_trait::async_trait;
fn no<T>() -> Result<T, Error> {
    Err(Error::new(ErrorKind::Io, "expected a method that exists"))
}
#[async_trait]
impl AgentStore for SqliteStore {
    async fn create_agent(&self, _: NewAgent, _: Timestamp) -> Result<Agent, Error> {
        no()
    }
    async fn agents(&self) -> Result<Vec<Agent>, Error> {
        no()
    }
    async fn agent(&self, _: &Handle) -> Result<Agent, Error> {
        no()
    }
    async fn update_agent(&self, _: &Handle, _: AgentChange, _: Timestamp) -> Result<Agent, Error> {
        no()
    }
    async fn rotate_token(&self, _: &Handle, _: TokenHash, _: Timestamp) -> Result<Agent, Error> {
        no()
    }
    async fn remove_agent(&self, _: &Handle, _: Timestamp) -> Result<(), Error> {
        no()
    }
    async fn authenticate(&self, _: &TokenHash) -> Result<Option<Principal>, Error> {
        no()
    }
    async fn allowlist(&self, _: &Handle) -> Result<Vec<AllowlistEntry>, Error> {
        no()
    }
    async fn allow(&self, _: &Handle, _: &[AllowlistEntry]) -> Result<Vec<AllowlistEntry>, Error> {
        no()
    }
    async fn disallow(&self, _: &Handle, _: &AllowlistEntry) -> Result<Vec<AllowlistEntry>, Error> {
        no()
    }
    async fn block(&self, _: &Handle, _: &Handle, _: Timestamp) -> Result<Block, Error> {
        no()
    }
    async fn unblock(&self, _: &Handle, _: &Handle) -> Result<(), Error> {
        no()
    }
    async fn blocks(&self, _: &Handle, _: Option<u64>, _: u32) -> Result<Vec<Block>, Error> {
        no()
    }
    async fn search_agents(
        &self,
        _: &Handle,
        _: &str,
        _: Option<&Handle>,
        _: u32,
    ) -> Result<Vec<Agent>, Error> {
        no()
    }
}
#[async_trait]
impl EnvelopeStore for SqliteStore {
    async fn accept(
        &self,
        _: &Handle,
        _: EnvelopePost,
        _: AcceptOptions,
    ) -> Result<Acceptance, Error> {
        no()
    }
    async fn list_envelopes(&self, _: &Handle, _: &Listing) -> Result<Vec<ListedRow>, Error> {
        no()
    }
    async fn fetch(&self, _: &Handle, _: &[EnvelopeId]) -> Result<Vec<Fetched>, Error> {
        no()
    }
    async fn mark_read(&self, _: &Handle, _: &[EnvelopeId]) -> Result<Vec<EnvelopeId>, Error> {
        no()
    }
    async fn remove_entry(&self, _: &Handle, _: EnvelopeId) -> Result<(), Error> {
        no()
    }
    async fn facts(
        &self,
        _: &Handle,
        _: &MonitorHandle,
        _: FactKey,
        _: u32,
    ) -> Result<Vec<(FactKey, MonitorFact)>, Error> {
        no()
    }
    async fn facts_after(
        &self,
        _: &Handle,
        _: FactKey,
        _: u32,
    ) -> Result<Vec<(FactKey, MonitorFact)>, Error> {
        no()
    }
    async fn last_keys(&self, _: &Handle) -> Result<LastKeys, Error> {
        no()
    }
    async fn search_envelopes(
        &self,
        _: &Handle,
        _: &str,
        _: u32,
    ) -> Result<Vec<FoundEnvelope>, Error> {
        no()
    }
}
#[async_trait]
impl FileStore for SqliteStore {
    async fn begin_file(&self, _: &Handle, _: FileHead) -> Result<Box<dyn FileSink>, Error> {
        no()
    }
    async fn read_file(
        &self,
        _: &Handle,
        _: &FileId,
    ) -> Result<(FileMeta, Box<dyn FileSource>), Error> {
        no()
    }
}
#[async_trait]
impl Upkeep for SqliteStore {
    async fn sweep(&self, _: Timestamp, _: &Retention) -> Result<Swept, Error> {
        no()
    }
    fn wakes(&self) -> Wakes {
        wake::WakeHub::default().subscribe()
    }
    async fn ping(&self) -> Result<(), Error> {
        no()
    }
}
