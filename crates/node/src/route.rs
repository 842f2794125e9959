//! The table of routes: what there is, who may call it and what it answers. The router, the
//! `Allow` headers, `/openapi.json` and the labels of the metrics are made of it.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use asmtp_envelope::Code;
use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts as _, RawPathParams, Request};
use axum::http::HeaderValue;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, MethodRouter};
use mailmesh_store::Principal;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::core::Core;
use crate::intake::{Caller, Turn};
use crate::openapi::SchemaOf;
use crate::refusal::Refusal;
use crate::{body, door, target};

/// One method of one path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) verb: Verb,
    /// Its template: `/messages/{id}`.
    pub(crate) path: &'static str,
    pub(crate) endpoint: Endpoint,
    /// What it does, for people.
    pub(crate) about: &'static str,
    /// The parameters it takes from the query.
    pub(crate) query: &'static [&'static str],
    /// The media type of its body, and the schema.
    pub(crate) takes: Option<(&'static str, SchemaOf)>,
    /// Its status when all is well, and the schema of that answer, if it is JSON with one.
    pub(crate) gives: (u16, Option<SchemaOf>),
    /// The other statuses that are its own.
    pub(crate) refuses: &'static [u16],
}

/// The methods there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Answers HEAD as well.
    Get,
    Post,
    Patch,
    Delete,
}

impl Verb {
    /// Its name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// What `Allow` says of it.
    fn allowed(self) -> &'static str {
        match self {
            Self::Get => "GET, HEAD",
            verb => verb.as_str(),
        }
    }

    fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

/// Who may call a route, and what answers. A route cannot forget to ask for the bearer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Endpoint {
    /// Everybody.
    Open(fn(Call) -> Pending),
    /// Agents.
    Agent(fn(Call, Principal) -> Pending),
    /// The administrator.
    Admin(fn(Call) -> Pending),
    /// Whom that door lets in, in its own words.
    ContextSync {
        answer: fn(Call) -> Pending,
        /// Whether it is for everybody, for the description.
        is_open: bool,
    },
}

/// What a handler gives.
pub(crate) type Answer = Result<Response, Refusal>;

/// An answer on its way.
pub(crate) type Pending = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// A request, its target checked and its body not yet read.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) core: Arc<Core>,
    pub(crate) head: Parts,
    pub(crate) body: Body,
    segments: Vec<(String, String)>,
    /// Whose body it is.
    pub(crate) caller: Caller,
    /// Given back while a body is read.
    permit: Option<OwnedSemaphorePermit>,
}

/// The body of a request, and the permit to work on it.
#[derive(Debug)]
pub(crate) struct Received {
    octets: Vec<u8>,
    _permit: OwnedSemaphorePermit,
}

impl Deref for Received {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.octets
    }
}

impl Call {
    /// The query without its question mark.
    pub(crate) fn query(&self) -> &str {
        self.head.uri.query().unwrap_or_default()
    }

