use std::fmt;

use crate::{Message, WarningKind};

/// Who wrote a message, for [`may_supersede`]. Ids stand without angle brackets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct Authorship {
    /// Its `Message-ID`.
    pub message_id: String,
    /// The address in `From`.
    pub from: String,
    /// The author domain that was authenticated, if one was: by DKIM aligned with `From`, or by
    /// DMARC.
    pub authenticated_domain: Option<String>,
    /// The ids it supersedes itself.
    pub supersedes: Vec<String>,
}

impl Authorship {
    /// Takes what the message says of itself, and the domain that the caller authenticated.
    ///
    /// A message with several authors, or none, has no one author: it supersedes nothing.
    #[must_use]
    pub fn of(message: &Message<'_>, authenticated_domain: Option<&str>) -> Self {
        let from = match message.from().as_mut_slice() {
            [only] => std::mem::take(&mut only.address),
            _ => String::new(),
        };
        Self {
            message_id: message.message_id().unwrap_or_default(),
            from,
            authenticated_domain: authenticated_domain.map(str::to_owned),
            supersedes: message.supersedes().to_vec(),
        }
    }
}

/// Whether a message replaces the data of an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Supersession {
    /// It does: the old data is revoked.
    Accepted,
    /// It does not name the old message.
    Unrelated,
    /// It names itself, or the old message names it as well.
    Cyclic,
    /// It is another author's, or nobody is authenticated.
    Foreign,
    /// The old message was answered: its data cannot be revoked any more.
    Answered,
}

/// Says whether `new` may revoke and replace the data of `old` (draft-ietf-sml-structured-email,
/// "Updates").
///
/// The author has to be the same, authenticated both times: equal `From` address and equal
/// authenticated domain. Of several ids in `Supersedes`, each is asked for on its own.
///
/// Ask in order of arrival, for data that still stands: longer cycles then cannot form.
#[must_use]
pub fn may_supersede(new: &Authorship, old: &Authorship, already_answered: bool) -> Supersession {
    if !new.supersedes.contains(&old.message_id) {
        return Supersession::Unrelated;
    }
    if new.message_id == old.message_id || old.supersedes.contains(&new.message_id) {
        return Supersession::Cyclic;
    }
    let same_domain = match (&new.authenticated_domain, &old.authenticated_domain) {
        (Some(new), Some(old)) => new.eq_ignore_ascii_case(old),
        _ => false,
    };
    if !same_domain || !same_mailbox(&new.from, &old.from) {
        return Supersession::Foreign;
    }
    if already_answered {
        return Supersession::Answered;
    }
    Supersession::Accepted
}

/// Local parts compare as they stand, domains without case (RFC 5321, 2.4).
fn same_mailbox(a: &str, b: &str) -> bool {
    match (a.rsplit_once('@'), b.rsplit_once('@')) {
        (Some((a, a_domain)), Some((b, b_domain))) => {
            a == b && a_domain.eq_ignore_ascii_case(b_domain)
        }
        _ => false,
    }
}

impl Supersession {
    /// The warning to show with the new message.
    #[must_use]
    pub const fn warning(self) -> Option<WarningKind> {
        match self {
            Self::Foreign => Some(WarningKind::ForeignSupersedes),
            Self::Accepted | Self::Unrelated | Self::Cyclic | Self::Answered => None,
        }
    }

    /// The name used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::Unrelated => "Unrelated",
            Self::Cyclic => "Cyclic",
            Self::Foreign => "Foreign",
            Self::Answered => "Answered",
        }
    }
}

impl fmt::Display for Supersession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{Authorship, Supersession, may_supersede};
    use crate::Message;

    fn author_of(header: &str) -> Authorship {
        Authorship::of(
            &Message::parse(header.as_bytes()).unwrap(),
            Some("example.org"),
        )
    }

    #[test]
    fn messages_speak_for_themselves() {
        let old = author_of("From: A <a@example.org>\r\nMessage-ID: <1@example.org>\r\n\r\n");
        let new = author_of("From: a@example.org\r\nSupersedes: <1@example.org>\r\n\r\n");
        assert_eq!(may_supersede(&new, &old, false), Supersession::Accepted);
    }

    #[test]
    fn several_authors_are_nobody() {
        let old = author_of("From: a@example.org\r\nMessage-ID: <1@example.org>\r\n\r\n");
        let new = "From: a@example.org, b@example.org\r\nSupersedes: <1@example.org>\r\n\r\n";
        assert_eq!(
            may_supersede(&author_of(new), &old, false),
            Supersession::Foreign
        );
    }
}
