use crate::write::Members;
use crate::{AgentId, Error, Limits, Refusal, RegisterRequest, Status, json};

/// Who makes a request, as far as a server can tell (section 7).
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // section 7, and a match must not forget one
pub enum Caller {
    /// In open mode, on loopback only: whoever the request claims.
    Open,
    /// In keyed mode: the principal of a key.
    Keyed {
        /// All agents that it has claimed.
        claimed: Vec<AgentId>,
        /// An agent that is its own without a claim, by a [`Title`]: the one that a request names, or
        /// the one it stands for where a request names none. None when somebody claimed it before.
        own: Option<AgentId>,
    },
}

/// Whose an agent is by its name. A server may have names of its own for its principals, which are
/// not for others to claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // a name has one of these meanings
pub enum Title {
    /// Nobody's: it is for whoever claims it first.
    #[default]
    Nobody,
    /// The principal's of the caller. It needs no claim.
    Caller,
    /// Another principal's, whether that one is there yet or not.
    Another,
}

impl Caller {
    /// Whether it may act as an agent: the `from` of a body, the agent of a path, or `as`.
    ///
    /// # Errors
    ///
    /// With 403 when the agent is not its own.
    pub fn check(&self, agent: &AgentId) -> Result<(), Refusal> {
        match self {
            Self::Keyed { claimed, own }
                if !claimed.contains(agent) && own.as_ref() != Some(agent) =>
            {
                Err(Refusal::not_your_agent())
            }
            _ => Ok(()),
        }
    }

    /// The agent that a thread is shown to: `as`, or the only agent that the key has claimed. One
    /// that has claimed none is shown it as what it is by name.
    ///
    /// # Errors
    ///
    /// With 403 when the agent is not its own, with 400 when none is named and there is not one that
    /// is meant.
    pub fn viewer(&self, named: Option<AgentId>) -> Result<AgentId, Refusal> {
        if let Some(agent) = named {
            return self.check(&agent).map(|()| agent);
        }
        let meant = match self {
            Self::Open => None,
            Self::Keyed { claimed, own } => match claimed.as_slice() {
                [] => own.as_ref(),
                [only] => Some(only),
                _ => None,
            },
        };
        let nobody = || Refusal::new(Status::Invalid, "as: expected an agent id");
        meant.cloned().ok_or_else(nobody)
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

/// Decides on a registration (sections 4, 7 and 11). Who has claimed an agent keeps it; before that
/// its title decides, which counts for nothing in open mode.
///
/// Look-up: the owner of the agent, by id.
pub fn register(
    request: RegisterRequest,
    caller: &Caller,
    title: Title,
    owner: Owner,
    limits: &Limits,
) -> Registration {
    if let Caller::Keyed { claimed, .. } = caller {
        match (owner, title) {
            (Owner::Another, _) | (Owner::Unknown | Owner::Nobody, Title::Another) => {
                return Registration::Refused(Refusal::not_your_agent());
            }
            (Owner::Unknown | Owner::Nobody, Title::Nobody) if claimed.len() >= limits.agents => {
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

#[cfg(test)]
mod tests {
    use super::{Caller, Owner, Registration, Title, register};
    use crate::{AgentId, Limits, RegisterRequest};

    fn agent(name: &str) -> AgentId {
        name.parse().unwrap_or_else(|_| unreachable!())
    }

    fn keyed(claimed: &[&str], own: Option<&str>) -> Caller {
        Caller::Keyed {
            claimed: claimed.iter().map(|name| agent(name)).collect(),
            own: own.map(agent),
        }
    }

    #[test]
    fn what_was_claimed_is_meant_before_what_is_by_name() {
        let meant = |claimed: &[&str], own| {
            let viewer = keyed(claimed, own).viewer(None);
            viewer.ok().map(|agent| agent.to_string())
        };
        assert_eq!(meant(&[], Some("@a.b")).as_deref(), Some("@a.b"));
        assert_eq!(meant(&["x"], Some("@a.b")).as_deref(), Some("x"));
        assert_eq!(meant(&["x", "y"], Some("@a.b")), None);
        assert_eq!(meant(&[], None), None);
        let caller = keyed(&["x"], Some("@a.b"));
        assert!(caller.check(&agent("x")).is_ok());
        assert!(caller.check(&agent("@a.b")).is_ok());
        assert!(caller.check(&agent("@A.b")).is_err());
    }

    #[test]
    fn a_title_decides_where_nobody_has_claimed() {
        let is_taken = |owner, title, caller: &Caller| {
            let request = RegisterRequest { agent: agent("z") };
            let limits = Limits {
                agents: 1,
                ..Limits::default()
            };
            let decided = register(request, caller, title, owner, &limits);
            matches!(decided, Registration::Registered(_))
        };
        let full = keyed(&["x"], None);
        for (owner, title, expected) in [
            (Owner::Unknown, Title::Nobody, false),
            (Owner::Unknown, Title::Caller, true),
            (Owner::Nobody, Title::Caller, true),
            (Owner::Nobody, Title::Another, false),
            (Owner::Caller, Title::Another, true),
            (Owner::Another, Title::Caller, false),
        ] {
            assert_eq!(
                is_taken(owner, title, &full),
                expected,
                "{owner:?} {title:?}"
            );
            assert!(is_taken(owner, title, &Caller::Open));
        }
        assert!(is_taken(Owner::Unknown, Title::Nobody, &keyed(&[], None)));
        assert!(!is_taken(Owner::Unknown, Title::Another, &keyed(&[], None)));
    }
}
