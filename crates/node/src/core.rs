//! What every request and every socket works with.

use std::sync::Arc;
use std::time::Instant;

use asmtp_envelope::HttpUrl;
use axum::http::HeaderMap;
use mail_bridge::Domain;
use mailmesh_store::{Principal, Rates, Store, TokenHash};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::ambient::Clock;
use crate::answers::Answers;
use crate::bearer;
use crate::config::Limits;
use crate::fanout::Hub;
use crate::intake::Intake;
use crate::metrics::Metrics;
use crate::refusal::Refusal;

/// The node behind its doors.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) rates: Option<Rates>,
    /// Whether context-sync takes its callers at their word.
    pub(crate) context_open: bool,
    /// The public URL of the node.
    pub(crate) base: HttpUrl,
    /// The domain of the agents' addresses.
    pub(crate) mail_domain: Domain,
    pub(crate) network: String,
    pub(crate) metrics: Arc<Metrics>,
    /// A permit for each request that may be worked on.
    pub(crate) requests: Arc<Semaphore>,
    pub(crate) intake: Arc<Intake>,
    pub(crate) answers: Answers,
    pub(crate) started: Instant,
    pub(crate) admin: TokenHash,
}

impl Core {
    /// The permit to work on a request.
    ///
    /// # Errors
    ///
    /// With `UNAVAILABLE` when as many are worked on as may be.
    pub(crate) fn permit(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let permit = self.requests.clone().try_acquire_owned();
        permit.map_err(|_| Refusal::unavailable("too many requests at a time").closing())
    }

    /// The agent whose bearer a request carries.
    ///
    /// # Errors
    ///
    /// With `UNAUTHORIZED`.
    pub(crate) async fn principal(&self, headers: &HeaderMap) -> Result<Principal, Refusal> {
        let token = TokenHash::of(bearer::presented(headers)?);
        let principal = self.store.authenticate(&token).await?;
        principal.ok_or_else(Refusal::unauthorized)
    }

    /// Whether a request carries the administrator's bearer. Hashes are compared in constant time.
    ///
    /// # Errors
    ///
    /// With `UNAUTHORIZED`.
    pub(crate) fn administrator(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if TokenHash::of(bearer::presented(headers)?) == self.admin {
            Ok(())
        } else {
            Err(Refusal::unauthorized())
        }
    }
}
