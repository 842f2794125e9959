//! Where cards are found, and how they are served and cached (A2A 8.1 to 8.3, 8.6).

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::{AgentCard, InvalidVersion, Payloads, Profile, ProtocolVersion};

/// Where a card is found since v0.3, below the origin.
pub const WELL_KNOWN_PATH: &str = "/.well-known/agent-card.json";
/// Where v0.1 and v0.2 had it. Worth a try after [`WELL_KNOWN_PATH`].
pub const LEGACY_WELL_KNOWN_PATH: &str = "/.well-known/agent.json";

/// The media type to serve a card with at its well-known path.
pub const MEDIA_TYPE: &str = "application/json";
/// The registered media type of A2A, which a card may come with as well.
pub const A2A_MEDIA_TYPE: &str = "application/a2a+json";

/// The request header that names the version of the protocol; see [`requested_version`].
pub const VERSION_HEADER: &str = "A2A-Version";
/// The request header that lists the URIs of extensions.
pub const EXTENSIONS_HEADER: &str = "A2A-Extensions";

/// The JSON-RPC and gRPC method for the extended card.
pub const EXTENDED_CARD_METHOD: &str = "GetExtendedAgentCard";
/// The path of the HTTP+JSON binding for the extended card, possibly below `/{tenant}`.
pub const EXTENDED_CARD_PATH: &str = "/extendedAgentCard";
/// The JSON-RPC method of v0.3.
pub const LEGACY_EXTENDED_CARD_METHOD: &str = "agent/getAuthenticatedExtendedCard";
/// The HTTP path of v0.3.
pub const LEGACY_EXTENDED_CARD_PATH: &str = "/v1/card";

/// Whether a card may come with this `Content-Type`. Parameters and case do not count.
#[must_use]
pub fn is_card_media_type(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    [MEDIA_TYPE, A2A_MEDIA_TYPE]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(essence))
}

/// The version that a request asks for with [`VERSION_HEADER`]: 0.3 if it does not say.
///
/// # Errors
///
/// When the value is no version.
pub fn requested_version(header: Option<&str>) -> Result<ProtocolVersion, InvalidVersion> {
    match header.map(str::trim) {
        None | Some("") => Ok(ProtocolVersion::V0_3),
        Some(version) => version.parse(),
    }
}

/// The `ETag` of a card: weak, from the SHA-256 of what is signed of it. So it stays the same
/// when the card is signed again.
#[must_use]
pub fn etag(payloads: &Payloads) -> String {
    let digest = Sha256::digest(payloads.of(Profile::Spec));
    let mut tag = String::from("W/\"");
    for octet in digest {
        let _ = write!(tag, "{octet:02x}"); // a String takes everything
    }
    tag.push('"');
    tag
}

/// Whether `If-None-Match` names the tag, so that `304 Not Modified` is the answer (RFC 9110
/// 13.1.2, weak comparison).
///
/// Several headers of the name are joined with commas first. A header that is not well formed
/// matches as far as it is.
#[must_use]
pub fn if_none_match(header: &str, etag: &str) -> bool {
    if header.trim() == "*" {
        return true;
    }
    let wanted = opaque(etag);
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let tag = rest.strip_prefix("W/").unwrap_or(rest);
        let Some((tag, behind)) = tag.strip_prefix('"').and_then(|tag| tag.split_once('"')) else {
            return false;
        };
        if wanted == Some(tag) {
            return true;
        }
        rest = behind;
    }
}

/// What is between the quotes of an entity tag.
fn opaque(etag: &str) -> Option<&str> {
    let quoted = etag.strip_prefix("W/").unwrap_or(etag);
    quoted.strip_prefix('"')?.strip_suffix('"')
}

/// What a server answers to a request for its extended card (A2A 3.1.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // the specification names these
pub enum ExtendedCardAnswer {
    /// The extended card.
    Card,
    /// `UnsupportedOperationError`: the public card does not declare one.
    Unsupported,
    /// The caller has to authenticate first.
    Unauthenticated,
    /// `ExtendedAgentCardNotConfiguredError`: it is declared, but not there.
    NotConfigured,
}

impl AgentCard {
    /// Whether there is an extended card to ask for.
    #[must_use]
    pub fn has_extended_card(&self) -> bool {
        self.capabilities.extended_agent_card == Some(true)
    }

    /// What the server with this public card answers to a request for the extended one.
    #[must_use]
    pub fn answer_extended_card(
        &self,
        authenticated: bool,
        configured: bool,
    ) -> ExtendedCardAnswer {
        match (self.has_extended_card(), authenticated, configured) {
            (false, ..) => ExtendedCardAnswer::Unsupported,
            (true, false, _) => ExtendedCardAnswer::Unauthenticated,
            (true, true, false) => ExtendedCardAnswer::NotConfigured,
            (true, true, true) => ExtendedCardAnswer::Card,
        }
    }

    /// Whether a client that has an extended card still uses it in place of this public card: as
    /// long as it is authenticated and the public card has the version it had when the extended
    /// card was fetched.
    ///
    /// The signatures of the extended card are verified on their own, before it replaces
    /// anything.
    #[must_use]
    pub fn keeps_extended_card(&self, version_when_fetched: &str, authenticated: bool) -> bool {
        authenticated && self.has_extended_card() && self.version == version_when_fetched
    }
}

#[cfg(test)]
mod tests {
    use super::{if_none_match, is_card_media_type};

    #[test]
    fn tags_are_compared_weakly_in_lists() {
        let etag = "W/\"abc\"";
        for header in [
            "*",
            " * ",
            "\"abc\"",
            "W/\"abc\"",
            "\"x\", W/\"abc\"",
            "\"x\",\t\"abc\" , \"y\"",
            ",, \"abc\"",
            "\"a,b\", \"abc\"",
        ] {
            assert!(if_none_match(header, etag), "{header}");
        }
        for header in [
            "",
            "abc",
            "W/abc",
            "\"ab\"",
            "\"ABC\"",
            "\"x, abc\"",
            "w/\"abc\"",
            "\"abc",
        ] {
            assert!(!if_none_match(header, etag), "{header}");
        }
    }

    #[test]
    fn parameters_of_media_types_do_not_count() {
        for media_type in ["application/json", "Application/A2A+JSON ; charset=utf-8"] {
            assert!(is_card_media_type(media_type));
        }
        for media_type in ["", "text/json", "application/json+x", "application/ld+json"] {
            assert!(!is_card_media_type(media_type));
        }
    }
}
