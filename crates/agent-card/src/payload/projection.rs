use std::ptr;

use strict_json::canonical::{compare_names, write_string};
use strict_json::{Document, Kind, Value};

use super::{Difference, Profile, Remedy, Uncovered, UncoveredReason};
use crate::members::{self, Members, not_null};
use crate::pointer::Room;
use crate::schema::{self, Field, Message, MessageKind, Presence, Shape};
use crate::{Error, Limits, Path};

/// One walk over a card that writes a payload on the way.
///
/// Whether something is left out under `Sdk` shows when it has been written; it is cut off again
/// then. So every octet is written once and cut off at most once.
#[derive(Debug)]
pub(super) struct Projection<'d> {
    profile: Profile,
    pub(super) out: Vec<u8>,
    pub(super) uncovered: Vec<Uncovered>,
    /// Under `Sdk`, the innermost members that are left out.
    pub(super) differences: Vec<Difference>,
    /// Under `Spec`, whether there is anything that `Sdk` leaves out.
    pub(super) holds_empty: bool,
    /// The members of the maps that are being written, each map's in canonical order.
    entries: Vec<(&'d str, Value<'d>)>,
    room: Room,
}

/// Whether a value was written. Under `Spec` it always is.
type Kept = bool;

/// Where a value stands.
#[derive(Clone, Copy, Debug)]
struct Site<'p> {
    at: &'p Path<'p>,
    /// In a security scheme or requirement.
    security: bool,
}

/// How far the lists were before a member.
#[derive(Debug)]
struct Mark {
    out: usize,
    uncovered: usize,
    differences: usize,
}

impl<'d> Projection<'d> {
    pub(super) fn of(
        document: &'d Document<'_>,
        profile: Profile,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let mut projection = Self {
            profile,
            out: Vec::with_capacity(document.json().len()),
            uncovered: Vec::new(),
            differences: Vec::new(),
            holds_empty: false,
            entries: Vec::new(),
            room: Room::new(limits),
        };
        let at = Path::Root;
        let site = Site {
            at: &at,
            security: false,
        };
        let kept = projection.message(&schema::AGENT_CARD, document.root(), site)?;
        if !kept {
            projection.out.extend_from_slice(b"{}");
        }
        // A card without members is empty, but never left out.
        projection.holds_empty &= projection.out != b"{}";
        Ok(projection)
    }

    fn message(
        &mut self,
        message: &'static Message,
        value: Value<'d>,
        site: Site<'_>,
    ) -> Result<Kept, Error> {
        let members = Members::read(message, value, site.at)?;
        for &name in members.unknown() {
            self.uncovered.push(Uncovered {
                path: self.room.pointer(&site.at.member(name))?,
                reason: UncoveredReason::Unknown,
                security: members.is_about_security(name),
            });
        }
        let mut separator = b'{';
        for (field, name, value) in members.iter() {
            if field.is_absent(value) {
                continue;
            }
            let at = site.at.member(name);
            let site = Site {
                at: &at,
                security: site.security || field.is_about_security(),
            };
            let mark = self.mark();
            self.out.extend_from_slice(field.key.as_bytes());
            if let Some(comma) = self.out.get_mut(mark.out) {
                *comma = separator;
            }
            if self.field(field, value, site)? {
                separator = b',';
            } else {
                self.leave_out(&mark, site, field.remedy())?;
            }
        }
        Ok(self.close(separator, *b"{}"))
    }

    fn field(&mut self, field: &Field, value: Value<'d>, site: Site<'_>) -> Result<Kept, Error> {
        match field.shape {
            Shape::Text => self.text(value, site),
            Shape::Flag => {
                members::flag(value, site.at)?;
                value.write_canonical(&mut self.out);
                Ok(true)
            }
            Shape::Struct => {
                members::object(value, site.at)?;
                self.anything(value, site)
            }
            Shape::Message(message) => self.message(message, value, site),
            Shape::Texts => self.array(value, site, |projection, value, site| {
                projection.text(not_null(value, site.at)?, site)
            }),
            Shape::Messages(message) => self.array(value, site, |projection, value, site| {
                projection.message(message, not_null(value, site.at)?, site)
            }),
            Shape::TextMap => self.map(value, site, Remedy::Describe, |projection, value, site| {
                projection.text(not_null(value, site.at)?, site)
            }),
            Shape::MessageMap(message) => {
                let remedy = match message.kind {
                    MessageKind::Requirement => Remedy::AddScope,
                    _ => Remedy::LeaveOut,
                };
                self.map(value, site, remedy, |projection, value, site| {
                    projection.message(message, not_null(value, site.at)?, site)
                })
            }
        }
    }

