//! The cards of the two agents, and the keys that each trusts.

use agent_card::jws::Algorithm;
use agent_card::keys::{Jwk, Jwks, Origin, SigningKey, TrustedKeys};
use agent_card::{AgentCard, AgentInterface, AgentSkill, SignOptions, UnixTime, sign};
use mailmesh::{AgentMailbox, CarriedCard, Environment as _, SystemEnvironment};
use zeroize::Zeroizing;

use crate::exit::Failure;

/// An agent that signs its card, as its domain would publish its key.
pub(super) struct Signer {
    key: SigningKey,
    domain: Origin,
}

impl Signer {
    /// A signer for the domain of a mailbox, with a key of its own.
    pub(super) fn of(mailbox: &AgentMailbox) -> Result<Self, Failure> {
        let (_, domain) = mailbox.address().rsplit_once('@').unwrap_or_default();
        let domain = format!("https://{domain}")
            .parse()
            .map_err(|_| Failure::usage(format!("no card can be bound to {domain}")))?;
        let mut random = Zeroizing::new([0; 32]);
        SystemEnvironment::default().fill(random.as_mut_slice())?;
        let key = SigningKey::generate(Algorithm::EdDsa, &random)
            .map_err(|error| Failure::usage(error.to_string()))?;
        Ok(Self {
            key: key.with_kid("demo"),
            domain,
        })
    }

    /// The mailbox with a signed card.
    pub(super) fn introduce(
        &self,
        mailbox: AgentMailbox,
        name: &str,
        skill: AgentSkill,
    ) -> Result<AgentMailbox, Failure> {
        let url = format!("{}/a2a", self.domain);
        let interface = AgentInterface::new(url, AgentInterface::JSONRPC, "1.0");
        let card = AgentCard::builder(name, skill.description.clone(), "1.0.0")
            .interface(interface)
            .input_modes(["text/plain", "application/ld+json"])
            .output_modes(["text/plain", "application/ld+json"])
            .skill(skill)
            .build()
            .map_err(|error| Failure::usage(error.to_string()))?;
        let signed = sign(&card, &self.key, &SignOptions::default())
            .map_err(|error| Failure::usage(error.to_string()))?;
        Ok(mailbox.with_card(CarriedCard::from(&signed)))
    }

    /// The domain it signs for.
    pub(super) fn domain(&self) -> &Origin {
        &self.domain
    }

    /// The key as the other agent got it: it speaks for this domain only.
    pub(super) fn published(&self) -> TrustedKeys {
        let jwk = Jwk::new(self.key.public()).with_kid("demo");
        TrustedKeys::of_origin(&Jwks::from_iter([jwk]), &self.domain)
    }
}

/// The present time.
pub(super) fn now() -> UnixTime {
    UnixTime::from_secs(SystemEnvironment::default().unix_time())
}
