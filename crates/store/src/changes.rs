use tokio::sync::watch;

use crate::{Error, ErrorKind};

/// Tells when a store may have changed. Made by [`MailStore::changes`](crate::MailStore::changes).
///
/// It never misses: whatever is committed after it was made, by this process or another, ends the
/// next [`changed`](Self::changed). Several commits may end only one, and one may end without a
/// commit, so the rule is: make it, list, and list again after each change.
#[derive(Clone, Debug)]
pub struct Changes(watch::Receiver<u64>);

impl Changes {
    pub(crate) fn new(mut commits: watch::Receiver<u64>) -> Self {
        commits.mark_unchanged();
        Self(commits)
    }

    /// Waits for a commit that it did not report yet: at once for this process, within about
    /// 100 ms for others. Dropping the future loses no change.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] when the store was closed.
    pub async fn changed(&mut self) -> Result<(), Error> {
        self.0
            .changed()
            .await
            .map_err(|_| Error::new(ErrorKind::Io, "expected an open store, it was closed"))
    }
}
