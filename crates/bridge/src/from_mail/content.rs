//! What the envelope says: text, data and files.

use std::borrow::Cow;

use asmtp_envelope::{ContentPart, Source};
use structured_email::{Class, Message, Part};

use super::MailFile;
use crate::{Limits, Loss, html, json_ld};

/// The parts of an envelope, as far as mail alone gives them.
#[derive(Clone, Debug)]
pub(crate) struct Content<'m> {
    parts: Vec<Planned>,
    pub(crate) files: Vec<MailFile<'m>>,
    /// The text, when it is blank.
    blank: Option<String>,
}

/// A part, or the place of the next file.
#[derive(Clone, Debug)]
enum Planned {
    Part(ContentPart),
    File,
}

impl<'m> Content<'m> {
    /// The most parts in one envelope (2.1).
    const MOST: usize = 64;

    /// What is said when a message says nothing.
    const NO_TEXT: &'static str = "(no text)";

    pub(crate) fn of(message: &Message<'m>, limits: &Limits, losses: &mut Vec<Loss>) -> Self {
        let mut content = Self {
            parts: Vec::new(),
            files: Vec::new(),
            blank: None,
        };
        let has_text = message.parts().iter().any(is_text);
        for part in message.parts() {
            content.take(part, message, has_text, limits, losses);
        }
        if matches!(message.class(), Class::Full | Class::Partial) {
            losses.push(Loss::ArrangementDropped);
        }
        if content.parts.len() > Self::MOST {
            content.parts.truncate(Self::MOST);
            let files = |part: &&Planned| matches!(part, Planned::File);
            let left = content.parts.iter().filter(files).count();
            content.files.truncate(left);
            losses.push(Loss::PartsCut);
        }
        content
    }

    /// The parts, with the places of the files in them.
    pub(crate) fn into_parts(
        self,
        sources: Vec<Option<Source>>,
        title: Option<&str>,
        losses: &mut Vec<Loss>,
    ) -> Vec<ContentPart> {
        let mut files = self.files.into_iter();
        let mut sources = sources.into_iter();
        let mut parts = Vec::with_capacity(self.parts.len());
        for planned in self.parts {
            match planned {
                Planned::Part(part) => parts.push(part),
                Planned::File => {
                    let Some(file) = files.next() else { continue };
                    match sources
                        .next()
                        .flatten()
                        .and_then(|source| file.part(source))
                    {
                        Some(part) => parts.push(part),
                        None => losses.push(Loss::FileDropped(file.part.into())),
                    }
                }
            }
        }
        if parts.is_empty() {
            let blank = self.blank.filter(|text| !text.is_empty());
            if blank.is_none() {
                losses.push(Loss::TextAdded);
            }
            let title = title.filter(|title| !title.is_empty());
            let text = blank.as_deref().or(title).unwrap_or(Self::NO_TEXT);
            parts.extend(ContentPart::text(text)); // never empty
        }
        parts
    }

    fn take(
        &mut self,
        part: &Part<'m>,
        message: &Message<'m>,
        has_text: bool,
        limits: &Limits,
        losses: &mut Vec<Loss>,
    ) {
        let number = || part.section().to_string().into_boxed_str();
        let before = self.parts.len();
        if part.is_body() && part.media_type() == "text/html" {
            if has_text {
                losses.push(Loss::HtmlDropped(number()));
            } else {
                self.take_html(part, limits, losses);
            }
            self.take_items(part, message, losses);
        } else if part.is_body() {
            self.take_text(part);
        } else if part.is_designated() {
            self.take_items(part, message, losses);
            if self.parts.len() == before {
                losses.push(Loss::DataDropped(number()));
            }
        } else if part.is_attachment() || part.is_embedded_message() {
            match MailFile::of(part) {
                Some(file) => {
                    self.files.push(file);
                    self.parts.push(Planned::File);
                }
                None => losses.push(Loss::PartDropped(number())),
            }
        } else if !part.is_multipart() || is_closed(part, message) {
            losses.push(Loss::PartDropped(number()));
        }
    }

    fn take_text(&mut self, part: &Part<'_>) {
        let text = part.text().unwrap_or_default().replace("\r\n", "\n");
        if text.trim().is_empty() {
            self.blank.get_or_insert(text);
        } else {
            self.parts
                .extend(ContentPart::text(&text).map(Planned::Part)); // never empty
        }
    }

    fn take_html(&mut self, part: &Part<'_>, limits: &Limits, losses: &mut Vec<Loss>) {
        let number = part.section().to_string().into_boxed_str();
        let source = part.text().unwrap_or_default();
        let end = source.floor_char_boundary(limits.html);
        if end < source.len() {
            losses.push(Loss::HtmlCut(number.clone()));
        }
        let text = html::text_of(&source[..end]);
        self.parts
            .extend(ContentPart::text(&text).map(Planned::Part)); // an empty one is none
        losses.push(Loss::HtmlMadeText(number));
    }

    fn take_items(&mut self, part: &Part<'_>, message: &Message<'_>, losses: &mut Vec<Loss>) {
        let number = || part.section().to_string().into_boxed_str();
        for item in message.items() {
            if item.part() != part.section() {
                continue;
            }
            match json_ld::part_of_item(item) {
                Some((data, lost_context)) => {
                    if lost_context {
                        losses.push(Loss::ContextDropped(number()));
                    }
                    self.parts.push(Planned::Part(data));
                }
                None => losses.push(Loss::DataDropped(number())),
            }
        }
    }
}

impl<'m> MailFile<'m> {
    pub(crate) fn of(part: &Part<'m>) -> Option<Self> {
        Some(Self {
            part: part.section().to_string(),
            name: part.filename(),
            media_type: part.media_type().to_owned(),
            content: match part.is_embedded_message() {
                true => Cow::Borrowed(part.raw_body()),
                false => part.decode(usize::MAX).ok()?,
            },
        })
    }

    fn part(&self, source: Source) -> Option<ContentPart> {
        let size = u64::try_from(self.content.len()).ok();
        ContentPart::file(source, self.name.as_deref(), Some(&self.media_type), size).ok()
    }
}

fn is_text(part: &Part<'_>) -> bool {
    part.is_body() && part.media_type() != "text/html"
}

/// Whether a multipart was not entered: nothing of it is in the other parts.
fn is_closed(part: &Part<'_>, message: &Message<'_>) -> bool {
    let inside = |other: &Part<'_>| other.section().path().starts_with(part.section().path());
    let mut within = message.parts().iter().filter(|other| inside(other));
    within.nth(1).is_none()
}
