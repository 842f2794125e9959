//! The routes of an operator, as far as a mailbox needs them (section 12).

use asmtp_envelope::{
    Answer, Code, Envelope, EnvelopeId, ErrorBody, Failure, FileId, HttpUrl, Listing, OrderKey,
    Page, Parcel, Timestamp,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use reqwest::multipart::{Form, Part};
use reqwest::{Client, RequestBuilder, Response};
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::config::{Config, Limits, Timeouts};
use super::place;
use crate::transport::http::{self, lost, read};
use crate::{Error, ErrorKind};

/// A client of one operator with the token of one agent.
///
/// It follows no redirect, which could carry the token elsewhere, and asks nobody but the operator.
#[derive(Clone)]
pub(super) struct Operator {
    client: Client,
    base: Url,
    token: SecretString,
    limits: Limits,
    pub(super) timeouts: Timeouts,
}

/// An answer, its body read within the limits.
struct Answered {
    status: u16,
    retry_after_ms: Option<u64>,
    body: Vec<u8>,
}

/// A hit of a search.
#[derive(Debug, Deserialize)]
struct Hit {
    envelope_id: EnvelopeId,
    created_at: Timestamp,
}

#[derive(Debug, Deserialize)]
struct Hits {
    envelopes: Vec<Hit>,
}

#[derive(Debug, Deserialize)]
struct Uploaded {
    id: FileId,
}

#[derive(Debug, Deserialize)]
struct Marked {
    read: Vec<EnvelopeId>,
}

impl Operator {
    pub(super) fn new(config: &Config) -> Result<Self, Error> {
        let base = config.base()?;
        let client = http::client(&base, &config.extra_roots, config.timeouts.connect)?;
        Ok(Self {
            client,
            base,
            token: config.token.clone(),
            limits: config.limits,
            timeouts: config.timeouts,
        })
    }

    /// `GET /mailbox`.
    pub(super) async fn list(&self, listing: &Listing) -> Result<Page<'static>, Error> {
        let answer = self.ask(self.get("mailbox", &listing.to_string())).await?;
        let page = page(&answer.accepted()?)?;
        if let Some((rows, error)) = &page.unreadable {
            tracing::warn!(rows, %error, "rows of a listing cannot be read");
        }
        Ok(page)
    }

    /// As [`list`](Self::list), with the failure that a receiver wants to know.
    pub(super) async fn list_for(&self, listing: &Listing) -> Result<Page<'static>, Failure> {
        let passing = Failure::Passing {
            retry_after_ms: None,
        };
        let request = self.get("mailbox", &listing.to_string());
        let answer = self.ask(request).await.map_err(|error| {
            tracing::warn!(%error, "a listing failed");
            passing
        })?;
        if answer.status != 200 {
            return Err(Failure::of_status(answer.status, answer.retry_after_ms));
        }
        page(&answer.body).map_err(|error| {
            tracing::warn!(%error, "a listing cannot be read");
            passing
        })
    }

    /// `GET /messages/{id}`. It marks as read what was received.
    pub(super) async fn fetch(&self, id: EnvelopeId) -> Result<Envelope, Error> {
        let answer = self.ask(self.get(&format!("messages/{id}"), "")).await?;
        if answer.status == 404 {
            return Err(place::no_message());
        }
        envelope(id, &answer.accepted()?)
    }

    /// `GET /mailbox/{id}`: the same without a mark, an addition of ours to the protocol. `None` when
    /// the operator has no such route, or no such envelope.
    pub(super) async fn peek(&self, id: EnvelopeId) -> Result<Option<Envelope>, Error> {
        let answer = self.ask(self.get(&format!("mailbox/{id}"), "")).await?;
        match answer.status {
            404 | 405 => Ok(None),
            _ => envelope(id, &answer.accepted()?).map(Some),
        }
    }

    /// `POST /mailbox/read`.
    pub(super) async fn mark_read(&self, id: EnvelopeId) -> Result<(), Error> {
        let body = serde_json::json!({ "ids": [id.as_str()] }).to_string();
        let answer = self.ask(self.post_json("mailbox/read", body)).await?;
        let marked: Marked = json(&answer.accepted()?)?;
        match marked.read.contains(&id) {
            true => Ok(()),
            false => Err(place::no_message()),
        }
    }

    /// `POST /messages`, the same octets at every try.
    pub(super) async fn post(&self, parcel: &Parcel) -> Answer {
        let request = self.post_json("messages", parcel.body().to_owned());
        match self.ask(request).await {
            Ok(Answered {
                status,
                retry_after_ms,
                body,
            }) => Answer::of_response(status, &body, retry_after_ms),
            Err(error) => {
                tracing::warn!(%error, id = %parcel.id(), "an envelope went unanswered");
                Answer::Lost
            }
        }
    }

    /// `POST /files`.
    pub(super) async fn upload(&self, name: &str, content: Vec<u8>) -> Result<FileId, Error> {
        // The part of the envelope says what it is. An operator takes few types, and compares some of
        // them with the content (section 14).
        let part = Part::bytes(content)
            .file_name(name.to_owned())
            .mime_str("application/octet-stream")
            .map_err(lost)?;
        let form = Form::new().part("file", part);
        let request = self.with_token(self.client.post(self.url("files", "")));
        let answer = self.ask(request.multipart(form)).await?;
        let uploaded: Uploaded = json(&answer.accepted()?)?;
        Ok(uploaded.id)
    }

    /// `GET /files/{id}` of a file that this operator keeps, up to `limit` octets; `None` when it
    /// keeps no such file, or one that is longer.
    pub(super) async fn download(
        &self,
        url: &HttpUrl,
        limit: usize,
    ) -> Result<Option<Vec<u8>>, Error> {
        // Nothing else is fetched because a message said so.
        match self.file_of(url) {
            Some(id) => self.file(&id, limit).await,
            None => Ok(None),
        }
    }

    /// `GET /files/{id}`, as [`download`](Self::download).
    pub(super) async fn file(&self, id: &FileId, limit: usize) -> Result<Option<Vec<u8>>, Error> {
        let request = self.get(&format!("files/{id}"), "");
        let whole = async {
            let response = request.send().await.map_err(lost)?;
            if response.status() != 200 {
                return Ok(None);
            }
            match read(response, limit).await {
                Err(error) if error.kind() == ErrorKind::Protocol => Ok(None),
                content => content.map(Some),
            }
        };
        self.in_time(whole).await
    }

    /// `GET /search/messages`: the newest envelopes that hold a text, newest first.
    pub(super) async fn search(&self, text: &str, limit: u8) -> Result<Vec<OrderKey>, Error> {
        let text = utf8_percent_encode(text, NON_ALPHANUMERIC);
        let request = self.get("search/messages", &format!("q={text}&limit={limit}"));
        let answer = self.ask(request).await?;
        if answer.status == 400 {
            return Err(Error::new(
                ErrorKind::Invalid,
                "the operator does not search for this",
            ));
        }
        let hits: Hits = json(&answer.accepted()?)?;
        let key = |hit: Hit| OrderKey {
            created_at: hit.created_at,
            envelope_id: hit.envelope_id,
        };
        Ok(hits.envelopes.into_iter().map(key).collect())
    }

    /// The request that opens the push channel (6.1); its headers are the socket's.
    pub(super) fn connect(&self) -> RequestBuilder {
        self.get("connect", "")
    }

    pub(super) fn frame_limit(&self) -> usize {
        self.limits.frame
    }

    fn get(&self, path: &str, query: &str) -> RequestBuilder {
        self.with_token(self.client.get(self.url(path, query)))
    }

    fn post_json(&self, path: &str, body: String) -> RequestBuilder {
        let request = self.client.post(self.url(path, ""));
        self.with_token(request)
            .header(CONTENT_TYPE, "application/json")
            .body(body)
    }

    /// A route below the base, its path made of ids and words of the protocol.
    fn url(&self, path: &str, query: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path()));
        url.set_query((!query.is_empty()).then_some(query));
        url
    }

    fn with_token(&self, request: RequestBuilder) -> RequestBuilder {
        match http::bearer(&self.token) {
            Some(value) => request.header(AUTHORIZATION, value),
            // The operator says that it is none.
            None => request,
        }
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Answered, Error> {
        let whole = async {
            let response = request.send().await.map_err(lost)?;
            Ok(Answered {
                status: response.status().as_u16(),
                retry_after_ms: retry_after_ms(&response),
                body: read(response, self.limits.answer).await?,
            })
        };
        self.in_time(whole).await
    }

    async fn in_time<T>(&self, answer: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        http::within(self.timeouts.request, answer).await
    }

    /// The id of a file below this operator's own URL.
    fn file_of(&self, url: &HttpUrl) -> Option<FileId> {
        let url = Url::parse(url.as_str()).ok()?;
        let is_ours = url.origin() == self.base.origin() && url.query().is_none();
        let path = url.path().strip_prefix(self.base.path())?;
        let id = path.strip_prefix("files/")?;
        id.parse().ok().filter(|_| is_ours)
    }
}

