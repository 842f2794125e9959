use std::borrow::Cow;
use std::num::NonZeroU32;

use imap_codec::imap_types::auth::AuthMechanism;
use imap_codec::imap_types::command::CommandBody;
use imap_codec::imap_types::core::{AString, Atom, Charset, Literal, Vec1};
use imap_codec::imap_types::extensions::binary::LiteralOrLiteral8;
use imap_codec::imap_types::fetch::{
    MacroOrMessageDataItemNames, MessageDataItemName, Part, Section,
};
use imap_codec::imap_types::flag::{Flag, StoreResponse, StoreType};
use imap_codec::imap_types::mailbox::{ListMailbox, Mailbox};
use imap_codec::imap_types::search::SearchKey;
use imap_codec::imap_types::secret::Secret;
use imap_codec::imap_types::sequence::{SeqOrUid, Sequence, SequenceSet};
use secrecy::{ExposeSecret, SecretString};

use super::{Fault, folder_name};

/// What the client can ask for.
#[derive(Clone, Debug)]
pub(crate) enum Command<'a> {
    Capability,
    Noop,
    StartTls,
    /// `AUTHENTICATE PLAIN` (RFC 4616); `initial` sends the secret with the command (SASL-IR).
    Authenticate {
        user: &'a str,
        password: &'a SecretString,
        initial: bool,
    },
    Login {
        user: &'a str,
        password: &'a SecretString,
    },
    Select(&'a str),
    Examine(&'a str),
    /// `LIST`: all folders.
    List,
    /// `UID SEARCH`: all terms hold.
    Search(&'a [Term<'a>]),
    Fetch {
        numbers: Numbers<'a>,
        items: &'a [Item],
    },
    /// `UID STORE`, never silent: the untagged `FETCH` is the proof.
    Store {
        uid: u32,
        add: bool,
        flags: &'a [&'a str],
    },
    /// `UID MOVE` (RFC 6851).
    Move {
        uid: u32,
        folder: &'a str,
    },
    Append {
        folder: &'a str,
        flags: &'a [&'a str],
        message: &'a [u8],
    },
    Idle,
}

/// Which messages.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Numbers<'a> {
    /// Sequence numbers from the first to the second.
    Sequence(u32, u32),
    /// These UIDs, in any order.
    Uids(&'a [u32]),
}

/// A criterion of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Term<'a> {
    /// Sequence numbers from the first to the second.
    Sequence(u32, u32),
    Seen(bool),
    /// Whether a keyword is set.
    Keyword(&'a str, bool),
    /// Header or body hold the text.
    Text(&'a str),
    /// The named header field holds the text.
    Header(&'a str, &'a str),
    Either(Box<[Self; 2]>),
}

/// What to fetch of a message. Nothing here marks it as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Uid,
    Flags,
    Size,
    /// Octets of the whole message.
    Octets {
        from: u32,
        len: u32,
    },
    /// The MIME header of a part.
    Mime {
        part: Vec<u32>,
        len: u32,
    },
    /// The body of a part, before transfer decoding.
    Part {
        part: Vec<u32>,
        len: u32,
    },
}

