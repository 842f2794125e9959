use serde::Serialize;

use super::reader::{Fields, FromFields};
use crate::Error;
use crate::schema::{self, Message};

/// One place where the agent is reached (A2A 4.4.6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct AgentInterface {
    /// An absolute `https` URL; for gRPC `host:port`.
    pub url: String,
    /// How messages travel: [`AgentInterface::JSONRPC`], [`AgentInterface::GRPC`],
    /// [`AgentInterface::HTTP_JSON`], or the URI of another binding. Case counts.
    pub protocol_binding: String,
    /// Opaque. When it is not empty, callers have to send it along with every request.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tenant: String,
    /// Version of the protocol, such as `1.0`.
    pub protocol_version: String,
}

impl AgentInterface {
    /// JSON-RPC 2.0 over HTTP.
    pub const JSONRPC: &'static str = "JSONRPC";
    /// gRPC.
    pub const GRPC: &'static str = "GRPC";
    /// HTTP with JSON, also called REST.
    pub const HTTP_JSON: &'static str = "HTTP+JSON";

    /// A place without a tenant.
    #[must_use]
    pub fn new(
        url: impl Into<String>,
        protocol_binding: impl Into<String>,
        protocol_version: impl Into<String>,
    ) -> Self {
        Self {
            url: url.into(),
            protocol_binding: protocol_binding.into(),
            tenant: String::new(),
            protocol_version: protocol_version.into(),
        }
    }
}

impl FromFields for AgentInterface {
    const MESSAGE: &'static Message = &schema::INTERFACE;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        Ok(Self {
            url: fields.text("url")?,
            protocol_binding: fields.text("protocolBinding")?,
            tenant: fields.text("tenant")?,
            protocol_version: fields.text("protocolVersion")?,
        })
    }
}
