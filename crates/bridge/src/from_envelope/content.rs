//! What the mail says: one text, data, attachments.

use std::borrow::Cow;

use asmtp_envelope::{Body, ContentPart};
use structured_email::{Arrangement, Attachment, Draft, Stamp};

use super::{EnvelopeFile, FromEnvelope};
use crate::{Loss, json_ld};

/// The parts of an envelope in the order of mail.
#[derive(Debug)]
pub(super) struct Content<'e> {
    /// All texts, and the links.
    text: String,
    /// The parts that became the text, when nothing else is in it.
    pub(super) is_whole_text: bool,
    /// JSON-LD, with the place of its part.
    pub(super) data: Vec<(usize, Cow<'e, str>)>,
    attachments: Vec<Attachment>,
}

impl<'e> Content<'e> {
    /// What is said when an envelope has data beside files and no text: mail without text takes
    /// neither files nor data that is too long for one piece.
    const NO_TEXT: &'static str = "(no text)";

    pub(super) fn of(
        view: FromEnvelope<'e>,
        contents: Vec<Option<Vec<u8>>>,
        losses: &mut Vec<Loss>,
    ) -> Self {
        let mut content = Self {
            text: String::new(),
            is_whole_text: true,
            data: Vec::new(),
            attachments: Vec::new(),
        };
        let mut contents = contents.into_iter();
        let (mut texts, mut ranks) = (Vec::new(), Vec::new());
        let mut links = Vec::new();
        for (at, part) in view.envelope.content_parts().iter().enumerate() {
            if part.extra().len() > 0 {
                losses.push(Loss::MembersDropped(number(at)));
            }
            match part.body() {
                Body::Text(text) => {
                    texts.push(&**text);
                    ranks.push(0);
                }
                Body::Data { schema, data, .. } => {
                    ranks.push(1);
                    let json = json_ld::item_of_part(schema.as_deref(), data);
                    if is_writable(&json) {
                        content.data.push((at, json));
                    } else {
                        content.attach_data(at, data.as_str(), losses);
                    }
                }
                body => match EnvelopeFile::of(at, body) {
                    Some(file) => match contents.next().flatten() {
                        Some(octets) => {
                            ranks.push(2);
                            content.attach(file, part, octets, losses);
                        }
                        None => {
                            links.push(link(file));
                            losses.push(Loss::FileLinked(number(at)));
                        }
                    },
                    None => losses.push(Loss::PartDropped(number(at))),
                },
            }
        }
        if !ranks.is_sorted() {
            losses.push(Loss::OrderChanged);
        }
        if texts.len() > 1 {
            losses.push(Loss::TextsJoined);
        }
        content.is_whole_text = texts.len() == 1 && links.is_empty();
        texts.extend(links.iter().map(String::as_str));
        content.text = texts.join("\n\n");
        content.settle(losses);
        content
    }

    /// The draft with all of it.
    pub(super) fn fill(&self, draft: Draft) -> Draft {
        let mut draft = self
            .attachments
            .iter()
            .cloned()
            .fold(draft, Draft::attachment);
        if self.text.trim().is_empty() && !self.data.is_empty() {
            return draft.data_json(self.one_piece());
        }
        draft = draft.text(self.text.as_str());
        if self.data.is_empty() {
            return draft;
        }
        let data = self.data.iter().map(|(_, json)| json.as_ref());
        data.fold(draft, Draft::data_json)
            .arrangement(Arrangement::NonRepresentation)
    }

    /// Sees to it that the draft can be written: beside data, blank text counts as none, and data
    /// without text is one piece with nothing beside it.
    fn settle(&mut self, losses: &mut Vec<Loss>) {
        let is_blank = self.text.trim().is_empty();
        if self.data.is_empty() {
            if self.text.is_empty() && self.attachments.is_empty() {
                self.text = Self::NO_TEXT.to_owned();
                self.is_whole_text = false;
                losses.push(Loss::TextAdded);
            }
        } else if is_blank {
            if !self.text.is_empty() {
                losses.push(Loss::TextDropped(number(0)));
                self.is_whole_text = false;
            }
            if !self.attachments.is_empty() || !is_writable(&self.one_piece()) {
                self.text = Self::NO_TEXT.to_owned();
                self.is_whole_text = false;
                losses.push(Loss::TextAdded);
            }
        }
    }

    /// All data as one JSON text: the only piece, or an array.
    fn one_piece(&self) -> Cow<'_, str> {
        match &self.data[..] {
            [(_, only)] => Cow::Borrowed(only),
            several => {
                let pieces: Vec<&str> = several.iter().map(|(_, json)| json.as_ref()).collect();
                Cow::Owned(format!("[{}]", pieces.join(",")))
            }
        }
    }

    fn attach(
        &mut self,
        file: EnvelopeFile<'_>,
        part: &ContentPart,
        octets: Vec<u8>,
        losses: &mut Vec<Loss>,
    ) {
        if matches!(part.body(), Body::Image { .. }) {
            losses.push(Loss::ImageMadeFile(number(file.part)));
        }
        let size = u64::try_from(octets.len()).ok();
        let attachment = Attachment {
            filename: file_name(file.name),
            media_type: media_type(file.mime_type),
            content: octets,
        };
        let is_same = file.name == Some(attachment.filename.as_str())
            && file.mime_type == Some(attachment.media_type.as_str())
            && file.size == size;
        if !is_same {
            losses.push(Loss::FileChanged(number(file.part)));
        }
        self.attachments.push(attachment);
    }

    fn attach_data(&mut self, at: usize, json: &str, losses: &mut Vec<Loss>) {
        losses.push(Loss::DataAttached(number(at)));
        self.attachments.push(Attachment {
            filename: format!("data-{}.json", at + 1),
            media_type: "application/json".to_owned(),
            content: json.as_bytes().to_vec(),
        });
    }
}

/// The place of a part, as losses name it: counted from 1, like the parts of mail.
pub(super) fn number(at: usize) -> Box<str> {
    (at + 1).to_string().into()
}

/// Whether readers of mail take this data: they have limits of their own.
fn is_writable(json: &str) -> bool {
    let stamp = Stamp {
        date: 0,
        message_id: "a@a".to_owned(),
        boundary: "a".to_owned(),
    };
    let draft = Draft::new().from("a@a").data_json(json);
    draft.compose(&stamp, &mut Vec::new()).is_ok()
}

fn link(file: EnvelopeFile<'_>) -> String {
    match file.name {
        Some(name) => format!("{}: {}", one_line(name), file.url),
        None => file.url.to_string(),
    }
}

/// A name that can be offered: one path segment on one line, not too long.
fn file_name(name: Option<&str>) -> String {
    const LONGEST: usize = 255;
    let name = one_line(name.unwrap_or_default());
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    match &last[..last.floor_char_boundary(LONGEST)] {
        "" | "." | ".." => "file".to_owned(),
        name => name.to_owned(),
    }
}

fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// Type and subtype in lower case, of a leaf (RFC 2045 5.1).
fn media_type(text: Option<&str>) -> String {
    let bare = text
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    let bare = bare.trim().to_ascii_lowercase();
    let is_token = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&octet))
    };
    let is_leaf = bare.split_once('/').is_some_and(|(kind, subtype)| {
        is_token(kind) && is_token(subtype) && !matches!(kind, "multipart" | "message")
    });
    if is_leaf && bare.len() <= 127 {
        bare
    } else {
        "application/octet-stream".to_owned()
    }
}
