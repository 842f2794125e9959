use strict_json::{Object, Value};

use super::{EnvelopePost, check_count, too_many_recipients};
use crate::json::{self, present};
use crate::{Code, ContentPart, EnvelopeId, Error, ErrorKind, Handle, Limits, Subject, part};

/// The members of a body that the protocol names. One walk finds them all.
#[derive(Debug, Default)]
struct Members<'d> {
    id: Option<Value<'d>>,
    from: Option<Value<'d>>,
    to: Option<Value<'d>>,
    cc: Option<Value<'d>>,
    subject: Option<Value<'d>>,
    in_reply_to: Option<Value<'d>>,
    references: Option<Value<'d>>,
    date_ms: Option<Value<'d>>,
    content_parts: Option<Value<'d>>,
    monitor: Option<Value<'d>>,
}

impl<'d> Members<'d> {
    fn of(object: Object<'d>) -> Self {
        let mut members = Self::default();
        for (name, value) in object {
            let member = match name {
                "id" => &mut members.id,
                "from" => &mut members.from,
                "to" => &mut members.to,
                "cc" => &mut members.cc,
                "subject" => &mut members.subject,
                "in_reply_to" => &mut members.in_reply_to,
                "references" => &mut members.references,
                "date_ms" => &mut members.date_ms,
                "content_parts" => &mut members.content_parts,
                "monitor" => &mut members.monitor,
                _ => continue,
            };
            *member = Some(value);
        }
        members
    }
}

/// Reads a posted body, every rule of 2.1 and 2.2 kept, checks in the order of 3.1.
pub(super) fn read(octets: &[u8], limits: &Limits) -> Result<EnvelopePost, Error> {
    let document = json::document(octets, limits.body, limits)?;
    let members = Members::of(json::root(&document)?);
    if members.from.is_some() {
        let error = Error::new(
            ErrorKind::Forbidden,
            Code::InvalidRequest,
            "no sender, the operator stamps it",
        );
        return Err(error.member("from"));
    }
    let id = id(members.id).map_err(|error| error.member("id"))?;
    let to = handles(members.to, limits.recipients).map_err(|error| error.member("to"))?;
    let cc = match members.cc {
        Some(cc) => {
            let room = limits.recipients.saturating_sub(to.len());
            handles(Some(cc), room).map_err(|error| error.member("cc"))?
        }
        None => Vec::new(),
    };
    let subject = present(members.subject)
        .map(|subject| json::string(subject, Code::InvalidRequest)?.parse())
        .transpose()
        .map_err(|error: Error| error.member("subject"))?;
    let in_reply_to = present(members.in_reply_to)
        .map(|target| id_of(target, Code::InvalidEnvelopeId))
        .transpose()
        .map_err(|error| error.member("in_reply_to"))?;
    let references = references(members.references, limits.references)
        .map_err(|error| error.member("references"))?;
    let date_ms = members
        .date_ms
        .ok_or(missing(Code::InvalidRequest))
        .and_then(|date| json::timestamp(date, Code::InvalidRequest))
        .map_err(|error| error.member("date_ms"))?;
    let content_parts = parts(members.content_parts, limits.parts)
        .map_err(|error| error.member("content_parts"))?;
    let monitor = present(members.monitor)
        .map(json::text)
        .transpose()
        .map_err(|error: Error| error.member("monitor"))?;
    check_tail(in_reply_to, &references)?;
    Ok(EnvelopePost {
        id,
        to,
        cc,
        subject,
        in_reply_to,
        references,
        date_ms,
        content_parts,
        monitor,
    })
}

/// Reads a stored form with its sender (2.3). Who reads it did not choose the operator, so what
/// only our caps and content rules refuse is let through: long lists, odd parts, long subjects.
pub(crate) fn read_stored(octets: &[u8], limits: &Limits) -> Result<(Handle, EnvelopePost), Error> {
    let document = json::document(octets, limits.body, limits)?;
    stored(document.root())
}

