use super::JsonError;
use crate::ProblemKind;

/// A place in a JSON text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub(super) json: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(json: &'a [u8], at: usize) -> Self {
        Self { json, at }
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.json.get(self.at).copied()
    }

    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.json.get(self.at..).unwrap_or_default()
    }

    #[inline]
    pub(super) fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    pub(super) fn skip_digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    /// The error for an octet that does not fit the grammar here. A NUL has a name of its own
    /// wherever it stands.
    #[cold]
    pub(super) fn unexpected(&self) -> JsonError {
        let kind = match self.peek() {
            Some(0) => ProblemKind::Nul,
            _ => ProblemKind::Syntax,
        };
        JsonError::at(kind, self.at)
    }
}
