use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use crate::model::{OAuthFlows, SecurityRequirement, SecurityScheme};
use crate::url::Address;
use crate::{AgentCard, AgentInterface, ParsedCard, Path, Pointer, ProtocolVersion};

/// How strictly a card is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums)] // what can be read, and what the specification asks for
pub enum Level {
    /// What reading a card enforces, and no more.
    Lenient,
    /// What the specification asks for.
    #[default]
    Spec,
}

impl Level {
    /// The name in reports and on the command line: `lenient` or `spec`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lenient => "lenient",
            Self::Spec => "spec",
        }
    }
}

/// Something a card does that the specification does not want, or warns of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// The member.
    pub path: Pointer,
    /// What is wrong with it.
    pub kind: ProblemKind,
    /// How bad it is.
    pub severity: Severity,
}

/// How bad a [`Problem`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(clippy::exhaustive_enums)] // it fails or it does not
pub enum Severity {
    /// The card is as the specification lets it be, but somebody may stumble.
    Warning,
    /// The card is not what the specification asks for.
    Error,
}

/// What a [`Problem`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A required field is not there.
    Missing,
    /// A required name, id or version, or the name of an extension, is empty.
    EmptyText,
    /// `description` is empty. A warning.
    EmptyDescription,
    /// A required array that has to have an element is empty.
    EmptyArray,
    /// `skills` is empty: the specification forbids it in one place and shows it in another. A
    /// warning.
    NoSkills,
    /// A skill has no `tags`. A warning.
    NoTags,
    /// Two skills have one id.
    DuplicateSkill,
    /// Not `major.minor`.
    InvalidVersion,
    /// Not an absolute `https` URL, or for gRPC `host:port`.
    InvalidUrl,
    /// `http` instead of `https`, which is for tests only. A warning.
    InsecureUrl,
    /// A binding that is neither one of the core ones nor a URI. A warning.
    UnusualBinding,
    /// A requirement names a scheme that the card does not declare.
    UndeclaredScheme,
    /// A scheme, or its OAuth flow, has no member that v1.0 knows.
    UnrecognisedScheme,
    /// The place of an API key is not `query`, `header` or `cookie`.
    InvalidLocation,
    /// An integer that is not exact as a double. A warning.
    InexactInteger,
    /// v1.0 does not know the member. A warning.
    UnknownMember,
}

impl ProblemKind {
    fn severity(self) -> Severity {
        match self {
            Self::EmptyDescription
            | Self::NoSkills
            | Self::NoTags
            | Self::InsecureUrl
            | Self::UnusualBinding
            | Self::InexactInteger
            | Self::UnknownMember => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// What it says, as a phrase.
    fn detail(self) -> &'static str {
        match self {
            Self::Missing => "expected this required field",
            Self::EmptyText => "expected a text that is not empty",
            Self::EmptyDescription => "a description would help people to choose",
            Self::EmptyArray => "expected at least one element",
            Self::NoSkills => "skills would say what the agent can do",
            Self::NoTags => "tags would help to find the skill",
            Self::DuplicateSkill => "expected an id that no other skill has",
            Self::InvalidVersion => "expected a version such as 1.0",
            Self::InvalidUrl => "expected an absolute https URL (gRPC: host:port)",
            Self::InsecureUrl => "https is what production uses",
            Self::UnusualBinding => "a binding of one's own should be named by a URI",
            Self::UndeclaredScheme => "expected the name of a declared security scheme",
            Self::UnrecognisedScheme => "expected exactly one of the members of v1.0",
            Self::InvalidLocation => "expected query, header or cookie",
            Self::InexactInteger => "many readers cannot keep this integer exact",
            Self::UnknownMember => "v1.0 has no such member",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.kind.detail())
    }
}

impl ParsedCard {
    /// What is wrong with the card as it was received, in the order of its members.
    #[must_use]
    pub fn problems(&self, level: Level) -> Vec<Problem> {
        if level == Level::Lenient {
            return Vec::new();
        }
        let mut check = Check::default();
        for (paths, kind) in [
            (&self.missing, ProblemKind::Missing),
            (&self.inexact, ProblemKind::InexactInteger),
            (&self.unknown, ProblemKind::UnknownMember),
        ] {
            for path in paths {
                check.add_at(path.clone(), kind);
            }
        }
        check.card(&self.card);
        // A field that is not there reads as empty: that is one problem, not two.
        let missing: BTreeSet<_> = self.missing.iter().collect();
        check.problems.retain(|problem| {
            problem.kind == ProblemKind::Missing || !missing.contains(&problem.path)
        });
        check.problems
    }
}

impl AgentCard {
    /// What is wrong with a card.
    ///
    /// A card that was received has [`ParsedCard::problems`], which also tells what is not
    /// there.
    #[must_use]
    pub fn problems(&self, level: Level) -> Vec<Problem> {
        let mut check = Check::default();
        if level == Level::Spec {
            check.card(self);
        }
        check.problems
    }
}

#[derive(Debug, Default)]
struct Check {
    problems: Vec<Problem>,
}

impl Check {
    fn add(&mut self, at: &Path<'_>, kind: ProblemKind) {
        self.add_at(at.pointer(), kind);
    }

