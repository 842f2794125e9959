use async_trait::async_trait;

use super::Prompt;
use crate::Error;

/// A language model, as the caller calls it: one prompt in, one text out.
///
/// What it answers is checked and never believed. An implementation needs no retry of its own;
/// calls have no memory of each other.
///
/// ```
/// use mailmesh::Error;
/// use mailmesh::human::{HumanBridge, LanguageModel, Prompt};
///
/// struct Mine;
///
/// #[async_trait::async_trait]
/// impl LanguageModel for Mine {
///     async fn complete(&self, prompt: &Prompt) -> Result<String, Error> {
///         // Ask a model with prompt.system, prompt.user and prompt.schema here.
///         Ok(r#"{"text":"Thank you, it is on its way."}"#.to_owned())
///     }
/// }
///
/// let bridge = HumanBridge::with_model(Mine);
/// ```
#[async_trait]
pub trait LanguageModel: Send + Sync {
    /// What the model answers.
    ///
    /// # Errors
    ///
    /// Whatever the call fails with, by who has to act.
    async fn complete(&self, prompt: &Prompt) -> Result<String, Error>;
}
