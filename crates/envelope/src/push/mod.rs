//! What an operator pushes over a socket (6.2, section 9).

use strict_json::{Object, Value};

use crate::json;
use crate::{Code, Error, ErrorKind, Limits};

mod fact;
mod frame;
mod line;

pub use fact::{Fact, MonitorFact};
pub use frame::PushFrame;

/// A message from the push channel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Push {
    /// There is a new envelope.
    Notify(PushFrame<'static>),
    /// Something became of an envelope that is watched.
    Fact(MonitorFact),
    /// A message with an `op` of tomorrow, to be ignored (6.2).
    Unknown,
}

impl Push {
    /// Reads a message. Members that the protocol does not name are ignored.
    ///
    /// # Errors
    ///
    /// When it is not a strict JSON object within [`Limits::frame`](field@crate::Limits::frame), has
    /// no `op`, or lacks what its `op` always has.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, limits.frame, limits)?;
        let object = json::root(&document)?;
        let op = object.get("op").and_then(Value::as_str);
        match op {
            Some(PushFrame::OP) => frame::read(object).map(Self::Notify),
            Some(MonitorFact::OP) => fact::read(object).map(Self::Fact),
            Some(_) => Ok(Self::Unknown),
            None => Err(missing().member("op")),
        }
    }
}

/// A member that has to be there.
fn required<'d>(object: Object<'d>, name: &'static str) -> Result<Value<'d>, Error> {
    object.get(name).ok_or_else(|| missing().member(name))
}

fn missing() -> Error {
    Error::new(ErrorKind::Missing, Code::InvalidRequest, "a value")
}

pub(crate) use frame::{read as read_frame, write_members as write_frame_members};
