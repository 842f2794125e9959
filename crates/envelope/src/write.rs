//! Writing JSON into a caller's buffer.

use strict_json::canonical::write_string;

/// The members of an object that is being written. Names need no escape, except for
/// [`any`](Self::any).
#[derive(Debug)]
pub(crate) struct Members<'a> {
    out: &'a mut Vec<u8>,
    empty: bool,
}

impl<'a> Members<'a> {
    pub(crate) fn open(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, empty: true }
    }

    /// More members of an object that has some, and whose closing brace was not written.
    pub(crate) fn reopen(out: &'a mut Vec<u8>) -> Self {
        Self { out, empty: false }
    }

    pub(crate) fn close(self) {
        self.out.push(b'}');
    }

    /// The buffer, behind the name and its colon.
    #[inline]
    pub(crate) fn value(&mut self, name: &'static str) -> &mut Vec<u8> {
        self.separate();
        plain(name, self.out);
        self.out.push(b':');
        self.out
    }

    /// The buffer, behind a name that may hold anything and its colon.
    pub(crate) fn any(&mut self, name: &str) -> &mut Vec<u8> {
        self.separate();
        write_string(name, self.out);
        self.out.push(b':');
        self.out
    }

    pub(crate) fn text(&mut self, name: &'static str, text: &str) {
        write_string(text, self.value(name));
    }

    /// A text of which is known that nothing in it needs an escape.
    pub(crate) fn plain(&mut self, name: &'static str, text: &str) {
        plain(text, self.value(name));
    }

    pub(crate) fn integer(&mut self, name: &'static str, value: u64) {
        integer(value, self.value(name));
    }

    /// A list of texts that need no escape.
    pub(crate) fn list<'t>(
        &mut self,
        name: &'static str,
        texts: impl IntoIterator<Item = &'t str>,
    ) {
        list(texts, self.value(name), plain);
    }
}

impl Members<'_> {
    #[inline]
    fn separate(&mut self) {
        if !std::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
    }
}

#[inline]
pub(crate) fn plain(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

pub(crate) fn integer(value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

pub(crate) fn list<T>(
    items: impl IntoIterator<Item = T>,
    out: &mut Vec<u8>,
    write: impl Fn(T, &mut Vec<u8>),
) {
    out.push(b'[');
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(b']');
}
