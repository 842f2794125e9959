use crate::{Error, ErrorKind};

/// A place in a JSON text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    pub(crate) json: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(json: &'a [u8], at: usize) -> Self {
        Self { json, at }
    }

    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.json.get(self.at).copied()
    }

    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.json.get(self.at..).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    #[inline]
    pub(crate) fn skip_digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    /// The error for an octet that does not fit the grammar here.
    #[cold]
    pub(crate) fn unexpected(&self) -> Error {
        Error::at(ErrorKind::Syntax, self.at)
    }
}
