//! What a listing looks at in a message longer than its first piece.
//!
//! The structure is asked for part by part, by MIME headers, and the bodies of the few parts that
//! can hold structured data are fetched with a limit. Put together they are an *outline*: the
//! message with the bodies of all other parts left out. It classifies as the message does, as
//! long as that stays within [`PARTS`], [`DEPTH`], [`DATA`] and [`HTML`]; what lies beyond is not
//! looked at in a listing. BODYSTRUCTURE is never asked for: it says nothing about
//! `Content-Purpose`, and nested ones have broken clients.

use structured_email::Message;

use super::connection::Connection;
use super::fetch::{Head, checked_piece};
use super::imap::{Fetched, Item, Piece};
use crate::{Error, ErrorKind};

/// Parts looked at.
const PARTS: usize = 64;
/// Nested multiparts looked at.
const DEPTH: usize = 8;
/// Siblings asked for at a time.
const SIBLINGS: u32 = 8;
/// Octets of one MIME header.
const HEADER: u32 = 8 << 10;
/// Octets of one `application/ld+json` body: 64 KiB of data in base64.
const DATA: u32 = 96 << 10;
/// Octets of one HTML body.
const HTML: u32 = 96 << 10;
/// Bodies fetched, of each kind.
const BODIES: usize = 8;

/// Replaces the first piece of a message by its outline, or by more of it when it has one part.
pub(super) async fn complete(connection: &mut Connection, head: &mut Head) -> Result<(), Error> {
    match outline(connection, head).await {
        // It was expunged while we looked: the first piece tells what it can.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

async fn outline(connection: &mut Connection, head: &mut Head) -> Result<(), Error> {
    let Some(header) = header_block(&head.raw) else {
        return Ok(());
    };
    let root = Entity::new(Vec::new(), header.to_vec());
    if root.boundary.is_none() {
        if let Some(len) = root.kind.body_limit() {
            let item = Item::Octets {
                from: 0,
                len: HEADER + len,
            };
            let fetched = connection.fetch_one(head.uid, &[Item::Uid, item]).await?;
            let more = checked_piece(&fetched, &Piece::Octets { from: 0 }, HEADER + len)?;
            if more.len() > head.raw.len() {
                head.raw = more.to_vec();
            }
        }
        return Ok(());
    }
    let mut entities = vec![root];
    let mut at = 0;
    // Breadth first: what comes late is what lies deep.
    while at < entities.len() {
        if entities[at].boundary.is_some() && entities[at].path.len() < DEPTH {
            let children = children(
                connection,
                head.uid,
                &entities[at].path,
                PARTS - entities.len().min(PARTS),
            )
            .await?;
            let first = entities.len();
            entities.extend(children);
            entities[at].children = (first..entities.len()).collect();
        }
        at += 1;
    }
    for kind in [Kind::Data, Kind::Html] {
        for entity in entities
            .iter_mut()
            .filter(|entity| entity.kind == kind)
            .take(BODIES)
        {
            let len = kind.body_limit().unwrap_or(1);
            let part = entity.path.clone();
            let items = [
                Item::Uid,
                Item::Part {
                    part: part.clone(),
                    len,
                },
            ];
            let fetched = connection.fetch_one(head.uid, &items).await?;
            entity.body = checked_piece(&fetched, &Piece::Part(part), len)?.to_vec();
        }
    }
    head.raw = assemble(&entities);
    Ok(())
}

/// The parts of a multipart, at most `room`.
async fn children(
    connection: &mut Connection,
    uid: u32,
    path: &[u32],
    room: usize,
) -> Result<Vec<Entity>, Error> {
    let mut children = Vec::new();
    for first in (1..).step_by(SIBLINGS as usize) {
        let parts: Vec<Vec<u32>> = (first..first + SIBLINGS)
            .map(|number| [path, &[number]].concat())
            .collect();
        let mut items = vec![Item::Uid];
        items.extend(parts.iter().map(|part| Item::Mime {
            part: part.clone(),
            len: HEADER,
        }));
        let fetched = connection.fetch_one(uid, &items).await?;
        for part in parts {
            match mime_header(&fetched, &part)? {
                Some(header) if children.len() < room => {
                    children.push(Entity::new(part, header.to_vec()));
                }
                _ => return Ok(children),
            }
        }
    }
    Ok(children)
}

fn mime_header<'a>(fetched: &'a Fetched, part: &[u32]) -> Result<Option<&'a [u8]>, Error> {
    let header = checked_piece(fetched, &Piece::Mime(part.to_vec()), HEADER)?;
    // Servers answer NIL or nothing for a part that is not there; a part without header fields
    // still has the empty line.
    Ok((!header.is_empty()).then_some(header))
}

