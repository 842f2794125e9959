//! Errors as a model reads them: what went wrong, and what to do next.

use mailmesh::ErrorKind;

/// Why a tool has no result. It is an answer to the model, not an error of the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    message: String,
}

impl Failure {
    /// A failure in whole sentences.
    pub(crate) fn new(what: impl AsRef<str>, advice: impl AsRef<str>) -> Self {
        Self {
            message: format!("{} {}", what.as_ref(), advice.as_ref()),
        }
    }

    /// What an error says, and what to do next.
    pub(crate) fn of(error: &mailmesh::Error, advice: &str) -> Self {
        Self::new(format!("{}.", sentence(&error.to_string())), advice)
    }

    /// A result that is no JSON.
    pub(crate) fn unwritable() -> Self {
        Self::new("The result cannot be written.", "Tell the user.")
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

impl From<mailmesh::Error> for Failure {
    fn from(error: mailmesh::Error) -> Self {
        let advice = match error.kind() {
            ErrorKind::NotFound => {
                "Ids come from list_emails, search_emails and wait_for_email, folders from \
                 list_folders; an email that was moved may have a new id. List again."
            }
            ErrorKind::Invalid => "Correct the arguments and call again.",
            ErrorKind::Unauthorized => {
                "The mailbox refuses its credentials. Tell the user; calling again does not help."
            }
            ErrorKind::Refused => {
                "The mail server said no and will say so again. Change what was asked, or tell the \
                 user."
            }
            ErrorKind::Unsupported => {
                "This mailbox cannot do that; list_mailboxes says what each can do. Do without it."
            }
            kind if kind.is_transient() => {
                "This may pass. Wait some seconds and call again; before sending again, look in the \
                 folder of sent mail or ask the user, for the email may have gone out."
            }
            _ => "Calling again is unlikely to help. Tell the user.",
        };
        Self::of(&error, advice)
    }
}

/// A message of an error as the start of a sentence.
fn sentence(message: &str) -> String {
    let mut letters = message.trim_end_matches('.').chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use mailmesh::{Error, ErrorKind};

    use super::Failure;

    #[test]
    fn every_error_says_what_to_do_next() {
        for kind in [
            ErrorKind::NotFound,
            ErrorKind::Invalid,
            ErrorKind::Unauthorized,
            ErrorKind::Busy,
            ErrorKind::Store,
        ] {
            let failure = Failure::from(Error::new(kind, "expected a thing"));
            assert!(failure.message().starts_with("Expected a thing. "));
            assert!(failure.message().len() > "Expected a thing. ".len() + 20);
        }
    }
}
