use std::fmt;
use std::str::FromStr;

use asmtp_envelope::{EnvelopeId, Handle, HttpUrl};
use context_sync::AgentId;

use crate::{Error, ErrorKind};

/// The mail domain of an ASMTP operator. It joins the two kinds of names without a table.
///
/// | ASMTP | mail |
/// |---|---|
/// | the handle `@owner.name` | the address `owner.name@domain` |
/// | the envelope id `01M7…` | the message id `01M7…@domain` |
///
/// In threads of context-sync an agent has either name for its id: [`Domain::agent`].
///
/// Addresses are those of agents, which differ by case nowhere: what is read is put in lower case.
///
/// ```
/// use mail_bridge::Domain;
///
/// let domain: Domain = "agents.example".parse()?;
/// let address = domain.address(&"@acme.alice".parse().unwrap())?;
/// assert_eq!(address, "acme.alice@agents.example");
/// assert_eq!(domain.handle("Acme.Alice@agents.example")?.as_str(), "@acme.alice");
/// assert!(domain.handle("alice@agents.example").is_err(), "a handle has two labels");
/// # Ok::<(), mail_bridge::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Domain(Box<str>);

impl Domain {
    /// The longest domain, in octets (RFC 1035 2.3.4, without the length octets).
    pub const MAX: usize = 253;

    /// The longest address, in octets (RFC 5321 4.5.3.1.3, without the brackets).
    const MAX_ADDRESS: usize = 254;

    /// The longest local part, in octets (RFC 5321 4.5.3.1.1).
    const MAX_LOCAL: usize = 64;

    /// Its text, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of a handle.
    ///
    /// # Errors
    ///
    /// With [`ErrorKind::Unmapped`] when it would be longer than addresses may be.
    pub fn address(&self, handle: &Handle) -> Result<String, Error> {
        let local = handle.as_str().get(1..).unwrap_or_default();
        if local.len() > Self::MAX_LOCAL || local.len() + 1 + self.0.len() > Self::MAX_ADDRESS {
            return Err(Error::new(
                ErrorKind::Unmapped,
                "a handle of 64 octets at most, and an address of 254",
            ));
        }
        Ok(format!("{local}@{self}"))
    }

    /// The handle of an address.
    ///
    /// # Errors
    ///
    /// With [`ErrorKind::Unmapped`] when the address is of another domain, or its local part is not
    /// `owner.name`.
    pub fn handle(&self, address: &str) -> Result<Handle, Error> {
        let unmapped = || Error::new(ErrorKind::Unmapped, "an address, owner.name@domain");
        let (local, domain) = address.rsplit_once('@').ok_or_else(unmapped)?;
        if !domain.eq_ignore_ascii_case(self.as_str()) || local.len() > Self::MAX_LOCAL {
            return Err(unmapped());
        }
        let handle = format!("@{}", local.to_ascii_lowercase());
        handle.parse().map_err(|_| unmapped())
    }

    /// The agent that an id of context-sync names: one that is a handle, or an address of the domain,
    /// in any letter case. Any other id is only what somebody is called in threads.
    #[must_use]
    pub fn agent(&self, id: &AgentId) -> Option<Handle> {
        let id = id.as_str();
        if id.starts_with('@') {
            // No handle has capitals; who writes one so means it, or wants to be taken for it.
            return id.to_ascii_lowercase().parse().ok();
        }
        self.handle(id).ok()
    }

    /// The message id of an envelope, without angle brackets.
    #[must_use]
    pub fn message_id(&self, id: EnvelopeId) -> String {
        format!("{id}@{self}")
    }

    /// The envelope that a message id names, with or without angle brackets, if it is one of this
    /// domain's. Anybody can write such an id: it says nothing about who made it.
    #[must_use]
    pub fn envelope_id(&self, message_id: &str) -> Option<EnvelopeId> {
        let bare = message_id
            .strip_prefix('<')
            .and_then(|id| id.strip_suffix('>'))
            .unwrap_or(message_id);
        let (id, domain) = bare.split_once('@')?;
        let is_ours = domain.eq_ignore_ascii_case(self.as_str());
        id.parse().ok().filter(|_| is_ours)
    }
}

