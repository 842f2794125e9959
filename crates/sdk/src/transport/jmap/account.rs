//! What is known of the account: its session, its mailboxes, as whom it sends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mail_jmap::{Id, Identities, Limits, Mailbox, Mailboxes, Request, Response, Session};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::fault;
use super::link::Link;
use crate::{Error, ErrorKind, Folder, FolderStatus};

/// Mailboxes are asked for again after this time.
const FRESH: Duration = Duration::from_secs(60);
/// Mailboxes in mailboxes.
const MAX_DEPTH: usize = 32;

/// An account as its session describes it.
pub(super) struct Account {
    pub(super) session: Session,
    folders: Mutex<Option<(Instant, Folders)>>,
    identities: Mutex<Option<Identities>>,
    is_outdated: AtomicBool,
    /// Whether no socket of it can be opened.
    pub(super) is_socketless: AtomicBool,
    pub(super) is_silent: AtomicBool,
}

/// The mailboxes of an account.
#[derive(Clone, Debug, Default)]
pub(super) struct Folders {
    by_name: BTreeMap<String, Id>,
    by_role: BTreeMap<String, Id>,
}

/// The account in use, if any.
#[derive(Default)]
pub(super) struct Current(Mutex<Option<Arc<Account>>>);

impl Current {
    /// The account, its session read when it is new or was changed.
    pub(super) async fn open(&self, link: &Link) -> Result<Arc<Account>, Error> {
        let mut current = self.0.lock().await;
        if let Some(account) = &*current
            && !account.is_outdated.load(Ordering::Relaxed)
        {
            return Ok(Arc::clone(account));
        }
        let session = link.session().await?;
        if session.server_limits.calls_in_request < Request::MOST_CALLS {
            let message = "expected a server that takes 4 calls in a request";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        link.obey(&session);
        let account = Arc::new(Account {
            session,
            folders: Mutex::new(None),
            identities: Mutex::new(None),
            is_outdated: AtomicBool::new(false),
            is_socketless: AtomicBool::new(false),
            is_silent: AtomicBool::new(false),
        });
        *current = Some(Arc::clone(&account));
        Ok(account)
    }
}

impl Account {
    /// An empty request on it.
    pub(super) fn request(&self) -> Request {
        Request::new(&self.session.account)
    }

    /// Reads a response, and notes when it says that the session is another now.
    pub(super) fn response<'a>(&self, octets: &'a [u8]) -> Result<Response<'a>, Error> {
        let response = Response::parse(octets, &Limits::default()).map_err(fault::unreadable)?;
        let state = response.session_state();
        if !state.is_empty() && state != self.session.state {
            self.is_outdated.store(true, Ordering::Relaxed);
        }
        Ok(response)
    }

    /// The mailbox of a name.
    pub(super) async fn folder(&self, link: &Link, name: &str) -> Result<Id, Error> {
        let mut known = self.folders.lock().await;
        if let Some((at, folders)) = &*known
            && at.elapsed() < FRESH
            && let Some(id) = folders.named(name)
        {
            return Ok(id);
        }
        let folders = self.read_folders(link).await?;
        let id = folders.named(name);
        *known = Some((Instant::now(), folders));
        id.ok_or_else(fault::no_folder)
    }

    /// The mailbox of the first of these roles that has one.
    pub(super) async fn role(&self, link: &Link, roles: &[&str]) -> Result<Id, Error> {
        let mut known = self.folders.lock().await;
        let folders = match &*known {
            Some((at, folders)) if at.elapsed() < FRESH => folders.clone(),
            _ => {
                let folders = self.read_folders(link).await?;
                *known = Some((Instant::now(), folders.clone()));
                folders
            }
        };
        let mut roles = roles.iter();
        let id = roles.find_map(|role| folders.by_role.get(*role).cloned());
        id.ok_or_else(fault::no_folder)
    }

    /// Mailboxes are asked for at the next use.
    pub(super) async fn forget_folders(&self) {
        *self.folders.lock().await = None;
    }

    /// The identity to send from an address with.
    pub(super) async fn identity(&self, link: &Link, from: &str) -> Result<Id, Error> {
        let mut known = self.identities.lock().await;
        let identities = match known.take() {
            Some(identities) => identities,
            None => {
                let mut request = self.request();
                let call = request.identities();
                let octets = link.ask(&self.session, &request).await?;
                let response = self.response(&octets)?;
                response.read(&call).map_err(fault::failure)?
            }
        };
        let list = &known.insert(identities).list;
        let domain = from.rsplit_once('@').map_or("", |(_, domain)| domain);
        let fits = |email: &str| match email.strip_prefix("*@") {
            Some(any_of) => any_of.eq_ignore_ascii_case(domain),
            None => email.eq_ignore_ascii_case(from),
        };
        // Without one that fits, the server says whether the first will do.
        let identity = list
            .iter()
            .find(|it| fits(&it.email))
            .or_else(|| list.first());
        match identity {
            Some(identity) => Ok(identity.id.clone()),
            None => {
                let message = "expected an account that may send mail";
                Err(Error::new(ErrorKind::Refused, message))
            }
        }
    }

    /// Its mailboxes as they are now, by the names of their folders.
    pub(super) async fn statuses(&self, link: &Link) -> Result<Vec<FolderStatus>, Error> {
        let mailboxes = self.read_mailboxes(link).await?;
        let mut statuses: Vec<_> = paths(&mailboxes)
            .map(|(path, mailbox)| {
                let is_inbox = mailbox
                    .role
                    .as_deref()
                    .is_some_and(|role| role.eq_ignore_ascii_case("inbox"));
                let folder = if is_inbox {
                    Folder::inbox()
                } else {
                    Folder::new(path)
                };
                let mut status = FolderStatus::named(folder);
                (status.messages, status.unread) = (mailbox.total_emails, mailbox.unread_emails);
                status
            })
            .collect();
        statuses.sort_by(|a, b| a.folder.as_str().cmp(b.folder.as_str()));
        Ok(statuses)
    }

    async fn read_folders(&self, link: &Link) -> Result<Folders, Error> {
        Ok(Folders::of(&self.read_mailboxes(link).await?))
    }

    async fn read_mailboxes(&self, link: &Link) -> Result<Mailboxes, Error> {
        let mut request = self.request();
        let call = request.mailboxes();
        let octets = link.ask(&self.session, &request).await?;
        let mailboxes = self.response(&octets)?.read(&call);
        mailboxes.map_err(fault::failure)
    }
}

