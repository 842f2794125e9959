use crate::{AgentStore, ContextStore, EnvelopeStore, FileStore, MailStore, Upkeep};

/// All that an engine does: a server holds an `Arc<dyn Store>`.
///
/// There is nothing to implement: whatever has its parts is a store.
pub trait Store:
    MailStore + AgentStore + EnvelopeStore + ContextStore + FileStore + Upkeep
{
}

impl<T> Store for T where
    T: MailStore + AgentStore + EnvelopeStore + ContextStore + FileStore + Upkeep + ?Sized
{
}
