//! `mailmesh mcp`: mailboxes and agents for hosts of language models.

mod alias;
mod context;
mod http;

use std::path::PathBuf;

use agent_card::keys::{Origin, TrustedKeys};
use mailmesh::context::ContextClient;
use mailmesh::{AgentMailbox, CarriedCard};
use mailmesh_mcp::{MailServer, Mailboxes, Options};
use secrecy::SecretString;

use crate::commands::card::read_keys;
use crate::exit::{Exit, Failure};
use crate::input;
use crate::mailbox::{MailboxArgs, Ready};
use crate::output::Output;
use crate::password::Source;
use crate::runtime;

pub(crate) use alias::Alias;

/// Give a language model mailboxes, or an agent to speak for: an MCP server
#[derive(Debug, clap::Args)]
#[command(after_help = "\
It serves one client over standard input and output, or many over HTTP. Several mailboxes are told \
apart by name: --mailbox NAME=URL, or the name of the profile. Over HTTP clients show a bearer token, \
from MAILMESH_MCP_TOKEN or the file that MAILMESH_MCP_TOKEN_FILE names; without one a token is made \
and printed.

With --as it has the tools of context sync, under the names of the npm package agentsmcp, for the agent \
that is named; and mail only of the mailboxes that --mailbox and --profile name. The agent's token comes \
from MAILMESH_CONTEXT_TOKEN, or from the file that MAILMESH_CONTEXT_TOKEN_FILE or --token-file names.

Example: mailmesh mcp --mailbox 'local:?as=agent@example.org'
Example: mailmesh mcp --profile work --profile home --read-only
Example: mailmesh mcp --profile work --http 127.0.0.1:8724
Example: mailmesh mcp --as ann@demo --server http://127.0.0.1:8723/context-sync")]
pub(crate) struct Args {
    #[command(flatten)]
    mailboxes: MailboxesArgs,
    #[command(flatten)]
    context: context::ContextArgs,
    #[command(flatten)]
    offer: Offer,
    #[command(flatten)]
    http: http::HttpArgs,
}

/// The mailboxes a model gets.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Mailboxes")]
struct MailboxesArgs {
    /// A mailbox, by URL, with a name in front if you like [or MAILMESH_MAILBOX]
    #[arg(long, value_name = "[NAME=]URL")]
    mailbox: Vec<String>,
    /// A mailbox, by its name in the configuration file
    #[arg(long, value_name = "NAME")]
    profile: Vec<String>,
    /// Further trust roots, PEM [or MAILMESH_CA_FILE]
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

/// What a model may do, and whom it may believe.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "What is offered")]
struct Offer {
    /// Offer no tool that sends, marks or moves
    #[arg(long)]
    read_only: bool,
    /// Give out no content of attachments
    #[arg(long)]
    no_attachments: bool,
    /// The signed card of the agent, for agent-card://identity
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,
    /// A mail server whose Authentication-Results are believed, as it names itself there
    #[arg(long, value_name = "NAME")]
    authentication_server: Vec<String>,
    /// Keys by which agent cards from an origin are verified, such as https://shop.example=FILE
    #[arg(long, value_name = "ORIGIN=JWKS")]
    card_keys: Vec<String>,
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        self.run_with(None, out)
    }

    /// The same, with a token of the agent that was given in another way.
    fn run_with(self, token: Option<SecretString>, out: &mut Output) -> Result<Exit, Failure> {
        let client = self
            .context
            .client(token, self.mailboxes.ca_file.as_deref())?;
        let ready = match client {
            Some(_) => self.mailboxes.named()?,
            None => self.mailboxes.prepare()?,
        };
        serve(ready, client, &self.offer, &self.http, out)
    }
}

impl MailboxesArgs {
    /// The mailboxes with their names and passwords: the usual one when none is named.
    fn prepare(&self) -> Result<Vec<(Option<String>, Ready)>, Failure> {
        let mut all = self.named()?;
        if all.is_empty() {
            let usual = MailboxArgs::usual(self.ca_file.clone());
            all.push((None, usual.prepare()?));
        }
        Ok(all)
    }

