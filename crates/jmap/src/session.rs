use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use crate::fields::Fields;
use crate::{Error, ErrorKind, Id};

/// The capability of the core protocol.
pub(crate) const CORE: &str = "urn:ietf:params:jmap:core";
/// The capability of mail.
pub(crate) const MAIL: &str = "urn:ietf:params:jmap:mail";
/// The capability of JMAP over a WebSocket (RFC 8887 3).
const WEB_SOCKET: &str = "urn:ietf:params:jmap:websocket";
/// The capability of sending mail.
pub(crate) const SUBMISSION: &str = "urn:ietf:params:jmap:submission";

/// What a server is, and where (RFC 8620 2): the session resource, as far as mail needs it.
///
/// Its URLs may be relative; they are joined with the URL the resource was found at. All of them
/// are `https`, or of the same origin as that URL, so that no password leaves it in the clear.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Session {
    /// Where requests go.
    pub api: Url,
    /// The state of this resource. One that a response names and is another means: read it anew.
    pub state: String,
    /// The account of the user that holds the mail.
    pub account: Id,
    /// Whether the account can send.
    pub can_submit: bool,
    /// What the server takes at once.
    pub server_limits: ServerLimits,
    found_at: Url,
    download: String,
    upload: String,
    event_source: String,
    push_socket: String,
}

/// What a server takes at once (RFC 8620 2), at least 1 each.
///
/// What it does not say is as the RFC suggests as a minimum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerLimits {
    /// Octets of a file that is uploaded.
    pub size_upload: u64,
    /// Octets of a request.
    pub size_request: u64,
    /// Requests at one time.
    pub concurrent_requests: u64,
    /// Method calls in a request.
    pub calls_in_request: u64,
    /// Objects in a `/get`.
    pub objects_in_get: u64,
    /// Objects in a `/set`.
    pub objects_in_set: u64,
}

impl Session {
    /// The path at which the resource is found by the name of its host (RFC 8620 2.2).
    pub const WELL_KNOWN: &str = "/.well-known/jmap";

    /// Reads the resource that was found at a URL.
    ///
    /// # Errors
    ///
    /// [`Malformed`](ErrorKind::Malformed) when it is none, [`Url`](ErrorKind::Url) when it names a
    /// place that must not get a password, [`MissingCapability`](ErrorKind::MissingCapability) when
    /// the user has no mail there.
    pub fn parse(octets: &[u8], found_at: &Url) -> Result<Self, Error> {
        let what = "a JMAP session resource";
        let raw: &RawValue =
            serde_json::from_slice(octets).map_err(|error| Error::json(what, &error))?;
        let fields = Fields::read(raw)?;
        let capabilities = Fields::read(fields.require("capabilities")?)?;
        let core = capabilities
            .raw(CORE)
            .ok_or_else(|| missing("expected a server that speaks JMAP"))?;
        if capabilities.raw(MAIL).is_none() {
            return Err(missing("expected a JMAP server that keeps mail"));
        }
        let account = account(&fields)?;
        let api: String = fields.require("apiUrl")?;
        let session = Self {
            api: join(found_at, &api)?,
            state: fields.get("state").unwrap_or_default(),
            account,
            can_submit: capabilities.raw(SUBMISSION).is_some(),
            server_limits: ServerLimits::read(core),
            found_at: found_at.clone(),
            download: fields.require("downloadUrl")?,
            upload: fields.require("uploadUrl")?,
            event_source: fields.get("eventSourceUrl").unwrap_or_default(),
            push_socket: push_socket(&capabilities),
        };
        // Templates that lead astray are found here and not at the first download.
        session.upload()?;
        session.download(&session.account, "application/octet-stream", "x")?;
        Ok(session)
    }

    /// Where a file is downloaded from (RFC 8620 6.2).
    ///
    /// # Errors
    ///
    /// [`Url`](ErrorKind::Url) when the server's template leads to no place for a password.
    pub fn download(&self, blob: &Id, media_type: &str, name: &str) -> Result<Url, Error> {
        let values = [
            ("accountId", self.account.as_str()),
            ("blobId", blob.as_str()),
            ("type", media_type),
            ("name", name),
        ];
        join(&self.found_at, &expand(&self.download, &values))
    }

