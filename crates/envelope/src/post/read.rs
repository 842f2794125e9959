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
    let document = json::document(octets, limits.body, limits)?;
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
    let references =
        references(members.references, rules.references).map_err(at("references"))?;
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

    fn missing(code: Code) -> Error {
    Error::new(ErrorKind::Missing, code, "a value")
}
