//! The messages of an A2A v1.0 card as tables (A2A 4.4, 4.5): what the typed reader and the
//! payload walk by.
//!
//! The fields of a message stand in the order of RFC 8785, so that walking a table writes a
//! canonical object.

/// One message.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) fields: &'static [Field],
    /// Only one of the fields may be set.
    pub(crate) oneof: bool,
}

/// One field of a message.
#[derive(Debug)]
pub(crate) struct Field {
    /// `lowerCamelCase`, as JSON is written.
    pub(crate) name: &'static str,
    /// `snake_case`, which a ProtoJSON reader accepts as well.
    pub(crate) proto_name: &'static str,
    /// The name and the colon behind it, as JSON.
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
            key: concat!("\"", $name, "\":"),
            presence: Presence::$presence,
            shape: $shape,
        }
    };
}

macro_rules! messages {
    ($($name:ident $kind:ident { $($presence:ident $shape:expr => $($field:literal),+;)* })*) => {
        $(pub(crate) static $name: Message = Message {
            fields: &[$(field!($presence $shape, $($field),+)),*],
            oneof: messages!(@ $kind),
        };)*

        #[cfg(test)]
        static ALL: &[&Message] = &[$(&$name),*];
    };
    (@ message) => { false };
    (@ oneof) => { true };
}

use Shape::{Flag, MessageMap, Messages, Struct, Text, TextMap, Texts};

messages! {
    AGENT_CARD message {
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
    INTERFACE message {
        Required Text => "protocolBinding", "protocol_binding";
        Required Text => "protocolVersion", "protocol_version";
        Implicit Text => "tenant";
        Required Text => "url";
    }
    PROVIDER message {
        Required Text => "organization";
        Required Text => "url";
    }
    CAPABILITIES message {
        Explicit Flag => "extendedAgentCard", "extended_agent_card";
        Implicit Messages(&EXTENSION) => "extensions";
        Explicit Flag => "pushNotifications", "push_notifications";
        Explicit Flag => "streaming";
    }
    EXTENSION message {
        Implicit Text => "description";
        Explicit Struct => "params";
        Implicit Flag => "required";
        Implicit Text => "uri";
    }
    SKILL message {
        Required Text => "description";
        Implicit Texts => "examples";
        Required Text => "id";
        Implicit Texts => "inputModes", "input_modes";
        Required Text => "name";
        Implicit Texts => "outputModes", "output_modes";
        Implicit Messages(&REQUIREMENT) => "securityRequirements", "security_requirements";
        Required Texts => "tags";
    }
    SIGNATURE message {
        Explicit Struct => "header";
        Required Text => "protected";
        Required Text => "signature";
    }
    REQUIREMENT message {
        Implicit MessageMap(&STRING_LIST) => "schemes";
    }
    STRING_LIST message {
        Implicit Texts => "list";
    }
    SCHEME oneof {
        Explicit Shape::Message(&API_KEY) => "apiKeySecurityScheme", "api_key_security_scheme";
        Explicit Shape::Message(&HTTP_AUTH) => "httpAuthSecurityScheme", "http_auth_security_scheme";
        Explicit Shape::Message(&MUTUAL_TLS) => "mtlsSecurityScheme", "mtls_security_scheme";
        Explicit Shape::Message(&OAUTH2) => "oauth2SecurityScheme", "oauth2_security_scheme";
        Explicit Shape::Message(&OPEN_ID_CONNECT) => "openIdConnectSecurityScheme", "open_id_connect_security_scheme";
    }
    API_KEY message {
        Implicit Text => "description";
        Required Text => "location";
        Required Text => "name";
    }
    HTTP_AUTH message {
        Implicit Text => "bearerFormat", "bearer_format";
        Implicit Text => "description";
        Required Text => "scheme";
    }
    MUTUAL_TLS message {
        Implicit Text => "description";
    }
    OAUTH2 message {
        Implicit Text => "description";
        Required Shape::Message(&FLOWS) => "flows";
        Implicit Text => "oauth2MetadataUrl", "oauth2_metadata_url";
    }
    OPEN_ID_CONNECT message {
        Implicit Text => "description";
        Required Text => "openIdConnectUrl", "open_id_connect_url";
    }
    FLOWS oneof {
        Explicit Shape::Message(&AUTHORIZATION_CODE) => "authorizationCode", "authorization_code";
        Explicit Shape::Message(&CLIENT_CREDENTIALS) => "clientCredentials", "client_credentials";
        Explicit Shape::Message(&DEVICE_CODE) => "deviceCode", "device_code";
        Explicit Shape::Message(&IMPLICIT) => "implicit";
        Explicit Shape::Message(&PASSWORD) => "password";
    }
    AUTHORIZATION_CODE message {
        Required Text => "authorizationUrl", "authorization_url";
        Implicit Flag => "pkceRequired", "pkce_required";
        Implicit Text => "refreshUrl", "refresh_url";
        Required TextMap => "scopes";
        Required Text => "tokenUrl", "token_url";
    }
    CLIENT_CREDENTIALS message {
        Implicit Text => "refreshUrl", "refresh_url";
        Required TextMap => "scopes";
        Required Text => "tokenUrl", "token_url";
    }
    DEVICE_CODE message {
        Required Text => "deviceAuthorizationUrl", "device_authorization_url";
        Implicit Text => "refreshUrl", "refresh_url";
        Required TextMap => "scopes";
        Required Text => "tokenUrl", "token_url";
    }
    IMPLICIT message {
        Implicit Text => "authorizationUrl", "authorization_url";
        Implicit Text => "refreshUrl", "refresh_url";
        Implicit TextMap => "scopes";
    }
    PASSWORD message {
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
                assert_eq!(field.key, format!("\"{}\":", field.name));
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
