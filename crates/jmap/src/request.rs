use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde_json::{Map, Value, json};

use crate::session::{CORE, MAIL, SUBMISSION};
use crate::{Arrival, Changes, Emails, Id, Identities, Mailboxes, Outcome, Query, State};

/// A request of several method calls (RFC 8620 3.3), carried out in their order.
///
/// Each call gives a [`Call`] that reads its answer from the [`Response`](crate::Response), and
/// that a later call of the same request can refer to.
#[derive(Clone, Debug)]
pub struct Request {
    account: Id,
    using: &'static [&'static str],
    calls: Vec<Value>,
}

/// A call of a [`Request`], whose answer is a `T`.
#[derive(Debug)]
pub struct Call<T> {
    pub(crate) number: usize,
    pub(crate) method: &'static str,
    answer: PhantomData<fn() -> T>,
}

/// Which messages a query finds (RFC 8621 4.4.1). All that is given has to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // built with `..Condition::default()`
pub struct Condition {
    /// In this mailbox.
    pub mailbox: Option<Id>,
    /// With these keywords, or without.
    pub keywords: Vec<(String, bool)>,
    /// With these words, each a phrase of which nothing is syntax.
    pub words: Vec<String>,
    /// Arrived then or later.
    pub since: Option<Arrival>,
}

/// A part of the result of a query, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // two numbers and an order
pub struct Window {
    /// After so many.
    pub position: u64,
    /// At most so many.
    pub limit: u64,
    /// Oldest first instead.
    pub ascending: bool,
}