impl FromStr for Domain {
    type Err = Error;

    /// Reads one or more labels of letters, digits and inner hyphens, joined by dots (RFC 1123
    /// 2.1).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_sound = text.len() <= Self::MAX && text.split('.').all(is_label);
        if !is_sound {
            return Err(Error::new(ErrorKind::InvalidDomain, "a mail domain"));
        }
        Ok(Self(text.to_ascii_lowercase().into()))
    }
}

impl From<&Domain> for HttpUrl {
    /// `https://` and the domain.
    fn from(domain: &Domain) -> Self {
        let url = format!("https://{domain}");
        url.parse().expect("a URL") // of letters, digits, hyphens and dots
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_label(label: &str) -> bool {
    let is_legal = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(is_legal)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::Domain;

    fn domain() -> Domain {
        "Agents.Example".parse().unwrap()
    }

    #[test]
    fn domains_follow_their_grammar() {
        for right in ["localhost", "127.0.0.1", "a-b.c", &"a.".repeat(126)[..251]] {
            assert!(right.parse::<Domain>().is_ok(), "{right}");
        }
        for wrong in [
            "",
            ".",
            "a.",
            "-a",
            "a-",
            "a_b",
            "ü.example",
            "a b",
            "a@b",
            "[::1]",
        ] {
            assert!(wrong.parse::<Domain>().is_err(), "{wrong}");
        }
        assert!("a".repeat(64).parse::<Domain>().is_err());
        assert!("a.".repeat(127).parse::<Domain>().is_err());
    }

    #[test]
    fn handles_map_up_to_the_longest_local_part() {
        let of = |owner: usize| format!("@{}.n", "o".repeat(owner)).parse().unwrap();
        assert!(domain().address(&of(62)).is_ok());
        assert!(domain().address(&of(63)).is_err());
        let address = |owner| format!("{}.n@agents.example", "o".repeat(owner));
        assert!(domain().handle(&address(62)).is_ok());
        assert!(domain().handle(&address(63)).is_err());
    }

    #[test]
    fn only_addresses_of_agents_are_handles() {
        for wrong in [
            "",
            "@agents.example",
            "acme@agents.example",
            "a.b.c@agents.example",
            "a.b+tag@agents.example",
            "\"a.b\"@agents.example",
            "a.b@other.example",
            "a.b@agents.example.evil.example",
            "a.b",
            "é.b@agents.example",
        ] {
            assert!(domain().handle(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ids_of_context_sync_are_handles_or_addresses() {
        let of = |id: &str| domain().agent(&id.parse().unwrap());
        for right in [
            "@acme.a",
            "@ACME.a",
            "acme.a@agents.example",
            "Acme.A@AGENTS.example",
        ] {
            assert_eq!(of(right).unwrap().as_str(), "@acme.a", "{right}");
        }
        for other in [
            "acme.a",
            "a@agents.example",
            "acme.a@other.example",
            "@acme",
            "@acme.a.b",
            "@acme.*",
            "@acme.a@agents.example",
            "@äcme.a",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn message_ids_name_envelopes_of_this_domain_only() {
        let id = "01M7XK89PHAZENM5WE3MBS1TF1";
        let of = |text: &str| domain().envelope_id(text).map(|id| id.to_string());
        assert_eq!(of(&format!("{id}@agents.example")).as_deref(), Some(id));
        assert_eq!(of(&format!("<{id}@AGENTS.example>")).as_deref(), Some(id));
        for foreign in [
            format!("{id}@other.example"),
            id.to_owned(),
            format!("{}@agents.example", id.to_lowercase()),
            format!("{id}@x@agents.example"),
        ] {
            assert_eq!(of(&foreign), None, "{foreign}");
        }
    }
}
