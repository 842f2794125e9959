use serde::Deserialize;
use serde_json::value::RawValue;

use crate::answer::Answer;
use crate::{Call, Error, ErrorKind, Limits, Refusal};

/// What a server answers to a [`Request`](crate::Request) (RFC 8620 3.4).
///
/// Answers are looked into when they are asked for, so that one that cannot be read hides no other.
#[derive(Debug)]
pub struct Response<'a> {
    answers: Vec<Invocation<'a>>,
    session_state: String,
}

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(clippy::exhaustive_enums)] // it was refused, or it cannot be read
pub enum Failure {
    /// The server refused the call, or another one before it that it refers to.
    #[error("the server refused the call: {0}")]
    Refused(Refusal),
    /// The answer cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Error),
}

#[derive(Debug, Deserialize)]
struct Invocation<'a>(String, #[serde(borrow)] &'a RawValue, String);

impl<'a> Response<'a> {
    /// Reads a response.
    ///
    /// # Errors
    ///
    /// [`Malformed`](ErrorKind::Malformed) when it is none, [`TooLarge`](ErrorKind::TooLarge) when it
    /// has more answers than the limit.
    pub fn parse(octets: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Whole<'a> {
            #[serde(borrow)]
            method_responses: Vec<Invocation<'a>>,
            #[serde(default)]
            session_state: Option<String>,
        }
        let whole: Whole<'a> = serde_json::from_slice(octets)
            .map_err(|error| Error::json("a JMAP response", &error))?;
        if whole.method_responses.len() > limits.answers {
            let message = format!("expected at most {} answers", limits.answers);
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        Ok(Self {
            answers: whole.method_responses,
            session_state: whole.session_state.unwrap_or_default(),
        })
    }

    /// The answer to a call.
    ///
    /// # Errors
    ///
    /// [`Failure::Refused`] when the server refused it; [`Failure::Unreadable`] when there is no
    /// answer to it, or one that cannot be read.
    pub fn read<T: Answer>(&self, call: &Call<T>) -> Result<T, Failure> {
        let number = call.number.to_string();
        // What a method does by the way is answered under its id too (RFC 8621 7.5).
        let is_answer = |answer: &&Invocation<'_>| {
            answer.2 == number && (answer.0 == call.method || answer.0 == "error")
        };
        match self.answers.iter().find(is_answer) {
            Some(Invocation(name, arguments, _)) if name == "error" => {
                Err(Failure::Refused(Refusal::read(arguments)))
            }
            Some(Invocation(_, arguments, _)) => Ok(T::read(arguments)?),
            None => {
                let message = format!("expected an answer to {}", call.method);
                Err(Error::new(ErrorKind::MissingAnswer, message).into())
            }
        }
    }

    /// The state of the session resource.
    #[must_use]
    pub fn session_state(&self) -> &str {
        &self.session_state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Id, Reason, Request};

    #[test]
    fn answers_are_found_by_call_and_name() {
        let account: Id = "a".parse().unwrap();
        let mut request = Request::new(&account);
        let first = request.destroy(&account);
        let second = request.identities();
        let octets = br#"{"methodResponses":[["Email/set",{"destroyed":["a"]},"0"],
            ["Email/set",{"destroyed":["b"]},"1"],["error",{"type":"forbidden","description":"no\n"},"1"]],
            "sessionState":"s"}"#;
        let response = Response::parse(octets, &Limits::default()).unwrap();
        assert!(response.read(&first).unwrap().destroyed.contains(&account));
        let Failure::Refused(refusal) = response.read(&second).unwrap_err() else {
            panic!("expected a refusal");
        };
        assert_eq!(
            (refusal.reason(), refusal.description.as_str()),
            (Reason::Forbidden, "no")
        );
        assert_eq!(response.session_state(), "s");

        let none = Response::parse(br#"{"methodResponses":[]}"#, &Limits::default()).unwrap();
        assert!(matches!(none.read(&first), Err(Failure::Unreadable(error))
            if error.kind() == ErrorKind::MissingAnswer));
    }
}