    fn add_at(&mut self, path: Pointer, kind: ProblemKind) {
        let severity = kind.severity();
        self.problems.push(Problem {
            path,
            kind,
            severity,
        });
    }

    fn card(&mut self, card: &AgentCard) {
        let root = &Path::Root;
        self.text(&card.name, &root.member("name"));
        self.description(&card.description, &root.member("description"));
        self.text(&card.version, &root.member("version"));
        self.elements(&card.default_input_modes, &root.member("defaultInputModes"));
        self.elements(
            &card.default_output_modes,
            &root.member("defaultOutputModes"),
        );
        let at = root.member("supportedInterfaces");
        self.elements(&card.supported_interfaces, &at);
        for (index, interface) in card.supported_interfaces.iter().enumerate() {
            self.interface(interface, &at.element(index));
        }
        if let Some(provider) = &card.provider {
            let at = root.member("provider");
            self.text(&provider.organization, &at.member("organization"));
            self.url(&provider.url, &at.member("url"));
        }
        for (url, name) in [
            (&card.documentation_url, "documentationUrl"),
            (&card.icon_url, "iconUrl"),
        ] {
            if let Some(url) = url {
                self.url(url, &root.member(name));
            }
        }
        let at = root.member("capabilities");
        let at = at.member("extensions");
        for (index, extension) in card.capabilities.extensions.iter().enumerate() {
            self.text(&extension.uri, &at.element(index).member("uri"));
        }
        let at = root.member("securitySchemes");
        for (name, scheme) in &card.security_schemes {
            self.scheme(scheme, &at.member(name));
        }
        self.requirements(&card.security_requirements, card, root);
        self.skills(card);
    }

    fn interface(&mut self, interface: &AgentInterface, at: &Path<'_>) {
        let binding = interface.protocol_binding.as_str();
        let (core, grpc) = match binding {
            AgentInterface::GRPC => (true, true),
            AgentInterface::JSONRPC | AgentInterface::HTTP_JSON => (true, false),
            _ => (false, false),
        };
        let at_url = at.member("url");
        match Address::of(&interface.url) {
            Some(Address::Https) => {}
            Some(Address::Http) => self.add(&at_url, ProblemKind::InsecureUrl),
            Some(Address::HostPort | Address::Other) if grpc || !core => {}
            _ => self.add(&at_url, ProblemKind::InvalidUrl),
        }
        let at_binding = at.member("protocolBinding");
        if binding.is_empty() {
            self.add(&at_binding, ProblemKind::EmptyText);
        } else if !core && Address::of(binding).is_none() {
            self.add(&at_binding, ProblemKind::UnusualBinding);
        }
        if interface
            .protocol_version
            .parse::<ProtocolVersion>()
            .is_err()
        {
            self.add(&at.member("protocolVersion"), ProblemKind::InvalidVersion);
        }
    }

    fn scheme(&mut self, scheme: &SecurityScheme, at: &Path<'_>) {
        match scheme {
            SecurityScheme::ApiKey(key) => {
                let at = at.member("apiKeySecurityScheme");
                if !["query", "header", "cookie"].contains(&key.location.as_str()) {
                    self.add(&at.member("location"), ProblemKind::InvalidLocation);
                }
                self.text(&key.name, &at.member("name"));
            }
            SecurityScheme::HttpAuth(http) => {
                let at = at.member("httpAuthSecurityScheme");
                self.text(&http.scheme, &at.member("scheme"));
            }
            SecurityScheme::OAuth2(oauth2) => {
                let at = at.member("oauth2SecurityScheme");
                self.flows(&oauth2.flows, &at.member("flows"));
                self.optional_url(&oauth2.metadata_url, &at.member("oauth2MetadataUrl"));
            }
            SecurityScheme::OpenIdConnect(connect) => {
                let at = at.member("openIdConnectSecurityScheme");
                self.url(&connect.url, &at.member("openIdConnectUrl"));
            }
            SecurityScheme::MutualTls(_) => {}
            SecurityScheme::Unrecognised => self.add(at, ProblemKind::UnrecognisedScheme),
        }
    }