    /// Where a file is uploaded to (RFC 8620 6.1).
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download).
    pub fn upload(&self) -> Result<Url, Error> {
        let values = [("accountId", self.account.as_str())];
        join(&self.found_at, &expand(&self.upload, &values))
    }

    /// Where changes of mail are told (RFC 8620 7.3), with a sign of life every `ping` seconds, or
    /// `None` when the server names no such place.
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download).
    pub fn event_source(&self, ping: u32) -> Result<Option<Url>, Error> {
        if self.event_source.is_empty() {
            return Ok(None);
        }
        let ping = ping.to_string();
        let values = [("types", "Email"), ("closeafter", "no"), ("ping", &ping)];
        join(&self.found_at, &expand(&self.event_source, &values)).map(Some)
    }

    /// Where a WebSocket is opened on which the server tells changes (RFC 8887 3), as the URL of the HTTP
    /// request that opens it: `https` for `wss`. `None` when the server offers none, or pushes nothing on it.
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download).
    pub fn push_socket(&self) -> Result<Option<Url>, Error> {
        let url = match self.push_socket.split_once("://") {
            None if self.push_socket.is_empty() => return Ok(None),
            Some(("wss", rest)) => format!("https://{rest}"),
            Some(("ws", rest)) => format!("http://{rest}"),
            _ => self.push_socket.clone(),
        };
        join(&self.found_at, &url).map(Some)
    }
}

/// Whether a password that was meant for `from` may follow to `to`.
#[must_use]
pub fn may_follow(from: &Url, to: &Url) -> bool {
    let is_plain = to.username().is_empty() && to.password().is_none();
    is_plain && (to.scheme() == "https" || to.origin() == from.origin())
}

/// The account that holds the user's mail: the primary one (RFC 8620 2), or the only one.
fn account(session: &Fields<'_>) -> Result<Id, Error> {
    let primary = session.get::<&RawValue>("primaryAccounts");
    let primary = primary.and_then(|raw| Fields::read(raw).ok());
    if let Some(id) = primary.and_then(|primary| primary.get::<Id>(MAIL)) {
        return Ok(id);
    }
    let accounts = Fields::read(session.require("accounts")?)?;
    let mut ids = accounts.iter().map(|(id, _)| id);
    match (ids.next(), ids.next()) {
        (Some(id), None) => id.parse(),
        _ => Err(missing("expected an account with mail for this user")),
    }
}

/// The URL of the socket, if the server pushes on it. One that cannot be read is none: the event source
/// is left.
fn push_socket(capabilities: &Fields<'_>) -> String {
    let said = capabilities.get::<&RawValue>(WEB_SOCKET);
    let said = said.and_then(|raw| Fields::read(raw).ok());
    let said = said.filter(|said| said.get("supportsPush") == Some(true));
    said.and_then(|said| said.get("url")).unwrap_or_default()
}

fn missing(message: &str) -> Error {
    Error::new(ErrorKind::MissingCapability, message)
}

/// Joins a URL of the session with the place it was found at.
fn join(base: &Url, url: &str) -> Result<Url, Error> {
    let url = base
        .join(url)
        .map_err(|_| Error::new(ErrorKind::Url, "expected a URL in the session resource"))?;
    match may_follow(base, &url) {
        true => Ok(url),
        false => Err(Error::new(
            ErrorKind::Url,
            "expected https, or the same origin, in the URLs of the session resource",
        )),
    }
}

/// RFC 6570 level 1, which is all that RFC 8620 asks for.
fn expand(template: &str, values: &[(&str, &str)]) -> String {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    let mut pieces = template.split('{');
    let mut url = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once('}').unwrap_or((piece, ""));
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            url.extend(utf8_percent_encode(value, RESERVED));
        }
        url.push_str(rest);
    }
    url
}

