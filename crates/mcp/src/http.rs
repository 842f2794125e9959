use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::access_token::AccessToken;
use crate::{Error, ErrorKind, MailServer, Origin};

/// Where and for whom an HTTP server is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpConfig {
    /// Where it listens; port 0 picks a free one.
    pub listen: SocketAddr,
    /// What a client has to show.
    pub token: AccessToken,
    /// Names by which clients may call the server, with or without a port, beside those of this
    /// machine. A page that has its own name resolve to this machine is refused by that.
    pub allowed_hosts: Vec<String>,
    /// Web origins whose pages may call it. None by default; a client that is no browser has none.
    pub allowed_origins: Vec<Origin>,
    /// Listen beyond loopback although there is no TLS: something in front of it has to do that.
    pub insecure_listen: bool,
    /// Sessions at a time.
    pub sessions: usize,
    /// Octets of a request.
    pub body: usize,
}

/// A server of streamable HTTP at `/mcp`, for clients with the token.
///
/// It ends when it is dropped.
#[derive(Debug)]
pub struct HttpServer {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<std::io::Result<()>>,
}

/// Where the server is.
const PATH: &str = "/mcp";

/// A session in which nothing happens for so long ends: longer than any call waits.
const IDLE: Duration = Duration::from_secs(15 * 60);

/// What stands before MCP.
#[derive(Clone, Debug)]
struct Door {
    token: AccessToken,
    sessions: Arc<LocalSessionManager>,
    most: usize,
}

impl HttpConfig {
    /// A server on an address, for clients with this token.
    #[must_use]
    pub fn new(listen: SocketAddr, token: AccessToken) -> Self {
        Self {
            listen,
            token,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            insecure_listen: false,
            sessions: 64,
            body: 16 << 20,
        }
    }
}

impl HttpServer {
    /// Listens, and serves from then on.
    ///
    /// # Errors
    ///
    /// When the address is beyond loopback and [`HttpConfig::insecure_listen`] is off, or cannot be
    /// listened on.
    pub async fn start(config: HttpConfig, server: MailServer) -> Result<Self, Error> {
        if !config.listen.ip().is_loopback() && !config.insecure_listen {
            let why = "without TLS a token would be seen on the way";
            return Err(Error::new(
                ErrorKind::Config,
                "the server listens on loopback only, unless told otherwise",
                why,
            ));
        }
        let listener = TcpListener::bind(config.listen).await;
        let listener = listener
            .map_err(|error| Error::new(ErrorKind::Listen, "cannot listen there", error))?;
        let address = listener
            .local_addr()
            .map_err(|error| Error::new(ErrorKind::Listen, "cannot listen there", error))?;
        let stop = CancellationToken::new();
        let app = app(config, server, &stop);
        let stopped = stop.clone().cancelled_owned();
        let serving = axum::serve(listener, app).with_graceful_shutdown(stopped);
        Ok(Self {
            address,
            stop,
            task: tokio::spawn(serving.into_future()),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL that clients are given.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    /// Ends all sessions and stops listening.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        // A client that does not read its answer must not hold the end up.
        let _ = tokio::time::timeout(Duration::from_secs(5), &mut self.task).await;
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.stop.cancel();
        self.task.abort();
    }
}

fn app(config: HttpConfig, server: MailServer, stop: &CancellationToken) -> Router {
    let mut sessions = LocalSessionManager::default();
    sessions.session_config.keep_alive = Some(IDLE);
    let sessions = Arc::new(sessions);
    let hosts = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let rmcp = StreamableHttpServerConfig::default()
        .with_allowed_hosts(hosts.into_iter().chain(config.allowed_hosts))
        .with_allowed_origins(config.allowed_origins.iter().map(Origin::to_string))
        .enforce_origin_validation()
        .with_max_request_body_bytes(config.body)
        .with_cancellation_token(stop.child_token());
    let service =
        StreamableHttpService::new(move || Ok(server.session()), Arc::clone(&sessions), rmcp);
    let door = Door {
        token: config.token,
        sessions,
        most: config.sessions,
    };
    Router::new()
        .route_service(PATH, service)
        .layer(from_fn_with_state(door, enter))
}

/// Lets a request in that shows the token, unless it would begin one session too many.
async fn enter(State(door): State<Door>, request: Request, next: Next) -> Response {
    if !shown(request.headers()).is_some_and(|token| door.token.is(token)) {
        let mut refusal = (StatusCode::UNAUTHORIZED, "expected the bearer token").into_response();
        let challenge = HeaderValue::from_static("Bearer");
        refusal.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        return refusal;
    }
    let begins = request.method() == Method::POST && begins_session(request.headers());
    if begins && door.sessions.sessions.read().await.len() >= door.most {
        let full = "as many sessions as may be are open; end one, or try again later";
        return (StatusCode::SERVICE_UNAVAILABLE, full).into_response();
    }
    next.run(request).await
}

/// Whether a request is of no session and of a revision that has them.
fn begins_session(headers: &HeaderMap) -> bool {
    let version = headers.get("mcp-protocol-version");
    let is_without = version.is_some_and(|version| version >= "2026-07-28");
    !is_without && !headers.contains_key("mcp-session-id")
}

/// The bearer of a request (RFC 6750 2.1): one field, the scheme in any letter case.
fn shown(headers: &HeaderMap) -> Option<&str> {
    let mut fields = headers.get_all(AUTHORIZATION).iter();
    let (Some(field), None) = (fields.next(), fields.next()) else {
        return None;
    };
    let (scheme, token) = field.to_str().ok()?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