impl<'a> Command<'a> {
    pub(super) fn body(&self) -> Result<CommandBody<'a>, Fault> {
        Ok(match *self {
            Self::Capability => CommandBody::Capability,
            Self::Noop => CommandBody::Noop,
            Self::StartTls => CommandBody::StartTLS,
            Self::Idle => CommandBody::Idle,
            Self::Authenticate {
                user,
                password,
                initial,
            } => CommandBody::Authenticate {
                mechanism: AuthMechanism::Plain,
                initial_response: initial
                    .then(|| plain(user, password).map(|plain| Secret::new(Cow::Owned(plain))))
                    .transpose()?,
            },
            Self::Login { user, password } => CommandBody::Login {
                username: string(user, "a user name without NUL")?,
                password: Secret::new(
                    AString::try_from(password.expose_secret().to_owned())
                        .map_err(|_| Fault::Argument("a password without NUL"))?,
                ),
            },
            Self::Select(folder) => CommandBody::Select {
                mailbox: mailbox(folder)?,
                parameters: Vec::new(),
            },
            Self::Examine(folder) => CommandBody::Examine {
                mailbox: mailbox(folder)?,
                parameters: Vec::new(),
            },
            Self::List => CommandBody::List {
                reference: mailbox("")?,
                mailbox_wildcard: ListMailbox::try_from("*")
                    .map_err(|_| Fault::Argument("a pattern"))?,
            },
            Self::Search(terms) => CommandBody::Search {
                // Without a charset the strings are US-ASCII (RFC 3501 6.4.4).
                charset: terms.iter().any(Term::needs_utf8).then(utf8),
                criteria: Vec1::try_from(
                    terms.iter().map(Term::key).collect::<Result<Vec<_>, _>>()?,
                )
                .map_err(|_| Fault::Argument("at least one search term"))?,
                uid: true,
            },
            Self::Fetch { numbers, items } => CommandBody::Fetch {
                sequence_set: numbers.set()?,
                macro_or_item_names: MacroOrMessageDataItemNames::MessageDataItemNames(
                    items.iter().map(Item::name).collect::<Result<_, _>>()?,
                ),
                uid: matches!(numbers, Numbers::Uids(_)),
                modifiers: Vec::new(),
            },
            Self::Store { uid, add, flags } => CommandBody::Store {
                sequence_set: Numbers::Uids(&[uid]).set()?,
                kind: if add {
                    StoreType::Add
                } else {
                    StoreType::Remove
                },
                response: StoreResponse::Answer,
                flags: flags_of(flags)?,
                uid: true,
                modifiers: Vec::new(),
            },
            Self::Move { uid, folder } => CommandBody::Move {
                sequence_set: Numbers::Uids(&[uid]).set()?,
                mailbox: mailbox(folder)?,
                uid: true,
            },
            Self::Append {
                folder,
                flags,
                message,
            } => CommandBody::Append {
                mailbox: mailbox(folder)?,
                flags: flags_of(flags)?,
                date: None,
                message: LiteralOrLiteral8::Literal(
                    Literal::try_from(message)
                        .map_err(|_| Fault::Argument("a message without NUL"))?,
                ),
            },
        })
    }
}

impl Numbers<'_> {
    fn set(self) -> Result<SequenceSet, Fault> {
        let empty = || Fault::Argument("at least one message number");
        let value = |number| {
            NonZeroU32::new(number)
                .map(SeqOrUid::Value)
                .ok_or_else(empty)
        };
        let sequences = match self {
            Self::Sequence(first, last) => vec![Sequence::Range(value(first)?, value(last)?)],
            Self::Uids(uids) => {
                let mut uids = uids.to_vec();
                uids.sort_unstable();
                uids.dedup();
                uids.chunk_by(|a, b| a.checked_add(1) == Some(*b))
                    .map(|run| match *run {
                        [one] => value(one).map(Sequence::Single),
                        [first, .., last] => Ok(Sequence::Range(value(first)?, value(last)?)),
                        [] => Err(empty()),
                    })
                    .collect::<Result<_, _>>()?
            }
        };
        SequenceSet::try_from(sequences).map_err(|_| empty())
    }
}

impl<'a> Term<'a> {
    fn key(&self) -> Result<SearchKey<'a>, Fault> {
        Ok(match self {
            Self::Sequence(first, last) => {
                SearchKey::SequenceSet(Numbers::Sequence(*first, *last).set()?)
            }
            Self::Seen(true) => SearchKey::Seen,
            Self::Seen(false) => SearchKey::Unseen,
            Self::Keyword(word, true) => SearchKey::Keyword(atom(word)?),
            Self::Keyword(word, false) => SearchKey::Unkeyword(atom(word)?),
            Self::Text(text) => SearchKey::Text(string(text, "a search word without NUL")?),
            Self::Header(name, text) => SearchKey::Header(
                string(name, "a field name without NUL")?,
                string(text, "a search word without NUL")?,
            ),
            Self::Either(terms) => {
                SearchKey::Or(Box::new(terms[0].key()?), Box::new(terms[1].key()?))
            }
        })
    }

    fn needs_utf8(&self) -> bool {
        match self {
            Self::Text(text) | Self::Header(_, text) => !text.is_ascii(),
            Self::Either(terms) => terms.iter().any(Self::needs_utf8),
            Self::Sequence(..) | Self::Seen(_) | Self::Keyword(..) => false,
        }
    }
}

