use std::borrow::Cow;

use imap_codec::imap_types::extensions::uidplus::{UidElement, UidSet};
use imap_codec::imap_types::fetch::{MessageDataItem, Part, Section};
use imap_codec::imap_types::flag::{Flag, FlagFetch, FlagNameAttribute, FlagPerm};
use imap_codec::imap_types::mailbox::Mailbox;
use imap_codec::imap_types::response as codec;
use imap_codec::imap_types::response::{Data, StatusKind};

use super::folder_name;

/// What the server reports on the way to the end of a command, or without any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Untagged {
    /// So many messages are in the folder.
    Exists(u32),
    /// The message with this sequence number is gone; those behind it move down by one.
    Expunge(u32),
    Fetch(Fetched),
    /// The UIDs that a search found.
    Search(Vec<u32>),
    /// A folder that can be opened.
    Folder(String),
    Capability(Vec<String>),
    /// A code that came with an untagged `OK`, `NO` or `BAD`.
    Status(Code),
    /// The server is about to close the connection.
    Bye(String),
    /// A response that could not be decoded, by its first word in capitals (`FETCH`).
    Undecodable(String),
    /// Something this client has no use for.
    Other,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Completion {
    pub(crate) outcome: Outcome,
    pub(crate) code: Option<Code>,
    /// The server's words, shortened and printable.
    pub(crate) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    No,
    Bad,
}

/// A response code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    UidValidity(u32),
    Capability(Vec<String>),
    /// Flags that can be changed; `\*` stands for new keywords.
    PermanentFlags(Vec<String>),
    /// The UIDVALIDITY of another folder and the UID of the one message that is there now.
    CopyUid(u32, u32),
    /// Any other code by its first word in capitals (`READ-ONLY`, `AUTHENTICATIONFAILED`).
    Word(String),
}

/// The data of one message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fetched {
    pub(crate) sequence: u32,
    pub(crate) uid: Option<u32>,
    pub(crate) flags: Option<Vec<String>>,
    pub(crate) size: Option<u32>,
    pub(crate) pieces: Vec<(Piece, Vec<u8>)>,
}

/// Which octets of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Octets { from: u32 },
    Mime(Vec<u32>),
    Part(Vec<u32>),
}

impl Untagged {
    pub(super) fn from_data(data: Data<'_>) -> Self {
        match data {
            Data::Exists(count) => Self::Exists(count),
            Data::Expunge(number) => Self::Expunge(number.get()),
            Data::Search(uids, _) => Self::Search(uids.into_iter().map(u32::from).collect()),
            Data::Capability(list) => Self::Capability(capabilities(list.as_ref())),
            Data::List { items, mailbox, .. } if !items.contains(&FlagNameAttribute::Noselect) => {
                folder(&mailbox).map_or(Self::Other, Self::Folder)
            }
            Data::Fetch { seq, items } => {
                Self::Fetch(Fetched::from_items(seq.get(), items.into_inner()))
            }
            _ => Self::Other,
        }
    }

    pub(super) fn from_status(body: codec::StatusBody<'_>) -> Self {
        Code::from_codec(body.code).map_or(Self::Other, Self::Status)
    }
}

impl Completion {
    pub(super) fn from_status(body: codec::StatusBody<'_>) -> Self {
        Self {
            outcome: match body.kind {
                StatusKind::Ok => Outcome::Ok,
                StatusKind::No => Outcome::No,
                StatusKind::Bad => Outcome::Bad,
            },
            text: shorten(body.text.inner()),
            code: Code::from_codec(body.code),
        }
    }

    /// Whether the code is this word.
    pub(crate) fn is(&self, word: &str) -> bool {
        matches!(&self.code, Some(Code::Word(code)) if code == word)
    }
}

