//! `mailmesh-mcp`, with the flags of the Python package's command of that name, and with those of the
//! npm package's command `agentsmcp`.

use std::env;

use clap::{Parser, ValueEnum};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;

use super::Args;
use crate::exit::{Exit, Failure};
use crate::mailbox::Ready;
use crate::output::{Output, note};
use crate::password::Source;

/// Give a language model mailboxes, or an agent to speak for: an MCP server
///
/// The same as `mailmesh mcp`, and it takes the flags of the Python package mailmesh and of the npm
/// package agentsmcp.
#[derive(Debug, Parser)]
#[command(
    name = "mailmesh-mcp",
    version,
    max_term_width = 100,
    after_help = "\
Without --backend it is `mailmesh mcp`. A password belongs in MAILMESH_PASSWORD or in the file that \
MAILMESH_PASSWORD_FILE names; others on this machine can see the arguments of a process.

With --agent-id it has the tools of the npm package. The agent's key belongs in MAILMESH_CONTEXT_TOKEN or \
in the file that MAILMESH_CONTEXT_TOKEN_FILE names. AGENTSMCP_AGENT_ID, AGENTSMCP_SERVER and \
AGENTSMCP_API_KEY stand for --agent-id, --server and --api-key.

Example: mailmesh-mcp --backend smtp-imap --imap-host imap.example.org --smtp-host \
smtp.example.org --username agent@example.org
Example: mailmesh-mcp --agent-id ann@demo --server http://127.0.0.1:8723/context-sync"
)]
pub(crate) struct Alias {
    #[command(flatten)]
    args: Args,
    #[command(flatten)]
    server: ServerArgs,
}

/// A mailbox, as the Python package names one.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "As the packages have them")]
struct ServerArgs {
    /// What keeps the mail
    #[arg(long, value_enum, conflicts_with_all = ["mailbox", "profile"])]
    backend: Option<Backend>,
    /// The server to read from
    #[arg(long, value_name = "HOST", requires = "backend")]
    imap_host: Option<String>,
    /// Its port; 993 is TLS from the start, any other STARTTLS
    #[arg(long, value_name = "PORT", default_value_t = 993)]
    imap_port: u16,
    /// The server to send by [default: that of --imap-host]
    #[arg(long, value_name = "HOST", requires = "backend")]
    smtp_host: Option<String>,
    /// Its port; 465 is TLS from the start, any other STARTTLS
    #[arg(long, value_name = "PORT", default_value_t = 587)]
    smtp_port: u16,
    /// The user of both, an address
    #[arg(long, value_name = "USER", requires = "backend")]
    username: Option<String>,
    /// The password; MAILMESH_PASSWORD is the better place
    #[arg(
        long,
        value_name = "PASSWORD",
        requires = "backend",
        hide_env_values = true
    )]
    password: Option<SecretString>,
    /// No TLS, to a server on this machine; others are still asked for STARTTLS
    #[arg(long, requires = "backend")]
    no_tls: bool,
    /// The API key of Resend, for which MAILMESH_PASSWORD is the better place; without --backend the
    /// key of the agent, for which MAILMESH_CONTEXT_TOKEN is
    #[arg(long, value_name = "KEY")]
    api_key: Option<SecretString>,
    /// The domain at Resend
    #[arg(long, value_name = "DOMAIN", requires = "backend")]
    domain: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Backend {
    /// Any mail server
    SmtpImap,
    /// Resend
    Resend,
}

/// The variables of the command `agentsmcp`.
const AGENT: &str = "AGENTSMCP_AGENT_ID";
const SERVER: &str = "AGENTSMCP_SERVER";
const API_KEY: &str = "AGENTSMCP_API_KEY";

impl Alias {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let Self { mut args, server } = self;
        if args.context.agent.is_none()
            && let Some(agent) = variable(AGENT)
        {
            let agent = agent.parse();
            args.context.agent =
                Some(agent.map_err(|error| Failure::usage(format!("{AGENT}: {error}")))?);
        }
        args.context.server = args.context.server.or_else(|| variable(SERVER));
        let Some(backend) = server.backend else {
            let key = server.agent_key(args.context.agent.is_some())?;
            return args.run_with(key, out);
        };
        let (url, secret) = match backend {
            Backend::SmtpImap => (server.mail_server()?, server.password.as_ref()),
            Backend::Resend => (server.resend()?, server.api_key.as_ref()),
        };
        if secret.is_some() {
            note(
                "a secret in an argument is seen by others on this machine; use MAILMESH_PASSWORD",
            );
        }
        let ca_file = args.mailboxes.ca_file.clone();
        let client = args
            .context
            .client(variable(API_KEY).map(Into::into), ca_file.as_deref())?;
        let ready = Ready::new(&url, ca_file, Source::Given(secret))?;
        super::serve(vec![(None, ready)], client, &args.offer, &args.http, out)
    }
}

/// What a variable holds, unless it is empty.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

