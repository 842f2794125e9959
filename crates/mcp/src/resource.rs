//! Resources: the card of the agent, inboxes, each email, and threads of context sync.

use mailmesh::{Folder, MailId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rmcp::model::{Resource, ResourceContents, ResourceTemplate};

#[cfg(feature = "context")]
use crate::context;
use crate::cursor::Listing;
use crate::desk::{Desk, mail_id};
use crate::failure::Failure;
use crate::mailboxes::Named;
use crate::tools::{Email, Listed};

/// What a URI names.
#[derive(Clone, Debug)]
pub(crate) enum Place<'d> {
    /// The card of the agent whose mailbox is the first.
    Identity(&'d Named),
    /// The newest emails of an inbox.
    Inbox(&'d Named),
    /// An email.
    Email(&'d Named, MailId),
    /// Threads of context sync.
    #[cfg(feature = "context")]
    Context(context::Place),
}

/// The URIs of the resources that are listed.
const IDENTITY: &str = "agent-card://identity";
const INBOX: &str = "mailbox://inbox";

const JSON: &str = "application/json";

/// What stands in a path as it is (RFC 3986 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl<'d> Place<'d> {
    /// Reads a URI.
    pub(crate) fn read(uri: &str, desk: &'d Desk) -> Result<Self, Failure> {
        let unknown = || {
            let advice = "See resources/list and resources/templates/list.";
            Failure::new("There is no such resource.", advice)
        };
        #[cfg(feature = "context")]
        if desk.has_context()
            && let Some(place) = context::Place::read(uri)
        {
            return place.map(Self::Context);
        }
        let mailboxes = desk.mailboxes();
        if mailboxes.is_empty() {
            return Err(unknown());
        }
        if uri == IDENTITY {
            return Ok(Self::Identity(mailboxes.pick(None)?));
        }
        if uri == INBOX {
            return Ok(Self::Inbox(mailboxes.pick(None)?));
        }
        if let Some(path) = uri.strip_prefix("mailbox://") {
            let name = path
                .strip_suffix("/inbox")
                .and_then(decoded)
                .ok_or_else(unknown)?;
            return Ok(Self::Inbox(mailboxes.pick(Some(&name))?));
        }
        let path = uri.strip_prefix("mail://").ok_or_else(unknown)?;
        // An id may hold a slash that a client did not encode.
        if let Some((name, id)) = path.split_once('/')
            && let Some(name) = decoded(name)
            && let Ok(named) = mailboxes.pick(Some(&name))
        {
            let id = decoded(id).ok_or_else(unknown)?;
            return Ok(Self::Email(named, mail_id(&id)?));
        }
        let id = decoded(path).ok_or_else(unknown)?;
        Ok(Self::Email(mailboxes.pick(None)?, mail_id(&id)?))
    }

    /// What it holds now.
    pub(crate) async fn contents(
        &self,
        uri: &str,
        desk: &Desk,
    ) -> Result<ResourceContents, Failure> {
        let json = match self {
            Self::Identity(named) => match named.mailbox.card() {
                Some(card) => card.json().to_owned(),
                None => {
                    let advice = "Start the server with a card to give it one.";
                    return Err(Failure::new("The agent has no card.", advice));
                }
            },
            Self::Inbox(named) => {
                let listing = Listing {
                    folder: Folder::inbox().as_str().to_owned(),
                    ..Listing::default()
                };
                let shown = desk.first_page(named, listing, None, None).await?;
                written(&Listed::of(named, &Folder::inbox(), &shown))?
            }
            Self::Email(named, id) => {
                let mail = named.mailbox.peek(id).await?;
                written(&Email::whole(named, &mail, desk.options().limits)?)?
            }
            #[cfg(feature = "context")]
            Self::Context(place) => return place.contents(uri, desk).await,
        };
        Ok(ResourceContents::text(json, uri).with_mime_type(JSON))
    }
}

/// The resources that can be listed: emails are too many.
pub(crate) fn listed(desk: &Desk) -> Vec<Resource> {
    let mut resources = Vec::new();
    let first = desk.mailboxes().iter().next();
    if first.is_some_and(|named| named.mailbox.card().is_some()) {
        resources.push(
            Resource::new(IDENTITY, "identity")
                .with_title("Agent card")
                .with_description("The signed card of this agent (A2A).")
                .with_mime_type(JSON),
        );
    }
    for named in desk.mailboxes().iter() {
        let uri = match desk.mailboxes().is_default(named) {
            true => INBOX.to_owned(),
            false => format!(
                "mailbox://{}/inbox",
                utf8_percent_encode(&named.name, SEGMENT)
            ),
        };
        resources.push(
            Resource::new(uri, format!("inbox of {}", named.name))
                .with_title("Inbox")
                .with_description("The newest emails, as list_emails shows them.")
                .with_mime_type(JSON),
        );
    }
    #[cfg(feature = "context")]
    if desk.has_context() {
        resources.extend(context::listed());
    }
    resources
}

pub(crate) fn templates(desk: &Desk) -> Vec<ResourceTemplate> {
    let template = |uri: &str, name: &str, description: &str| {
        ResourceTemplate::new(uri, name)
            .with_title("Email")
            .with_description(description)
            .with_mime_type(JSON)
    };
    let mut templates = Vec::new();
    if !desk.mailboxes().is_empty() {
        templates.push(template(
            "mail://{id}",
            "email",
            "An email of the first mailbox, by the id of a listing.",
        ));
        templates.push(template(
            "mail://{mailbox}/{id}",
            "email of a mailbox",
            "An email of any mailbox.",
        ));
    }
    #[cfg(feature = "context")]
    if desk.has_context() {
        templates.extend(context::templates());
    }
    templates
}

fn decoded(text: &str) -> Option<String> {
    let text = percent_decode_str(text).decode_utf8().ok()?;
    (!text.is_empty()).then(|| text.into_owned())
}

fn written(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|_| Failure::unwritable())
}
