use mailmesh::untrusted::one_line;
use rmcp::service::{RequestContext, RoleServer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::desk::Desk;
use crate::failure::Failure;
use crate::tool::{Answer, Effect, Tool};
use crate::view::is_false;

/// `list_mailboxes`.
#[derive(Debug)]
pub(crate) struct ListMailboxes;

/// `list_folders`.
#[derive(Debug)]
pub(crate) struct ListFolders;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailboxesInput {}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FoldersInput {
    /// Mailbox, see list_mailboxes. Default: the first.
    mailbox: Option<String>,
}

/// All mailboxes of this server.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Mailboxes {
    mailboxes: Vec<MailboxLine>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct MailboxLine {
    /// What the tools take as `mailbox`.
    name: String,
    /// The address it sends from.
    address: String,
    /// The one that is meant when none is named.
    #[serde(skip_serializing_if = "is_false")]
    default: bool,
    /// What it cannot do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lacks: Vec<&'static str>,
}

/// The folders of a mailbox.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Folders {
    mailbox: String,
    folders: Vec<FolderLine>,
    /// There are more than are told.
    #[serde(skip_serializing_if = "is_false")]
    more: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FolderLine {
    name: String,
    /// Emails in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    emails: Option<u64>,
    /// Those of them that are unread.
    #[serde(skip_serializing_if = "Option::is_none")]
    unread: Option<u64>,
}

/// Folders that are told.
const FOLDERS: usize = 500;

impl Tool for ListMailboxes {
    const NAME: &'static str = "list_mailboxes";
    const TITLE: &'static str = "List mailboxes";
    const DESCRIPTION: &'static str =
        "Lists the mailboxes this server has, their addresses and what they cannot do.";
    const EFFECT: Effect = Effect::Reads;
    type Input = MailboxesInput;
    type Output = Mailboxes;

    async fn call(
        desk: &Desk,
        _: MailboxesInput,
        _: &RequestContext<RoleServer>,
    ) -> Result<Answer<Mailboxes>, Failure> {
        let all = desk.mailboxes();
        let line = |named: &crate::mailboxes::Named| {
            let can = named.mailbox.capabilities();
            let lacks = [
                (
                    can.unchanged,
                    "emails may arrive changed; send_email tells what was lost",
                ),
                (
                    can.address_search,
                    "search_emails does not look through addresses",
                ),
                (can.blind_copies, "no bcc"),
            ];
            MailboxLine {
                name: named.name.clone(),
                address: named.mailbox.address().to_owned(),
                default: all.is_default(named),
                lacks: lacks
                    .into_iter()
                    .filter(|(can, _)| !can)
                    .map(|(_, lack)| lack)
                    .collect(),
            }
        };
        Ok(Mailboxes {
            mailboxes: all.iter().map(line).collect(),
        }
        .into())
    }
}

impl Tool for ListFolders {
    const NAME: &'static str = "list_folders";
    const TITLE: &'static str = "List folders";
    const DESCRIPTION: &'static str =
        "Lists the folders of a mailbox, and where the server tells it how many emails they hold.";
    const EFFECT: Effect = Effect::Reads;
    type Input = FoldersInput;
    type Output = Folders;

    async fn call(
        desk: &Desk,
        input: FoldersInput,
        _: &RequestContext<RoleServer>,
    ) -> Result<Answer<Folders>, Failure> {
        let named = desk.mailboxes().pick(input.mailbox.as_deref())?;
        let all = named.mailbox.folders().await?;
        let more = all.len() > FOLDERS;
        let folders = all.into_iter().take(FOLDERS).map(|status| FolderLine {
            name: one_line(status.folder.as_str(), 255),
            emails: status.messages,
            unread: status.unread,
        });
        Ok(Folders {
            mailbox: named.name.clone(),
            folders: folders.collect(),
            more,
        }
        .into())
    }
}
