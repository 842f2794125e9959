#[cfg(feature = "context")]
use mailmesh::context::ContextClient;
use mailmesh::{AgentMailbox, Filter, Folder, Mail, MailId, Page, Summary};
use tokio::sync::{Semaphore, SemaphorePermit};

#[cfg(feature = "context")]
use crate::context::ContextAgent;
use crate::cursor::{Cursor, Listing};
use crate::failure::Failure;
use crate::mailboxes::{Mailboxes, Named};
use crate::options::Options;

/// What all sessions of a server work on.
#[derive(Debug)]
pub(crate) struct Desk {
    mailboxes: Mailboxes,
    #[cfg(feature = "context")]
    context: Option<ContextAgent>,
    options: Options,
    waiting: Semaphore,
}

/// A page of a listing.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) emails: Vec<Summary>,
    pub(crate) next_cursor: Option<String>,
}

/// Emails looked at around the place where a listing was left, when others came or went.
const AROUND: usize = 100;

/// The longest id, name or query that is taken, in octets.
const LONGEST: usize = 1_000;

impl Desk {
    pub(crate) fn new(mailboxes: Mailboxes, options: Options) -> Self {
        let waiting = Semaphore::new(options.limits.waiting);
        Self {
            mailboxes,
            #[cfg(feature = "context")]
            context: None,
            options,
            waiting,
        }
    }

    /// The same, speaking for an agent of context sync too.
    #[cfg(feature = "context")]
    pub(crate) fn with_context(mut self, client: ContextClient) -> Self {
        self.context = Some(ContextAgent::new(client));
        self
    }

    #[cfg(feature = "context")]
    pub(crate) fn has_context(&self) -> bool {
        self.context.is_some()
    }

    /// The agent of context sync, once its server knows it.
    #[cfg(feature = "context")]
    pub(crate) async fn context(&self) -> Result<&ContextClient, Failure> {
        match &self.context {
            Some(agent) => agent.client().await,
            None => Err(Failure::new("There is no agent here.", "Use mail.")),
        }
    }

    pub(crate) fn mailboxes(&self) -> &Mailboxes {
        &self.mailboxes
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// The right to wait for mail, as long as it is held.
    pub(crate) fn wait(&self) -> Result<SemaphorePermit<'_>, Failure> {
        self.waiting.try_acquire().map_err(|_| {
            let advice = "Let one of them end, or list instead.";
            Failure::new("Too many calls wait for mail already.", advice)
        })
    }

    /// One whole email and whose it is. It stays as unread as it is.
    pub(crate) async fn email(
        &self,
        mailbox: Option<&str>,
        id: &str,
    ) -> Result<(&Named, Mail), Failure> {
        let named = self.mailboxes.pick(mailbox)?;
        let mail = named.mailbox.peek(&mail_id(id)?).await?;
        Ok((named, mail))
    }

    /// The first page of a listing, behind `offset` newer emails.
    pub(crate) async fn first_page(
        &self,
        named: &Named,
        listing: Listing,
        limit: Option<u32>,
        offset: Option<u32>,
    ) -> Result<Shown, Failure> {
        let offset = offset.unwrap_or(0) as usize;
        let limit = self.limit(limit);
        let page = Page {
            limit: limit + 1,
            offset,
        };
        let emails = fetch(&named.mailbox, &listing, page).await?;
        shown(named, listing, emails, limit, offset)
    }

    /// The page behind a cursor. An email that came since is on none, and none is shown twice.
    pub(crate) async fn next_page(
        &self,
        cursor: &str,
        limit: Option<u32>,
    ) -> Result<(&Named, Folder, Shown), Failure> {
        let Cursor {
            mailbox,
            listing,
            seen,
            last,
        } = Cursor::read(cursor)?;
        let named = self.mailboxes.pick(Some(&mailbox))?;
        let limit = self.limit(limit);
        let spot = seen.saturating_sub(1);
        let near = Page {
            limit: limit + 2,
            offset: spot,
        };
        let around = Page {
            limit: 2 * AROUND,
            offset: spot.saturating_sub(AROUND),
        };
        for page in [near, around] {
            let window = fetch(&named.mailbox, &listing, page).await?;
            let Some(at) = window.iter().position(|email| email.id.as_str() == last) else {
                continue;
            };
            let offset = page.offset + at + 1;
            let is_whole = window.len() < page.limit || window.len() - at - 1 > limit;
            let emails = if is_whole {
                window.into_iter().skip(at + 1).collect()
            } else {
                let page = Page {
                    limit: limit + 1,
                    offset,
                };
                fetch(&named.mailbox, &listing, page).await?
            };
            let folder = folder(Some(&listing.folder))?;
            return Ok((named, folder, shown(named, listing, emails, limit, offset)?));
        }
        let advice = "Call again without `cursor` to start from the newest.";
        Err(Failure::new(
            "The emails of this listing have changed too much to go on.",
            advice,
        ))
    }

    fn limit(&self, asked: Option<u32>) -> usize {
        let limits = self.options.limits;
        let limit = asked.map_or(limits.default_page, |asked| asked as usize);
        limit.clamp(1, limits.page)
    }
}

/// The emails of one page; one more than wanted tells that there are more.
fn shown(
    named: &Named,
    listing: Listing,
    mut emails: Vec<Summary>,
    limit: usize,
    offset: usize,
) -> Result<Shown, Failure> {
    let is_more = emails.len() > limit;
    emails.truncate(limit);
    let next_cursor = match emails.last().filter(|_| is_more) {
        Some(last) => {
            let cursor = Cursor {
                mailbox: named.name.clone(),
                listing,
                seen: offset.saturating_add(emails.len()),
                last: last.id.as_str().to_owned(),
            };
            Some(cursor.write()?)
        }
        None => None,
    };
    Ok(Shown {
        emails,
        next_cursor,
    })
}

async fn fetch(
    mailbox: &AgentMailbox,
    listing: &Listing,
    page: Page,
) -> Result<Vec<Summary>, Failure> {
    let filter = Filter {
        folder: folder(Some(&listing.folder))?,
        mrm: listing.mrm,
        unread: listing.unread,
    };
    Ok(match &listing.query {
        Some(query) => {
            let query = short(query, "query")?;
            mailbox.search(query, &filter, page).await?
        }
        None => mailbox.list(&filter, page).await?,
    })
}

/// A folder as a model names it: the inbox unless it says otherwise.
pub(crate) fn folder(name: Option<&str>) -> Result<Folder, Failure> {
    match name {
        None | Some("") => Ok(Folder::inbox()),
        Some(name) => Ok(Folder::new(short(name, "folder")?)),
    }
}

/// An id as a model gives it.
pub(crate) fn mail_id(id: &str) -> Result<MailId, Failure> {
    let id = id.trim();
    if id.starts_with('<') || id.contains('@') {
        let advice = "Give the `id` that list_emails, search_emails or wait_for_email showed.";
        return Err(Failure::new("This is the Message-ID of a header.", advice));
    }
    Ok(MailId::new(short(id, "message_id")?))
}

/// What is not too long to be handed on.
fn short<'a>(text: &'a str, name: &str) -> Result<&'a str, Failure> {
    if text.len() <= LONGEST {
        return Ok(text);
    }
    let what = format!("`{name}` is longer than {LONGEST} octets.");
    Err(Failure::new(what, "Give a shorter one."))
}
