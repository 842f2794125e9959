//! Requests and answers over HTTP (sections 1 and 4), at the pace that the server wants.

use std::time::Duration;

use context_sync::{ErrorBody, IdempotencyKey, Route};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Method, RequestBuilder};
use url::Url;

use super::config::{Config, Limits, Timeouts};
use crate::transport::http::{self, lost, read, within};
use crate::transport::pace::{Pace, seconds};
use crate::{Error, ErrorKind};

/// How often a request is made because the server asked to slow down.
const MAX_TRIES: usize = 8;
/// The longest words of the server that an error repeats, in characters.
const MAX_WORDS: usize = 200;

/// A client of one server with the token of one agent. Its connections are pooled.
pub(super) struct Link {
    client: Client,
    base: Url,
    authorization: Option<HeaderValue>,
    limits: Limits,
    timeouts: Timeouts,
    pace: Pace,
}

/// What is asked for.
pub(super) struct Ask<'a> {
    pub(super) route: Route,
    /// What a `POST` says.
    pub(super) body: Option<Vec<u8>>,
    pub(super) key: Option<&'a IdempotencyKey>,
}

impl Link {
    pub(super) fn new(config: &Config) -> Result<Self, Error> {
        let base = http::base(&config.server, "the server")?;
        let invalid = || Error::new(ErrorKind::Invalid, "expected a token of one line");
        let authorization = config
            .token
            .as_ref()
            .map(|token| http::bearer(token).ok_or_else(invalid));
        Ok(Self {
            client: http::client(&base, &config.extra_roots, config.timeouts.connect)?,
            base,
            authorization: authorization.transpose()?,
            limits: config.limits,
            timeouts: config.timeouts,
            pace: Pace::default(),
        })
    }

    /// The body of a good answer.
    ///
    /// A request that was turned away because there were too many is made again when the server
    /// wants it. One whose answer was lost is not: only the caller knows whether it may be carried
    /// out twice.
    pub(super) async fn ask(&self, ask: &Ask<'_>) -> Result<Vec<u8>, Error> {
        within(self.timeouts.call, async {
            let mut tries = 1;
            loop {
                self.pace.turn().await;
                let error = match self.try_once(ask).await {
                    Err(error) => error,
                    answer => return answer,
                };
                // A 503 to a write could mean that it was carried out.
                let is_undone = match error.http_status() {
                    Some(429) => true,
                    Some(503) => ask.route.method() == "GET",
                    _ => false,
                };
                match error.retry_after() {
                    Some(pause)
                        if is_undone && tries < MAX_TRIES && pause <= self.timeouts.pause =>
                    {
                        tracing::debug!(?pause, "context sync: the server asks to slow down");
                        self.pace.pause(pause);
                        tries += 1;
                    }
                    _ => return Err(error),
                }
            }
        })
        .await
    }

    async fn try_once(&self, ask: &Ask<'_>) -> Result<Vec<u8>, Error> {
        within(self.timeouts.request, async {
            let response = self.request(ask).send().await.map_err(lost)?;
            let status = response.status();
            let pause = seconds(response.headers(), "retry-after");
            let body = read(response, self.limits.answer).await?;
            match status.is_success() {
                true => Ok(body),
                false => Err(refusal(status.as_u16(), pause, &ErrorBody::parse(&body))),
            }
        })
        .await
    }

    fn request(&self, ask: &Ask<'_>) -> RequestBuilder {
        let line = ask.route.to_string();
        let (path, query) = match line.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (line.as_str(), None),
        };
        let mut url = self.base.clone();
        url.set_path(&format!(
            "{}{}",
            self.base.path().trim_end_matches('/'),
            path
        ));
        url.set_query(query);
        let method = match ask.route.method() {
            "POST" => Method::POST,
            "DELETE" => Method::DELETE,
            _ => Method::GET,
        };
        let mut request = self.client.request(method, url);
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        if let Some(key) = ask.key {
            request = request.header("idempotency-key", key.as_str());
        }
        match &ask.body {
            Some(body) => request
                .header(CONTENT_TYPE, "application/json")
                .body(body.clone()),
            None => request,
        }
    }
}

/// What a status that is no success means (section 7).
fn refusal(status: u16, pause: Option<Duration>, body: &ErrorBody) -> Error {
    let (kind, message) = match status {
        400 => (ErrorKind::Invalid, "the server does not take the request"),
        401 => (
            ErrorKind::Unauthorized,
            "the server does not take the token",
        ),
        403 => (
            ErrorKind::Forbidden,
            "the token is not that agent's, or the agent may have no more",
        ),
        404 => (
            ErrorKind::NotFound,
            "the server has no such thread or agent",
        ),
        409 => (
            ErrorKind::Conflict,
            "the idempotency key came with another message before",
        ),
        408 | 425 | 429 => (ErrorKind::Busy, "the server asks to slow down"),
        402..=499 => (ErrorKind::Refused, "the server refused the request"),
        500..=599 => (ErrorKind::Busy, "the server failed"),
        _ => (
            ErrorKind::Protocol,
            "expected an answer of a context-sync server",
        ),
    };
    let words: String = body.text().chars().take(MAX_WORDS).collect();
    let words = words.replace(char::is_control, " ");
    let message = match words.as_str() {
        "" => format!("{message}: {status}"),
        words => format!("{message}: {status} {words}"),
    };
    let error = Error::new(kind, message).with_http_status(status);
    match pause {
        Some(pause) => error.with_retry_after(pause),
        None => error,
    }
}