pub(crate) fn stored(value: Value<'_>) -> Result<(Handle, EnvelopePost), Error> {
    let wrong = Error::new(ErrorKind::WrongType, Code::InvalidJson, "a JSON object");
    let members = Members::of(value.as_object().ok_or(wrong)?);
    let from = members
        .from
        .ok_or(missing(Code::InvalidHandle))
        .and_then(json::text)
        .map_err(|error| error.member("from"))?;
    let cc = match present(members.cc) {
        Some(cc) => handles(Some(cc), usize::MAX).map_err(|error| error.member("cc"))?,
        None => Vec::new(),
    };
    let subject = present(members.subject).and_then(Value::as_str);
    let target = present(members.in_reply_to);
    let post = EnvelopePost {
        id: id(members.id).map_err(|error| error.member("id"))?,
        to: handles(members.to, usize::MAX).map_err(|error| error.member("to"))?,
        cc,
        subject: subject.map(Subject::nearest),
        in_reply_to: target
            .map(|target| id_of(target, Code::InvalidEnvelopeId))
            .transpose()
            .map_err(|error| error.member("in_reply_to"))?,
        references: references(members.references, usize::MAX)
            .map_err(|error| error.member("references"))?,
        date_ms: members
            .date_ms
            .ok_or(missing(Code::InvalidRequest))
            .and_then(|date| json::timestamp(date, Code::InvalidRequest))
            .map_err(|error| error.member("date_ms"))?,
        content_parts: elements(members.content_parts, usize::MAX, Code::InvalidContent)
            .map_err(|error| error.member("content_parts"))?
            .map(part::read_stored)
            .collect(),
        monitor: present(members.monitor).and_then(|monitor| json::text(monitor).ok()),
    };
    Ok((from, post))
}

fn id(value: Option<Value<'_>>) -> Result<EnvelopeId, Error> {
    let value = value.ok_or(missing(Code::InvalidEnvelopeId))?;
    id_of(value, Code::InvalidEnvelopeId)
}

fn id_of(value: Value<'_>, code: Code) -> Result<EnvelopeId, Error> {
    json::text(value).map_err(|error: Error| error.code_of_place(code))
}

/// At least one handle, and at most `most`.
fn handles(value: Option<Value<'_>>, most: usize) -> Result<Vec<Handle>, Error> {
    let value = value.ok_or(missing(Code::InvalidRequest))?;
    let list = value.as_array().ok_or(Error::new(
        ErrorKind::WrongType,
        Code::InvalidRequest,
        "a list of handles",
    ))?;
    if list.len() > most {
        return Err(too_many_recipients());
    }
    check_count(list.len(), most, Code::InvalidRequest, Code::InvalidTo)?;
    list.iter()
        .enumerate()
        .map(|(at, handle)| json::text(handle).map_err(|error: Error| error.element(at)))
        .collect()
}

/// Ids of ancestors; `[]` and `null` are absent (2.1, section 19).
fn references(value: Option<Value<'_>>, most: usize) -> Result<Vec<EnvelopeId>, Error> {
    let Some(value) = present(value) else {
        return Ok(Vec::new());
    };
    let wrong = |kind, expected| Error::new(kind, Code::InvalidReferences, expected);
    let list = value
        .as_array()
        .ok_or(wrong(ErrorKind::WrongType, "a list of envelope ids"))?;
    if list.len() > most {
        return Err(wrong(ErrorKind::OutOfRange, "fewer references"));
    }
    let read = |(at, id)| id_of(id, Code::InvalidReferences).map_err(|error| error.element(at));
    list.iter().enumerate().map(read).collect()
}

fn check_tail(in_reply_to: Option<EnvelopeId>, references: &[EnvelopeId]) -> Result<(), Error> {
    match (in_reply_to, references.last()) {
        (Some(target), Some(&last)) if target != last => Err(Error::new(
            ErrorKind::Inconsistent,
            Code::InvalidReferences,
            "the last of the references to equal in_reply_to",
        )
        .member("references")),
        _ => Ok(()),
    }
}

fn parts(value: Option<Value<'_>>, most: usize) -> Result<Vec<ContentPart>, Error> {
    elements(value, most, Code::InvalidContent)?
        .enumerate()
        .map(|(at, part)| part::read(part).map_err(|error| error.element(at)))
        .collect()
}

fn elements<'d>(
    value: Option<Value<'d>>,
    most: usize,
    code: Code,
) -> Result<strict_json::Elements<'d>, Error> {
    let value = value.ok_or(missing(code))?;
    let wrong = Error::new(ErrorKind::WrongType, code, "a list that is not empty");
    let list = value.as_array().ok_or(wrong)?;
    check_count(list.len(), most, code, code)?;
    Ok(list.iter())
}

fn missing(code: Code) -> Error {
    Error::new(ErrorKind::Missing, code, "a value")
}
