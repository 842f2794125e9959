//! Octets as a vector file writes them.

use serde::Deserialize;
use serde_json::{Map, Value};

/// A JSON object, a string, or a list of pieces that are put behind each other.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Octets {
    /// Written without white space, members sorted by name.
    Json(Map<String, Value>),
    /// As it stands, in UTF-8.
    Verbatim(String),
    Pieces(Vec<Piece>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Piece {
    Verbatim(String),
    Octets(Vec<u8>),
    Repeat(Repeat),
}

/// Text many times, `{n}` in it counting from 1 in three digits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Repeat {
    repeat: String,
    times: usize,
}

/// Most octets a vector may make: enough to pass the limit on a body.
const MOST: usize = 4 << 20;

impl Octets {
    pub(super) fn make(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::Json(object) => serde_json::to_vec(object).map_err(|error| error.to_string()),
            Self::Verbatim(text) => Ok(text.clone().into_bytes()),
            Self::Pieces(pieces) => {
                let mut out = Vec::new();
                for piece in pieces {
                    piece.append(&mut out)?;
                }
                Ok(out)
            }
        }
    }

    pub(super) fn text(&self) -> Result<String, String> {
        String::from_utf8(self.make()?).map_err(|_| "expected UTF-8".to_owned())
    }
}

impl Piece {
    fn append(&self, out: &mut Vec<u8>) -> Result<(), String> {
        match self {
            Self::Verbatim(text) => out.extend_from_slice(text.as_bytes()),
            Self::Octets(octets) => out.extend_from_slice(octets),
            Self::Repeat(Repeat { repeat, times }) => {
                if repeat.len().saturating_mul(*times) > MOST {
                    return Err("expected a shorter piece".to_owned());
                }
                for n in 1..=*times {
                    out.extend_from_slice(repeat.replace("{n}", &format!("{n:03}")).as_bytes());
                }
            }
        }
        Ok(())
    }
}
