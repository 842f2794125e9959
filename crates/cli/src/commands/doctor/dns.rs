//! What the Domain Name System knows of a mail domain.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::rdata::MX;
use hickory_resolver::proto::rr::{Name, RData};

use super::{Finding, bad, good};

const CHECK: &str = "mail domain";
/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// What agents of one node do without.
const AMONG_THEMSELVES: &str = "agents on this node reach each other without it";

/// Whether mail from elsewhere finds a domain (RFC 5321 5.1).
pub(super) async fn mail_domain(domain: &str, server: Option<SocketAddr>) -> Finding {
    let Ok(mut name) = Name::from_utf8(domain) else {
        let fix = "give a name such as agents.example";
        return bad(CHECK, format!("{domain} is no name of a domain"), fix);
    };
    // Nothing is appended to it.
    name.set_fqdn(true);
    let resolver = match resolver(server) {
        Ok(resolver) => resolver,
        Err(error) => return unanswered(domain, &error),
    };
    let answer = match resolver.mx_lookup(name.clone()).await {
        Ok(answer) => answer,
        Err(error) if error.is_nx_domain() => {
            let fix = format!("register it, or correct --mail-domain; {AMONG_THEMSELVES}");
            return bad(CHECK, format!("{domain} does not exist"), fix);
        }
        Err(error) if error.is_no_records_found() => return without(domain, name, &resolver).await,
        Err(error) => return unanswered(domain, &error),
    };
    let mut exchanges: Vec<&MX> = answer
        .answers()
        .iter()
        .filter_map(|record| match &record.data {
            RData::MX(exchange) => Some(exchange),
            _ => None,
        })
        .collect();
    exchanges.sort_by_key(|exchange| exchange.preference);
    // RFC 7505 3.
    if exchanges.iter().any(|exchange| exchange.exchange.is_root()) {
        let fix = format!("replace its MX record by the name of a mail server; {AMONG_THEMSELVES}");
        return bad(CHECK, format!("{domain} says that it takes no mail"), fix);
    }
    let mut found = Vec::new();
    for exchange in exchanges {
        let host = exchange.exchange.to_utf8();
        let host = host.trim_end_matches('.');
        match resolver.lookup_ip(exchange.exchange.clone()).await {
            Ok(addresses) => {
                let address = addresses.iter().next().map(|address| address.to_string());
                found.push(format!("{host} ({})", address.unwrap_or_default()));
            }
            Err(error) if error.is_no_records_found() => {
                let fix = format!("add an A or AAAA record for {host}, or correct the MX record");
                let told = format!("mail for {domain} goes to {host}, which has no address");
                return bad(CHECK, told, fix);
            }
            Err(error) => return unanswered(host, &error),
        }
    }
    good(
        CHECK,
        format!("mail for {domain} goes to {}", found.join(", ")),
    )
}

/// A domain without an MX record: its own address takes its mail, if it has one (RFC 5321 5.1).
async fn without(domain: &str, name: Name, resolver: &TokioResolver) -> Finding {
    match resolver.lookup_ip(name).await {
        Ok(addresses) => {
            let address = addresses.iter().next().map(|address| address.to_string());
            let address = address.unwrap_or_default();
            let told =
                format!("mail for {domain} goes to its own address {address}: it has no MX record");
            good(CHECK, told)
        }
        Err(error) if error.is_no_records_found() => {
            let fix =
                format!("add an MX record with the name of a mail server; {AMONG_THEMSELVES}");
            bad(
                CHECK,
                format!("{domain} has neither an MX record nor an address"),
                fix,
            )
        }
        Err(error) => unanswered(domain, &error),
    }
}

fn unanswered(name: &str, error: &NetError) -> Finding {
    let fix = "check the network and the DNS servers of this machine, or name one with --dns";
    bad(CHECK, format!("no answer about {name}: {error}"), fix)
}

/// A resolver that asks one server, or those of the system.
fn resolver(server: Option<SocketAddr>) -> Result<TokioResolver, NetError> {
    let mut builder = match server {
        None => TokioResolver::builder_tokio()?,
        Some(server) => {
            let ways = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut way| {
                way.port = server.port();
                way
            });
            let server = NameServerConfig::new(server.ip(), true, ways.into());
            let config = ResolverConfig::from_name_servers(vec![server]);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
    };
    let options = builder.options_mut();
    options.timeout = PATIENCE;
    options.attempts = 1;
    builder.build()
}
