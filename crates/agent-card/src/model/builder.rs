use std::fmt;

use super::{
    AgentCapabilities, AgentCard, AgentInterface, AgentProvider, AgentSkill, SecurityRequirement,
    SecurityScheme,
};
use crate::{Level, Problem, Severity};

/// Makes a card that is as the specification wants it.
///
/// ```
/// use agent_card::{AgentCard, AgentInterface, AgentSkill};
///
/// let card = AgentCard::builder("Probe", "Looks at things", "1.0.0")
///     .interface(AgentInterface::new("https://agent.example/", AgentInterface::JSONRPC, "1.0"))
///     .input_modes(["text/plain"])
///     .output_modes(["text/plain"])
///     .skill(AgentSkill::new("look", "Look", "Looks at a thing", ["looking"]))
///     .build()?;
/// assert_eq!(card.skills[0].id, "look");
/// # Ok::<(), agent_card::InvalidCard>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct AgentCardBuilder {
    card: AgentCard,
}

impl AgentCard {
    /// Starts a card with a name, a description and the version of the agent.
    ///
    /// Until [`capabilities`](AgentCardBuilder::capabilities) says otherwise it does not stream,
    /// and says so: the SDKs do not sign empty capabilities.
    pub fn builder(
        name: impl Into<String>,
        description: impl Into<String>,
        version: impl Into<String>,
    ) -> AgentCardBuilder {
        AgentCardBuilder {
            card: Self {
                name: name.into(),
                description: description.into(),
                version: version.into(),
                capabilities: AgentCapabilities {
                    streaming: Some(false),
                    ..AgentCapabilities::default()
                },
                ..Self::default()
            },
        }
    }
}

impl AgentCardBuilder {
    /// Adds a place where the agent is reached, after those that are preferred to it.
    pub fn interface(mut self, interface: AgentInterface) -> Self {
        self.card.supported_interfaces.push(interface);
        self
    }

    /// Says who runs the agent.
    pub fn provider(mut self, provider: AgentProvider) -> Self {
        self.card.provider = Some(provider);
        self
    }

    /// Says where the agent is documented.
    pub fn documentation_url(mut self, url: impl Into<String>) -> Self {
        self.card.documentation_url = Some(url.into());
        self
    }

    /// Says where there is a picture of the agent.
    pub fn icon_url(mut self, url: impl Into<String>) -> Self {
        self.card.icon_url = Some(url.into());
        self
    }

    /// Says which optional parts of the protocol the agent speaks.
    pub fn capabilities(mut self, capabilities: AgentCapabilities) -> Self {
        self.card.capabilities = capabilities;
        self
    }

    /// Declares a way to authenticate under a name for requirements.
    pub fn security_scheme(mut self, name: impl Into<String>, scheme: SecurityScheme) -> Self {
        self.card.security_schemes.insert(name.into(), scheme);
        self
    }

    /// Adds an alternative way to be let in.
    pub fn security_requirement(mut self, requirement: SecurityRequirement) -> Self {
        self.card.security_requirements.push(requirement);
        self
    }

    /// Adds media types that every skill takes.
    pub fn input_modes<M: Into<String>>(mut self, modes: impl IntoIterator<Item = M>) -> Self {
        let modes = modes.into_iter().map(Into::into);
        self.card.default_input_modes.extend(modes);
        self
    }

    /// Adds media types that every skill gives.
    pub fn output_modes<M: Into<String>>(mut self, modes: impl IntoIterator<Item = M>) -> Self {
        let modes = modes.into_iter().map(Into::into);
        self.card.default_output_modes.extend(modes);
        self
    }

    /// Adds a skill.
    pub fn skill(mut self, skill: AgentSkill) -> Self {
        self.card.skills.push(skill);
        self
    }

    /// The card.
    ///
    /// # Errors
    ///
    /// When the specification forbids it. Warnings do not count.
    pub fn build(self) -> Result<AgentCard, InvalidCard> {
        InvalidCard::check(self.card.problems(Level::Spec)).map(|()| self.card)
    }
}

/// A card that is not as the specification wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidCard {
    problems: Vec<Problem>,
}

impl InvalidCard {
    /// Refuses problems that are errors.
    pub(crate) fn check(mut problems: Vec<Problem>) -> Result<(), Self> {
        problems.retain(|problem| problem.severity == Severity::Error);
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self { problems })
        }
    }

    /// What is wrong, at least one thing.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for InvalidCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a card as the specification wants it: ")?;
        for (n, problem) in self.problems.iter().enumerate() {
            f.write_str(if n == 0 { "" } else { ", " })?;
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidCard {}
