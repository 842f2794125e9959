//! Who makes a request (section 7).

use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use context_sync::{Caller, Refusal, Status};
use mailmesh_store::{AgentKey, TokenHash};

use super::fault::Fault;
use crate::bearer;
use crate::core::Core;
use crate::route::Call;

/// Whose request it is, and for whom it may speak.
#[derive(Debug)]
pub(super) struct Identity {
    /// Whose bearer it carries. Nobody's in open mode.
    pub(super) owner: Option<AgentKey>,
    /// The agents that it may act for.
    pub(super) caller: Caller,
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
            call.caller = identity.owner;
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
            owner: None,
            caller: Caller::Open,
        });
    }
    let token = bearer::presented(headers).map_err(|_| Refusal::unauthorized())?;
    let principal = core.store.authenticate(&TokenHash::of(token)).await?;
    let principal = principal.ok_or_else(Refusal::unauthorized)?;
    let agents = core.store.context_agents(principal.agent).await?;
    Ok(Identity {
        owner: Some(principal.agent),
        caller: Caller::Keyed(agents),
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
