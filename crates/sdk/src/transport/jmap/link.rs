//! The HTTP of a JMAP server: the session resource, requests, files, push.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use mail_jmap::{Id, PushSocket, Refusal, Request, Session, Upload, may_follow};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Upgraded};
use secrecy::ExposeSecret as _;
use tokio::sync::Semaphore;
use tokio_tungstenite::WebSocketStream;
use url::Url;

use super::config::{Config, Limits, Timeouts};
use super::fault;
use crate::transport::http::{self, lost, read, within};
use crate::transport::websocket::{self, NotOpened};
use crate::{Error, ErrorKind};

/// Redirects followed from the well-known path to the session resource.
const MAX_REDIRECTS: usize = 5;
/// Requests at one time, if the server does not want fewer.
const MAX_CONCURRENT: usize = 4;

/// A client of one server with the password of one user.
pub(super) struct Link {
    client: Client,
    entry: Url,
    authorization: HeaderValue,
    limits: Limits,
    timeouts: Timeouts,
    turns: Semaphore,
}

impl Link {
    pub(super) fn new(config: &Config) -> Result<Self, Error> {
        let entry = config.entry()?;
        let client = http::client(&entry, &config.extra_roots, config.timeouts.connect)?;
        let password = &config.password;
        let authorization = match &config.user {
            Some(user) => {
                let pair = format!("{user}:{}", password.expose_secret());
                http::secret(&format!("Basic {}", BASE64_STANDARD.encode(pair)))
            }
            None => http::bearer(password),
        };
        Ok(Self {
            client,
            entry,
            authorization: authorization
                .ok_or_else(|| Error::new(ErrorKind::Invalid, "expected a token of one line"))?,
            limits: config.limits,
            timeouts: config.timeouts,
            turns: Semaphore::new(MAX_CONCURRENT),
        })
    }

    /// Finds the session resource (RFC 8620 2.2).
    pub(super) async fn session(&self) -> Result<Session, Error> {
        let mut url = self.entry.clone();
        for _ in 0..=MAX_REDIRECTS {
            let request = self.request(Method::GET, url.clone());
            let found = within(self.timeouts.request, async {
                let response = request.send().await.map_err(lost)?;
                if !response.status().is_redirection() {
                    let octets = self.accepted(response).await?;
                    return Session::parse(&octets, &url)
                        .map(Ok)
                        .map_err(fault::unreadable);
                }
                let location = response.headers().get(LOCATION);
                let location = location.and_then(|value| value.to_str().ok());
                Ok(Err(location.and_then(|location| url.join(location).ok())))
            });
            url = match found.await? {
                Ok(session) => return Ok(session),
                Err(Some(next)) if may_follow(&url, &next) => next,
                Err(_) => {
                    let message = "expected a redirect to https, or within the server";
                    return Err(Error::new(ErrorKind::Protocol, message));
                }
            };
        }
        let message = format!("expected at most {MAX_REDIRECTS} redirects");
        Err(Error::new(ErrorKind::Protocol, message))
    }

    /// Takes as many turns away as the server wants us to have fewer.
    pub(super) fn obey(&self, session: &Session) {
        let allowed = usize::try_from(session.server_limits.concurrent_requests);
        let allowed = allowed.unwrap_or(MAX_CONCURRENT).max(1);
        while self.turns.available_permits() > allowed && self.turns.forget_permits(1) > 0 {}
    }