impl ServerLimits {
    fn read(core: &RawValue) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Core {
            max_size_upload: Option<u64>,
            max_size_request: Option<u64>,
            max_concurrent_requests: Option<u64>,
            max_calls_in_request: Option<u64>,
            max_objects_in_get: Option<u64>,
            max_objects_in_set: Option<u64>,
        }
        let core: Core = serde_json::from_str(core.get()).unwrap_or_default();
        let or = |said: Option<u64>, suggested| said.unwrap_or(suggested).max(1);
        Self {
            size_upload: or(core.max_size_upload, 50_000_000),
            size_request: or(core.max_size_request, 10_000_000),
            concurrent_requests: or(core.max_concurrent_requests, 4),
            calls_in_request: or(core.max_calls_in_request, 16),
            objects_in_get: or(core.max_objects_in_get, 500),
            objects_in_set: or(core.max_objects_in_set, 500),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(json: &str, found_at: &str) -> Result<Session, Error> {
        Session::parse(json.as_bytes(), &found_at.parse().unwrap())
    }

    fn json(api: &str) -> String {
        format!(
            r#"{{"capabilities":{{"urn:ietf:params:jmap:core":{{"maxObjectsInGet":7,"maxCallsInRequest":0}},
            "urn:ietf:params:jmap:mail":{{}}}},"accounts":{{"a@x.test":{{"accountCapabilities":null}}}},
            "primaryAccounts":{{}},"apiUrl":"{api}","downloadUrl":"/d/{{accountId}}/{{blobId}}/{{name}}?t={{type}}",
            "uploadUrl":"/u/{{accountId}}/","eventSourceUrl":"e?types={{types}}&c={{closeafter}}&p={{ping}}",
            "state":"0"}}"#
        )
    }

    #[test]
    fn relative_urls_are_joined_and_templates_filled() {
        let session = session(&json("/jmap/"), "https://mail.test/dir/session").unwrap();
        assert_eq!(session.api.as_str(), "https://mail.test/jmap/");
        let download = session.download(&"B".parse().unwrap(), "text/a b", "ü/x");
        assert_eq!(
            download.unwrap().as_str(),
            "https://mail.test/d/a%40x.test/B/%C3%BC%2Fx?t=text%2Fa%20b"
        );
        let events = session.event_source(60).unwrap().unwrap();
        assert_eq!(
            events.as_str(),
            "https://mail.test/dir/e?types=Email&c=no&p=60"
        );
        assert_eq!(session.server_limits.objects_in_get, 7);
        assert_eq!(session.server_limits.calls_in_request, 1);
        assert!(!session.can_submit);
    }

    #[test]
    fn a_socket_is_found_where_the_server_pushes_on_it() {
        let socket = |found_at: &str, said: &str| {
            let with = format!(r#""capabilities":{{"urn:ietf:params:jmap:websocket":{said},"#);
            let json = json("/jmap/").replacen(r#""capabilities":{"#, &with, 1);
            session(&json, found_at).unwrap().push_socket()
        };
        let (away, here) = ("https://mail.test/", "http://127.0.0.1:8080/");
        for (found_at, said, url) in [
            (
                away,
                r#"{"url":"wss://push.test/ws","supportsPush":true}"#,
                "https://push.test/ws",
            ),
            (
                here,
                r#"{"url":"ws://127.0.0.1:8080/ws","supportsPush":true}"#,
                "http://127.0.0.1:8080/ws",
            ),
            (
                away,
                r#"{"url":"/ws","supportsPush":true}"#,
                "https://mail.test/ws",
            ),
        ] {
            let found = socket(found_at, said).unwrap().unwrap();
            assert_eq!(found.as_str(), url);
        }
        for none in [
            r#"{"url":"wss://push.test/ws"}"#,
            r#"{"url":"/ws","supportsPush":false}"#,
            "7",
        ] {
            assert_eq!(socket(away, none), Ok(None), "{none}");
        }
        for astray in [
            "ws://mail.test/ws",
            "wss://u:p@mail.test/ws",
            "file:///etc/passwd",
        ] {
            let said = format!(r#"{{"url":"{astray}","supportsPush":true}}"#);
            assert_eq!(socket(away, &said).unwrap_err().kind(), ErrorKind::Url);
        }
    }

    #[test]
    fn no_url_leads_a_password_astray() {
        for (found_at, api, is_right) in [
            ("https://mail.test/", "https://api.other.test/", true),
            ("https://mail.test/", "http://mail.test/", false),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/jmap", true),
            (
                "http://127.0.0.1:8080/",
                "http://127.0.0.1:8081/jmap",
                false,
            ),
            ("http://127.0.0.1:8080/", "//evil.test/", false),
            ("https://mail.test/", "https://user:pass@mail.test/", false),
            ("https://mail.test/", "file:///etc/passwd", false),
            ("https://mail.test/", "http://[", false),
        ] {
            let read = session(&json(api), found_at);
            assert_eq!(read.is_ok(), is_right, "{found_at} {api}");
            if let Err(error) = read {
                assert_eq!(error.kind(), ErrorKind::Url);
            }
        }
    }

    #[test]
    fn what_is_no_session_is_refused() {
        for (wrong, kind) in [
            ("", ErrorKind::Malformed),
            ("[]", ErrorKind::Malformed),
            ("{}", ErrorKind::Malformed),
            (r#"{"capabilities":{}}"#, ErrorKind::MissingCapability),
        ] {
            let error = session(wrong, "https://mail.test/").unwrap_err();
            assert_eq!(error.kind(), kind, "{wrong}");
        }
    }
}
