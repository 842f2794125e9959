//! Getting messages out of the open folder in pieces of bounded size.

use super::connection::Connection;
use super::id::no_message;
use super::imap::{Command, Fetched, Item, Numbers, Piece};
use super::outline;
use crate::{Error, ErrorKind};

/// Messages whose first pieces are held in memory together.
pub(super) const BATCH: usize = 32;
/// Octets of a message read at a time.
const READ_PIECE: u32 = 256 << 10;

/// A message as far as a listing needs it.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    pub(super) uid: u32,
    pub(super) flags: Vec<String>,
    pub(super) size: u64,
    /// The message, its first piece, or its outline.
    pub(super) raw: Vec<u8>,
}

impl Connection {
    /// The UIDs behind a range of sequence numbers, lowest first.
    pub(super) async fn uids(&mut self, first: u32, last: u32) -> Result<Vec<u32>, Error> {
        let numbers = Numbers::Sequence(first, last);
        let reply = self
            .run(&Command::Fetch {
                numbers,
                items: &[Item::Uid],
            })
            .await?;
        if reply.undecodable.iter().any(|name| name == "FETCH") {
            return Err(gap());
        }
        let mut uids: Vec<u32> = reply
            .fetched
            .iter()
            // A flag change of another message may come along.
            .filter(|fetched| (first..=last).contains(&fetched.sequence))
            .filter_map(|fetched| fetched.uid)
            .collect();
        uids.sort_unstable();
        uids.dedup();
        checked_count(uids.len(), first, last)?;
        Ok(uids)
    }

    /// What a listing shows of these messages, in their order. One that was expunged meanwhile
    /// is left out; one the server answers with nonsense is there with its UID alone.
    pub(super) async fn heads(&mut self, uids: &[u32], piece: u32) -> Result<Vec<Head>, Error> {
        let mut heads = Vec::with_capacity(uids.len());
        for batch in uids.chunks(BATCH) {
            let (mut found, garbled) = self.fetch_heads(batch, piece).await?;
            for uid in batch {
                if let Some(at) = found.iter().position(|head| head.uid == *uid) {
                    let mut head = found.swap_remove(at);
                    if head.raw.len() >= piece as usize {
                        outline::complete(self, &mut head).await?;
                    }
                    heads.push(head);
                } else if garbled {
                    heads.extend(self.fetch_alone(*uid, piece).await?);
                }
            }
        }
        Ok(heads)
    }

    async fn fetch_heads(&mut self, uids: &[u32], piece: u32) -> Result<(Vec<Head>, bool), Error> {
        let items = [
            Item::Uid,
            Item::Flags,
            Item::Size,
            Item::Octets {
                from: 0,
                len: piece,
            },
        ];
        let command = Command::Fetch {
            numbers: Numbers::Uids(uids),
            items: &items,
        };
        let reply = self.run(&command).await?;
        let garbled = reply.undecodable.iter().any(|name| name == "FETCH");
        let heads = reply
            .fetched
            .into_iter()
            .filter_map(|fetched| Head::of(fetched, piece));
        Ok((heads.collect::<Result<_, _>>()?, garbled))
    }

    /// One message apart from the others, so that a response that cannot be decoded hides none.
    async fn fetch_alone(&mut self, uid: u32, piece: u32) -> Result<Option<Head>, Error> {
        let (mut found, garbled) = self.fetch_heads(&[uid], piece).await?;
        if let Some(at) = found.iter().position(|head| head.uid == uid) {
            return Ok(Some(found.swap_remove(at)));
        }
        if garbled {
            tracing::warn!(
                uid,
                "imap: the server's answer about a message cannot be decoded"
            );
        }
        Ok(garbled.then(|| Head {
            uid,
            ..Head::default()
        }))
    }

    /// A whole message and its flags.
    pub(super) async fn message(&mut self, uid: u32, limit: usize) -> Result<Head, Error> {
        let mut head = Head {
            uid,
            ..Head::default()
        };
        loop {
            let from = u32::try_from(head.raw.len()).map_err(|_| too_large(limit))?;
            let octets = Item::Octets {
                from,
                len: READ_PIECE,
            };
            let fetched = self
                .fetch_one(uid, &[Item::Uid, Item::Flags, Item::Size, octets])
                .await?;
            if fetched.size.is_some_and(|size| size as usize > limit) {
                return Err(too_large(limit));
            }
            let piece = checked_piece(&fetched, &Piece::Octets { from }, READ_PIECE)?;
            let ends = piece.len() < READ_PIECE as usize;
            head.raw.extend_from_slice(piece);
            if head.raw.len() > limit {
                return Err(too_large(limit));
            }
            // RFC822.SIZE is an estimate on some servers; the end of the octets is not.
            if ends {
                head.size = head.raw.len() as u64;
                head.flags = fetched.flags.unwrap_or_default();
                return Ok(head);
            }
        }
    }

    /// The data of one message, [`ErrorKind::NotFound`] when it is gone.
    pub(super) async fn fetch_one(&mut self, uid: u32, items: &[Item]) -> Result<Fetched, Error> {
        let command = Command::Fetch {
            numbers: Numbers::Uids(&[uid]),
            items,
        };
        let reply = self.run(&command).await?;
        let mut answers = reply
            .fetched
            .into_iter()
            .filter(|fetched| fetched.uid == Some(uid));
        match answers.next() {
            // A flag change told apart from the answer (RFC 3501 7.4.2) joins it.
            Some(first) => Ok(answers.fold(first, Fetched::join)),
            None if reply.undecodable.iter().any(|name| name == "FETCH") => Err(gap()),
            None => Err(no_message()),
        }
    }
}

impl Head {
    fn of(fetched: Fetched, piece: u32) -> Option<Result<Self, Error>> {
        let wanted = Piece::Octets { from: 0 };
        // Without its octets it is a flag change told by the way.
        fetched.piece(&wanted)?;
        let uid = fetched.uid?;
        Some(checked_piece(&fetched, &wanted, piece).map(|raw| Self {
            uid,
            size: fetched.size.map_or(raw.len() as u64, u64::from),
            raw: raw.to_vec(),
            flags: fetched.flags.clone().unwrap_or_default(),
        }))
    }

    /// Whether a flag is set; keywords have no case.
    pub(super) fn has_flag(&self, flag: &str) -> bool {
        self.flags.iter().any(|set| set.eq_ignore_ascii_case(flag))
    }
}

/// A piece that is no longer than what was asked for.
pub(super) fn checked_piece<'a>(
    fetched: &'a Fetched,
    wanted: &Piece,
    len: u32,
) -> Result<&'a [u8], Error> {
    let octets = fetched.piece(wanted).unwrap_or_default();
    if octets.len() > len as usize {
        let message = format!("imap: expected a piece of at most {len} octets");
        return Err(Error::new(ErrorKind::Protocol, message));
    }
    Ok(octets)
}

/// No more messages than have sequence numbers from `first` to `last`.
pub(super) fn checked_count(count: usize, first: u32, last: u32) -> Result<(), Error> {
    let most = last.saturating_sub(first).saturating_add(1);
    if count > most as usize {
        let message = format!("imap: expected at most {most} messages");
        return Err(Error::new(ErrorKind::Protocol, message));
    }
    Ok(())
}

fn too_large(limit: usize) -> Error {
    Error::new(
        ErrorKind::Refused,
        format!("expected a message of at most {limit} octets"),
    )
}

fn gap() -> Error {
    Error::new(
        ErrorKind::Protocol,
        "imap: expected an answer that can be decoded",
    )
}
