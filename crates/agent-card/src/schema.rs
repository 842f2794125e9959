//! The messages of an A2A v1.0 card as tables (A2A 4.4, 4.5): what the typed reader and the
//! payload walk by.
//!
//! The fields of a message stand in the order of RFC 8785, so that walking a table writes a
//! canonical object.

/// One message.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) fields: &'static [Field],
    pub(crate) kind: MessageKind,
}

/// What matters about a message beside its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageKind {
    Plain,
    /// It has security requirements, which older versions have under another name.
    Guarded,
    /// Only one of its fields may be set (`oneof`). All of them are about security.
    Choice,
    /// A security requirement or a part of one.
    Requirement,
}

/// One field of a message.
#[derive(Debug)]
pub(crate) struct Field {
    /// `lowerCamelCase`, as JSON is written.
    pub(crate) name: &'static str,
    /// `snake_case`, which a ProtoJSON reader accepts as well.
    pub(crate) proto_name: &'static str,
    /// The name as JSON, between the comma before it and the colon behind it.
    pub(crate) key: &'static str,
    pub(crate) presence: Presence,
    pub(crate) shape: Shape,
}

/// When a field counts as being there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// `REQUIRED`: always there, whatever the value.
    Required,
    /// `optional`, or a message: there when it is set, even to the default.
    Explicit,
    /// A value that is the default is the same as none.
    Implicit,
    /// No payload holds it.
    Unsigned,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    Text,
    Flag,
    Struct,
    Message(&'static Message),
    Texts,
    Messages(&'static Message),
    TextMap,
    MessageMap(&'static Message),
}

macro_rules! field {
    ($presence:ident $shape:expr, $name:literal) => {
        field!($presence $shape, $name, $name)
    };
    ($presence:ident $shape:expr, $name:literal, $proto_name:literal) => {
        Field {
            name: $name,
            proto_name: $proto_name,
            key: concat!(",\"", $name, "\":"),
            presence: Presence::$presence,
            shape: $shape,
        }
    };
}

macro_rules! messages {
    ($($kind:ident $name:ident { $($presence:ident $shape:expr => $($field:literal),+;)* })*) => {
        $(pub(crate) static $name: Message = Message {
            fields: &[$(field!($presence $shape, $($field),+)),*],
            kind: MessageKind::$kind,
        };)*

        #[cfg(test)]
        static ALL: &[&Message] = &[$(&$name),*];
    };
}

use Shape::{Flag, MessageMap, Messages, Struct, Text, TextMap, Texts};

messages! {
    Guarded AGENT_CARD {
        Required Shape::Message(&CAPABILITIES) => "capabilities";
        Required Texts => "defaultInputModes", "default_input_modes";
        Required Texts => "defaultOutputModes", "default_output_modes";
        Required Text => "description";
        Explicit Text => "documentationUrl", "documentation_url";
        Explicit Text => "iconUrl", "icon_url";
        Required Text => "name";
        Explicit Shape::Message(&PROVIDER) => "provider";
        Implicit Messages(&REQUIREMENT) => "securityRequirements", "security_requirements";
        Implicit MessageMap(&SCHEME) => "securitySchemes", "security_schemes";
        Unsigned Messages(&SIGNATURE) => "signatures";
        Required Messages(&SKILL) => "skills";
        Required Messages(&INTERFACE) => "supportedInterfaces", "supported_interfaces";
        Required Text => "version";
    }
    Plain INTERFACE {
        Required Text => "protocolBinding", "protocol_binding";
        Required Text => "protocolVersion", "protocol_version";
        Implicit Text => "tenant";
        Required Text => "url";
    }
    Plain PROVIDER {
        Required Text => "organization";
        Required Text => "url";
    }
    Plain CAPABILITIES {
        Explicit Flag => "extendedAgentCard", "extended_agent_card";
        Implicit Messages(&EXTENSION) => "extensions";
        Explicit Flag => "pushNotifications", "push_notifications";
        Explicit Flag => "streaming";
    }
    Plain EXTENSION {
        Implicit Text => "description";
        Explicit Struct => "params";
        Implicit Flag => "required";
        Implicit Text => "uri";
    }
    Guarded SKILL {
        Required Text => "description";
        Implicit Texts => "examples";
        Required Text => "id";
        Implicit Texts => "inputModes", "input_modes";
        Required Text => "name";
        Implicit Texts => "outputModes", "output_modes";
        Implicit Messages(&REQUIREMENT) => "securityRequirements", "security_requirements";
        Required Texts => "tags";
    }
    Plain SIGNATURE {
        Explicit Struct => "header";
        Required Text => "protected";
        Required Text => "signature";
    }
    Requirement REQUIREMENT {
        Implicit MessageMap(&STRING_LIST) => "schemes";
    }
    Requirement STRING_LIST {
        Implicit Texts => "list";
    }
    Choice SCHEME {
        Explicit Shape::Message(&API_KEY) => "apiKeySecurityScheme", "api_key_security_scheme";
        Explicit Shape::Message(&HTTP_AUTH) => "httpAuthSecurityScheme", "http_auth_security_scheme";
        Explicit Shape::Message(&MUTUAL_TLS) => "mtlsSecurityScheme", "mtls_security_scheme";
        Explicit Shape::Message(&OAUTH2) => "oauth2SecurityScheme", "oauth2_security_scheme";
        Explicit Shape::Message(&OPEN_ID_CONNECT) => "openIdConnectSecurityScheme", "open_id_connect_security_scheme";
    }
    Plain API_KEY {
        Implicit Text => "description";
        Required Text => "location";
        Required Text => "name";
    }
    Plain HTTP_AUTH {
        Implicit Text => "bearerFormat", "bearer_format";
        Implicit Text => "description";
        Required Text => "scheme";
    }
    Plain MUTUAL_TLS {
        Implicit Text => "description";
    }
    Plain OAUTH2 {
        Implicit Text => "description";
        Required Shape::Message(&FLOWS) => "flows";
        Implicit Text => "oauth2MetadataUrl", "oauth2_metadata_url";
    }
    Plain OPEN_ID_CONNECT {
        Implicit Text => "description";
        Required Text => "openIdConnectUrl", "open_id_connect_url";
    }
    Choice FLOWS {
        Explicit Shape::Message(&AUTHORIZATION_CODE) => "authorizationCode", "authorization_code";
        Explicit Shape::Message(&CLIENT_CREDENTIALS) => "clientCredentials", "client_credentials";
        Explicit Shape::Message(&DEVICE_CODE) => "deviceCode", "device_code";
        Explicit Shape::Message(&IMPLICIT) => "implicit";
        Explicit Shape::Message(&PASSWORD) => "password";
    }
    Plain AUTHORIZATION_CODE {
        Required Text => "authorizationUrl", "authorization_url";
        Implicit Flag => "pkceRequired", "pkce_required";
        Implicit Text => "refreshUrl", "refresh_url";
        Required TextMap => "scopes";
        Required Text => "tokenUrl", "token_url";
    }
    Plain CLIENT_CREDENTIALS {
        Implicit Text => "refreshUrl", "refresh_url";
        Required TextMap => "scopes";
        Required Text => "tokenUrl", "token_url";
    }
    Plain DEVICE_CODE {
        Required Text => "deviceAuthorizationUrl", "device_authorization_url";
        Implicit Text => "refreshUrl", "refresh_url";
        Required TextMap => "scopes";
        Required Text => "tokenUrl", "token_url";
    }
    Plain IMPLICIT {
        Implicit Text => "authorizationUrl", "authorization_url";
        Implicit Text => "refreshUrl", "refresh_url";
        Implicit TextMap => "scopes";
    }
    Plain PASSWORD {
        Implicit Text => "refreshUrl", "refresh_url";
        Implicit TextMap => "scopes";
        Implicit Text => "tokenUrl", "token_url";
    }
}

/// The most fields a message has.
pub(crate) const MOST_FIELDS: usize = 14;

#[cfg(test)]
mod tests {
    use super::{ALL, MOST_FIELDS};

    #[test]
    fn fields_stand_in_canonical_order_under_both_names() {
        for message in ALL {
            assert!(message.fields.is_sorted_by(|a, b| a.name < b.name));
            assert!(message.fields.len() <= MOST_FIELDS);
            for field in message.fields {
                assert_eq!(lower_camel_case(field.proto_name), field.name);
                assert_eq!(field.key, format!(",\"{}\":", field.name));
            }
        }
    }

    /// As protoc makes JSON names: an underscore goes, the letter behind it is raised.
    fn lower_camel_case(proto_name: &str) -> String {
        let mut words = proto_name.split('_');
        let mut name = words.next().unwrap().to_owned();
        for word in words {
            name.push_str(&word[..1].to_ascii_uppercase());
            name.push_str(&word[1..]);
        }
        name
    }
}