    /// The segment of the path that the template names so, its escapes resolved.
    pub(crate) fn segment(&self, name: &str) -> &str {
        let mut segments = self.segments.iter();
        let found = segments.find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// Waits until the body may be read. Meanwhile, and while it is read, the request takes no
    /// place from those that are worked on.
    ///
    /// # Errors
    ///
    /// As [`Intake::turn`](crate::intake::Intake::turn).
    pub(crate) async fn turn(&mut self, deadline: Instant) -> Result<Turn, Refusal> {
        self.permit = None;
        self.core.intake.turn(self.caller, deadline).await
    }

    /// The body of a JSON request.
    ///
    /// # Errors
    ///
    /// As [`json_of`](Self::json_of).
    pub(crate) async fn json(self) -> Result<Received, Refusal> {
        let most = self.core.limits.envelope.body;
        self.json_of(most).await
    }

    /// The body of a JSON request, of `most` octets.
    ///
    /// # Errors
    ///
    /// As [`turn`](Self::turn), [`body::json`] and [`Core::permit`].
    pub(crate) async fn json_of(mut self, most: usize) -> Result<Received, Refusal> {
        let limits = self.core.limits;
        let deadline = Instant::now() + limits.body_patience;
        let turn = self.turn(deadline).await?;
        let octets = body::json(&self.head.headers, self.body, most, deadline).await?;
        drop(turn);
        Ok(Received {
            octets,
            _permit: self.core.permit()?,
        })
    }

    /// Reads for a moment what somebody sends who is not let in, so that it gets to see the answer;
    /// it holds up nobody meanwhile.
    pub(crate) async fn turn_away(mut self) {
        self.permit = None;
        body::discard(self.body, Instant::now() + STRANGERS).await;
    }
}

/// The router of a node.
pub(crate) fn router(core: &Arc<Core>) -> Router {
    let mut paths: BTreeMap<&str, (MethodRouter, Vec<&str>)> = BTreeMap::new();
    for route in door::routes() {
        let (methods, allowed) = paths.entry(route.path).or_default();
        let core = core.clone();
        let handler = move |request: Request| call(core.clone(), route, request);
        *methods = std::mem::take(methods).on(route.verb.filter(), handler);
        allowed.push(route.verb.allowed());
    }
    let mut router = Router::new();
    for (path, (methods, allowed)) in paths {
        let allow = HeaderValue::from_str(&allowed.join(", "));
        let allow = allow.unwrap_or_else(|_| HeaderValue::from_static("GET"));
        let core = core.clone();
        let other = move |request: Request| {
            let refusal = Refusal::method_not_allowed(allow.clone());
            outside(core.clone(), request, refusal)
        };
        let methods = methods.fallback(other);
        if is_context_sync(path) {
            // Its clients may put a slash at the end.
            router = router.route(&format!("{path}/"), methods.clone());
        }
        router = router.route(path, methods);
    }
    let core = core.clone();
    router.fallback(move |request: Request| {
        let refusal = Refusal::new(Code::NotFound, "no such route");
        outside(core.clone(), request, refusal)
    })
}

/// Answers a request that no route is for.
async fn outside(core: Arc<Core>, request: Request, refusal: Refusal) -> Response {
    let (head, _) = request.into_parts();
    let path = head.uri.path();
    let checked = target::check(path_of(path), &head.uri, head.version, &head.headers);
    let response = match checked {
        Ok(()) if is_context_sync(path) => {
            door::context_sync::outside(head.method.as_str(), path, refusal)
        }
        Err(refusal) if is_context_sync(path) => refusal.into_sentence(),
        Ok(()) => refusal.into_response(),
        Err(refusal) => refusal.into_response(),
    };
    core.metrics
        .answered(None, response.status(), Duration::ZERO);
    response
}

/// Whether a path is below the door of context-sync.
fn is_context_sync(path: &str) -> bool {
    let below = path.strip_prefix(door::context_sync::MOUNT);
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The path of a request, without the slash at its end that context-sync lets through.
fn path_of(path: &str) -> &str {
    match path.strip_suffix('/') {
        Some(shorter) if is_context_sync(shorter) => shorter,
        _ => path,
    }
}

/// Answers a request to a route, counts it and says so in the log.
async fn call(core: Arc<Core>, route: &'static Route, request: Request) -> Response {
    let began = Instant::now();
    let answer = match admit(core.clone(), route, request).await {
        Ok(response) => core.answers.hand_out(response).await,
        refused => refused,
    };
    let response = answer.unwrap_or_else(|refusal| match route.endpoint {
        Endpoint::ContextSync { .. } => refusal.into_sentence(),
        _ => refusal.into_response(),
    });
    let took = began.elapsed();
    core.metrics.answered(Some(route), response.status(), took);
    tracing::debug!(
        method = route.verb.as_str(),
        route = route.path,
        status = response.status().as_u16(),
        micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        "answered"
    );
    response
}

async fn admit(core: Arc<Core>, route: &'static Route, request: Request) -> Answer {
    let (mut head, body) = request.into_parts();
    let path = path_of(head.uri.path());
    target::check(path, &head.uri, head.version, &head.headers)?;
    let permit = core.permit()?;
    let segments = RawPathParams::from_request_parts(&mut head, &()).await;
    let segments = segments
        .map_err(|_| Refusal::new(Code::BadRequest, "expected a path in UTF-8"))?
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut call = Call {
        core: core.clone(),
        head,
        body,
        segments,
        caller: None,
        permit: Some(permit),
    };
    let refusal = match route.endpoint {
        Endpoint::Open(handler) => return handler(call).await,
        Endpoint::ContextSync { answer, .. } => return answer(call).await,
        Endpoint::Admin(handler) => match core.administrator(&call.head.headers) {
            Ok(()) => return handler(call).await,
            Err(refusal) => refusal,
        },
        Endpoint::Agent(handler) => match core.principal(&call.head.headers).await {
            Ok(agent) => {
                call.caller = Some(agent.agent);
                return handler(call, agent).await;
            }
            Err(refusal) => refusal,
        },
    };
    call.turn_away().await;
    Err(refusal)
}

/// How long the body of a request without a good bearer is read.
const STRANGERS: Duration = Duration::from_secs(1);
