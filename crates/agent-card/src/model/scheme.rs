use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::OAuthFlows;
use super::reader::{Fields, FromFields};
use crate::Error;
use crate::schema::{self, Message};

/// One way to authenticate (A2A 4.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecurityScheme {
    /// A key in a header, a query or a cookie.
    ApiKey(ApiKeySecurityScheme),
    /// A scheme of HTTP authentication, such as `Bearer`.
    HttpAuth(HttpAuthSecurityScheme),
    /// OAuth 2.0.
    OAuth2(OAuth2SecurityScheme),
    /// OpenID Connect.
    OpenIdConnect(OpenIdConnectSecurityScheme),
    /// A certificate of the caller.
    MutualTls(MutualTlsSecurityScheme),
    /// None that this version of the protocol knows. Nobody can authenticate with it.
    #[default]
    Unrecognised,
}

/// A key in a header, a query or a cookie.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ApiKeySecurityScheme {
    /// For people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// `query`, `header` or `cookie`.
    pub location: String,
    /// The name of the header, the parameter or the cookie.
    pub name: String,
}

/// A scheme of HTTP authentication.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct HttpAuthSecurityScheme {
    /// For people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The name in the IANA registry, such as `Bearer`. Case does not count.
    pub scheme: String,
    /// What a bearer token looks like, such as `JWT`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub bearer_format: String,
}

/// OAuth 2.0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OAuth2SecurityScheme {
    /// For people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// How a caller gets a token.
    pub flows: OAuthFlows,
    /// Where the authorization server describes itself (RFC 8414).
    #[serde(rename = "oauth2MetadataUrl", skip_serializing_if = "String::is_empty")]
    pub metadata_url: String,
}

/// OpenID Connect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OpenIdConnectSecurityScheme {
    /// For people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Where the provider describes itself (OpenID Connect Discovery).
    #[serde(rename = "openIdConnectUrl")]
    pub url: String,
}

/// A certificate of the caller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MutualTlsSecurityScheme {
    /// For people. Without one the SDKs do not sign the scheme.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
}

impl SecurityScheme {
    /// A key under `name` in `location`: `query`, `header` or `cookie`.
    #[must_use]
    pub fn api_key(location: impl Into<String>, name: impl Into<String>) -> Self {
        Self::ApiKey(ApiKeySecurityScheme {
            description: String::new(),
            location: location.into(),
            name: name.into(),
        })
    }

    /// A scheme of HTTP authentication, such as `Bearer`.
    #[must_use]
    pub fn http(scheme: impl Into<String>) -> Self {
        Self::HttpAuth(HttpAuthSecurityScheme {
            scheme: scheme.into(),
            ..HttpAuthSecurityScheme::default()
        })
    }

    /// OAuth 2.0 with one flow.
    #[must_use]
    pub fn oauth2(flows: OAuthFlows) -> Self {
        Self::OAuth2(OAuth2SecurityScheme {
            flows,
            ..OAuth2SecurityScheme::default()
        })
    }

    /// OpenID Connect, found at `url`.
    #[must_use]
    pub fn open_id_connect(url: impl Into<String>) -> Self {
        Self::OpenIdConnect(OpenIdConnectSecurityScheme {
            description: String::new(),
            url: url.into(),
        })
    }

    /// A certificate of the caller. A description keeps the scheme in what the SDKs sign.
    #[must_use]
    pub fn mutual_tls(description: impl Into<String>) -> Self {
        Self::MutualTls(MutualTlsSecurityScheme {
            description: description.into(),
        })
    }
}

impl Serialize for SecurityScheme {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        match self {
            Self::ApiKey(scheme) => members.serialize_entry("apiKeySecurityScheme", scheme)?,
            Self::HttpAuth(scheme) => members.serialize_entry("httpAuthSecurityScheme", scheme)?,
            Self::OAuth2(scheme) => members.serialize_entry("oauth2SecurityScheme", scheme)?,
            Self::OpenIdConnect(scheme) => {
                members.serialize_entry("openIdConnectSecurityScheme", scheme)?;
            }
            Self::MutualTls(scheme) => members.serialize_entry("mtlsSecurityScheme", scheme)?,
            Self::Unrecognised => {}
        }
        members.end()
    }
}

impl FromFields for SecurityScheme {
    const MESSAGE: &'static Message = &schema::SCHEME;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        let scheme = match fields.first() {
            Some(name @ "apiKeySecurityScheme") => fields.message(name)?.map(Self::ApiKey),
            Some(name @ "httpAuthSecurityScheme") => fields.message(name)?.map(Self::HttpAuth),
            Some(name @ "oauth2SecurityScheme") => fields.message(name)?.map(Self::OAuth2),
            Some(name @ "openIdConnectSecurityScheme") => {
                fields.message(name)?.map(Self::OpenIdConnect)
            }
            Some(name @ "mtlsSecurityScheme") => fields.message(name)?.map(Self::MutualTls),
            _ => None,
        };
        Ok(scheme.unwrap_or_default())
    }
}

impl FromFields for ApiKeySecurityScheme {
    const MESSAGE: &'static Message = &schema::API_KEY;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        Ok(Self {
            description: fields.text("description")?,
            location: fields.text("location")?,
            name: fields.text("name")?,
        })
    }
}

impl FromFields for HttpAuthSecurityScheme {
    const MESSAGE: &'static Message = &schema::HTTP_AUTH;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        Ok(Self {
            description: fields.text("description")?,
            scheme: fields.text("scheme")?,
            bearer_format: fields.text("bearerFormat")?,
        })
    }
}

impl FromFields for OAuth2SecurityScheme {
    const MESSAGE: &'static Message = &schema::OAUTH2;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        Ok(Self {
            description: fields.text("description")?,
            flows: fields.message("flows")?.unwrap_or_default(),
            metadata_url: fields.text("oauth2MetadataUrl")?,
        })
    }
}

impl FromFields for OpenIdConnectSecurityScheme {
    const MESSAGE: &'static Message = &schema::OPEN_ID_CONNECT;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        Ok(Self {
            description: fields.text("description")?,
            url: fields.text("openIdConnectUrl")?,
        })
    }
}

impl FromFields for MutualTlsSecurityScheme {
    const MESSAGE: &'static Message = &schema::MUTUAL_TLS;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        Ok(Self {
            description: fields.text("description")?,
        })
    }
}
