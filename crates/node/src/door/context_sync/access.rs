//! Who makes a request (section 7).

use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use context_sync::{AgentId, Caller, Refusal, Status, Title};
use mailmesh_store::{AgentKey, Principal, TokenHash};

use super::fault::Fault;
use crate::bearer;
use crate::core::Core;
use crate::route::Call;

/// Whose request it is, and for whom it may speak.
#[derive(Debug)]
pub(super) struct Identity {
    /// Whose bearer it carries. Nobody's in open mode.
    pub(super) agent: Option<Principal>,
    /// What that one has claimed.
    claimed: Vec<AgentId>,
}

impl Identity {
    /// The owner of what it claims and sends.
    pub(super) fn owner(&self) -> Option<AgentKey> {
        self.agent.as_ref().map(|agent| agent.agent)
    }

    /// Whose an id is by its name: handles and addresses are their agents' (`docs/design.md`, "One
    /// mailbox, many doors"). In open mode everybody is whom they say they are.
    pub(super) fn title(&self, core: &Core, id: &AgentId) -> Title {
        let Some(agent) = &self.agent else {
            return Title::Nobody;
        };
        match core.mail_domain.agent(id) {
            None => Title::Nobody,
            Some(handle) if handle == agent.handle => Title::Caller,
            Some(_) => Title::Another,
        }
    }

    /// Lets a request act as an agent.
    ///
    /// # Errors
    ///
    /// As [`Caller::check`].
    pub(super) async fn check(&self, core: &Core, agent: &AgentId) -> Result<(), Fault> {
        let caller = self.caller(core, Some(agent)).await?;
        Ok(caller.check(agent)?)
    }

    /// The agent that a thread is shown to.
    ///
    /// # Errors
    ///
    /// As [`Caller::viewer`].
    pub(super) async fn viewer(
        &self,
        core: &Core,
        named: Option<AgentId>,
    ) -> Result<AgentId, Fault> {
        let caller = self.caller(core, named.as_ref()).await?;
        Ok(caller.viewer(named)?)
    }

    /// For whom a request may speak that names this agent, or none.
    async fn caller(&self, core: &Core, named: Option<&AgentId>) -> Result<Caller, Fault> {
        let Some(agent) = &self.agent else {
            return Ok(Caller::Open);
        };
        let own = match named {
            Some(id) if self.claimed.contains(id) => None, // what most requests name
            Some(id) if self.title(core, id) == Title::Caller => Some(id.clone()),
            None if self.claimed.is_empty() => agent.handle.as_str().parse().ok(),
            _ => None,
        };
        // It was anybody's to claim once, and who has a name keeps it.
        let is_taken = match &own {
            Some(id) => core.store.context_owner(id).await?.is_some(),
            None => false,
        };
        Ok(Caller::Keyed {
            claimed: self.claimed.clone(),
            own: own.filter(|_| !is_taken),
        })
    }
}

/// Lets a request in whose bearer is known, or in open mode any request of this machine. What a
/// stranger sends is read for a moment, so that it gets to see the answer.
///
/// # Errors
///
/// With 401 without a bearer of an agent; in open mode with 403 for another host than this machine.
pub(super) async fn admit(mut call: Call) -> Result<(Call, Identity), Fault> {
    match identity(&call.core, &call.head.headers).await {
        Ok(identity) => {
            call.caller = identity.owner();
            Ok((call, identity))
        }
        Err(fault) => {
            call.turn_away().await;
            Err(fault)
        }
    }
}

/// Who makes a request, if it is somebody.
///
/// # Errors
///
/// As [`admit`].
pub(super) async fn identity(core: &Core, headers: &HeaderMap) -> Result<Identity, Fault> {
    if core.context_open {
        // A page in a browser of this machine may have its own name lead here; its host then says
        // that name.
        if !is_this_machine(headers) {
            let elsewhere = "open to callers by the name of this machine only";
            return Err(Refusal::new(Status::Forbidden, elsewhere).into());
        }
        return Ok(Identity {
            agent: None,
            claimed: Vec::new(),
        });
    }
    let token = bearer::presented(headers).map_err(|_| Refusal::unauthorized())?;
    let principal = core.store.authenticate(&TokenHash::of(token)).await?;
    let principal = principal.ok_or_else(Refusal::unauthorized)?;
    let claimed = core.store.context_agents(principal.agent).await?;
    Ok(Identity {
        agent: Some(principal),
        claimed,
    })
}

/// Whether the host of a request is `localhost` or an address of the loopback.
fn is_this_machine(headers: &HeaderMap) -> bool {
    let authority = headers.get(HOST).and_then(|host| host.to_str().ok());
    let Some(authority) = authority.and_then(|text| text.parse::<Authority>().ok()) else {
        return false;
    };
    let host = authority.host();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_pass() {
        let passes = |host: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().unwrap());
            is_this_machine(&headers)
        };
        for own in [
            "localhost:3000",
            "LOCALHOST",
            "127.0.0.1:80",
            "127.9.9.9",
            "[::1]:1",
        ] {
            assert!(passes(own), "{own}");
        }
        for other in [
            "evil.example",
            "localhost.evil.example",
            "10.0.0.1",
            "127.0.0.1.evil.example",
        ] {
            assert!(!passes(other), "{other}");
        }
        assert!(!is_this_machine(&HeaderMap::new()));
    }
}
