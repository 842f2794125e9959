use strict_json::{Object, Value};

use super::{EnvelopePost, check_count};
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
            let member = match name.as_bytes() {
                b"id" => &mut members.id,
                b"from" => &mut members.from,
                b"to" => &mut members.to,
                b"cc" => &mut members.cc,
                b"subject" => &mut members.subject,
                b"in_reply_to" => &mut members.in_reply_to,
                b"references" => &mut members.references,
                b"date_ms" => &mut members.date_ms,
                b"content_parts" => &mut members.content_parts,
                b"monitor" => &mut members.monitor,
                _ => continue,
            };
            *member = Some(value);
        }
        members
    }
}

/// How strictly the members are read.
#[derive(Clone, Copy, Debug)]
struct Rules {
    recipients: usize,
    references: usize,
    parts: usize,
    /// Whoever reads a stored form did not choose the operator. What only our caps and rules of
    /// content refuse is let through then, in a form that is safe.
    is_stored: bool,
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
    let rules = Rules {
        recipients: limits.recipients,
        references: limits.references,
        parts: limits.parts,
        is_stored: false,
    };
    envelope(&members, rules)
}

/// Reads a stored form with its sender (2.3).
pub(crate) fn read_stored(octets: &[u8], limits: &Limits) -> Result<(Handle, EnvelopePost), Error> {
    let document = json::document(octets, limits.envelope, limits)?;
    let members = Members::of(json::root(&document)?);
    let from = members
        .from
        .ok_or_else(|| missing(Code::InvalidHandle))
        .and_then(json::text)
        .map_err(|error: Error| error.member("from"))?;
    let rules = Rules {
        recipients: usize::MAX,
        references: usize::MAX,
        parts: usize::MAX,
        is_stored: true,
    };
    Ok((from, envelope(&members, rules)?))
}

fn envelope(members: &Members<'_>, rules: Rules) -> Result<EnvelopePost, Error> {
    let at = |name| move |error: Error| error.member(name);
    let id = id(members.id).map_err(at("id"))?;
    let to = handles(members.to, rules.recipients).map_err(at("to"))?;
    let cc = match members.cc {
        Some(cc) if !(rules.is_stored && cc.is_null()) => {
            let room = rules.recipients.saturating_sub(to.len());
            handles(Some(cc), room).map_err(at("cc"))?
        }
        _ => Vec::new(),
    };
    let subject = present(members.subject)
        .map(|subject| rules.subject(subject))
        .transpose()
        .map_err(at("subject"))?;
    let in_reply_to = present(members.in_reply_to)
        .map(json::text)
        .transpose()
        .map_err(at("in_reply_to"))?;
    let references = references(members.references, rules.references).map_err(at("references"))?;
    let date_ms = members
        .date_ms
        .ok_or_else(|| missing(Code::InvalidRequest))
        .and_then(|date| json::timestamp(date, Code::InvalidRequest))
        .map_err(at("date_ms"))?;
    let content_parts = rules
        .parts(members.content_parts)
        .map_err(at("content_parts"))?;
    let monitor = present(members.monitor)
        .map(json::text)
        .transpose()
        .map_err(at("monitor"))?;
    if !rules.is_stored {
        check_tail(in_reply_to, &references)?;
    }
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

impl Rules {
    fn subject(self, value: Value<'_>) -> Result<Subject, Error> {
        let text = json::string(value, Code::InvalidRequest)?;
        if self.is_stored {
            return Ok(Subject::nearest(text));
        }
        text.parse()
    }

    fn parts(self, value: Option<Value<'_>>) -> Result<Vec<ContentPart>, Error> {
        let code = Code::InvalidContent;
        let wrong = || Error::new(ErrorKind::WrongType, code, "a list that is not empty");
        let value = value.ok_or_else(|| missing(code))?;
        let list = value.as_array().ok_or_else(wrong)?;
        check_count(list.len(), self.parts, code, code)?;
        if self.is_stored {
            return Ok(list.iter().map(part::read_stored).collect());
        }
        let mut parts = Vec::with_capacity(list.len());
        for (at, part) in list.iter().enumerate() {
            parts.push(part::read(part).map_err(|error| error.element(at))?);
        }
        Ok(parts)
    }
}

fn id(value: Option<Value<'_>>) -> Result<EnvelopeId, Error> {
    json::text(value.ok_or_else(|| missing(Code::InvalidEnvelopeId))?)
}

/// At least one handle, and at most `most`.
fn handles(value: Option<Value<'_>>, most: usize) -> Result<Vec<Handle>, Error> {
    let code = Code::InvalidRequest;
    let value = value.ok_or_else(|| missing(code))?;
    let wrong = || Error::new(ErrorKind::WrongType, code, "a list of handles");
    let list = value.as_array().ok_or_else(wrong)?;
    check_count(list.len(), most, code, Code::InvalidTo)?;
    let mut handles = Vec::with_capacity(list.len());
    for (at, handle) in list.iter().enumerate() {
        handles.push(json::text(handle).map_err(|error: Error| error.element(at))?);
    }
    Ok(handles)
}

/// Ids of ancestors; `[]` and `null` are absent (2.1, section 19).
fn references(value: Option<Value<'_>>, most: usize) -> Result<Vec<EnvelopeId>, Error> {
    let Some(value) = present(value) else {
        return Ok(Vec::new());
    };
    let wrong = |kind, expected| Error::new(kind, Code::InvalidReferences, expected);
    let list = value
        .as_array()
        .ok_or_else(|| wrong(ErrorKind::WrongType, "a list of envelope ids"))?;
    if list.len() > most {
        return Err(wrong(ErrorKind::OutOfRange, "fewer references"));
    }
    let read = |(at, id)| {
        json::text(id).map_err(|error: Error| error.under(Code::InvalidReferences).element(at))
    };
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

fn missing(code: Code) -> Error {
    Error::new(ErrorKind::Missing, code, "a value")
}
