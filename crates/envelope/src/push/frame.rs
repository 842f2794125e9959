use std::borrow::Cow;

use strict_json::{Object, Value};

use super::required;
use crate::json::{self, present};
use crate::write::Members;
use crate::{
    Code, Envelope, EnvelopeId, Error, ErrorKind, Handle, OrderKey, Subject, Timestamp, TypeHint,
};

/// The header of an envelope, as an operator pushes and lists it (6.2).
///
/// It has no body, no references and no monitor. About 80 tokens as JSON, about 40 as the
/// [line](Self::line) to show a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushFrame<'a> {
    id: EnvelopeId,
    from: Cow<'a, Handle>,
    to: Cow<'a, [Handle]>,
    cc: Cow<'a, [Handle]>,
    subject: Option<Cow<'a, Subject>>,
    in_reply_to: Option<EnvelopeId>,
    type_hint: TypeHint,
    size_hint: Option<u64>,
    created_at: Timestamp,
    date_ms: Timestamp,
}

impl<'a> PushFrame<'a> {
    /// What its `op` is on the wire.
    pub const OP: &'static str = "envelope.notify";

    /// The frame of a stored envelope.
    #[must_use]
    pub fn of(envelope: &'a Envelope, created_at: Timestamp, size_hint: u64) -> Self {
        Self {
            id: envelope.id(),
            from: Cow::Borrowed(envelope.from()),
            to: Cow::Borrowed(envelope.to()),
            cc: Cow::Borrowed(envelope.cc()),
            subject: envelope.subject().map(Cow::Borrowed),
            in_reply_to: envelope.answers(),
            type_hint: envelope.type_hint(),
            size_hint: Some(size_hint),
            created_at,
            date_ms: envelope.date_ms(),
        }
    }

    /// The same frame with this time of the operator: for mail that becomes a frame before it has a
    /// place in a mailbox.
    #[must_use]
    pub fn stamped(mut self, created_at: Timestamp) -> Self {
        self.created_at = created_at;
        self
    }

    /// The same frame, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> PushFrame<'static> {
        PushFrame {
            id: self.id,
            from: Cow::Owned(self.from.into_owned()),
            to: Cow::Owned(self.to.into_owned()),
            cc: Cow::Owned(self.cc.into_owned()),
            subject: self.subject.map(|subject| Cow::Owned(subject.into_owned())),
            in_reply_to: self.in_reply_to,
            type_hint: self.type_hint,
            size_hint: self.size_hint,
            created_at: self.created_at,
            date_ms: self.date_ms,
        }
    }

    /// Appends the frame as JSON. Every recipient gets the same octets.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.reserve(self.usual_len());
        let mut object = Members::open(out);
        write_members(self, &mut object);
        object.close();
    }

    /// Its place in the mailbox.
    #[must_use]
    pub fn key(&self) -> OrderKey {
        OrderKey {
            created_at: self.created_at,
            envelope_id: self.id,
        }
    }

    /// The envelope.
    #[must_use]
    pub fn id(&self) -> EnvelopeId {
        self.id
    }

    /// Who sent it.
    #[must_use]
    pub fn from(&self) -> &Handle {
        &self.from
    }

    /// The handles in `to`, as posted.
    #[must_use]
    pub fn to(&self) -> &[Handle] {
        &self.to
    }

    /// The handles in `cc`, as posted.
    #[must_use]
    pub fn cc(&self) -> &[Handle] {
        &self.cc
    }

    /// Its subject.
    #[must_use]
    pub fn subject(&self) -> Option<&Subject> {
        self.subject.as_deref()
    }

    /// The envelope it answers, as its sender says.
    #[must_use]
    pub fn answers(&self) -> Option<EnvelopeId> {
        self.in_reply_to
    }

    /// What its parts are.
    #[must_use]
    pub fn type_hint(&self) -> &TypeHint {
        &self.type_hint
    }

    /// About how many tokens its parts are.
    #[must_use]
    pub fn size_hint(&self) -> Option<u64> {
        self.size_hint
    }

    /// The operator's time: the first half of the [key](Self::key).
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// The sender's time.
    #[must_use]
    pub fn date_ms(&self) -> Timestamp {
        self.date_ms
    }

    fn usual_len(&self) -> usize {
        const FIXED: usize = 220;
        const HANDLE: usize = 24;
        let subject = self.subject.as_ref().map_or(0, |s| s.as_str().len() + 16);
        FIXED + subject + HANDLE * (self.to.len() + self.cc.len())
    }
}

/// Writes the members of a frame, which are also those of a row in a listing (4.2).
pub(crate) fn write_members(frame: &PushFrame<'_>, object: &mut Members<'_>) {
    object.plain("op", PushFrame::OP);
    object.plain("id", frame.id.as_str());
    object.plain("from", frame.from.as_str());
    object.list("to", frame.to.iter().map(Handle::as_str));
    if !frame.cc.is_empty() {
        object.list("cc", frame.cc.iter().map(Handle::as_str));
    }
    if let Some(subject) = &frame.subject {
        object.text("subject", subject.as_str());
    }
    if let Some(target) = &frame.in_reply_to {
        object.plain("in_reply_to", target.as_str());
    }
    object.text("type_hint", frame.type_hint.as_str());
    if let Some(size) = frame.size_hint {
        object.integer("size_hint", size);
    }
    object.integer("created_at", frame.created_at.as_millis());
    object.integer("date_ms", frame.date_ms.as_millis());
}

/// Reads a frame. An operator with other caps than ours may send long lists, which the limit on
/// the whole frame bounds, and a subject that is not safe to show, which is made so.
pub(crate) fn read(object: Object<'_>) -> Result<PushFrame<'static>, Error> {
    let subject = present(object.get("subject")).and_then(Value::as_str);
    let target = present(object.get("in_reply_to"));
    let size = object.get("size_hint").and_then(Value::number_text);
    Ok(PushFrame {
        id: text(object, "id")?,
        from: Cow::Owned(text(object, "from")?),
        to: Cow::Owned(handles(required(object, "to")?).map_err(|e| e.member("to"))?),
        cc: match present(object.get("cc")) {
            Some(cc) => Cow::Owned(handles(cc).map_err(|error| error.member("cc"))?),
            None => Cow::Borrowed(&[]),
        },
        subject: subject.map(|text| Cow::Owned(Subject::nearest(text))),
        in_reply_to: target.and_then(|target| json::text(target).ok()),
        type_hint: TypeHint::from_wire(required(object, "type_hint")?.as_str().unwrap_or_default()),
        size_hint: size.and_then(|token| token.parse().ok()),
        created_at: time(object, "created_at")?,
        date_ms: time(object, "date_ms")?,
    })
}

fn text<T: std::str::FromStr<Err = Error>>(
    object: Object<'_>,
    name: &'static str,
) -> Result<T, Error> {
    json::text(required(object, name)?).map_err(|error: Error| error.member(name))
}

fn time(object: Object<'_>, name: &'static str) -> Result<Timestamp, Error> {
    json::timestamp(required(object, name)?, Code::InvalidRequest)
        .map_err(|error| error.member(name))
}

fn handles(value: Value<'_>) -> Result<Vec<Handle>, Error> {
    let wrong = Error::new(
        ErrorKind::WrongType,
        Code::InvalidRequest,
        "a list of handles",
    );
    let list = value.as_array().ok_or(wrong)?;
    list.iter()
        .enumerate()
        .map(|(at, handle)| json::text(handle).map_err(|error: Error| error.element(at)))
        .collect()
}