impl Answered {
    /// The body of a good answer, or what the operator refuses with.
    fn accepted(self) -> Result<Vec<u8>, Error> {
        match self.status {
            200..=299 => Ok(self.body),
            status => Err(refusal(status, ErrorBody::parse(&self.body).code())),
        }
    }
}

/// The error that an answer means.
pub(super) fn refusal(status: u16, code: Option<Code>) -> Error {
    let (kind, message) = match status {
        401 => (
            ErrorKind::Unauthorized,
            "the operator does not take the token",
        ),
        404 => (ErrorKind::NotFound, "the operator has no such thing"),
        408 | 425 | 429 => (ErrorKind::Busy, "the operator asks to slow down"),
        400..=499 => (ErrorKind::Refused, "the operator refused the request"),
        500..=599 => (ErrorKind::Busy, "the operator failed"),
        _ => (
            ErrorKind::Protocol,
            "expected an answer of an ASMTP operator",
        ),
    };
    let error = match code {
        Some(code) => Error::new(kind, format!("{message}: {status} {code}")),
        None => Error::new(kind, format!("{message}: {status}")),
    };
    error.with_http_status(status)
}

pub(super) fn retry_after_ms(response: &Response) -> Option<u64> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    value.parse::<u64>().ok()?.checked_mul(1000)
}

fn envelope(id: EnvelopeId, body: &[u8]) -> Result<Envelope, Error> {
    let limits = asmtp_envelope::Limits::default();
    let envelope = Envelope::parse(body, &limits).map_err(unreadable)?;
    if envelope.id() != id {
        return Err(Error::new(
            ErrorKind::Protocol,
            "expected the envelope that was asked for",
        ));
    }
    Ok(envelope)
}

fn page(body: &[u8]) -> Result<Page<'static>, Error> {
    Page::parse(body, &asmtp_envelope::Limits::default()).map_err(unreadable)
}

fn json<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| {
        // Its text could repeat what the operator wrote.
        let message = format!(
            "expected the answer that the protocol defines: wrong at line {}, column {}",
            error.line(),
            error.column()
        );
        Error::new(ErrorKind::Protocol, message)
    })
}

fn unreadable(error: asmtp_envelope::Error) -> Error {
    let message = format!("the answer of the operator cannot be read: {error}");
    Error::new(ErrorKind::Protocol, message).with_source(error)
}
