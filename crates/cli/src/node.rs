//! Talking to a node over HTTP.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use mailmesh_node::{Bearer, DataFolder, read_token};
use reqwest::{Certificate, Client, Method, Response, redirect};
use serde_json::Value;
use url::{Host, Url};

use crate::config;
use crate::exit::{Exit, Failure};
use crate::input;
use crate::output::one_line;

/// The variable that names a file with the administrator's token.
const VARIABLE: &str = "MAILMESH_ADMIN_TOKEN_FILE";
/// Further trust roots.
const CA_VARIABLE: &str = "MAILMESH_CA_FILE";
/// The longest answer that is read, in octets.
const LONGEST: usize = 64 << 20;

/// The flags that say which node, and with what right.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Node")]
pub(crate) struct NodeArgs {
    /// The node
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8723")]
    node: String,
    /// A file with the administrator's token [or MAILMESH_ADMIN_TOKEN_FILE]
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    admin_token_file: Option<PathBuf>,
    /// The data folder of the node, where its admin.token is [default: this user's data directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Further trust roots, PEM [or MAILMESH_CA_FILE]
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

impl NodeArgs {
    /// The node as its administrator sees it.
    pub(crate) fn administrator(&self) -> Result<NodeClient, Failure> {
        let in_folder = |folder: PathBuf| folder.join(DataFolder::ADMIN_TOKEN);
        let file = match (&self.admin_token_file, &self.data, variable(VARIABLE)) {
            (Some(file), _, _) => file.clone(),
            (None, Some(folder), _) => in_folder(folder.clone()),
            (None, None, Some(file)) => file,
            (None, None, None) => in_folder(config::data_dir()?),
        };
        let token = read_token(&file).map_err(|error| {
            Failure::usage(format!(
                "{error}; give --admin-token-file, {VARIABLE} or --data"
            ))
        })?;
        NodeClient::new(&self.node, token, self.ca_file.clone())
    }
}

/// A node, and the bearer to talk to it with.
#[derive(Clone, Debug)]
pub(crate) struct NodeClient {
    http: Client,
    base: Url,
    token: Bearer,
}

impl NodeClient {
    /// A node at a URL. Without TLS it has to be on this machine: a token is sent along.
    pub(crate) fn new(url: &str, token: Bearer, ca_file: Option<PathBuf>) -> Result<Self, Failure> {
        let base = Url::parse(url).map_err(|error| Failure::usage(format!("{url}: {error}")))?;
        let is_sound = match base.scheme() {
            "https" => true,
            "http" => is_loopback(&base),
            _ => false,
        };
        if !is_sound {
            let message = "expected https://, or http:// to this machine: a token is sent along";
            return Err(Failure::usage(format!("{}: {message}", one_line(url))));
        }
        let http = http_client(ca_file, Duration::from_secs(60))?;
        Ok(Self { http, base, token })
    }

    /// The same node with another bearer.
    pub(crate) fn with_token(&self, token: &str) -> Result<Self, Failure> {
        let token = Bearer::from_text(token)
            .ok_or_else(|| Failure::new(Exit::Refused, "the node gave a token that is none"))?;
        Ok(Self {
            token,
            ..self.clone()
        })
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base.as_str().trim_end_matches('/'))
    }

    /// The bearer, for a handshake.
    pub(crate) fn token(&self) -> &str {
        self.token.reveal()
    }

    /// Sends a request and reads its JSON answer; an answer without a body is `null`.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let request = self.http.request(method, self.url(path));
        let mut request = request.bearer_auth(self.token.reveal());
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        let octets = self.body(response).await?;
        if status.is_success() {
            if octets.is_empty() {
                return Ok(Value::Null);
            }
            return serde_json::from_slice(&octets)
                .map_err(|_| Failure::new(Exit::Unreachable, "the node did not answer in JSON"));
        }
        let body = asmtp_envelope::ErrorBody::parse(&octets);
        let (code, message) = (one_line(body.code_text()), one_line(body.message()));
        let told = format!("the node answered {} {code}: {message}", status.as_u16());
        Err(match status.as_u16() {
            404 => Failure::negative(told).with_kind("not-found"),
            400 => Failure::usage(told),
            401 => Failure::new(Exit::Refused, format!("{told}; check the token"))
                .with_kind("unauthorized"),
            500.. => Failure::new(Exit::Unreachable, told),
            _ => Failure::new(Exit::Refused, told),
        })
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, Failure> {
        let mut octets = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| self.unreachable(&e))? {
            if octets.len() + chunk.len() > LONGEST {
                return Err(Failure::new(
                    Exit::Unreachable,
                    "the node's answer is too long",
                ));
            }
            octets.extend_from_slice(&chunk);
        }
        Ok(octets)
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        unreachable(&self.base, error)
    }
}

/// A client for nodes, with further trust roots: those of a file, or of `MAILMESH_CA_FILE`.
pub(crate) fn http_client(ca_file: Option<PathBuf>, patience: Duration) -> Result<Client, Failure> {
    let mut builder = Client::builder()
        // A token goes where it was meant to go.
        .redirect(redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .timeout(patience);
    if let Some(path) = ca_file.or_else(named_ca_file) {
        let pem = input::read(&path, 1 << 20)?;
        let roots = Certificate::from_pem_bundle(&pem);
        let wrong = |_| Failure::usage(format!("{} holds no certificates", path.display()));
        builder = builder.tls_certs_merge(roots.map_err(wrong)?);
    }
    let http = builder.build();
    http.map_err(|error| Failure::usage(format!("no HTTP client: {error}")))
}

/// The file with further trust roots that the environment names.
pub(crate) fn named_ca_file() -> Option<PathBuf> {
    variable(CA_VARIABLE)
}

/// Why a node did not answer, and what to do.
pub(crate) fn unreachable(node: &Url, error: &reqwest::Error) -> Failure {
    let why = match error {
        error if error.is_timeout() => "it did not answer in time",
        error if error.is_connect() => "cannot connect",
        _ => "the connection broke",
    };
    let advice = "is it running? see `mailmesh serve --help`";
    Failure::new(Exit::Unreachable, format!("{node}: {why}; {advice}"))
}

/// A variable that names a file.
fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_go_over_tls_or_stay_on_the_machine() {
        let token = || Bearer::from_text("t").unwrap();
        for sound in [
            "https://mail.example",
            "http://127.0.0.1:1",
            "http://[::1]:1",
            "http://localhost",
        ] {
            assert!(NodeClient::new(sound, token(), None).is_ok(), "{sound}");
        }
        for wrong in ["http://mail.example", "ftp://127.0.0.1", "nothing"] {
            assert!(NodeClient::new(wrong, token(), None).is_err(), "{wrong}");
        }
    }
}
