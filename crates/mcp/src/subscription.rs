//! Clients that want to hear when mail arrives.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mailmesh::{Folder, Watch};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::desk::Desk;
use crate::failure::Failure;
use crate::resource::Place;

/// The subscriptions of one session. They end with it.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions(Mutex<BTreeMap<String, AbortHandle>>);

/// What arrives this soon after another is told with it.
const SETTLE: Duration = Duration::from_millis(100);

impl Subscriptions {
    /// Follows an inbox, and tells of every change until the client has gone.
    pub(crate) async fn add<T: Tell>(
        &self,
        desk: &Desk,
        uri: &str,
        tell: T,
    ) -> Result<(), Failure> {
        let watch = watch(desk, uri).await?;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, task| !task.is_finished());
        if all.len() >= desk.options().limits.waiting && !all.contains_key(uri) {
            let advice = "Unsubscribe from one of them first.";
            return Err(Failure::new(
                "The session has too many subscriptions.",
                advice,
            ));
        }
        let uri = uri.to_owned();
        let task = tokio::spawn(follow(watch, uri.clone(), tell));
        if let Some(older) = all.insert(uri, task.abort_handle()) {
            older.abort();
        }
        Ok(())
    }

    pub(crate) fn remove(&self, uri: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = all.remove(uri) {
            task.abort();
        }
    }
}

impl Drop for Subscriptions {
    fn drop(&mut self) {
        let all = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        all.values().for_each(AbortHandle::abort);
    }
}

/// Tells a client that a resource has changed; `false` when the client has gone.
pub(crate) trait Tell: Send + 'static {
    fn tell(&self, uri: &str) -> impl Future<Output = bool> + Send;
}

/// The watch behind the URI of an inbox. No other resource changes.
pub(crate) async fn watch(desk: &Desk, uri: &str) -> Result<Watch, Failure> {
    match Place::read(uri, desk)? {
        Place::Inbox(named) => Ok(named.mailbox.watch(Folder::inbox(), None).await?),
        _ => {
            let advice = "Subscribe to an inbox, such as mailbox://inbox.";
            Err(Failure::new("This resource cannot be followed.", advice))
        }
    }
}

/// Tells of each change until the client has gone or the mailbox fails for good.
pub(crate) async fn follow(mut watch: Watch, uri: String, tell: impl Tell) {
    while let Some(arrival) = watch.next().await {
        if let Err(error) = arrival {
            tracing::warn!(%error, "a subscription ends");
            return;
        }
        while let Ok(Some(Ok(_))) = timeout(SETTLE, watch.next()).await {}
        if !tell.tell(&uri).await {
            return;
        }
    }
}

/// The URIs among these that can be subscribed to, as many as may be.
pub(crate) fn inboxes(desk: &Arc<Desk>, uris: &[String]) -> Vec<String> {
    let is_inbox = |uri: &&String| matches!(Place::read(uri, desk), Ok(Place::Inbox(_)));
    let most = desk.options().limits.waiting;
    uris.iter().filter(is_inbox).take(most).cloned().collect()
}