/// A part of the outline.
#[derive(Debug)]
struct Entity {
    path: Vec<u32>,
    header: Vec<u8>,
    kind: Kind,
    /// Set when it is a multipart.
    boundary: Option<String>,
    body: Vec<u8>,
    /// Places of its parts.
    children: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Data,
    Html,
    Other,
}

impl Kind {
    fn body_limit(self) -> Option<u32> {
        match self {
            Self::Data => Some(DATA),
            Self::Html => Some(HTML),
            Self::Other => None,
        }
    }
}

impl Entity {
    fn new(path: Vec<u32>, mut header: Vec<u8>) -> Self {
        while header.ends_with(b"\r\n") || header.ends_with(b"\n") {
            header.pop();
            if header.last() == Some(&b'\r') {
                header.pop();
            }
        }
        header.extend(b"\r\n\r\n");
        let mut entity = Self {
            path,
            header,
            kind: Kind::Other,
            boundary: None,
            body: Vec::new(),
            children: Vec::new(),
        };
        if let Ok(message) = Message::parse(&entity.header)
            && let Some(part) = message.parts().first()
        {
            let kind = match part.media_type() {
                "application/ld+json" => Kind::Data,
                "text/html" => Kind::Html,
                _ => Kind::Other,
            };
            let boundary = part
                .media_type()
                .starts_with("multipart/")
                .then(|| {
                    part.parameter("boundary")
                        .map(|boundary| boundary.into_owned())
                })
                .flatten()
                .filter(|boundary| !boundary.is_empty() && boundary.len() <= 256);
            entity.kind = kind;
            entity.boundary = boundary;
        }
        entity
    }
}

/// Writes the outline as a message.
fn assemble(entities: &[Entity]) -> Vec<u8> {
    enum Step<'a> {
        Entity(usize),
        Line(&'a str, &'static str),
    }
    let mut out = Vec::new();
    let mut steps = vec![Step::Entity(0)];
    while let Some(step) = steps.pop() {
        match step {
            Step::Line(boundary, end) => {
                out.extend(format!("\r\n--{boundary}{end}\r\n").into_bytes());
            }
            Step::Entity(at) => {
                let entity = &entities[at];
                out.extend(&entity.header);
                out.extend(&entity.body);
                if let Some(boundary) = &entity.boundary {
                    steps.push(Step::Line(boundary, "--"));
                    for child in entity.children.iter().rev() {
                        steps.push(Step::Entity(*child));
                        steps.push(Step::Line(boundary, ""));
                    }
                }
            }
        }
    }
    out
}

/// The header block of a message, when all of it is there.
fn header_block(raw: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    for line in raw.split_inclusive(|octet| *octet == b'\n') {
        if matches!(line, b"\r\n" | b"\n") {
            return Some(&raw[..at]);
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outline_is_a_message() {
        let header = |text: &str| text.as_bytes().to_vec();
        let mut entities = vec![
            Entity::new(
                vec![],
                header("Subject: s\r\nContent-Type: multipart/mixed; boundary=\"o\"\r\n"),
            ),
            Entity::new(
                vec![1],
                header("Content-Type: multipart/alternative; boundary=i\r\n\r\n"),
            ),
            Entity::new(vec![2], header("Content-Type: application/pdf")),
            Entity::new(vec![1, 1], header("\r\n")),
            Entity::new(
                vec![1, 2],
                header("content-type: APPLICATION/LD+JSON\r\n\r\n"),
            ),
        ];
        entities[0].children = vec![1, 2];
        entities[1].children = vec![3, 4];
        entities[4].body = b"{}".to_vec();
        assert_eq!(entities[4].kind, Kind::Data);
        let raw = assemble(&entities);
        let message = Message::parse(&raw).unwrap();
        let types: Vec<&str> = message
            .parts()
            .iter()
            .map(|part| part.media_type())
            .collect();
        assert_eq!(
            types,
            [
                "multipart/mixed",
                "multipart/alternative",
                "text/plain",
                "application/ld+json",
                "application/pdf"
            ]
        );
        assert_eq!(message.parts()[3].raw_body(), b"{}");
        assert_eq!(message.subject().as_deref(), Some("s"));
    }

    #[test]
    fn a_header_block_ends_at_the_first_empty_line() {
        assert_eq!(
            header_block(b"a: b\r\n\r\nc: d\r\n\r\n"),
            Some(&b"a: b\r\n"[..])
        );
        assert_eq!(header_block(b"\nx"), Some(&b""[..]));
        assert_eq!(header_block(b"a: b\r\n"), None);
    }
}