/// The messages of a `/get`: ids, or those that a call before it gave.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Which<'a> {
    /// These.
    Ids(&'a [Id]),
    /// Those a query found.
    Found(&'a Call<Query>),
    /// Those that were created.
    Created(&'a Call<Changes>),
}

/// What to get of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// What changes, and where its octets are.
    Place,
    /// The same and its `Content-Type`.
    Kind,
    /// All that a listing shows: the fields of its header, the structure of its body and so many
    /// octets of each HTML part.
    Outline {
        /// Octets of each HTML part.
        html: u32,
    },
}

/// The fields of a header that a listing needs.
pub(crate) const FIELDS: [&str; 13] = [
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "Supersedes",
    "MIME-Version",
    "Content-Type",
    "Content-Purpose",
    "Content-Disposition",
    "Content-ID",
];

/// How the property of a field is called: every field of that name, as it stands (RFC 8621 4.1.3).
pub(crate) fn property(field: &str) -> String {
    format!("header:{field}:asRaw:all")
}

impl Request {
    /// The most calls that one of these requests has, at the time of sending.
    pub const MOST_CALLS: u64 = 4;

    /// A request on the mail of an account, without a call yet.
    #[must_use]
    pub fn new(account: &Id) -> Self {
        Self {
            account: account.clone(),
            using: &[CORE, MAIL],
            calls: Vec::new(),
        }
    }

    /// `Mailbox/get` of all mailboxes: names, parents, roles.
    pub fn mailboxes(&mut self) -> Call<Mailboxes> {
        let properties = [
            "id",
            "name",
            "parentId",
            "role",
            "totalEmails",
            "unreadEmails",
        ];
        self.call(
            "Mailbox/get",
            json!({ "ids": null, "properties": properties }),
        )
    }

    /// `Identity/get` of all identities.
    pub fn identities(&mut self) -> Call<Identities> {
        self.using = &[CORE, MAIL, SUBMISSION];
        self.call("Identity/get", json!({ "ids": null }))
    }

    /// `Email/query`, by the time of arrival.
    pub fn query(&mut self, condition: &Condition, window: Window) -> Call<Query> {
        self.call(
            "Email/query",
            json!({
                "filter": condition.to_json(),
                "sort": [{ "property": "receivedAt", "isAscending": window.ascending }],
                "position": window.position,
                "limit": window.limit,
            }),
        )
    }

    /// `Email/get`.
    pub fn emails(&mut self, which: Which<'_>, detail: Detail) -> Call<Emails> {
        let mut properties: Vec<String> = [
            "id",
            "blobId",
            "size",
            "receivedAt",
            "keywords",
            "mailboxIds",
        ]
        .map(str::to_owned)
        .into();
        let mut arguments = Map::new();
        match detail {
            Detail::Place => {}
            Detail::Kind => properties.push(property("Content-Type")),
            Detail::Outline { html } => {
                properties.extend(FIELDS.map(property));
                properties.extend(["bodyStructure", "bodyValues"].map(str::to_owned));
                let of_parts = ["partId", "blobId", "size", "type", "headers", "subParts"];
                arguments.insert("bodyProperties".into(), json!(of_parts));
                arguments.insert("fetchHTMLBodyValues".into(), json!(true));
                arguments.insert("maxBodyValueBytes".into(), json!(html));
            }
        }
        let reference = |call: usize, name: &str, path: &str| {
            let result_of = call.to_string();
            (
                "#ids".to_owned(),
                json!({ "resultOf": result_of, "name": name, "path": path }),
            )
        };
        let (name, ids) = match which {
            Which::Ids(ids) => ("ids".to_owned(), json!(ids)),
            Which::Found(call) => reference(call.number, call.method, "/ids"),
            Which::Created(call) => reference(call.number, call.method, "/created"),
        };
        arguments.insert(name, ids);
        arguments.insert("properties".into(), json!(properties));
        self.call("Email/get", Value::Object(arguments))
    }

    /// `Email/changes` since a state.
    pub fn changes(&mut self, since: &State, most: u64) -> Call<Changes> {
        let arguments = json!({ "sinceState": since, "maxChanges": most });
        self.call("Email/changes", arguments)
    }

    /// `Email/set` of keywords of one message.
    pub fn set_keywords(&mut self, id: &Id, keywords: &[(&str, bool)]) -> Call<Outcome> {
        let mut patch = Map::new();
        for (keyword, set) in keywords {
            let value = if *set { Value::Bool(true) } else { Value::Null };
            patch.insert(format!("keywords/{}", pointer(keyword)), value);
        }
        self.update(id, patch)
    }

    /// `Email/set` that puts a message into one mailbox, and out of all others.
    pub fn move_email(&mut self, id: &Id, to: &Id) -> Call<Outcome> {
        let patch = Map::from_iter([("mailboxIds".to_owned(), json!({ to.as_str(): true }))]);
        self.update(id, patch)
    }

    /// `Email/set` that destroys a message.
    pub fn destroy(&mut self, id: &Id) -> Call<Outcome> {
        self.call("Email/set", json!({ "destroy": [id] }))
    }

    /// `Email/import` of an uploaded message into a mailbox, as a draft that was read, under the
    /// creation id [`Self::DRAFT`].
    pub fn import(&mut self, blob: &Id, mailbox: &Id) -> Call<Outcome> {
        let email = json!({
            "blobId": blob,
            "mailboxIds": { mailbox.as_str(): true },
            "keywords": { "$draft": true, "$seen": true },
        });
        self.call("Email/import", json!({ "emails": { Self::DRAFT: email } }))
    }

    /// The creation id of an imported draft.
    pub const DRAFT: &str = "draft";
    /// The creation id of a submission.
    pub const SUBMISSION: &str = "submission";

    /// `EmailSubmission/set` that sends a message, and says what becomes of the draft then.
    pub fn submit(&mut self, submission: &Submission<'_>) -> Call<Outcome> {
        self.using = &[CORE, MAIL, SUBMISSION];
        let Submission {
            email,
            identity,
            from,
            recipients,
            then,
        } = submission;
        let address = |address: &str| json!({ "email": address, "parameters": null });
        let recipients: Vec<Value> = recipients.iter().map(|to| address(to)).collect();
        let email = match email {
            Some(id) => id.to_string(),
            None => format!("#{}", Self::DRAFT),
        };
        let create = json!({
            "emailId": email,
            "identityId": identity,
            "envelope": { "mailFrom": address(from), "rcptTo": recipients },
        });
        let mut arguments = json!({ "create": { Self::SUBMISSION: create } });
        let created = format!("#{}", Self::SUBMISSION);
        match then {
            Then::Keep => {}
            Then::Destroy => arguments["onSuccessDestroyEmail"] = json!([created]),
            Then::Move { from, to } => {
                let mut patch = Map::new();
                patch.insert("keywords/$draft".into(), Value::Null);
                if from != to {
                    patch.insert(
                        format!("mailboxIds/{}", pointer(from.as_str())),
                        Value::Null,
                    );
                    patch.insert(format!("mailboxIds/{}", pointer(to.as_str())), json!(true));
                }
                arguments["onSuccessUpdateEmail"] = json!({ created: patch });
            }
        }
        self.call("EmailSubmission/set", arguments)
    }

    /// The body to post to the server.
    #[must_use]
    pub fn to_json(&self) -> String {
        json!({ "using": self.using, "methodCalls": self.calls }).to_string()
    }

    fn update(&mut self, id: &Id, patch: Map<String, Value>) -> Call<Outcome> {
        let update = BTreeMap::from([(id.as_str(), patch)]);
        self.call("Email/set", json!({ "update": update }))
    }

    fn call<T>(&mut self, method: &'static str, mut arguments: Value) -> Call<T> {
        let number = self.calls.len();
        arguments["accountId"] = json!(self.account);
        self.calls
            .push(json!([method, arguments, number.to_string()]));
        Call {
            number,
            method,
            answer: PhantomData,
        }
    }
}

/// A message to be sent (RFC 8621 7).
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // built by the caller
pub struct Submission<'a> {
    /// The message, or the draft that the same request imports.
    pub email: Option<&'a Id>,
    /// As whom it is sent.
    pub identity: &'a Id,
    /// The envelope sender.
    pub from: &'a str,
    /// The envelope recipients.
    pub recipients: &'a [String],
    /// What becomes of the message that was sent.
    pub then: Then<'a>,
}

