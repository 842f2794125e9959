//! What a backend has no place for: keywords, and what was read or became unread again. They are in a
//! file of the state folder, and known to those who share it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use structured_email::keyword_eq;

use super::disk::{on_disk, sync_folder};
use crate::{Error, ErrorKind, MailId};
#[cfg(feature = "asmtp")]
use crate::{Filter, Summary};

/// The messages that may have marks.
const MOST: usize = 100_000;

/// The file of the marks of one mailbox.
#[derive(Clone, Debug)]
pub(super) struct Marks(PathBuf);

/// The marks by the ids of messages.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Book(BTreeMap<String, Kept>);

/// What is kept of one message.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Kept {
    /// It was read, and is unread again.
    #[serde(default)]
    pub(super) unread: bool,
    /// It was read, which the backend does not remember.
    #[cfg(feature = "resend")]
    #[serde(default)]
    pub(super) read: bool,
    /// Its keywords, in the order they were set.
    #[serde(default)]
    keywords: Vec<String>,
}

impl Marks {
    /// The marks in a folder that exists.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// All marks.
    pub(super) async fn read(&self) -> Result<Book, Error> {
        let file = self.file();
        let octets = on_disk(move || read(file)).await?;
        Book::parse(octets)
    }

    /// Changes those of one message. Of several processes one at a time does.
    pub(super) async fn change(
        &self,
        id: &MailId,
        change: impl FnOnce(&mut Kept),
    ) -> Result<(), Error> {
        let (folder, file) = (self.0.clone(), self.file());
        let (lock, octets) = on_disk(move || {
            let mut options = File::options();
            let options = options.write(true).create(true).truncate(false);
            let lock = options.open(folder.join("marks.lock"))?;
            lock.lock()?;
            Ok((lock, read(file)?))
        })
        .await?;
        let mut book = Book::parse(octets)?;
        let kept = book.0.entry(id.as_str().to_owned()).or_default();
        change(kept);
        if kept.is_empty() {
            book.0.remove(id.as_str());
        }
        if book.0.len() > MOST {
            let message = "expected marks on at most 100000 messages";
            return Err(Error::new(ErrorKind::Store, message));
        }
        let (folder, file) = (self.0.clone(), self.file());
        let octets = serde_json::to_vec(&book).map_err(io::Error::other);
        on_disk(move || {
            let beside = folder.join("marks.new");
            let mut new = File::create(&beside)?;
            new.write_all(&octets?)?;
            new.sync_all()?;
            fs::rename(&beside, file)?;
            drop(lock);
            sync_folder(&folder)
        })
        .await
    }

    fn file(&self) -> PathBuf {
        self.0.join("marks.json")
    }
}

impl Book {
    fn parse(octets: Vec<u8>) -> Result<Self, Error> {
        if octets.is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_slice(&octets).map_err(|error| {
            let message = "the file of marks, marks.json, cannot be read";
            Error::new(ErrorKind::Store, message).with_source(error)
        })
    }

    /// Whether a listing of what is unread at the operator leaves something out.
    #[cfg(feature = "asmtp")]
    pub(super) fn hides_from(&self, filter: &Filter) -> bool {
        filter.unread == Some(true) && self.0.values().any(|kept| kept.unread)
    }

    /// Whether a message that was read is unread again.
    pub(super) fn is_unread(&self, id: &MailId) -> bool {
        self.0.get(id.as_str()).is_some_and(|kept| kept.unread)
    }

    /// The keywords of a message.
    pub(super) fn keywords(&self, id: &MailId) -> Vec<String> {
        let kept = self.0.get(id.as_str());
        kept.map_or_else(Vec::new, |kept| kept.keywords.clone())
    }

    /// Whether a message was read, where the backend does not remember it.
    #[cfg(feature = "resend")]
    pub(super) fn is_read(&self, id: &MailId) -> bool {
        self.0.get(id.as_str()).is_some_and(|kept| kept.read)
    }

    /// Adds to a summary what is kept of its message.
    #[cfg(feature = "asmtp")]
    pub(super) fn apply(&self, summary: &mut Summary) {
        summary.unread |= self.is_unread(&summary.id);
        summary.keywords = self.keywords(&summary.id);
    }
}

impl Kept {
    fn is_empty(&self) -> bool {
        #[cfg(feature = "resend")]
        if self.read {
            return false;
        }
        !self.unread && self.keywords.is_empty()
    }

    pub(super) fn set(&mut self, keyword: &str) {
        if !self.keywords.iter().any(|kept| keyword_eq(kept, keyword)) {
            self.keywords.push(keyword.to_owned());
        }
    }

    pub(super) fn clear(&mut self, keyword: &str) {
        self.keywords.retain(|kept| !keyword_eq(kept, keyword));
    }
}

fn read(file: PathBuf) -> io::Result<Vec<u8>> {
    match fs::read(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read,
    }
}
