use serde::Deserialize;

use crate::{Error, ErrorKind, Id, Limits, State};

/// Reads the events of a server as they come (RFC 8620 7.3, in the format of the HTML standard's
/// server-sent events). Octets in, events out; what is kept is never longer than a line and a value.
///
/// ```
/// use mail_jmap::{EventStream, Limits, Pushed};
///
/// let mut stream = EventStream::new(Limits::default());
/// let mut events = Vec::new();
/// stream.read(b"event: state\ndata: {\"@type\":\"StateChange\",\"changed\":{\"a\":{\"Ema", &mut events)?;
/// stream.read(b"il\":\"7\"}}}\n\n", &mut events)?;
/// let [Pushed::Change(change)] = &events[..] else { panic!() };
/// assert_eq!(change.email(&"a".parse()?).unwrap().as_str(), "7");
/// # Ok::<(), mail_jmap::Error>(())
/// ```
#[derive(Debug)]
pub struct EventStream {
    limits: Limits,
    line: Vec<u8>,
    data: Vec<u8>,
    /// Whether a carriage return ended the last line.
    after_return: bool,
}

/// What a server says unasked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // a change, or a sign of life
pub enum Pushed {
    /// Something changed.
    Change(StateChange),
    /// Nothing that matters to mail, but it lives.
    Alive,
}

/// The new states of what changed (RFC 8620 7.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateChange {
    emails: Vec<(Id, State)>,
}

impl StateChange {
    /// The state of the messages of an account, if they changed.
    #[must_use]
    pub fn email(&self, account: &Id) -> Option<&State> {
        let mut states = self.emails.iter();
        states.find(|(id, _)| id == account).map(|(_, state)| state)
    }

    pub(crate) fn parse(octets: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Raw {
            changed: std::collections::BTreeMap<String, serde_json::Value>,
        }
        let raw: Raw = serde_json::from_slice(octets).ok()?;
        let emails = raw.changed.into_iter().filter_map(|(account, types)| {
            let state = types.get("Email")?.as_str()?.parse().ok()?;
            Some((account.parse().ok()?, state))
        });
        Some(Self {
            emails: emails.collect(),
        })
    }
}

impl EventStream {
    /// The start of a stream.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            line: Vec::new(),
            data: Vec::new(),
            after_return: false,
        }
    }

    /// Takes the next octets and adds the events that they end.
    ///
    /// # Errors
    ///
    /// [`TooLarge`](ErrorKind::TooLarge) when a line or the data of an event is over the limit: the
    /// stream is of no more use.
    pub fn read(&mut self, octets: &[u8], events: &mut Vec<Pushed>) -> Result<(), Error> {
        for &octet in octets {
            let after_return = std::mem::replace(&mut self.after_return, octet == b'\r');
            match octet {
                // The end of a line that its return has ended already.
                b'\n' if after_return => {}
                b'\r' | b'\n' => self.end_line(events)?,
                _ if self.line.len() >= self.limits.event => return Err(self.too_long()),
                _ => self.line.push(octet),
            }
        }
        Ok(())
    }

    fn end_line(&mut self, events: &mut Vec<Pushed>) -> Result<(), Error> {
        if self.line.is_empty() {
            if !self.data.is_empty() {
                events.push(StateChange::parse(&self.data).map_or(Pushed::Alive, Pushed::Change));
                self.data.clear();
            }
            return Ok(());
        }
        if let Some(data) = self.line.strip_prefix(b"data:") {
            let data = data.strip_prefix(b" ").unwrap_or(data);
            if self.data.len() + data.len() >= self.limits.event {
                return Err(self.too_long());
            }
            // Lines of one value are joined by a line break, which JSON does not mind.
            self.data.extend_from_slice(data);
            self.data.push(b'\n');
        } else if self.line.starts_with(b":") {
            events.push(Pushed::Alive);
        }
        self.line.clear();
        Ok(())
    }

    fn too_long(&self) -> Error {
        let message = format!("expected events of at most {} octets", self.limits.event);
        Error::new(ErrorKind::TooLarge, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &[u8]) -> Result<Vec<Pushed>, Error> {
        let mut events = Vec::new();
        EventStream::new(Limits {
            event: 64,
            ..Limits::default()
        })
        .read(text, &mut events)
        .map(|()| events)
    }

    #[test]
    fn every_line_end_counts_once() {
        let change = r#"{"changed":{"a":{"Email":"7"}}}"#;
        for end in ["\n", "\r", "\r\n"] {
            let text =
                format!("event: state{end}data: {change}{end}{end}: ping{end}data: x{end}{end}");
            let [Pushed::Change(change), Pushed::Alive, Pushed::Alive] =
                &events(text.as_bytes()).unwrap()[..]
            else {
                panic!("{end:?}");
            };
            assert!(change.email(&"b".parse().unwrap()).is_none());
        }
    }

    #[test]
    fn what_does_not_end_is_given_up() {
        assert!(events(&[b'x'; 64]).is_ok());
        assert_eq!(events(&[b'x'; 65]).unwrap_err().kind(), ErrorKind::TooLarge);
        assert!(events(&b"data: 1234567\n".repeat(9)).is_err());
    }
}
