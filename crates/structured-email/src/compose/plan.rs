//! From a draft to the tree that will be written.

use std::borrow::Cow;

use super::body::embedded_message;
use super::context::prepare;
use super::draft::{Attached, Data};
use super::entity::{Content, Disposition, Entity, Leaf};
use super::grammar::{check_filename, check_media_type, check_own_id};
use super::html::with_script_blocks;
use super::{Arrangement, ComposeError, ComposeErrorKind, ComposeWarning, Draft, Stamp};
use crate::Limits;

/// What will be written below the header.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) entity: Entity<'a>,
    /// Whether the message is for machines only.
    pub(super) mrm: bool,
    pub(super) warnings: Vec<ComposeWarning>,
}

impl<'a> Plan<'a> {
    pub(super) fn of(
        draft: &'a Draft,
        stamp: &Stamp,
        limits: &Limits,
    ) -> Result<Self, ComposeError> {
        let message_id = check_own_id("Message-ID", &stamp.message_id)?;
        let mut data = prepared(&draft.data, limits)?;
        let mut apart = prepared(&draft.data_apart, limits)?;
        let readable = Readable::of(draft, !(data.is_empty() && apart.is_empty()));
        if data.is_empty() && readable.is_empty() {
            std::mem::swap(&mut data, &mut apart);
        }
        let mut beside: Vec<_> = apart.into_iter().map(data_leaf).collect();
        for file in &draft.attachments {
            beside.push(attachment(file)?);
        }
        let readable = if draft.html_fallback {
            readable.with_fallback(&data)
        } else {
            readable
        };
        let Some(arrangement) = arrangement(draft, &data, &readable)? else {
            let body = readable.into_entity();
            let body = if beside.is_empty() {
                body.unwrap_or_else(|| text_leaf("text/plain", Cow::Borrowed("")))
            } else {
                mixed(body.into_iter().chain(beside).collect())
            };
            return Ok(Self {
                entity: body,
                mrm: false,
                warnings: Vec::new(),
            });
        };
        let warnings = match arrangement {
            Arrangement::Full => readable.warnings(data.len()),
            _ => Vec::new(),
        };
        let mut parts = data.into_iter().map(data_leaf);
        let entity = match arrangement {
            Arrangement::Full => {
                let entity = readable.into_alternative(parts, draft.data_before_html);
                with_beside(entity, beside)
            }
            Arrangement::Partial => {
                let parts = (1..)
                    .zip(parts)
                    .map(|(n, part)| with_content_id(part, format!("data-{n}.{message_id}")));
                let children = readable.into_entity().into_iter().chain(parts).collect();
                let entity = Entity::Multipart {
                    media_type: "multipart/related",
                    children,
                };
                with_beside(entity, beside)
            }
            Arrangement::NonRepresentation => mixed(
                readable
                    .into_entity()
                    .into_iter()
                    .chain(parts)
                    .chain(beside)
                    .collect(),
            ),
            Arrangement::Mrm => match (parts.next(), parts.next(), beside.is_empty()) {
                (Some(only), None, true) => only,
                (_, _, false) => {
                    return Err(misfit("mrm takes neither attachments nor data apart"));
                }
                _ => {
                    return Err(misfit(
                        "mrm takes one piece of data: send several as one array",
                    ));
                }
            },
        };
        Ok(Self {
            entity,
            mrm: arrangement == Arrangement::Mrm,
            warnings,
        })
    }
}

/// What a person reads.
struct Readable<'a> {
    text: Option<Cow<'a, str>>,
    html: Option<Cow<'a, str>>,
}

impl<'a> Readable<'a> {
    fn of(draft: &'a Draft, has_data: bool) -> Self {
        // Beside data, text of nothing but white space would make a machine-readable message of
        // the loose kind, which is read but never written.
        let readable = |body: &&str| !has_data || !body.trim().is_empty();
        Self {
            text: draft.text.as_deref().filter(readable).map(Cow::Borrowed),
            html: draft.html.as_deref().filter(readable).map(Cow::Borrowed),
        }
    }

    /// With the data in script blocks of the HTML.
    fn with_fallback(mut self, data: &[Cow<'_, str>]) -> Self {
        if !data.is_empty() {
            self.html = self
                .html
                .map(|html| with_script_blocks(&html, data.iter().map(AsRef::as_ref)).into());
        }
        self
    }

    fn is_empty(&self) -> bool {
        self.text.is_none() && self.html.is_none()
    }

    fn warnings(&self, data: usize) -> Vec<ComposeWarning> {
        [
            (self.text.is_none(), ComposeWarning::NoText),
            (self.html.is_none(), ComposeWarning::NoHtml),
            (data > 1, ComposeWarning::SeveralAlternatives),
        ]
        .into_iter()
        .filter_map(|(applies, warning)| applies.then_some(warning))
        .collect()
    }

    fn into_leaves(self) -> (Option<Entity<'a>>, Option<Entity<'a>>) {
        (
            self.text.map(|text| text_leaf("text/plain", text)),
            self.html.map(|html| text_leaf("text/html", html)),
        )
    }

    /// The alternative of both, or the one there is.
    fn into_entity(self) -> Option<Entity<'a>> {
        match self.into_leaves() {
            (Some(text), Some(html)) => Some(alternative(vec![text, html])),
            (text, html) => text.or(html),
        }
    }

