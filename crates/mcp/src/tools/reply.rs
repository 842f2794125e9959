use mailmesh::Draft;
use rmcp::service::{RequestContext, RoleServer};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::outgoing::{ArrangementName, Content, FileInput, People, Sent};
use crate::desk::Desk;
use crate::failure::Failure;
use crate::tool::{Answer, Effect, Tool};

/// `reply_email`.
#[derive(Debug)]
pub(crate) struct ReplyEmail;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplyInput {
    /// `id` of the email to answer, in any folder.
    message_id: String,
    /// Plain text, without a quote of the email that is answered.
    text: Option<String>,
    /// The same in HTML, for people.
    html: Option<String>,
    /// JSON-LD for machines. Without text and HTML the answer is for machines only.
    structured_data: Option<Map<String, Value>>,
    /// How data and text belong together. Default: full with text, mrm without.
    arrangement: Option<ArrangementName>,
    /// true: answer everybody who got it. Default: false, the author or the Reply-To.
    reply_all: Option<bool>,
    /// Further recipients of a copy.
    cc: Option<Vec<String>>,
    /// Further recipients whom the others do not see.
    bcc: Option<Vec<String>>,
    attachments: Option<Vec<FileInput>>,
    /// Mailbox, see list_mailboxes. Default: the first.
    mailbox: Option<String>,
}

impl Tool for ReplyEmail {
    const NAME: &'static str = "reply_email";
    const TITLE: &'static str = "Reply to an email";
    const DESCRIPTION: &'static str = "Answers an email in its thread: recipients, subject and \
        threading come from it. It cannot be taken back. Look at `reply_to` of read_email first: the \
        answer goes there.";
    const EFFECT: Effect = Effect::Sends;
    type Input = ReplyInput;
    type Output = Sent;

    async fn call(
        desk: &Desk,
        input: ReplyInput,
        _: &RequestContext<RoleServer>,
    ) -> Result<Answer<Sent>, Failure> {
        let limits = &desk.options().limits;
        let people = People {
            to: Vec::new(),
            cc: input.cc.unwrap_or_default(),
            bcc: input.bcc.unwrap_or_default(),
        };
        let content = Content {
            text: input.text,
            html: input.html,
            structured_data: input.structured_data,
            arrangement: input.arrangement,
            attachments: input.attachments.unwrap_or_default(),
        };
        let draft = content.fill(people.fill(Draft::new(), limits)?, limits)?;
        let (named, parent) = desk
            .email(input.mailbox.as_deref(), &input.message_id)
            .await?;
        let receipt = match input.reply_all {
            Some(true) => named.mailbox.reply_all(&parent, draft).await?,
            _ => named.mailbox.reply(&parent, draft).await?,
        };
        Ok(Sent::of(named, receipt).into())
    }
}
