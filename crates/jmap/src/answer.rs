//! The answers of the methods a mailbox needs.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::fields::Fields;
use crate::{Email, Error, Id, Refusal, State};

/// What a call answers.
pub trait Answer: Sized {
    /// Reads the arguments of a response.
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::ErrorKind::Malformed) when a member that has to be there is not, or is of
    /// another type.
    fn read(arguments: &RawValue) -> Result<Self, Error>;
}

/// All mailboxes of an account. One that cannot be read is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mailboxes {
    /// Them.
    pub list: Vec<Mailbox>,
}

/// A mailbox: what IMAP calls a folder (RFC 8621 2).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Mailbox {
    /// Its id.
    pub id: Id,
    /// Its name below its parent.
    pub name: String,
    /// The mailbox it is in.
    #[serde(default)]
    pub parent_id: Option<Id>,
    /// What it is for, such as `inbox`.
    #[serde(default)]
    pub role: Option<String>,
    /// Its messages.
    #[serde(default)]
    pub total_emails: Option<u64>,
    /// Those of them that are not marked as read.
    #[serde(default)]
    pub unread_emails: Option<u64>,
}

/// The identities of an account. One that cannot be read is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identities {
    /// Them.
    pub list: Vec<Identity>,
}

/// As whom an account may send (RFC 8621 6).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Identity {
    /// Its id.
    pub id: Id,
    /// The author address; `*@domain` is any of a domain.
    pub email: String,
}

/// What a query found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Query {
    /// The messages, in their order.
    pub ids: Vec<Id>,
    /// How many the server gives at most, when that is less than was asked for.
    #[serde(default)]
    pub limit: Option<u64>,
}

/// Messages.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Emails {
    /// Those that are there, in any order. What cannot be read of one is empty.
    pub list: Vec<Email>,
    /// Those that are not.
    pub not_found: Vec<Id>,
    /// The state of all messages of the account.
    pub state: State,
}

/// What changed since a state.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Changes {
    /// The state behind these changes.
    pub new_state: State,
    /// Whether there are more.
    #[serde(default)]
    pub has_more_changes: bool,
    /// Messages that are new.
    #[serde(default)]
    pub created: Vec<Id>,
}

/// What became of a `/set` or an `/import`, object by object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// What was created, by creation id.
    pub created: BTreeMap<String, Id>,
    /// What was not.
    pub not_created: BTreeMap<String, Refusal>,
    /// What was updated.
    pub updated: BTreeSet<Id>,
    /// What was not.
    pub not_updated: BTreeMap<Id, Refusal>,
    /// What was destroyed.
    pub destroyed: BTreeSet<Id>,
    /// What was not.
    pub not_destroyed: BTreeMap<Id, Refusal>,
}

/// A file that was uploaded (RFC 8620 6.1).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Upload {
    /// Its id.
    pub blob_id: Id,
    /// Its octets, as the server counts them.
    pub size: u64,
}

impl Upload {
    /// Reads the answer to an upload.
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::ErrorKind::Malformed) when it is none.
    pub fn parse(octets: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(octets).map_err(|error| Error::json("an uploaded file", &error))
    }
}

impl Answer for Mailboxes {
    fn read(arguments: &RawValue) -> Result<Self, Error> {
        readable(arguments).map(|list| Self { list })
    }
}

impl Answer for Identities {
    fn read(arguments: &RawValue) -> Result<Self, Error> {
        readable(arguments).map(|list| Self { list })
    }
}

impl Answer for Query {
    fn read(arguments: &RawValue) -> Result<Self, Error> {
        whole(arguments, "the result of a query")
    }
}

impl Answer for Changes {
    fn read(arguments: &RawValue) -> Result<Self, Error> {
        whole(arguments, "changes since a state")
    }
}

impl Answer for Emails {
    fn read(arguments: &RawValue) -> Result<Self, Error> {
        let fields = Fields::read(arguments)?;
        let list: Vec<&RawValue> = fields.require("list")?;
        let list = list.into_iter().filter_map(Email::read).collect();
        Ok(Self {
            list,
            not_found: fields.get("notFound").unwrap_or_default(),
            state: fields.require("state")?,
        })
    }
}

impl Answer for Outcome {
    fn read(arguments: &RawValue) -> Result<Self, Error> {
        let fields = Fields::read(arguments)?;
        let keys = |name: &str| -> Vec<Id> {
            let object = fields.raw(name).and_then(|raw| Fields::read(raw).ok());
            let names = object.iter().flat_map(Fields::iter);
            names.filter_map(|(id, _)| id.parse().ok()).collect()
        };
        let mut created = BTreeMap::new();
        if let Some(object) = fields.raw("created").and_then(|raw| Fields::read(raw).ok()) {
            for (name, value) in object.iter() {
                let id = Fields::read(value).ok().and_then(|it| it.get::<Id>("id"));
                created.extend(id.map(|id| (name.to_owned(), id)));
            }
        }
        let destroyed: Vec<Id> = fields.get("destroyed").unwrap_or_default();
        Ok(Self {
            created,
            not_created: fields.get("notCreated").unwrap_or_default(),
            updated: keys("updated").into_iter().collect(),
            not_updated: fields.get("notUpdated").unwrap_or_default(),
            destroyed: destroyed.into_iter().collect(),
            not_destroyed: fields.get("notDestroyed").unwrap_or_default(),
        })
    }
}

/// The objects of a `list` that can be read.
fn readable<T: for<'de> Deserialize<'de>>(arguments: &RawValue) -> Result<Vec<T>, Error> {
    let list: Vec<&RawValue> = Fields::read(arguments)?.require("list")?;
    let read = |raw: &RawValue| serde_json::from_str(raw.get()).ok();
    Ok(list.into_iter().filter_map(read).collect())
}

fn whole<T: for<'de> Deserialize<'de>>(arguments: &RawValue, what: &str) -> Result<T, Error> {
    serde_json::from_str(arguments.get()).map_err(|error| Error::json(what, &error))
}