/// What becomes of a message that was sent.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Then<'a> {
    /// It stays as it is.
    Keep,
    /// It is destroyed.
    Destroy,
    /// It is no draft any more, and in another mailbox.
    Move {
        /// Where it was.
        from: &'a Id,
        /// Where it goes.
        to: &'a Id,
    },
}

impl Condition {
    fn to_json(&self) -> Value {
        let mut conditions = Vec::new();
        if let Some(mailbox) = &self.mailbox {
            conditions.push(json!({ "inMailbox": mailbox }));
        }
        for (keyword, has) in &self.keywords {
            let name = if *has { "hasKeyword" } else { "notKeyword" };
            conditions.push(json!({ name: keyword }));
        }
        for word in &self.words {
            conditions.push(json!({ "text": phrase(word) }));
        }
        if let Some(since) = &self.since {
            conditions.push(json!({ "after": since.to_utc_date() }));
        }
        match conditions.len() {
            0 => Value::Null,
            1 => conditions.remove(0),
            _ => json!({ "operator": "AND", "conditions": conditions }),
        }
    }
}

/// Words in quotes are one phrase, in which a backslash takes the meaning of a character away
/// (RFC 8621 4.4.1).
fn phrase(word: &str) -> String {
    let mut phrase = String::with_capacity(word.len() + 2);
    phrase.push('"');
    for letter in word.chars() {
        if matches!(letter, '\\' | '"' | '\'') {
            phrase.push('\\');
        }
        phrase.push(letter);
    }
    phrase.push('"');
    phrase
}

/// A word of a JSON pointer (RFC 6901 3).
fn pointer(word: &str) -> String {
    word.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(write: impl FnOnce(&mut Request)) -> Value {
        let mut request = Request::new(&"a".parse().unwrap());
        write(&mut request);
        serde_json::from_str(&request.to_json()).unwrap()
    }

    #[test]
    fn a_listing_is_one_request() {
        let written = request(|request| {
            let condition = Condition {
                mailbox: Some("in".parse().unwrap()),
                keywords: vec![("$seen".into(), false)],
                ..Condition::default()
            };
            let window = Window {
                position: 0,
                limit: 5,
                ascending: false,
            };
            let found = request.query(&condition, window);
            request.emails(Which::Found(&found), Detail::Kind);
        });
        let calls = written["methodCalls"].as_array().unwrap();
        assert_eq!(
            calls[0][1]["filter"]["conditions"][1]["notKeyword"],
            "$seen"
        );
        assert_eq!(
            calls[1][1]["#ids"],
            json!({ "resultOf": "0", "name": "Email/query", "path": "/ids" })
        );
        assert_eq!(calls[1][1]["accountId"], "a");
        assert_eq!(written["using"], json!([CORE, MAIL]));
    }

    #[test]
    fn keywords_and_words_are_data() {
        let written = request(|request| {
            request.set_keywords(&"M".parse().unwrap(), &[("a/b~c", true), ("$x", false)]);
        });
        let patch = &written["methodCalls"][0][1]["update"]["M"];
        assert_eq!(
            *patch,
            json!({ "keywords/a~1b~0c": true, "keywords/$x": null })
        );
        assert_eq!(phrase(r#"a" OR \'b"#), r#""a\" OR \\\'b""#);
    }
}
