use serde_json::Value;

use super::{NotFinite, compare_names, write_number, write_string};

/// The canonical form of a `serde_json` value.
///
/// # Errors
///
/// When a number is beyond the range of a double, which needs `serde_json`'s feature
/// `arbitrary_precision`.
pub fn canonicalize_value(value: &Value) -> Result<Vec<u8>, NotFinite> {
    let mut out = Vec::new();
    write_value(value, &mut out)?;
    Ok(out)
}

/// Appends the canonical form of a `serde_json` value.
///
/// # Errors
///
/// As [`canonicalize_value`]. Part of it may have been written then.
pub fn write_value(value: &Value, out: &mut Vec<u8>) -> Result<(), NotFinite> {
    let writer = Writer {
        members: Vec::new(),
        open: Vec::new(),
        out,
    };
    writer.write(value)
}

/// Writes values. What is open is kept in lists, so the stack is constant.
struct Writer<'v, 'o> {
    /// The members of the open objects, each object in canonical order and backwards.
    members: Vec<(&'v str, &'v Value)>,
    /// The open arrays and objects, outermost first.
    open: Vec<Open<'v>>,
    out: &'o mut Vec<u8>,
}

enum Open<'v> {
    Array(std::slice::Iter<'v, Value>),
    /// Where its members start in the list.
    Object {
        start: usize,
    },
}

impl<'v> Writer<'v, '_> {
    fn write(mut self, value: &'v Value) -> Result<(), NotFinite> {
        self.value(value)?;
        while let Some(open) = self.open.last_mut() {
            match open {
                Open::Array(elements) => match elements.next() {
                    None => self.close(b']'),
                    Some(element) => {
                        self.separate();
                        self.value(element)?;
                    }
                },
                Open::Object { start } if self.members.len() == *start => self.close(b'}'),
                Open::Object { .. } => {
                    if let Some((name, value)) = self.members.pop() {
                        self.separate();
                        write_string(name, self.out);
                        self.out.push(b':');
                        self.value(value)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes the comma before a member or element, but for the first.
    fn separate(&mut self) {
        if !matches!(self.out.last(), Some(b'[' | b'{')) {
            self.out.push(b',');
        }
    }

    fn close(&mut self, octet: u8) {
        self.out.push(octet);
        self.open.pop();
    }

    /// Writes a scalar, or opens an array or object.
    fn value(&mut self, value: &'v Value) -> Result<(), NotFinite> {
        match value {
            Value::Null => self.out.extend_from_slice(b"null"),
            Value::Bool(true) => self.out.extend_from_slice(b"true"),
            Value::Bool(false) => self.out.extend_from_slice(b"false"),
            Value::Number(number) => {
                write_number(number.as_f64().ok_or(NotFinite)?, self.out)?;
            }
            Value::String(text) => write_string(text, self.out),
            Value::Array(elements) => {
                self.out.push(b'[');
                self.open.push(Open::Array(elements.iter()));
            }
            Value::Object(members) => {
                self.out.push(b'{');
                let start = self.members.len();
                self.members
                    .extend(members.iter().map(|(name, value)| (name.as_str(), value)));
                self.members[start..]
                    .sort_unstable_by(|(left, _), (right, _)| compare_names(right, left));
                self.open.push(Open::Object { start });
            }
        }
        Ok(())
    }
}
