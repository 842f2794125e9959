use mailmesh::Folder;
use mailmesh::untrusted::NOTICE;
use rmcp::service::{RequestContext, RoleServer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cursor::Listing;
use crate::desk::{self, Desk, Shown};
use crate::failure::Failure;
use crate::mailboxes::Named;
use crate::tool::{Answer, Effect, Tool};
use crate::view::EmailLine;

/// `list_emails`.
#[derive(Debug)]
pub(crate) struct ListEmails;

/// `search_emails`.
#[derive(Debug)]
pub(crate) struct SearchEmails;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListInput {
    /// Folder, see list_folders. Default: INBOX.
    folder: Option<String>,
    /// Emails on the page, 1 to 100. Default: 50.
    limit: Option<u32>,
    /// Newer emails to pass over. To page on, `cursor` is better.
    offset: Option<u32>,
    /// true: only emails for machines; false: only others.
    filter_mrm: Option<bool>,
    /// true: only unread; false: only read.
    unread: Option<bool>,
    /// `next_cursor` of the page before; all else but `limit` is then left out.
    cursor: Option<String>,
    /// Mailbox, see list_mailboxes. Default: the first.
    mailbox: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchInput {
    /// Words; emails that hold all of them in subject, addresses or text are found. No search
    /// syntax.
    query: String,
    /// Folder, see list_folders. Default: INBOX.
    folder: Option<String>,
    /// Emails on the page, 1 to 100. Default: 50.
    limit: Option<u32>,
    /// true: only unread; false: only read.
    unread: Option<bool>,
    /// `next_cursor` of the page before; all else but `limit` is then ignored.
    cursor: Option<String>,
    /// Mailbox, see list_mailboxes. Default: the first.
    mailbox: Option<String>,
}

/// A page of emails, newest first.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Listed {
    mailbox: String,
    folder: String,
    emails: Vec<EmailLine>,
    /// There are more: pass it as `cursor` to get them.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    notice: &'static str,
}

impl Tool for ListEmails {
    const NAME: &'static str = "list_emails";
    const TITLE: &'static str = "List emails";
    const DESCRIPTION: &'static str = "Lists the emails of a folder, newest first: author, subject, \
        date, whether unread. Bodies come from read_email. Marks nothing as read.";
    const EFFECT: Effect = Effect::Reads;
    type Input = ListInput;
    type Output = Listed;

    async fn call(
        desk: &Desk,
        input: ListInput,
        _: &RequestContext<RoleServer>,
    ) -> Result<Answer<Listed>, Failure> {
        if let Some(cursor) = &input.cursor {
            return go_on(desk, cursor, input.limit).await;
        }
        let named = desk.mailboxes().pick(input.mailbox.as_deref())?;
        let folder = desk::folder(input.folder.as_deref())?;
        let listing = Listing {
            folder: folder.as_str().to_owned(),
            query: None,
            mrm: input.filter_mrm,
            unread: input.unread,
        };
        let shown = desk
            .first_page(named, listing, input.limit, input.offset)
            .await?;
        Ok(Listed::of(named, &folder, &shown).into())
    }
}

impl Tool for SearchEmails {
    const NAME: &'static str = "search_emails";
    const TITLE: &'static str = "Search emails";
    const DESCRIPTION: &'static str = "Finds the emails of one folder that hold all words of a query, \
        newest first. Shows what list_emails shows.";
    const EFFECT: Effect = Effect::Reads;
    type Input = SearchInput;
    type Output = Listed;

    async fn call(
        desk: &Desk,
        input: SearchInput,
        _: &RequestContext<RoleServer>,
    ) -> Result<Answer<Listed>, Failure> {
        if let Some(cursor) = &input.cursor {
            return go_on(desk, cursor, input.limit).await;
        }
        if input.query.trim().is_empty() {
            return Err(Failure::new(
                "The query has no word.",
                "Give one, or call list_emails.",
            ));
        }
        let named = desk.mailboxes().pick(input.mailbox.as_deref())?;
        let folder = desk::folder(input.folder.as_deref())?;
        let listing = Listing {
            folder: folder.as_str().to_owned(),
            query: Some(input.query),
            mrm: None,
            unread: input.unread,
        };
        let shown = desk.first_page(named, listing, input.limit, None).await?;
        Ok(Listed::of(named, &folder, &shown).into())
    }
}

impl Listed {
    pub(crate) fn of(named: &Named, folder: &Folder, shown: &Shown) -> Self {
        let is_inbox = *folder == Folder::inbox();
        let lines = shown.emails.iter();
        Self {
            mailbox: named.name.clone(),
            folder: folder.as_str().to_owned(),
            emails: lines.map(|email| EmailLine::of(email, !is_inbox)).collect(),
            next_cursor: shown.next_cursor.clone(),
            notice: NOTICE,
        }
    }
}

async fn go_on(desk: &Desk, cursor: &str, limit: Option<u32>) -> Result<Answer<Listed>, Failure> {
    let (named, folder, shown) = desk.next_page(cursor, limit).await?;
    Ok(Listed::of(named, &folder, &shown).into())
}
