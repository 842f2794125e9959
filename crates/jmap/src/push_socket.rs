use serde_json::value::RawValue;

use crate::fields::Fields;
use crate::{Error, ErrorKind, Limits, Pushed, StateChange};

/// The client's side of push over a WebSocket (RFC 8887 4.3.5), without the socket: texts in, events out.
///
/// **Send what [`enable`](Self::enable) gives once the socket is open, and give each text that comes to
/// [`read`](Self::read).** Nothing is asked on this socket: requests go by HTTP. States of an earlier socket are
/// not named either, since whoever opens one looks for changes first.
///
/// ```
/// use mail_jmap::{Limits, PushSocket, Pushed};
///
/// let mut socket = PushSocket::new(Limits::default());
/// assert_eq!(socket.enable(), r#"{"@type":"WebSocketPushEnable","dataTypes":["Email"]}"#);
/// let change = socket.read(br#"{"@type":"StateChange","changed":{"a":{"Email":"7"}}}"#)?;
/// assert!(matches!(change, Pushed::Change(change) if change.email(&"a".parse()?).is_some()));
/// # Ok::<(), mail_jmap::Error>(())
/// ```
#[derive(Debug)]
pub struct PushSocket {
    limits: Limits,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Opened,
    Enabled,
    Refused,
}

impl PushSocket {
    /// The name to agree on when the socket is opened, in `Sec-WebSocket-Protocol` (RFC 8887 4.1).
    pub const PROTOCOL: &str = "jmap";

    /// The start of a socket.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            stage: Stage::Opened,
        }
    }

    /// The text that asks for changes of mail, and for no others.
    #[must_use]
    pub fn enable(&mut self) -> &'static str {
        if self.stage == Stage::Opened {
            self.stage = Stage::Enabled;
        }
        r#"{"@type":"WebSocketPushEnable","dataTypes":["Email"]}"#
    }

    /// Reads a text that came.
    ///
    /// # Errors
    ///
    /// [`TooLarge`](ErrorKind::TooLarge) for one over [`Limits::event`], [`Malformed`](ErrorKind::Malformed)
    /// for one that is no JSON object, [`MissingCapability`](ErrorKind::MissingCapability) when the server
    /// refused to push: the socket is of no more use then, in all of these cases.
    pub fn read(&mut self, text: &[u8]) -> Result<Pushed, Error> {
        let pushed = match self.stage {
            Stage::Refused => Err(refused()),
            Stage::Opened | Stage::Enabled => self.pushed(text),
        };
        if pushed.is_err() {
            self.stage = Stage::Refused;
        }
        pushed
    }

    fn pushed(&self, text: &[u8]) -> Result<Pushed, Error> {
        if text.len() > self.limits.event {
            let message = format!("expected messages of at most {} octets", self.limits.event);
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        let raw: &RawValue = serde_json::from_slice(text)
            .map_err(|error| Error::json("a message of the socket", &error))?;
        match Fields::read(raw)?.get::<String>("@type").as_deref() {
            Some("StateChange") => {
                Ok(StateChange::parse(text).map_or(Pushed::Alive, Pushed::Change))
            }
            // Nothing else was sent that could be refused (4.3.4).
            Some("RequestError") => Err(refused()),
            _ => Ok(Pushed::Alive),
        }
    }
}

fn refused() -> Error {
    Error::new(
        ErrorKind::MissingCapability,
        "expected a server that pushes on its socket",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn socket() -> PushSocket {
        PushSocket::new(Limits {
            event: 64,
            ..Limits::default()
        })
    }

    #[test]
    fn other_messages_are_signs_of_life() {
        let mut socket = socket();
        for text in [
            r#"{"@type":"Response","methodResponses":[]}"#,
            r#"{"@type":"StateChange","changed":7}"#,
            "{}",
        ] {
            assert_eq!(socket.read(text.as_bytes()), Ok(Pushed::Alive), "{text}");
        }
    }

    #[test]
    fn a_socket_that_failed_is_of_no_more_use() {
        for (text, kind) in [
            (&b"[]"[..], ErrorKind::Malformed),
            (b"{", ErrorKind::Malformed),
            (&[b' '; 65], ErrorKind::TooLarge),
            (
                br#"{"@type":"RequestError","type":"x"}"#,
                ErrorKind::MissingCapability,
            ),
        ] {
            let mut socket = socket();
            assert_eq!(socket.read(text).unwrap_err().kind(), kind);
            assert!(socket.read(b"{}").is_err());
        }
    }
}
