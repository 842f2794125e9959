//! The `Content-…` fields of one part.

use super::field;
use super::parameter::Parameters;
use super::transfer::Encoding;

/// The MIME fields of one part, as they stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields<'a> {
    pub(crate) content_type: Option<&'a [u8]>,
    pub(crate) disposition: Option<&'a [u8]>,
    pub(crate) content_id: Option<&'a str>,
    pub(crate) encoding: Option<Encoding>,
    pub(crate) purpose: Option<Purpose>,
    /// A field or a parameter stands twice.
    pub(crate) ambiguous: bool,
}

impl<'a> Fields<'a> {
    /// Takes note of a field, if it is one of ours. The first of several stays.
    pub(super) fn read(&mut self, name: &str, value: &'a [u8]) {
        let is = |field: &str| name.eq_ignore_ascii_case(field);
        let repeated = match name.len() {
            10 if is("Content-ID") => {
                self.content_id = self.content_id.or_else(|| field::content_id(value));
                false
            }
            12 if is("Content-Type") => repeats(&mut self.content_type, value),
            15 if is("Content-Purpose") => repeats(&mut self.purpose, Purpose::parse(value)),
            19 if is("Content-Disposition") => repeats(&mut self.disposition, value),
            25 if is("Content-Transfer-Encoding") => {
                repeats(&mut self.encoding, Encoding::parse(value))
            }
            _ => false,
        };
        self.ambiguous |= repeated;
    }

    /// Sees whether a parameter stands twice.
    pub(super) fn check_parameters(&mut self) {
        self.ambiguous |= [self.content_type, self.disposition]
            .into_iter()
            .flatten()
            .any(|value| Parameters::of(value).repeat());
    }
}

/// The value of `Content-Purpose`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    MachineReadable,
    Other,
}

impl Purpose {
    pub(crate) fn parse(value: &[u8]) -> Self {
        if field::token(value).eq_ignore_ascii_case(b"Machine-readable") {
            Self::MachineReadable
        } else {
            Self::Other
        }
    }
}

/// Keeps the first value, and tells whether there was one already.
fn repeats<T>(slot: &mut Option<T>, value: T) -> bool {
    let repeated = slot.is_some();
    slot.get_or_insert(value);
    repeated
}
