use crate::write::Members;
use crate::{AgentId, Error, Limits, Refusal, RegisterRequest, Status, json};

/// Who makes a request, as far as a server can tell (section 7).
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // section 7, and a match must not forget one
pub enum Caller {
    /// In open mode, on loopback only: whoever the request claims.
    Open,
    /// In keyed mode: the principal of a key, with all agents that it owns.
    Keyed(Vec<AgentId>),
}

impl Caller {
    /// Whether it may act as an agent: the `from` of a body, the agent of a path, or `as`.
    ///
    /// # Errors
    ///
    /// With 403 when the agent is not its own.
    pub fn check(&self, agent: &AgentId) -> Result<(), Refusal> {
        match self {
            Self::Keyed(agents) if !agents.contains(agent) => Err(Refusal::not_your_agent()),
            _ => Ok(()),
        }
    }

    /// The agent that a thread is shown to: `as`, or the only agent of the key.
    ///
    /// # Errors
    ///
    /// With 403 when the agent is not its own, with 400 when none is named and it is not the only
    /// one.
    pub fn viewer(&self, named: Option<AgentId>) -> Result<AgentId, Refusal> {
        match (self, named) {
            (_, Some(agent)) => self.check(&agent).map(|()| agent),
            (Self::Keyed(agents), None) if agents.len() == 1 => Ok(agents[0].clone()),
            (_, None) => Err(Refusal::new(Status::Invalid, "as: expected an agent id")),
        }
    }
}

/// What a store knows of the owner of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // a lookup has one of these results
pub enum Owner {
    /// Nobody has heard of the agent.
    Unknown,
    /// Somebody sent to it, and nobody has claimed it.
    Nobody,
    /// The principal of the caller.
    Caller,
    /// Another principal.
    Another,
}

/// What becomes of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[allow(clippy::exhaustive_enums)] // a match must not forget one
pub enum Registration {
    /// Commit the agent as the caller's own, unless it is there and the mode is open; then answer
    /// 201.
    Registered(Registered),
    /// Answer this, and leave no trace.
    Refused(Refusal),
}

/// The answer to a registration: 201, for the first one and for every repetition (section 4).
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // section 4
pub struct Registered {
    /// Who is known now.
    pub agent: AgentId,
    /// Whether it was not known before.
    pub created: bool,
}

/// Decides on a registration (sections 4, 7 and 11).
///
/// Look-up: the owner of the agent, by id.
pub fn register(
    request: RegisterRequest,
    caller: &Caller,
    owner: Owner,
    limits: &Limits,
) -> Registration {
    if let Caller::Keyed(agents) = caller {
        match owner {
            Owner::Another => return Registration::Refused(Refusal::not_your_agent()),
            Owner::Unknown | Owner::Nobody if agents.len() >= limits.agents => {
                let full = Refusal::new(Status::Forbidden, "agent limit reached");
                return Registration::Refused(full);
            }
            _ => {}
        }
    }
    Registration::Registered(Registered {
        agent: request.agent,
        created: owner == Owner::Unknown,
    })
}

impl Registered {
    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// When it is no strict JSON object, or a field is missing or of the wrong type.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, &limits.answer())?;
        let body = json::object(&document)?;
        Ok(Self {
            agent: json::required(body, "agentId", json::text)?,
            created: json::maybe(body, "created", json::flag)?.unwrap_or_default(),
        })
    }

    /// Appends the answer as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        body.text("agentId", self.agent.as_str());
        body.flag("created", self.created);
        body.close();
    }
}
