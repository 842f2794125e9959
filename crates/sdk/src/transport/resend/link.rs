//! The HTTP of the service: requests at the pace it wants, answers within a budget.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;
use tokio::sync::Semaphore;
use url::Url;

use super::config::{Config, Limits, Timeouts};
use super::fault;
use crate::transport::http::{self, lost, read, within};
use crate::transport::pace::{Pace, seconds};
use crate::{Error, ErrorKind};

/// Requests at one time.
const MAX_CONCURRENT: usize = 4;
/// How often a request is made again because the service asked to slow down.
const MAX_TRIES: usize = 8;
/// The pause when the service asks for one and does not say how long.
const PAUSE: Duration = Duration::from_secs(1);

/// A client of the API with one key.
pub(super) struct Link {
    client: Client,
    base: Url,
    authorization: HeaderValue,
    limits: Limits,
    timeouts: Timeouts,
    turns: Semaphore,
    pace: Pace,
}

/// What is asked for.
pub(super) enum Ask<'a> {
    Get(&'a str, &'a [(&'a str, &'a str)]),
    /// To a path, under an idempotency key.
    Post(&'a str, &'a str, Vec<u8>),
}

impl Link {
    pub(super) fn new(config: &Config) -> Result<Self, Error> {
        let base = config.base()?;
        let authorization = http::bearer(&config.key)
            .ok_or_else(|| Error::new(ErrorKind::Invalid, "expected an API key of one line"))?;
        Ok(Self {
            client: http::client(&base, &config.extra_roots, config.timeouts.connect)?,
            base,
            authorization,
            limits: config.limits,
            timeouts: config.timeouts,
            turns: Semaphore::new(MAX_CONCURRENT),
            pace: Pace::default(),
        })
    }

    /// The answer, in JSON. A request the service had no time for is made again when the service wants
    /// it: it was not carried out.
    pub(super) async fn ask(&self, ask: &Ask<'_>) -> Result<Value, Error> {
        // Never closed.
        let _turn = self.turns.acquire().await;
        let mut tries = 1;
        loop {
            self.pace.turn().await;
            let request = self.request(ask)?;
            let answered = within(self.timeouts.request, async {
                let response = request.send().await.map_err(lost)?;
                let (status, header) = (response.status(), response.headers().clone());
                Ok((status, header, read(response, self.limits.answer).await?))
            });
            let (status, header, body) = answered.await?;
            if status.is_success() {
                self.obey(&header);
                return serde_json::from_slice(&body)
                    .map_err(|error| fault::unreadable("an answer in JSON").with_source(error));
            }
            let error = fault::status(status.as_u16(), &body);
            // A quota comes back in hours, and has no such field.
            let is_over = status == StatusCode::TOO_MANY_REQUESTS
                && (header.contains_key("retry-after") || header.contains_key("ratelimit-reset"));
            let pause = asked_pause(&header).unwrap_or(PAUSE);
            if !is_over || tries == MAX_TRIES || pause > self.timeouts.pause {
                return Err(error);
            }
            tracing::debug!(?pause, "resend: the service asks to slow down");
            self.pace.pause(pause);
            tries += 1;
        }
    }

    /// The octets behind a URL that the service signed. The key is not sent there.
    pub(super) async fn download(&self, url: &str) -> Result<Vec<u8>, Error> {
        let url = Url::parse(url).ok().filter(|url| self.may_fetch(url));
        let url = url.ok_or_else(|| fault::unreadable("an https URL of a message"))?;
        let request = self.client.get(url);
        within(self.timeouts.request, async {
            let response = request.send().await.map_err(lost)?;
            let status = response.status();
            match status.is_success() {
                true => read(response, self.limits.message).await,
                false => Err(fault::status(status.as_u16(), b"")),
            }
        })
        .await
    }

    /// A service elsewhere must not make us ask servers on this machine.
    fn may_fetch(&self, url: &Url) -> bool {
        url.scheme() == "https" || self.base.scheme() == "http" && http::is_protected(url)
    }

    fn request(&self, ask: &Ask<'_>) -> Result<RequestBuilder, Error> {
        let (method, path) = match ask {
            Ask::Get(path, _) => (Method::GET, path),
            Ask::Post(path, ..) => (Method::POST, path),
        };
        let invalid = |_| Error::new(ErrorKind::Invalid, "expected the path of a resource");
        let mut url = self.base.join(path).map_err(invalid)?;
        if let Ask::Get(_, query) = ask
            && !query.is_empty()
        {
            url.query_pairs_mut().extend_pairs(*query);
        }
        let request = self.client.request(method, url);
        let request = request.header(AUTHORIZATION, self.authorization.clone());
        Ok(match ask {
            Ask::Get(..) => request,
            Ask::Post(_, key, body) => request
                .header(CONTENT_TYPE, "application/json")
                .header("idempotency-key", *key)
                .body(body.clone()),
        })
    }

    /// The service says when its window is used up: the next request waits for the next window.
    fn obey(&self, header: &HeaderMap) {
        if seconds(header, "ratelimit-remaining") == Some(Duration::ZERO) {
            let pause = seconds(header, "ratelimit-reset").unwrap_or(PAUSE);
            self.pace.pause(pause.min(self.timeouts.pause));
        }
    }
}

fn asked_pause(header: &HeaderMap) -> Option<Duration> {
    seconds(header, "retry-after").or_else(|| seconds(header, "ratelimit-reset"))
}
