use super::ReplyText;
use crate::untrusted::visible;
use crate::{Error, Mail};

/// What a person wrote in a mail, apart from what it quotes and how it is signed.
///
/// Line ends are `\n`, and characters that nobody sees are gone: they can carry words for a model
/// ([`visible`]). Of mail that has HTML and no text all is empty but the subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Letter {
    /// The subject.
    pub subject: String,
    /// What the author wrote for this mail.
    pub text: String,
    /// What is quoted or forwarded.
    pub quoted: String,
    /// The signature, with the closing before it.
    pub signature: String,
}

impl Letter {
    /// Reads a mail.
    ///
    /// # Errors
    ///
    /// As [`Mail::message`].
    pub fn of(mail: &Mail) -> Result<Self, Error> {
        let message = mail.message()?;
        let text = message.text().unwrap_or_default();
        Ok(Self::new(&mail.summary.subject, &text))
    }

    /// A letter of a subject and a text.
    #[must_use]
    pub fn new(subject: &str, text: &str) -> Self {
        let (text, _) = visible(text);
        let reply = ReplyText::split(&text);
        Self {
            subject: visible(subject).0,
            text: reply.written().into_owned(),
            quoted: reply.quoted().into_owned(),
            signature: reply.signature().into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Letter;

    #[test]
    fn what_nobody_sees_is_gone() {
        let letter = Letter::new("a\u{200b}b", "Two\u{202e}.\r\n\r\n-- \r\nAnn");
        assert_eq!(letter.subject, "ab");
        assert_eq!(
            (letter.text.as_str(), letter.signature.as_str()),
            ("Two.", "-- \nAnn")
        );
    }
}