    fn into_alternative(
        self,
        data: impl Iterator<Item = Entity<'a>>,
        data_before_html: bool,
    ) -> Entity<'a> {
        let (text, html) = self.into_leaves();
        let text = text.into_iter();
        alternative(if data_before_html {
            text.chain(data).chain(html).collect()
        } else {
            text.chain(html).chain(data).collect()
        })
    }
}

/// The arrangement, or `None` for plain mail.
fn arrangement(
    draft: &Draft,
    data: &[Cow<'_, str>],
    readable: &Readable<'_>,
) -> Result<Option<Arrangement>, ComposeError> {
    let implied = if readable.is_empty() {
        Arrangement::Mrm
    } else {
        Arrangement::Full
    };
    match draft.arrangement {
        Some(_) if data.is_empty() => Err(misfit("an arrangement needs data")),
        None if data.is_empty() => Ok(None),
        Some(Arrangement::Mrm) if !readable.is_empty() => {
            Err(misfit("mrm takes neither text nor HTML"))
        }
        Some(Arrangement::Mrm) | None => Ok(Some(draft.arrangement.unwrap_or(implied))),
        Some(_) if readable.is_empty() => Err(misfit("full, partial and mixed need text or HTML")),
        Some(arrangement) => Ok(Some(arrangement)),
    }
}

fn prepared<'a>(data: &'a [Data], limits: &Limits) -> Result<Vec<Cow<'a, str>>, ComposeError> {
    data.iter()
        .map(|data| match data {
            Data::Json(json) => prepare(json, limits),
            Data::Failed(reason) => Err(ComposeError::new(
                ComposeErrorKind::InvalidData,
                "data",
                format!("expected a value that serializes: {reason}"),
            )),
        })
        .collect()
}

fn misfit(expected: &'static str) -> ComposeError {
    ComposeError::new(ComposeErrorKind::Arrangement, "arrangement", expected)
}

fn text_leaf<'a>(media_type: &'static str, text: Cow<'a, str>) -> Entity<'a> {
    Entity::Leaf(Leaf {
        media_type,
        content: Content::Text(text),
        content_id: None,
        disposition: Disposition::Unsaid,
        designated: false,
    })
}

fn data_leaf(json: Cow<'_, str>) -> Entity<'_> {
    let octets = match json {
        Cow::Borrowed(json) => Cow::Borrowed(json.as_bytes()),
        Cow::Owned(json) => Cow::Owned(json.into_bytes()),
    };
    Entity::Leaf(Leaf {
        media_type: "application/ld+json",
        content: Content::Octets(octets),
        content_id: None,
        disposition: Disposition::Inline,
        designated: true,
    })
}

fn attachment(attached: &Attached) -> Result<Entity<'_>, ComposeError> {
    let file = &attached.file;
    check_media_type(&file.media_type)?;
    check_filename(&file.filename)?;
    let content = if file.media_type.eq_ignore_ascii_case("message/rfc822") {
        Content::Message(embedded_message(&file.content)?)
    } else {
        Content::Octets(Cow::Borrowed(&file.content))
    };
    let content_id = attached
        .content_id
        .as_deref()
        .map(|id| check_own_id("Content-ID", id));
    Ok(Entity::Leaf(Leaf {
        media_type: &file.media_type,
        content,
        content_id: content_id.transpose()?.map(str::to_owned),
        disposition: Disposition::Attachment(&file.filename),
        designated: false,
    }))
}

fn with_content_id<'a>(entity: Entity<'a>, id: String) -> Entity<'a> {
    match entity {
        Entity::Leaf(leaf) => Entity::Leaf(Leaf {
            content_id: Some(id),
            ..leaf
        }),
        multipart @ Entity::Multipart { .. } => multipart,
    }
}

fn with_beside<'a>(entity: Entity<'a>, beside: Vec<Entity<'a>>) -> Entity<'a> {
    if beside.is_empty() {
        return entity;
    }
    mixed(std::iter::once(entity).chain(beside).collect())
}

fn alternative(children: Vec<Entity<'_>>) -> Entity<'_> {
    Entity::Multipart {
        media_type: "multipart/alternative",
        children,
    }
}

fn mixed(children: Vec<Entity<'_>>) -> Entity<'_> {
    Entity::Multipart {
        media_type: "multipart/mixed",
        children,
    }
}
