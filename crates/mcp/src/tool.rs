//! Tools: their schemas, and how they are called.

use std::sync::{Arc, LazyLock};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use rmcp::handler::server::tool::{schema_for_input, schema_for_output};
use rmcp::model::{CallToolResult, ContentBlock, JsonObject, Tool as Definition, ToolAnnotations};
use rmcp::service::{RequestContext, RoleServer};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::desk::Desk;
use crate::failure::Failure;
use crate::tools::{
    ForwardEmail, GetAttachment, ListEmails, ListFolders, ListMailboxes, MarkEmail, MoveEmail,
    ReadEmail, ReplyEmail, SearchEmails, SendEmail, VerifySender, WaitForEmail,
};

/// One tool. The documentation of its input is what a model reads.
pub(crate) trait Tool {
    const NAME: &'static str;
    const TITLE: &'static str;
    const DESCRIPTION: &'static str;
    const EFFECT: Effect;
    type Input: DeserializeOwned + JsonSchema + Send + 'static;
    type Output: Serialize + JsonSchema + Send + 'static;

    fn call(
        desk: &Desk,
        input: Self::Input,
        context: &RequestContext<RoleServer>,
    ) -> impl Future<Output = Result<Answer<Self::Output>, Failure>> + Send;
}

/// What a tool does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It reads the mailbox.
    Reads,
    /// It changes what is remembered; doing it again changes nothing.
    Marks,
    /// It takes emails away from where they were.
    Moves,
    /// It writes to people.
    Sends,
}

/// What a tool gives: a value, and what has no place in JSON.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    pub(crate) value: T,
    /// The text block of the value, when it is another than its JSON on one line.
    pub(crate) text: Option<String>,
    pub(crate) blocks: Vec<ContentBlock>,
}

/// A tool on the list, its types behind a function.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) definition: Definition,
    pub(crate) effect: Effect,
    call: Call,
}

type Call =
    fn(Arc<Desk>, JsonObject, RequestContext<RoleServer>) -> BoxFuture<'static, CallToolResult>;

static TOOLS: LazyLock<Vec<Listed>> = LazyLock::new(|| {
    vec![
        Listed::of::<ListEmails>(),
        Listed::of::<SearchEmails>(),
        Listed::of::<ReadEmail>(),
        Listed::of::<GetAttachment>(),
        Listed::of::<WaitForEmail>(),
        Listed::of::<VerifySender>(),
        Listed::of::<SendEmail>(),
        Listed::of::<ReplyEmail>(),
        Listed::of::<ForwardEmail>(),
        Listed::of::<MarkEmail>(),
        Listed::of::<MoveEmail>(),
        Listed::of::<ListFolders>(),
        Listed::of::<ListMailboxes>(),
    ]
});

impl Listed {
    /// The tools a server offers.
    pub(crate) fn offered(desk: &Desk) -> impl Iterator<Item = &'static Self> {
        let options = desk.options();
        let (read_only, attachments) = (options.read_only, options.attachments);
        let has_mail = !desk.mailboxes().is_empty();
        let mail = TOOLS.iter().filter(move |tool| {
            has_mail && (attachments || tool.definition.name != GetAttachment::NAME)
        });
        #[cfg(feature = "context")]
        let context = crate::context::TOOLS.iter().filter(|_| desk.has_context());
        #[cfg(not(feature = "context"))]
        let context = std::iter::empty();
        mail.chain(context)
            .filter(move |tool| !read_only || tool.effect == Effect::Reads)
    }

    pub(crate) async fn call(
        &self,
        desk: Arc<Desk>,
        arguments: JsonObject,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        (self.call)(desk, arguments, context).await
    }

    pub(crate) fn of<T: Tool>() -> Self {
        let input = schema_for_input::<T::Input>().unwrap_or_default(); // a struct has a schema of an object
        let definition = Definition::new(T::NAME, T::DESCRIPTION, input)
            .with_title(T::TITLE)
            .with_raw_output_schema(schema_for_output::<T::Output>())
            .with_annotations(T::EFFECT.annotations(T::TITLE));
        Self {
            definition,
            effect: T::EFFECT,
            call: |desk, arguments, context| {
                async move { result::<T>(&desk, arguments, &context).await }.boxed()
            },
        }
    }
}

/// Calls a tool. Whatever goes wrong is told to the model.
async fn result<T: Tool>(
    desk: &Desk,
    arguments: JsonObject,
    context: &RequestContext<RoleServer>,
) -> CallToolResult {
    let answered = async {
        let input = serde_json::from_value(Value::Object(arguments)).map_err(|error| {
            let advice = format!("See the input schema of {} and call again.", T::NAME);
            Failure::new(format!("The arguments do not fit: {error}."), advice)
        })?;
        let answer = T::call(desk, input, context).await?;
        let value = serde_json::to_value(&answer.value).map_err(|_| Failure::unwritable())?;
        Ok::<_, Failure>((value, answer.text, answer.blocks))
    };
    match answered.await {
        Ok((value, text, blocks)) => {
            let mut result = CallToolResult::structured(value);
            if let Some(text) = text {
                result.content = vec![ContentBlock::text(text)];
            }
            result.content.extend(blocks);
            result
        }
        Err(failure) => CallToolResult::error(vec![ContentBlock::text(failure.message())]),
    }
}

impl Effect {
    fn annotations(self, title: &str) -> ToolAnnotations {
        ToolAnnotations::with_title(title)
            .read_only(self == Self::Reads)
            .destructive(self == Self::Moves)
            .idempotent(matches!(self, Self::Reads | Self::Marks))
            .open_world(self == Self::Sends)
    }
}

impl<T> From<T> for Answer<T> {
    fn from(value: T) -> Self {
        Self {
            value,
            text: None,
            blocks: Vec::new(),
        }
    }
}
