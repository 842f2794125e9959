//! Octets as a vector file writes them.

use serde::Deserialize;

/// A string, or a list of pieces that are put behind each other.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Octets {
    /// As it stands, in UTF-8.
    Verbatim(String),
    Pieces(Vec<Piece>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Piece {
    /// A line, ended by CRLF.
    Line(String),
    Raw(Raw),
    Base64(Base64),
    Repeat(Repeat),
}

/// Text without a line break behind it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    raw: String,
}

/// Octets that are not text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Base64 {
    base64: String,
}

/// Text many times, `{n}` in it counting from 1.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Repeat {
    repeat: String,
    times: usize,
}

/// Most octets a vector may make: enough to pass the limit on a message.
const MOST: usize = 32 << 20;

impl Octets {
    pub(super) fn make(&self) -> Result<Vec<u8>, String> {
        let pieces = match self {
            Self::Verbatim(text) => return Ok(text.clone().into_bytes()),
            Self::Pieces(pieces) => pieces,
        };
        let mut out = Vec::new();
        for piece in pieces {
            piece.append(&mut out)?;
        }
        Ok(out)
    }
}

impl Piece {
    fn append(&self, out: &mut Vec<u8>) -> Result<(), String> {
        match self {
            Self::Line(line) => {
                out.extend_from_slice(line.as_bytes());
                out.extend_from_slice(b"\r\n");
            }
            Self::Raw(Raw { raw }) => out.extend_from_slice(raw.as_bytes()),
            Self::Base64(Base64 { base64 }) => {
                let octets = mail_parser::decoders::base64::base64_decode(base64.as_bytes());
                out.extend(octets.ok_or("a base64 piece is not base64")?);
            }
            Self::Repeat(Repeat { repeat, times }) => {
                let longest = repeat.len().saturating_add(20).saturating_mul(*times);
                if out.len().saturating_add(longest) > MOST.saturating_mul(4) {
                    return Err(format!("a repeat piece makes more than {MOST} octets"));
                }
                if repeat.contains("{n}") {
                    for n in 1..=*times {
                        out.extend_from_slice(repeat.replace("{n}", &n.to_string()).as_bytes());
                    }
                } else {
                    out.extend(repeat.repeat(*times).into_bytes());
                }
            }
        }
        if out.len() > MOST {
            return Err(format!("a message has more than {MOST} octets"));
        }
        Ok(())
    }
}
