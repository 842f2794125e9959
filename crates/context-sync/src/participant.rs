use std::collections::BTreeMap;

use crate::json::{self, maybe, optional, required};
use crate::write::{self, Members};
use crate::{AgentId, BlindCopy, Error, Joined, Limits, Member, Role, Timestamp};

/// A participant of a thread as one viewer may know it (sections 3 and 6).
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // section 3
pub struct Participant {
    /// Who it is.
    pub agent: AgentId,
    /// The strongest role that the viewer knows of, or nothing where another server named a role
    /// that is not of this protocol.
    pub role: Option<Role>,
    /// The first mention that the viewer knows of.
    pub joined_at: Timestamp,
}

/// The answer to a request for the participants of a thread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Participants(Vec<Participant>);

/// A thread's members as one viewer may know them.
///
/// Look-ups: the viewer's row (without one the answer is
/// [`Refusal::no_thread`](crate::Refusal::no_thread)), the visible members, at most
/// [`Limits::participants`](field@crate::Limits::participants), and the blind copies that the
/// viewer got or sent.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct RosterView<'a> {
    /// The row of the agent that asks.
    pub viewer: &'a Member,
    /// The visible members. Silent ones are left out, whatever was read.
    pub members: &'a [Member],
    /// The blind copies that the viewer got or sent. Others are left out.
    pub blind_copies: &'a [BlindCopy],
}

impl RosterView<'_> {
    /// The visible participants in order.
    pub(crate) fn visible(&self) -> Vec<AgentId> {
        let visible = self.members.iter().filter(|member| member.is_visible());
        let mut agents: Vec<_> = visible.map(|member| member.agent.clone()).collect();
        agents.sort_unstable();
        agents
    }

    /// The silent participants that the viewer knows of, in order: those it sent blind copies to,
    /// and itself if it is silent (section 6).
    pub(crate) fn silent(&self) -> Vec<AgentId> {
        let mut silent = self.known();
        for member in self.members.iter().filter(|member| member.is_visible()) {
            silent.remove(&member.agent);
        }
        let own = (!self.viewer.is_visible()).then_some(&self.viewer.agent);
        let mut agents: Vec<_> = silent.into_keys().chain(own).cloned().collect();
        agents.sort_unstable();
        agents.dedup();
        agents
    }

    /// The first blind copy to each agent that the viewer knows of.
    fn known(&self) -> BTreeMap<&AgentId, Joined> {
        let own = &self.viewer.agent;
        let mut known: BTreeMap<_, Joined> = BTreeMap::new();
        for copy in self.blind_copies {
            if copy.agent == *own || copy.by == *own {
                let first = known.entry(&copy.agent).or_insert(copy.joined);
                *first = copy.joined.min(*first);
            }
        }
        known
    }
}

impl Participants {
    /// Makes the answer for a viewer.
    ///
    /// Roles and times are those that the viewer may know: an agent that was silent before it
    /// became visible joined later for those who did not know of it.
    #[must_use]
    pub fn of(view: &RosterView<'_>) -> Self {
        let mut known = view.known();
        let visible = view.members.iter().filter_map(|member| {
            let standing = member.standing?;
            let silent_before = known.remove(&member.agent);
            let joined = silent_before.map_or(standing.joined, |first| first.min(standing.joined));
            Some((joined, &member.agent, Role::from(standing.role)))
        });
        let mut mentions: Vec<_> = visible.collect();
        mentions.extend(
            known
                .into_iter()
                .map(|(agent, joined)| (joined, agent, Role::Bcc)),
        );
        mentions.sort_unstable();
        let participant = |(joined, agent, role): (Joined, &AgentId, Role)| Participant {
            agent: agent.clone(),
            role: Some(role),
            joined_at: joined.at,
        };
        Self(mentions.into_iter().map(participant).collect())
    }

    /// The participants in the order in which they joined.
    #[must_use]
    pub fn as_slice(&self) -> &[Participant] {
        &self.0
    }

    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// When it is no strict JSON object, or a field is missing or of the wrong type.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, &limits.answer())?;
        let read = |value: strict_json::Value<'_>| {
            let object = json::members(value)?;
            let role = optional(object, "role").and_then(|role| role.as_str());
            Ok(Participant {
                agent: required(object, "agentId", json::text)?,
                role: role.and_then(Role::from_wire),
                joined_at: required(object, "joinedAt", json::timestamp)?,
            })
        };
        let list = maybe(json::object(&document)?, "participants", |value| {
            json::list(value, read)
        })?;
        Ok(Self(list.unwrap_or_default()))
    }

    /// Appends the answer as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        write::list(&self.0, body.value("participants"), |participant, out| {
            let mut members = Members::open(out);
            members.text("agentId", participant.agent.as_str());
            if let Some(role) = participant.role {
                members.text("role", role.as_str());
            }
            members.integer("joinedAt", participant.joined_at.as_millis());
            members.close();
        });
        body.close();
    }
}
