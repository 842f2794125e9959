//! The messages of an A2A v1.0 AgentCard as plain values.
//!
//! A field that may be unset is an `Option` where an explicit default counts, and the default
//! itself where it does not. [`Serialize`](serde::Serialize) writes ProtoJSON. There is no
//! `Deserialize`: it would take the last of two members with one name, and a number for a
//! string; [`AgentCard::parse`] does not.

mod builder;
mod capabilities;
mod card;
mod flows;
mod interface;
mod provider;
mod reader;
mod requirement;
mod scheme;
mod signature;
mod skill;
mod structure;

pub use builder::{AgentCardBuilder, InvalidCard};
pub use capabilities::{AgentCapabilities, AgentExtension};
pub use card::AgentCard;
pub use flows::{
    AuthorizationCodeFlow, ClientCredentialsFlow, DeviceCodeFlow, ImplicitFlow, OAuthFlows,
    PasswordFlow,
};
pub use interface::AgentInterface;
pub use provider::AgentProvider;
pub(crate) use reader::{FromFields, Notes};
pub use requirement::SecurityRequirement;
pub use scheme::{
    ApiKeySecurityScheme, HttpAuthSecurityScheme, MutualTlsSecurityScheme, OAuth2SecurityScheme,
    OpenIdConnectSecurityScheme, SecurityScheme,
};
pub use signature::AgentCardSignature;
pub use skill::AgentSkill;
pub use structure::Struct;