impl ServerArgs {
    /// The key of the agent, where it is given as the npm package has it.
    fn agent_key(&self, is_agent_named: bool) -> Result<Option<SecretString>, Failure> {
        match &self.api_key {
            Some(_) if !is_agent_named => Err(Failure::usage(
                "--api-key is an agent's or Resend's; add --agent-id or --backend",
            )),
            Some(key) => {
                note(
                    "a secret in an argument is seen by others on this machine; use \
                     MAILMESH_CONTEXT_TOKEN",
                );
                Ok(Some(key.clone()))
            }
            None => Ok(variable(API_KEY).map(Into::into)),
        }
    }

    /// The mail server as a mailbox URL.
    fn mail_server(&self) -> Result<String, Failure> {
        let user = needed(self.username.as_deref(), "--username")?;
        let imap = needed(self.imap_host.as_deref(), "--imap-host")?;
        let smtp = self.smtp_host.as_deref().unwrap_or(imap);
        let scheme = |protocol: &str, is_implicit: bool| match is_implicit && !self.no_tls {
            true => format!("{protocol}s"),
            false => protocol.to_owned(),
        };
        let (imap_scheme, smtp_scheme) = (
            scheme("imap", self.imap_port == 993),
            scheme("smtp", self.smtp_port == 465),
        );
        let user = utf8_percent_encode(user, NON_ALPHANUMERIC);
        let smtp = format!("{smtp_scheme}://{smtp}:{}", self.smtp_port);
        let smtp = utf8_percent_encode(&smtp, NON_ALPHANUMERIC);
        Ok(format!(
            "{imap_scheme}://{user}@{imap}:{}?smtp={smtp}",
            self.imap_port
        ))
    }

    /// The domain at Resend as a mailbox URL.
    fn resend(&self) -> Result<String, Failure> {
        let domain = needed(self.domain.as_deref(), "--domain")?;
        let from = match self.username.as_deref() {
            Some(address) if address.contains('@') => address.to_owned(),
            Some(local) => format!("{local}@{domain}"),
            None => format!("agent@{domain}"),
        };
        let from = utf8_percent_encode(&from, NON_ALPHANUMERIC);
        Ok(format!("resend://{domain}?from={from}"))
    }
}

fn needed<'a>(value: Option<&'a str>, flag: &str) -> Result<&'a str, Failure> {
    value.ok_or_else(|| Failure::usage(format!("this backend needs {flag}")))
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};
    use mailmesh::{MailboxUrl, Target, Tls};

    use super::Alias;

    fn parsed(flags: &str) -> Alias {
        Alias::try_parse_from(std::iter::once("mailmesh-mcp").chain(flags.split(' '))).unwrap()
    }

    #[test]
    fn the_definition_holds_together() {
        Alias::command().debug_assert();
    }

    #[test]
    fn the_flags_of_the_python_package_name_a_mail_server() {
        let alias = parsed(
            "--backend smtp-imap --imap-host i.x.test --smtp-host s.x.test --smtp-port 465 \
             --username a+b@x.test --password secret",
        );
        let url = alias.server.mail_server().unwrap();
        assert!(!url.contains("secret"));
        let url = MailboxUrl::parse(&url).unwrap();
        let Target::SmtpImap(server) = url.target() else {
            panic!("{url}");
        };
        assert_eq!(
            (server.user.as_str(), server.from.as_str()),
            ("a+b@x.test", "a+b@x.test")
        );
        assert_eq!((server.imap.port, server.imap.tls), (993, Tls::Implicit));
        assert_eq!(
            (server.smtp.host.as_str(), server.smtp.tls),
            ("s.x.test", Tls::Implicit)
        );
        assert!(!format!("{alias:?}").contains("secret"));
    }

    #[test]
    fn no_tls_is_for_this_machine() {
        let flags =
            "--backend smtp-imap --imap-host HOST --imap-port 143 --username a@x.test --no-tls";
        for (host, tls) in [("127.0.0.1", Tls::Plain), ("mail.x.test", Tls::StartTls)] {
            let url = parsed(&flags.replace("HOST", host))
                .server
                .mail_server()
                .unwrap();
            let url = MailboxUrl::parse(&url).unwrap();
            let Target::SmtpImap(server) = url.target() else {
                panic!("{url}");
            };
            assert_eq!((server.imap.tls, server.smtp.tls), (tls, tls), "{host}");
            assert_eq!(server.smtp.port, 587);
        }
    }

    #[test]
    fn the_flags_of_the_npm_package_name_an_agent() {
        let alias = parsed("--agent-id ann@demo --server http://h:3000 --api-key secret");
        let context = &alias.args.context;
        let agent = context.agent.as_ref().map(context_sync::AgentId::as_str);
        assert_eq!(agent, Some("ann@demo"));
        assert_eq!(context.server.as_deref(), Some("http://h:3000"));
        assert!(alias.server.agent_key(true).unwrap().is_some());
        assert!(alias.server.agent_key(false).is_err());
        assert!(!format!("{alias:?}").contains("secret"));
    }

    #[test]
    fn resend_is_named_by_its_domain() {
        let alias = parsed("--backend resend --domain x.test --api-key k --username a@x.test");
        assert_eq!(
            alias.server.resend().unwrap(),
            "resend://x.test?from=a%40x%2Etest"
        );
    }
}