    fn flows(&mut self, flows: &OAuthFlows, at: &Path<'_>) {
        let (name, required, optional): (_, &[_], &[_]) = match flows {
            OAuthFlows::AuthorizationCode(flow) => (
                "authorizationCode",
                &[
                    ("authorizationUrl", &flow.authorization_url),
                    ("tokenUrl", &flow.token_url),
                ],
                &[("refreshUrl", &flow.refresh_url)],
            ),
            OAuthFlows::ClientCredentials(flow) => (
                "clientCredentials",
                &[("tokenUrl", &flow.token_url)],
                &[("refreshUrl", &flow.refresh_url)],
            ),
            OAuthFlows::DeviceCode(flow) => (
                "deviceCode",
                &[
                    ("deviceAuthorizationUrl", &flow.device_authorization_url),
                    ("tokenUrl", &flow.token_url),
                ],
                &[("refreshUrl", &flow.refresh_url)],
            ),
            OAuthFlows::Implicit(flow) => (
                "implicit",
                &[],
                &[
                    ("authorizationUrl", &flow.authorization_url),
                    ("refreshUrl", &flow.refresh_url),
                ],
            ),
            OAuthFlows::Password(flow) => (
                "password",
                &[],
                &[
                    ("tokenUrl", &flow.token_url),
                    ("refreshUrl", &flow.refresh_url),
                ],
            ),
            OAuthFlows::Unrecognised => return self.add(at, ProblemKind::UnrecognisedScheme),
        };
        let at = at.member(name);
        for (name, url) in required {
            self.url(url, &at.member(name));
        }
        for (name, url) in optional {
            self.optional_url(url, &at.member(name));
        }
    }

    fn requirements(
        &mut self,
        requirements: &[SecurityRequirement],
        card: &AgentCard,
        at: &Path<'_>,
    ) {
        let at = at.member("securityRequirements");
        for (index, requirement) in requirements.iter().enumerate() {
            let at = at.element(index);
            let at = at.member("schemes");
            for name in requirement.schemes.keys() {
                if !card.security_schemes.contains_key(name) {
                    self.add(&at.member(name), ProblemKind::UndeclaredScheme);
                }
            }
        }
    }

    fn skills(&mut self, card: &AgentCard) {
        let at = Path::Root.member("skills");
        if card.skills.is_empty() {
            self.add(&at, ProblemKind::NoSkills);
        }
        let mut ids = BTreeSet::new();
        for (index, skill) in card.skills.iter().enumerate() {
            let at = at.element(index);
            let at_id = at.member("id");
            self.text(&skill.id, &at_id);
            if !skill.id.is_empty() && !ids.insert(&skill.id) {
                self.add(&at_id, ProblemKind::DuplicateSkill);
            }
            self.text(&skill.name, &at.member("name"));
            self.description(&skill.description, &at.member("description"));
            if skill.tags.is_empty() {
                self.add(&at.member("tags"), ProblemKind::NoTags);
            }
            self.requirements(&skill.security_requirements, card, &at);
        }
    }

    fn text(&mut self, text: &str, at: &Path<'_>) {
        if text.is_empty() {
            self.add(at, ProblemKind::EmptyText);
        }
    }

    fn description(&mut self, text: &str, at: &Path<'_>) {
        if text.is_empty() {
            self.add(at, ProblemKind::EmptyDescription);
        }
    }

    fn elements<T>(&mut self, elements: &[T], at: &Path<'_>) {
        if elements.is_empty() {
            self.add(at, ProblemKind::EmptyArray);
        }
    }

    fn url(&mut self, url: &str, at: &Path<'_>) {
        match Address::of(url) {
            Some(Address::Https) => {}
            Some(Address::Http) => self.add(at, ProblemKind::InsecureUrl),
            _ => self.add(at, ProblemKind::InvalidUrl),
        }
    }

    fn optional_url(&mut self, url: &str, at: &Path<'_>) {
        if !url.is_empty() {
            self.url(url, at);
        }
    }
}
