//! A message written from what a server says of it: enough to classify it, at a fraction of its size.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::{Email, Id, Part};

/// Parts of a message that are looked at.
const MOST_PARTS: usize = 64;
/// Contents that are fetched.
const MOST_CONTENTS: usize = 8;
/// The largest content that is fetched, in octets.
const LARGEST_CONTENT: u64 = 96 << 10;

impl Email {
    /// The parts whose contents an [`outline`](Self::outline) needs, beside the HTML it has: those
    /// with JSON-LD, 8 at most of 96 KiB each, among the first 64 parts.
    #[must_use]
    pub fn wanted(&self) -> Vec<&Part> {
        let parts = self.body.iter().flat_map(Part::walk).take(MOST_PARTS);
        parts
            .filter(|part| part.media_type == "application/ld+json" && part.size <= LARGEST_CONTENT)
            .filter(|part| part.blob.is_some())
            .take(MOST_CONTENTS)
            .collect()
    }

    /// The message with the fields of a listing, its parts in their structure, and of their contents
    /// those given by blob and the HTML. It is no message that was ever sent.
    ///
    /// At most four octets for each octet the server said.
    #[must_use]
    pub fn outline(&self, contents: &BTreeMap<Id, Vec<u8>>) -> Vec<u8> {
        let mut out = Vec::new();
        let body = self.body.as_ref();
        for (name, value) in &self.header {
            // Written below, as it fits the body that is written there.
            let is_type = name.eq_ignore_ascii_case("Content-Type");
            if !(is_type && body.is_some_and(Part::is_multipart)) {
                field(&mut out, name, value);
            }
        }
        if let Some(part) = body {
            let mut written = Written {
                out: &mut out,
                email: self,
                contents,
                parts: 0,
            };
            written.content(part);
        }
        out
    }
}

struct Written<'a> {
    out: &'a mut Vec<u8>,
    email: &'a Email,
    contents: &'a BTreeMap<Id, Vec<u8>>,
    parts: usize,
}

impl Written<'_> {
    /// The end of a header and what comes behind it.
    fn content(&mut self, part: &Part) {
        self.parts += 1;
        if part.is_multipart() {
            // "=_" stands in no base64, and nothing else is written as content.
            let boundary = format!("=_{}", self.parts);
            let value = format!(" {}; boundary=\"{boundary}\"", part.media_type);
            field(self.out, "Content-Type", &value);
            self.out.extend_from_slice(b"\r\n");
            for part in &part.parts {
                if self.parts >= MOST_PARTS {
                    break;
                }
                self.out
                    .extend_from_slice(format!("--{boundary}\r\n").as_bytes());
                self.header(part);
                self.content(part);
                self.out.extend_from_slice(b"\r\n");
            }
            self.out
                .extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
            return;
        }
        let fetched = part.blob.as_ref().and_then(|blob| self.contents.get(blob));
        let html = part
            .name
            .as_ref()
            .and_then(|name| self.email.html.get(name));
        let content = match (fetched, html) {
            (Some(content), _) => content.as_slice(),
            (None, Some(html)) if part.media_type == "text/html" => html.as_bytes(),
            _ => b"",
        };
        field(self.out, "Content-Transfer-Encoding", " base64");
        self.out.extend_from_slice(b"\r\n");
        // 57 octets make a line of 76 characters (RFC 2045 6.8).
        for line in content.chunks(57) {
            self.out
                .extend_from_slice(BASE64_STANDARD.encode(line).as_bytes());
            self.out.extend_from_slice(b"\r\n");
        }
    }

    fn header(&mut self, part: &Part) {
        for (name, value) in &part.header {
            let is_html = part.media_type == "text/html";
            match name.to_ascii_lowercase().as_str() {
                "content-transfer-encoding" => {}
                "content-type" if part.is_multipart() => {}
                // The server made it so.
                "content-type" if is_html => field(self.out, name, " text/html; charset=utf-8"),
                _ => field(self.out, name, value),
            }
        }
    }
}

/// One field. The server's line breaks stay where they fold it, and nowhere else.
fn field(out: &mut Vec<u8>, name: &str, value: &str) {
    if name.is_empty() || !name.bytes().all(|c| c.is_ascii_graphic() && c != b':') {
        return;
    }
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    let mut lines = value.split("\r\n");
    out.extend_from_slice(lines.next().unwrap_or_default().as_bytes());
    for line in lines.filter(|line| line.starts_with([' ', '\t'])) {
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(line.as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}