    /// Those that the flags name.
    fn named(&self) -> Result<Vec<(Option<String>, Ready)>, Failure> {
        let mut all = Vec::new();
        for named in &self.mailbox {
            let (name, url) = parted(named);
            let source = Source::Usual { profile: None };
            let ready = Ready::new(url, self.ca_file.clone(), source)?;
            all.push((name.map(str::to_owned), ready));
        }
        for name in &self.profile {
            let one = MailboxArgs::of_profile(name, self.ca_file.clone());
            all.push((Some(name.clone()), one.prepare()?));
        }
        Ok(all)
    }
}

impl Offer {
    fn options(&self) -> Result<Options, Failure> {
        let mut card_keys = TrustedKeys::default();
        for pair in &self.card_keys {
            let (origin, file) = pair
                .rsplit_once('=')
                .ok_or_else(|| Failure::usage("--card-keys: expected https://HOST=FILE"))?;
            let origin: Origin = origin
                .parse()
                .map_err(|error| Failure::usage(format!("--card-keys: {error}")))?;
            let keys = read_keys(&PathBuf::from(file))?;
            card_keys.extend(TrustedKeys::of_origin(&keys, &origin));
        }
        Ok(Options {
            read_only: self.read_only,
            attachments: !self.no_attachments,
            authentication_servers: self.authentication_server.clone(),
            card_keys,
            ..Options::default()
        })
    }

    fn card(&self) -> Result<Option<CarriedCard>, Failure> {
        let card = self.card.as_ref().map(|path| {
            let json = input::read(path, agent_card::Limits::default().size)?;
            Ok::<_, Failure>(CarriedCard::new(json)?)
        });
        card.transpose()
    }
}

/// Opens the mailboxes, makes the agent known, and serves them.
fn serve(
    ready: Vec<(Option<String>, Ready)>,
    client: Option<ContextClient>,
    offer: &Offer,
    http: &http::HttpArgs,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let options = offer.options()?;
    let mut card = offer.card()?;
    let listening = http.config()?;
    runtime::run(async {
        let mut mailboxes: Option<Mailboxes> = None;
        for (name, ready) in ready {
            let mut mailbox = ready.open().await?;
            if let Some(card) = card.take() {
                mailbox = mailbox.with_card(card);
            }
            mailboxes = Some(added(mailboxes, name, mailbox)?);
        }
        let server = match (client, mailboxes) {
            (Some(client), mailboxes) => {
                context::register(&client).await?;
                MailServer::with_context(client, mailboxes, options)
            }
            (None, Some(mailboxes)) => MailServer::new(mailboxes, options),
            (None, None) => return Err(Failure::usage("no mailbox is named")),
        };
        match listening {
            Some(listening) => http::serve(listening, server, out).await,
            None => {
                mailmesh_mcp::serve_stdio(server).await?;
                Ok(Exit::Done)
            }
        }
    })
}

fn added(
    mailboxes: Option<Mailboxes>,
    name: Option<String>,
    mailbox: AgentMailbox,
) -> Result<Mailboxes, Failure> {
    let name = name.unwrap_or_else(|| mailbox.address().to_owned());
    let added = match mailboxes {
        Some(mailboxes) => mailboxes.with(&name, mailbox),
        None => Mailboxes::named(&name, mailbox),
    };
    added.map_err(|error| Failure::usage(format!("the mailbox {name:?}: {error}")))
}

/// The name in front of a URL. A URL has a colon before its first equals sign.
fn parted(text: &str) -> (Option<&str>, &str) {
    match text.split_once('=') {
        Some((name, url)) if !name.contains(':') => (Some(name), url),
        _ => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::parted;

    #[test]
    fn a_name_stands_before_the_scheme() {
        assert_eq!(
            parted("work=imaps://a@h?from=b"),
            (Some("work"), "imaps://a@h?from=b")
        );
        assert_eq!(parted("local:?as=a@x.test"), (None, "local:?as=a@x.test"));
        assert_eq!(parted("nothing"), (None, "nothing"));
    }
}
