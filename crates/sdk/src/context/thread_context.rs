//! What came before a mail, as far as this mailbox holds it.

use std::collections::BTreeSet;

use super::ContextSnapshot;
use crate::{AgentMailbox, Error, ErrorKind, Filter, Folder, Mail, Page, Summary};

/// How many messages of a folder are looked through for those of a thread, newest first.
const LOOKED_THROUGH: usize = 1000;
/// How many of them a listing asks for.
const PAGE: usize = 100;
/// The folder of what was sent, on every transport of this crate that has one.
const SENT: &str = "Sent";

/// What who reads a mail cold needs to know: what its sender says, and apart from that what this
/// mailbox holds of its thread.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ThreadContext {
    /// The messages of the thread that this mailbox holds, oldest first; the mail that was asked for
    /// is the last. They are in the thread by what the mail says of the messages before it.
    pub messages: Vec<Mail>,
    snapshot: Option<ContextSnapshot>,
}

impl ThreadContext {
    /// What the sender of the newest message says it knew. It replaces what the messages before it
    /// said, as in a thread of context sync, and nothing stands for it.
    ///
    /// It is a claim. What the thread said is in [`messages`](field@Self::messages).
    #[must_use]
    pub fn snapshot(&self) -> Option<&ContextSnapshot> {
        self.snapshot.as_ref()
    }
}

impl AgentMailbox {
    /// Brings up to date who reads a mail: the snapshot that came with it, and up to `most` messages
    /// of its thread, itself included.
    ///
    /// The messages before it are looked for by its `References` (RFC 5322 3.6.4), in the inbox and in
    /// `Sent` and among the newest 1000 messages of each. Nothing is marked as read, and what cannot be
    /// read without a mark is left out.
    ///
    /// # Errors
    ///
    /// When a listing fails. A folder or message that is not there is no error.
    pub async fn sync(&self, mail: &Mail, most: usize) -> Result<ThreadContext, Error> {
        let before = mail.references();
        let newest = before.len().saturating_sub(most.saturating_sub(1));
        let mut wanted: BTreeSet<&str> = before[newest..].iter().map(String::as_str).collect();
        let mut found = Vec::new();
        for folder in [Folder::inbox(), Folder::new(SENT)] {
            self.find(folder, &mut wanted, &mut found).await?;
        }
        let place = |summary: &Summary| {
            let id = summary.message_id.as_ref();
            before.iter().position(|before| Some(before) == id)
        };
        found.sort_by_key(place);
        let mut messages = Vec::new();
        for summary in found {
            match self.peek(&summary.id).await {
                Ok(held) => messages.push(held),
                Err(error) if is_not_there(&error) => {}
                Err(error) => return Err(error),
            }
        }
        messages.push(mail.clone());
        Ok(ThreadContext {
            messages,
            snapshot: mail.context_snapshot(),
        })
    }

    /// Takes the messages with wanted ids out of a folder.
    async fn find(
        &self,
        folder: Folder,
        wanted: &mut BTreeSet<&str>,
        found: &mut Vec<Summary>,
    ) -> Result<(), Error> {
        let filter = Filter {
            folder,
            ..Filter::default()
        };
        let mut offset = 0;
        while !wanted.is_empty() && offset < LOOKED_THROUGH {
            let page = Page {
                limit: PAGE,
                offset,
            };
            let listed = match self.list(&filter, page).await {
                Err(error) if is_not_there(&error) => return Ok(()),
                listed => listed?,
            };
            let is_last = listed.len() < PAGE;
            found.extend(listed.into_iter().filter(|summary| {
                let id = summary.message_id.as_deref();
                id.is_some_and(|id| wanted.remove(id))
            }));
            if is_last {
                return Ok(());
            }
            offset += PAGE;
        }
        Ok(())
    }
}

fn is_not_there(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Unsupported)
}