    /// The answer to a request.
    pub(super) async fn ask(&self, session: &Session, request: &Request) -> Result<Vec<u8>, Error> {
        let body = request.to_json();
        if body.len() as u64 > session.server_limits.size_request {
            let message = "expected a request within the limit of the server";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let request = self
            .request(Method::POST, session.api.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        self.whole(request, self.limits.answer).await
    }

    pub(super) async fn upload(&self, session: &Session, message: &[u8]) -> Result<Id, Error> {
        let size = message.len() as u64;
        if size > session.server_limits.size_upload {
            let message = format!(
                "expected a message of at most {} octets",
                session.server_limits.size_upload
            );
            return Err(Error::new(ErrorKind::Refused, message));
        }
        let url = session.upload().map_err(fault::unreadable)?;
        let request = self
            .request(Method::POST, url)
            .header(CONTENT_TYPE, "message/rfc822")
            .body(message.to_vec());
        let uploaded = self.whole(request, self.limits.answer).await?;
        let uploaded = Upload::parse(&uploaded).map_err(fault::unreadable)?;
        if uploaded.size != size {
            let message = "expected the server to take the whole message";
            return Err(Error::new(ErrorKind::Protocol, message));
        }
        Ok(uploaded.blob_id)
    }

    /// The octets of a file, up to a limit.
    pub(super) async fn download(
        &self,
        session: &Session,
        blob: &Id,
        limit: usize,
    ) -> Result<Vec<u8>, Error> {
        let url = session
            .download(blob, "application/octet-stream", "file")
            .map_err(fault::unreadable)?;
        self.whole(self.request(Method::GET, url), limit).await
    }

    /// The socket on which the server pushes, or `None` when it offers none that can be opened.
    pub(super) async fn socket(
        &self,
        session: &Session,
    ) -> Result<Option<WebSocketStream<Upgraded>>, Error> {
        let Some(url) = session.push_socket().map_err(fault::unreadable)? else {
            return Ok(None);
        };
        let limit = mail_jmap::Limits::default().event;
        let opening = websocket::open(
            self.request(Method::GET, url),
            Some(PushSocket::PROTOCOL),
            limit,
        );
        let opened = within(self.timeouts.connect, async { Ok(opening.await) });
        match opened.await? {
            Ok(socket) => Ok(Some(socket)),
            Err(NotOpened::Lost(error)) => Err(lost(error)),
            Err(NotOpened::Refused(response)) if response.status() == StatusCode::UNAUTHORIZED => {
                Err(fault::status(401, &Refusal::default()))
            }
            Err(NotOpened::Refused(_) | NotOpened::Foreign) => Ok(None),
        }
    }

    /// The event source, or `None` when the server pushes nothing.
    pub(super) async fn listen(&self, session: &Session) -> Result<Option<Response>, Error> {
        let ping = (self.timeouts.silence / 3).as_secs().clamp(1, 300);
        let ping = u32::try_from(ping).unwrap_or(300);
        let Some(url) = session.event_source(ping).map_err(fault::unreadable)? else {
            return Ok(None);
        };
        let request = self
            .request(Method::GET, url)
            .header(ACCEPT, "text/event-stream");
        let response = within(self.timeouts.connect, async {
            request.send().await.map_err(lost)
        });
        let response = response.await?;
        let is_stream = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("text/event-stream"));
        match response.status() {
            StatusCode::OK if is_stream => Ok(Some(response)),
            // RFC 8620 asks for it, and Cyrus answers so.
            StatusCode::OK
            | StatusCode::NO_CONTENT
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::NOT_IMPLEMENTED => Ok(None),
            _ => Err(self
                .accepted(response)
                .await
                .err()
                .unwrap_or_else(http::too_late)),
        }
    }

    fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.client
            .request(method, url)
            .header(AUTHORIZATION, self.authorization.clone())
    }

    async fn whole(&self, request: RequestBuilder, limit: usize) -> Result<Vec<u8>, Error> {
        // Never closed.
        let _turn = self.turns.acquire().await;
        within(self.timeouts.request, async {
            let response = request.send().await.map_err(lost)?;
            match response.status().is_success() {
                true => read(response, limit).await,
                false => self.accepted(response).await,
            }
        })
        .await
    }

    /// The body of a good answer, or what the server refuses with.
    async fn accepted(&self, response: Response) -> Result<Vec<u8>, Error> {
        let status = response.status();
        let body = read(response, self.limits.answer).await?;
        match status.is_success() {
            true => Ok(body),
            false => Err(fault::status(status.as_u16(), &Refusal::parse(&body))),
        }
    }
}