impl Code {
    pub(super) fn from_codec(code: Option<codec::Code<'_>>) -> Option<Self> {
        Some(match code? {
            codec::Code::UidValidity(value) => Self::UidValidity(value.get()),
            codec::Code::Capability(list) => Self::Capability(capabilities(list.as_ref())),
            codec::Code::PermanentFlags(flags) => Self::PermanentFlags(
                flags
                    .into_iter()
                    .map(|flag| match flag {
                        FlagPerm::Flag(flag) => flag.to_string(),
                        FlagPerm::Asterisk => "\\*".to_owned(),
                    })
                    .collect(),
            ),
            codec::Code::CopyUid {
                uid_validity,
                destination,
                ..
            } => Self::CopyUid(uid_validity.get(), one_uid(&destination)?),
            codec::Code::ReadOnly => Self::Word("READ-ONLY".to_owned()),
            codec::Code::TryCreate => Self::Word("TRYCREATE".to_owned()),
            codec::Code::BadCharset { .. } => Self::Word("BADCHARSET".to_owned()),
            codec::Code::OverQuota => Self::Word("OVERQUOTA".to_owned()),
            codec::Code::TooBig => Self::Word("TOOBIG".to_owned()),
            codec::Code::Other(other) => Self::Word(first_word(other.inner())),
            _ => return None,
        })
    }
}

impl Fetched {
    fn from_items(sequence: u32, items: Vec<MessageDataItem<'_>>) -> Self {
        let mut fetched = Self {
            sequence,
            ..Self::default()
        };
        for item in items {
            match item {
                MessageDataItem::Uid(uid) => fetched.uid = Some(uid.get()),
                MessageDataItem::Rfc822Size(size) => fetched.size = Some(size),
                MessageDataItem::Flags(flags) => {
                    fetched.flags = Some(
                        flags
                            .into_iter()
                            .filter_map(|flag| match flag {
                                FlagFetch::Flag(flag) => Some(Flag::to_string(&flag)),
                                FlagFetch::Recent => None,
                            })
                            .collect(),
                    );
                }
                MessageDataItem::BodyExt {
                    section,
                    origin,
                    data,
                } => {
                    let piece = match section {
                        None => Piece::Octets {
                            from: origin.unwrap_or(0),
                        },
                        Some(Section::Mime(part)) => Piece::Mime(part_numbers(&part)),
                        Some(Section::Part(part)) => Piece::Part(part_numbers(&part)),
                        Some(_) => continue,
                    };
                    // NIL: there is no such part.
                    if let Some(octets) = data.into_option() {
                        fetched.pieces.push((piece, Cow::into_owned(octets)));
                    }
                }
                _ => {}
            }
        }
        fetched
    }

    /// This and what the server told about the same message in another response.
    pub(crate) fn join(mut self, other: Self) -> Self {
        self.flags = other.flags.or(self.flags);
        self.size = self.size.or(other.size);
        self.pieces.extend(other.pieces);
        self
    }

    /// The octets of a piece, if the server sent it.
    pub(crate) fn piece(&self, wanted: &Piece) -> Option<&[u8]> {
        self.pieces
            .iter()
            .find(|(piece, _)| piece == wanted)
            .map(|(_, octets)| octets.as_slice())
    }

    /// Whether a flag is set. Keywords have no case (RFC 9051 2.3.2).
    pub(crate) fn has_flag(&self, wanted: &str) -> bool {
        self.flags
            .iter()
            .flatten()
            .any(|flag| flag.eq_ignore_ascii_case(wanted))
    }
}

/// The server's words as they may stand in an error: printable, at most 120 letters.
pub(super) fn shorten(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control())
        .take(120)
        .collect()
}

/// The first word of a response in capitals, at most 32 letters, digits and hyphens.
pub(super) fn first_word(octets: &[u8]) -> String {
    octets
        .iter()
        .take(32)
        .take_while(|octet| octet.is_ascii_alphanumeric() || **octet == b'-')
        .map(|octet| char::from(octet.to_ascii_uppercase()))
        .collect()
}

/// The name of a folder, or `None` when it is not text.
fn folder(mailbox: &Mailbox<'_>) -> Option<String> {
    match mailbox {
        Mailbox::Inbox => Some("INBOX".to_owned()),
        Mailbox::Other(name) => {
            let name = std::str::from_utf8(name.as_ref()).ok()?;
            folder_name::decode(name)
        }
    }
}

fn one_uid(uids: &UidSet) -> Option<u32> {
    match uids.0.as_ref() {
        [UidElement::Single(uid)] => Some(uid.get()),
        _ => None,
    }
}

fn capabilities(list: &[codec::Capability<'_>]) -> Vec<String> {
    list.iter()
        .map(|capability| capability.to_string().to_ascii_uppercase())
        .collect()
}

fn part_numbers(part: &Part) -> Vec<u32> {
    part.0.as_ref().iter().map(|number| number.get()).collect()
}