impl Item {
    fn name(&self) -> Result<MessageDataItemName<'static>, Fault> {
        let body = |section, from, len| {
            Ok(MessageDataItemName::BodyExt {
                section,
                partial: Some((
                    from,
                    NonZeroU32::new(len).ok_or(Fault::Argument("a piece of at least one octet"))?,
                )),
                peek: true,
            })
        };
        match self {
            Self::Uid => Ok(MessageDataItemName::Uid),
            Self::Flags => Ok(MessageDataItemName::Flags),
            Self::Size => Ok(MessageDataItemName::Rfc822Size),
            Self::Octets { from, len } => body(None, *from, *len),
            Self::Mime { part, len } => body(Some(Section::Mime(part_number(part)?)), 0, *len),
            Self::Part { part, len } => body(Some(Section::Part(part_number(part)?)), 0, *len),
        }
    }
}

/// The message of RFC 4616: nobody else's rights, user, password.
pub(super) fn plain(user: &str, password: &SecretString) -> Result<Vec<u8>, Fault> {
    let password = password.expose_secret();
    if user.contains('\0') || password.contains('\0') {
        return Err(Fault::Argument("a user name and a password without NUL"));
    }
    Ok(format!("\0{user}\0{password}").into_bytes())
}

fn utf8() -> Charset<'static> {
    Charset::Atom(Atom::unvalidated("UTF-8"))
}

fn mailbox(folder: &str) -> Result<Mailbox<'static>, Fault> {
    // They could be encoded, but servers echo the decoded name, line breaks and all.
    let expected = Fault::Argument("a folder name without control characters");
    if folder.chars().any(char::is_control) {
        return Err(expected);
    }
    Mailbox::try_from(folder_name::encode(folder)).map_err(|_| expected)
}

fn string<'a>(text: &'a str, expected: &'static str) -> Result<AString<'a>, Fault> {
    AString::try_from(text).map_err(|_| Fault::Argument(expected))
}

fn atom(word: &str) -> Result<Atom<'_>, Fault> {
    Atom::try_from(word).map_err(|_| Fault::Argument("a keyword that is an IMAP atom"))
}

fn flags_of<'a>(flags: &'a [&'a str]) -> Result<Vec<Flag<'a>>, Fault> {
    flags
        .iter()
        .map(|flag| {
            Flag::try_from(*flag).map_err(|_| Fault::Argument("a keyword that is an IMAP atom"))
        })
        .collect()
}

fn part_number(part: &[u32]) -> Result<Part, Fault> {
    let numbers = part
        .iter()
        .map(|number| NonZeroU32::new(*number))
        .collect::<Option<Vec<_>>>()
        .and_then(|numbers| Vec1::try_from(numbers).ok());
    numbers
        .map(Part)
        .ok_or(Fault::Argument("part numbers from 1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(uids: &[u32]) -> SequenceSet {
        Numbers::Uids(uids).set().unwrap()
    }

    #[test]
    fn neighbours_become_ranges() {
        assert_eq!(
            set(&[9, 3, 4, 5, 4, 7]),
            SequenceSet::try_from("3:5,7,9").unwrap()
        );
        assert_eq!(set(&[u32::MAX, u32::MAX - 1]).0.as_ref().len(), 1);
    }

    #[test]
    fn numbers_start_at_one() {
        assert!(Numbers::Uids(&[]).set().is_err());
        assert!(Numbers::Uids(&[0]).set().is_err());
        assert!(Numbers::Sequence(0, 1).set().is_err());
        assert!(part_number(&[]).is_err());
    }

    #[test]
    fn criteria_are_data() {
        assert!(Term::Keyword("$MRM OR ALL", true).key().is_err());
        assert!(Term::Text("a\0b").key().is_err());
        assert!(matches!(Term::Text("OR ALL").key(), Ok(SearchKey::Text(_))));
    }

    #[test]
    fn only_foreign_letters_need_a_charset() {
        let charset = |terms: &[Term<'_>]| match Command::Search(terms).body() {
            Ok(CommandBody::Search { charset, .. }) => charset.is_some(),
            other => panic!("{other:?}"),
        };
        assert!(!charset(&[Term::Text("plain"), Term::Seen(false)]));
        assert!(charset(&[Term::Text("plain"), Term::Text("Grüße")]));
    }
}