impl Folders {
    fn of(mailboxes: &Mailboxes) -> Self {
        let mut folders = Self::default();
        for (path, mailbox) in paths(mailboxes) {
            if let Some(role) = &mailbox.role {
                let role = role.to_ascii_lowercase();
                folders.by_role.insert(role, mailbox.id.clone());
            }
            folders.by_name.insert(path, mailbox.id.clone());
        }
        folders
    }

    /// The inbox goes by its role, the others by the names on the way to them, joined by `/`.
    fn named(&self, name: &str) -> Option<Id> {
        let inbox = name.eq_ignore_ascii_case("INBOX");
        let by_role = inbox.then(|| self.by_role.get("inbox")).flatten();
        by_role.or_else(|| self.by_name.get(name)).cloned()
    }
}

/// Mailboxes, each with the names on the way to it.
fn paths(mailboxes: &Mailboxes) -> impl Iterator<Item = (String, &Mailbox)> {
    let by_id: BTreeMap<&Id, _> = mailboxes.list.iter().map(|it| (&it.id, it)).collect();
    mailboxes.list.iter().map(move |mailbox| {
        let mut names = vec![mailbox.name.as_str()];
        let mut above = mailbox.parent_id.as_ref();
        while let Some(parent) = above.and_then(|id| by_id.get(id))
            && names.len() < MAX_DEPTH
        {
            names.push(&parent.name);
            above = parent.parent_id.as_ref();
        }
        names.reverse();
        (names.join("/"), mailbox)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_go_by_their_path_and_the_inbox_by_its_role() {
        let octets = br#"{"methodResponses":[["Mailbox/get",{"list":[
            {"id":"1","name":"Eingang","role":"Inbox"},{"id":"2","name":"a","parentId":"1"},
            {"id":"3","name":"b","parentId":"2"},{"id":"4","name":"loop","parentId":"4"},{"id":5}]},"0"]]}"#;
        let call = Request::new(&"x".parse().unwrap()).mailboxes();
        let response = Response::parse(octets, &Limits::default()).unwrap();
        let folders = Folders::of(&response.read(&call).unwrap());
        let named = |name: &str| folders.named(name).map(|id| id.to_string());
        assert_eq!(named("inbox").as_deref(), Some("1"));
        assert_eq!(named("Eingang/a/b").as_deref(), Some("3"));
        assert_eq!(named("b"), None);
    }
}
