use mailmesh::{MailId, Mark};
use rmcp::service::{RequestContext, RoleServer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::desk::{self, Desk};
use crate::failure::Failure;
use crate::tool::{Answer, Effect, Tool};

/// `mark_email`.
#[derive(Debug)]
pub(crate) struct MarkEmail;

/// `move_email`.
#[derive(Debug)]
pub(crate) struct MoveEmail;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MarkInput {
    /// `id`s of the emails, at most 100.
    message_ids: Vec<String>,
    /// true: read; false: unread.
    read: Option<bool>,
    /// Keywords to set, such as $flagged or done.
    add_keywords: Option<Vec<String>>,
    /// Keywords to clear.
    remove_keywords: Option<Vec<String>>,
    /// Mailbox, see list_mailboxes. Default: the first.
    mailbox: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveInput {
    /// `id`s of the emails, at most 100.
    message_ids: Vec<String>,
    /// The folder they go to, see list_folders.
    folder: String,
    /// Mailbox, see list_mailboxes. Default: the first.
    mailbox: Option<String>,
}

/// What became of each email.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Outcomes {
    /// How many it was done to.
    done: usize,
    emails: Vec<Outcome>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Outcome {
    id: String,
    /// Its id from now on, when it has another.
    #[serde(skip_serializing_if = "Option::is_none")]
    new_id: Option<String>,
    /// Why it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Emails, and keywords, in one call.
const MOST: usize = 100;
const KEYWORDS: usize = 20;

impl Tool for MarkEmail {
    const NAME: &'static str = "mark_email";
    const TITLE: &'static str = "Mark emails";
    const DESCRIPTION: &'static str =
        "Marks emails as read or unread, and sets or clears keywords on them.";
    const EFFECT: Effect = Effect::Marks;
    type Input = MarkInput;
    type Output = Outcomes;

    async fn call(
        desk: &Desk,
        input: MarkInput,
        _: &RequestContext<RoleServer>,
    ) -> Result<Answer<Outcomes>, Failure> {
        let ids = mail_ids(input.message_ids)?;
        let marks = marks(input.read, input.add_keywords, input.remove_keywords)?;
        let named = desk.mailboxes().pick(input.mailbox.as_deref())?;
        let mut emails = Vec::with_capacity(ids.len());
        for id in ids {
            let mut marked = Ok(());
            for mark in &marks {
                marked = named.mailbox.mark(&id, mark).await;
                if marked.is_err() {
                    break;
                }
            }
            emails.push(Outcome::of(&id, marked.map(|()| None)));
        }
        Outcomes::of(emails)
    }
}

impl Tool for MoveEmail {
    const NAME: &'static str = "move_email";
    const TITLE: &'static str = "Move emails";
    const DESCRIPTION: &'static str = "Moves emails to another folder of their mailbox. The id of an \
        email may change with its folder; the new one is in the answer.";
    const EFFECT: Effect = Effect::Moves;
    type Input = MoveInput;
    type Output = Outcomes;

    async fn call(
        desk: &Desk,
        input: MoveInput,
        _: &RequestContext<RoleServer>,
    ) -> Result<Answer<Outcomes>, Failure> {
        let ids = mail_ids(input.message_ids)?;
        let folder = desk::folder(Some(&input.folder))?;
        let named = desk.mailboxes().pick(input.mailbox.as_deref())?;
        let mut emails = Vec::with_capacity(ids.len());
        for id in ids {
            let moved = named.mailbox.move_to(&id, &folder).await;
            emails.push(Outcome::of(&id, moved));
        }
        Outcomes::of(emails)
    }
}

impl Outcome {
    fn of(id: &MailId, done: Result<Option<MailId>, mailmesh::Error>) -> Self {
        let (new_id, error) = match done {
            Ok(new_id) => (new_id.filter(|new_id| new_id != id), None),
            Err(error) => (None, Some(Failure::from(error).message().to_owned())),
        };
        Self {
            id: id.as_str().to_owned(),
            new_id: new_id.map(|id| id.as_str().to_owned()),
            error,
        }
    }
}

impl Outcomes {
    /// When nothing was done at all, that is a failure.
    fn of(emails: Vec<Outcome>) -> Result<Answer<Self>, Failure> {
        let done = emails.iter().filter(|email| email.error.is_none()).count();
        match emails.first().and_then(|first| first.error.as_deref()) {
            Some(error) if done == 0 => Err(Failure::new("Nothing was done.", error)),
            _ => Ok(Self { done, emails }.into()),
        }
    }
}

fn mail_ids(ids: Vec<String>) -> Result<Vec<MailId>, Failure> {
    if !(1..=MOST).contains(&ids.len()) {
        let what = format!("`message_ids` has {} ids.", ids.len());
        return Err(Failure::new(what, format!("Give 1 to {MOST}.")));
    }
    ids.iter().map(|id| desk::mail_id(id)).collect()
}

fn marks(
    read: Option<bool>,
    add: Option<Vec<String>>,
    remove: Option<Vec<String>>,
) -> Result<Vec<Mark>, Failure> {
    let read = read.map(|read| if read { Mark::Read } else { Mark::Unread });
    let add = add.unwrap_or_default().into_iter().map(Mark::Keyword);
    let remove = remove
        .unwrap_or_default()
        .into_iter()
        .map(Mark::ClearKeyword);
    let marks: Vec<Mark> = read.into_iter().chain(add).chain(remove).collect();
    if !(1..=KEYWORDS).contains(&marks.len()) {
        let advice =
            format!("Give `read`, `add_keywords` or `remove_keywords`, {KEYWORDS} in all at most.");
        return Err(Failure::new(
            "There is nothing, or too much, to mark.",
            advice,
        ));
    }
    Ok(marks)
}