    /// A value in a `Struct`. Recursion is as deep as `Limits::DEPTH_CAP` lets it be.
    fn anything(&mut self, value: Value<'d>, site: Site<'_>) -> Result<Kept, Error> {
        match value.kind() {
            Kind::Null => Ok(self.empty(b"null")),
            Kind::Bool | Kind::Number => {
                value.write_canonical(&mut self.out);
                Ok(true)
            }
            Kind::String => self.text(value, site),
            Kind::Array => self.array(value, site, Self::anything),
            Kind::Object => self.map(value, site, Remedy::LeaveOut, Self::anything),
        }
    }

    fn text(&mut self, value: Value<'d>, site: Site<'_>) -> Result<Kept, Error> {
        let text = members::text(value, site.at)?;
        if text.is_empty() {
            return Ok(self.empty(b"\"\""));
        }
        value.write_canonical(&mut self.out);
        Ok(true)
    }

    fn array(
        &mut self,
        value: Value<'d>,
        site: Site<'_>,
        element: impl Fn(&mut Self, Value<'d>, Site<'_>) -> Result<Kept, Error>,
    ) -> Result<Kept, Error> {
        let mut separator = b'[';
        for (index, value) in members::array(value, site.at)?.iter().enumerate() {
            let at = site.at.element(index);
            let site = Site { at: &at, ..site };
            let mark = self.mark();
            self.out.push(separator);
            if element(self, value, site)? {
                separator = b',';
            } else {
                self.leave_out(&mark, site, Remedy::LeaveOut)?;
            }
        }
        Ok(self.close(separator, *b"[]"))
    }

    fn map(
        &mut self,
        value: Value<'d>,
        site: Site<'_>,
        remedy: Remedy,
        entry: impl Fn(&mut Self, Value<'d>, Site<'_>) -> Result<Kept, Error>,
    ) -> Result<Kept, Error> {
        let start = self.entries.len();
        self.entries.extend(members::object(value, site.at)?);
        let end = self.entries.len();
        self.entries[start..].sort_unstable_by(|(a, _), (b, _)| compare_names(a, b));
        let mut separator = b'{';
        for entry_at in start..end {
            let (name, value) = self.entries[entry_at];
            let at = site.at.member(name);
            let site = Site { at: &at, ..site };
            let mark = self.mark();
            self.out.push(separator);
            write_string(name, &mut self.out);
            self.out.push(b':');
            if entry(self, value, site)? {
                separator = b',';
            } else {
                self.leave_out(&mark, site, remedy)?;
            }
        }
        self.entries.truncate(start);
        Ok(self.close(separator, *b"{}"))
    }

    /// Ends a list whose next separator would be `separator`: the opening bracket as long as it
    /// has no member.
    fn close(&mut self, separator: u8, brackets: [u8; 2]) -> Kept {
        if separator == b',' {
            self.out.push(brackets[1]);
            true
        } else {
            self.empty(&brackets)
        }
    }

    fn empty(&mut self, octets: &[u8]) -> Kept {
        self.holds_empty = true;
        if self.profile == Profile::Sdk {
            return false;
        }
        self.out.extend_from_slice(octets);
        true
    }

    fn mark(&self) -> Mark {
        Mark {
            out: self.out.len(),
            uncovered: self.uncovered.len(),
            differences: self.differences.len(),
        }
    }

    /// Cuts off what was written since `mark` and reports it as a whole.
    fn leave_out(&mut self, mark: &Mark, site: Site<'_>, remedy: Remedy) -> Result<(), Error> {
        self.out.truncate(mark.out);
        for inner in self.uncovered.drain(mark.uncovered..) {
            self.room.give_back(&inner.path);
        }
        let leaf = self.differences.len() == mark.differences;
        if leaf {
            let path = self.room.pointer(site.at)?;
            self.differences.push(Difference { path, remedy });
        }
        self.uncovered.push(Uncovered {
            path: self.room.pointer(site.at)?,
            reason: UncoveredReason::Empty,
            security: site.security && !(leaf && remedy == Remedy::Fill),
        });
        Ok(())
    }
}

impl Field {
    fn is_about_security(&self) -> bool {
        match self.shape {
            Shape::Message(message) | Shape::Messages(message) | Shape::MessageMap(message) => {
                matches!(message.kind, MessageKind::Choice | MessageKind::Requirement)
            }
            _ => false,
        }
    }

    /// What keeps an empty field in a payload of the SDKs.
    fn remedy(&self) -> Remedy {
        match self.shape {
            Shape::Message(message) if ptr::eq(message, &schema::MUTUAL_TLS) => Remedy::Describe,
            _ if self.presence == Presence::Required => Remedy::Fill,
            _ => Remedy::LeaveOut,
        }
    }
}
