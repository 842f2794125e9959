use std::io::Write as _;
use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mailmesh_mcp::{AccessToken, HttpConfig, HttpServer, MailServer, Origin};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use zeroize::Zeroizing;

use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::password;

/// The variables that hold the token, or name the file with it.
const VARIABLE: &str = "MAILMESH_MCP_TOKEN";
const FILE_VARIABLE: &str = "MAILMESH_MCP_TOKEN_FILE";

/// How the server is reached over HTTP.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "HTTP")]
pub(super) struct HttpArgs {
    /// Serve streamable HTTP at /mcp of this address, in place of standard input and output
    #[arg(long, value_name = "ADDR")]
    http: Option<SocketAddr>,
    /// A name by which clients may call the server, beside those of this machine
    #[arg(long, value_name = "HOST[:PORT]", requires = "http")]
    allowed_host: Vec<String>,
    /// A web origin whose pages may call it
    #[arg(long, value_name = "ORIGIN", requires = "http")]
    allowed_origin: Vec<Origin>,
    /// Listen beyond loopback; something in front of it has to do TLS
    #[arg(long, requires = "http")]
    insecure_listen: bool,
}

/// A server that is to be, and the token if it was made for it.
#[derive(Debug)]
pub(super) struct Listening {
    config: HttpConfig,
    made: Option<SecretString>,
}

impl HttpArgs {
    /// What is needed to listen; nothing when it is not wanted.
    pub(super) fn config(&self) -> Result<Option<Listening>, Failure> {
        let Some(address) = self.http else {
            return Ok(None);
        };
        let given = password::token(VARIABLE, FILE_VARIABLE)?;
        let made = match given {
            Some(_) => None,
            None => Some(mint()?),
        };
        let secret = given.as_ref().or(made.as_ref());
        let token = secret.and_then(|secret| AccessToken::new(secret.expose_secret()));
        let token = token.ok_or_else(|| {
            Failure::usage(format!(
                "{VARIABLE}: expected a token of 16 to 1024 visible characters"
            ))
        })?;
        let mut config = HttpConfig::new(address, token);
        config.allowed_hosts.clone_from(&self.allowed_host);
        config.allowed_origins.clone_from(&self.allowed_origin);
        config.insecure_listen = self.insecure_listen;
        Ok(Some(Listening { config, made }))
    }
}

/// Serves until the process is stopped.
pub(super) async fn serve(
    listening: Listening,
    server: MailServer,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let http = HttpServer::start(listening.config, server).await?;
    let made = listening.made.as_ref().map(ExposeSecret::expose_secret);
    let (address, url) = (http.address(), http.url());
    if out.is_json() {
        let mut ready = json!({"ready": "http", "address": address, "url": url});
        if let Some(token) = made {
            ready["token"] = token.into();
        }
        out.value_line(&ready)?;
    } else {
        if let Some(token) = made {
            writeln!(out, "token {token}")?;
        }
        writeln!(out, "ready http {address}")?;
        out.flush()?;
    }
    std::future::pending().await
}

/// 32 random octets in base64url.
fn mint() -> Result<SecretString, Failure> {
    let mut random = Zeroizing::new([0; 32]);
    getrandom::fill(random.as_mut_slice())
        .map_err(|error| Failure::usage(format!("no randomness: {error}")))?;
    Ok(URL_SAFE_NO_PAD.encode(random.as_slice()).into())
}
