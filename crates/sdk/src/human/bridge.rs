use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use structured_email::{Draft, Mailbox};

use super::{Automatic, HumanInbox, Intent, LanguageModel, Letter, Prompt, answer, rules};
use crate::{AgentMailbox, Error, ErrorKind, Folder, Mail, Position, Receipt};

/// Reads what people write into an [`Intent`], and answers them.
///
/// A clone is the same bridge. It keeps nothing between calls.
#[derive(Clone)]
pub struct HumanBridge {
    model: Option<Arc<dyn LanguageModel>>,
}

impl HumanBridge {
    /// A bridge that goes by rules and needs no language model. None of its calls fails for want
    /// of one.
    #[must_use]
    pub fn by_rules() -> Self {
        Self { model: None }
    }

    /// A bridge over a language model.
    pub fn with_model(model: impl LanguageModel + 'static) -> Self {
        Self {
            model: Some(Arc::new(model)),
        }
    }

    /// What a letter wants.
    ///
    /// # Errors
    ///
    /// What the model fails with; [`Protocol`](ErrorKind::Protocol) when its answer is no intent.
    /// The intent by rules never fails: [`by_rules`](Self::by_rules).
    pub async fn understand(&self, letter: &Letter) -> Result<Intent, Error> {
        match &self.model {
            Some(model) => Intent::parse(&model.complete(&Prompt::reading(letter)).await?),
            None => Ok(rules::intent(letter)),
        }
    }

    /// A friendly answer to a mail that says `outcome`: what was done, or is to be said. Any JSON
    /// value will do; of a text the rules take it as it is, of an object each member.
    ///
    /// # Errors
    ///
    /// As [`understand`](Self::understand), for an answer that is no mail; and as [`Letter::of`].
    pub async fn write(
        &self,
        mail: &Mail,
        intent: &Intent,
        outcome: &Value,
    ) -> Result<String, Error> {
        let letter = Letter::of(mail)?;
        match &self.model {
            Some(model) => {
                let prompt = Prompt::answering(&letter, intent, outcome);
                answer::words(&model.complete(&prompt).await?)
            }
            None => {
                let author = mail.summary.from.as_deref().map(Mailbox::from);
                let name = author.and_then(|author| author.name);
                Ok(rules::answer(&letter, name.as_deref(), outcome))
            }
        }
    }

    /// Answers a person's mail in its thread: [`write`](Self::write), then
    /// [`AgentMailbox::reply`]. The answer says that a machine wrote it (RFC 3834 5), so that no
    /// machine answers it.
    ///
    /// # Errors
    ///
    /// [`Refused`](ErrorKind::Refused) when no person wrote the mail ([`is_human`]): nothing is
    /// asked of the model then, and nothing is sent. Else as the two calls.
    pub async fn answer(
        &self,
        mailbox: &AgentMailbox,
        mail: &Mail,
        intent: &Intent,
        outcome: &Value,
    ) -> Result<Receipt, Error> {
        if !is_human(mailbox, mail)? {
            let message = "expected mail of a person: machines get no answer (RFC 3834 2)";
            return Err(Error::new(ErrorKind::Refused, message));
        }
        let text = self.write(mail, intent, outcome).await?;
        mailbox
            .reply(mail, Draft::new().text(text).auto_replied(true))
            .await
    }

    /// The mail that people write to the inbox, each once and in the order of arrival, with what it
    /// wants: from a saved position on, else from now on.
    ///
    /// # Errors
    ///
    /// As [`AgentMailbox::watch`].
    pub async fn process_inbox(
        &self,
        mailbox: &AgentMailbox,
        after: Option<Position>,
    ) -> Result<HumanInbox, Error> {
        let watch = mailbox.watch(Folder::inbox(), after).await?;
        Ok(HumanInbox::new(self.clone(), mailbox.clone(), watch))
    }
}

/// Whether a person seems to have written a mail: it is neither for machines only nor
/// [`Automatic`], and not from the mailbox itself.
///
/// # Errors
///
/// As [`Mail::message`].
pub fn is_human(mailbox: &AgentMailbox, mail: &Mail) -> Result<bool, Error> {
    let message = mail.message()?;
    let own = mailbox.address();
    let is_own = |author: &Mailbox| author.address.eq_ignore_ascii_case(own);
    let authors = message.from();
    Ok(!mail.summary.is_mrm
        && !authors.is_empty()
        && !authors.iter().any(is_own)
        && Automatic::of(&message).is_none())
}

impl fmt::Debug for HumanBridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HumanBridge")
            .field("by_rules", &self.model.is_none())
            .finish()
    }
}
