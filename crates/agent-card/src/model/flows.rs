use std::collections::BTreeMap;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::capabilities::is_false;
use super::reader::{Fields, FromFields};
use crate::Error;
use crate::schema::{self, Message};

/// How a caller gets an OAuth 2.0 token: one flow (A2A 4.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OAuthFlows {
    /// By way of a browser (RFC 6749 4.1).
    AuthorizationCode(AuthorizationCodeFlow),
    /// With credentials of its own (RFC 6749 4.4).
    ClientCredentials(ClientCredentialsFlow),
    /// By way of another device (RFC 8628).
    DeviceCode(DeviceCodeFlow),
    /// Deprecated (RFC 6749 4.2).
    Implicit(ImplicitFlow),
    /// Deprecated (RFC 6749 4.3).
    Password(PasswordFlow),
    /// None that this version of the protocol knows.
    #[default]
    Unrecognised,
}

/// A token by way of a browser.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationCodeFlow {
    /// Where a person says yes.
    pub authorization_url: String,
    /// Where the caller gets its token.
    pub token_url: String,
    /// Where the caller gets the next one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub refresh_url: String,
    /// Scopes and what they are for.
    pub scopes: BTreeMap<String, String>,
    /// The caller has to use a proof key (RFC 7636).
    #[serde(skip_serializing_if = "is_false")]
    pub pkce_required: bool,
}

/// A token for the credentials of the caller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct ClientCredentialsFlow {
    /// Where the caller gets its token.
    pub token_url: String,
    /// Where the caller gets the next one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub refresh_url: String,
    /// Scopes and what they are for.
    pub scopes: BTreeMap<String, String>,
}

/// A token by way of another device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct DeviceCodeFlow {
    /// Where the caller gets the code that a person enters.
    pub device_authorization_url: String,
    /// Where the caller gets its token.
    pub token_url: String,
    /// Where the caller gets the next one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub refresh_url: String,
    /// Scopes and what they are for.
    pub scopes: BTreeMap<String, String>,
}

/// Deprecated: a token from the authorization itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct ImplicitFlow {
    /// Where a person says yes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub authorization_url: String,
    /// Where the caller gets the next token.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub refresh_url: String,
    /// Scopes and what they are for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub scopes: BTreeMap<String, String>,
}

/// Deprecated: a token for the password of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct PasswordFlow {
    /// Where the caller gets its token.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub token_url: String,
    /// Where the caller gets the next one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub refresh_url: String,
    /// Scopes and what they are for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub scopes: BTreeMap<String, String>,
}

impl Serialize for OAuthFlows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        match self {
            Self::AuthorizationCode(flow) => members.serialize_entry("authorizationCode", flow)?,
            Self::ClientCredentials(flow) => members.serialize_entry("clientCredentials", flow)?,
            Self::DeviceCode(flow) => members.serialize_entry("deviceCode", flow)?,
            Self::Implicit(flow) => members.serialize_entry("implicit", flow)?,
            Self::Password(flow) => members.serialize_entry("password", flow)?,
            Self::Unrecognised => {}
        }
        members.end()
    }
}

impl FromFields for OAuthFlows {
    const MESSAGE: &'static Message = &schema::FLOWS;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        let flow = match fields.first() {
            Some(name @ "authorizationCode") => fields.message(name)?.map(Self::AuthorizationCode),
            Some(name @ "clientCredentials") => fields.message(name)?.map(Self::ClientCredentials),
            Some(name @ "deviceCode") => fields.message(name)?.map(Self::DeviceCode),
            Some(name @ "implicit") => fields.message(name)?.map(Self::Implicit),
            Some(name @ "password") => fields.message(name)?.map(Self::Password),
            _ => None,
        };
        Ok(flow.unwrap_or_default())
    }
}

impl FromFields for AuthorizationCodeFlow {
    const MESSAGE: &'static Message = &schema::AUTHORIZATION_CODE;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        Ok(Self {
            authorization_url: fields.text("authorizationUrl")?,
            token_url: fields.text("tokenUrl")?,
            refresh_url: fields.text("refreshUrl")?,
            scopes: fields.text_map("scopes")?,
            pkce_required: fields.flag("pkceRequired")?,
        })
    }
}

impl FromFields for ClientCredentialsFlow {
    const MESSAGE: &'static Message = &schema::CLIENT_CREDENTIALS;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        Ok(Self {
            token_url: fields.text("tokenUrl")?,
            refresh_url: fields.text("refreshUrl")?,
            scopes: fields.text_map("scopes")?,
        })
    }
}

impl FromFields for DeviceCodeFlow {
    const MESSAGE: &'static Message = &schema::DEVICE_CODE;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        Ok(Self {
            device_authorization_url: fields.text("deviceAuthorizationUrl")?,
            token_url: fields.text("tokenUrl")?,
            refresh_url: fields.text("refreshUrl")?,
            scopes: fields.text_map("scopes")?,
        })
    }
}

impl FromFields for ImplicitFlow {
    const MESSAGE: &'static Message = &schema::IMPLICIT;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        Ok(Self {
            authorization_url: fields.text("authorizationUrl")?,
            refresh_url: fields.text("refreshUrl")?,
            scopes: fields.text_map("scopes")?,
        })
    }
}

impl FromFields for PasswordFlow {
    const MESSAGE: &'static Message = &schema::PASSWORD;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        Ok(Self {
            token_url: fields.text("tokenUrl")?,
            refresh_url: fields.text("refreshUrl")?,
            scopes: fields.text_map("scopes")?,
        })
    }
}
