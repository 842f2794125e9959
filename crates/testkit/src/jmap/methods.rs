//! The methods a mailbox uses (RFC 8620 3.6, 5; RFC 8621).

use std::collections::{BTreeMap, BTreeSet};

use mailmesh::Summary;
use serde_json::{Map, Value, json};
use structured_email::Message;

use super::USERS;
use super::email::{Email, arrival, properties};
use super::state::State;
use crate::http::Reply;

impl State {
    pub(super) fn api(&mut self, user: &str, body: &[u8]) -> Reply {
        let request: Value = serde_json::from_slice(body).unwrap();
        let (mut done, mut said): (Vec<Value>, Vec<Value>) = Default::default();
        let mut created = BTreeMap::new();
        for call in request["methodCalls"].as_array().unwrap() {
            let name = call[0].as_str().unwrap();
            let mut arguments = call[1].clone();
            if let Some(reference) = arguments.as_object_mut().unwrap().remove("#ids") {
                let of = done
                    .iter()
                    .find(|it| it[2] == reference["resultOf"] && it[0] != "error");
                let path = reference["path"].as_str().unwrap();
                match of {
                    Some(of) => arguments["ids"] = of[1].pointer(path).unwrap().clone(),
                    None => {
                        said.push(json!(["error", { "type": "invalidResultReference" }, call[2]]));
                        continue;
                    }
                }
            }
            let (name, answer) = match self.call(user, name, &arguments, &mut created) {
                Ok(answer) => (name, answer),
                Err(kind) => ("error", json!({ "type": kind })),
            };
            let mut told = answer.clone();
            if let Some(twist) = &mut self.twist {
                twist(name, &mut told);
            }
            done.push(json!([name, answer, call[2]]));
            said.push(json!([name, told, call[2]]));
        }
        Reply::json(
            200,
            &json!({ "methodResponses": said, "sessionState": "s" }),
        )
    }

    fn call(
        &mut self,
        user: &str,
        name: &str,
        arguments: &Value,
        created: &mut BTreeMap<String, String>,
    ) -> Result<Value, &'static str> {
        if arguments["accountId"] != user {
            return Err("accountNotFound");
        }
        match name {
            "Mailbox/get" => Ok(json!({ "state": "0", "list": [
                { "id": "in", "name": "Inbox", "parentId": null, "role": "inbox" },
                { "id": "dr", "name": "Drafts", "parentId": null, "role": "drafts" },
                { "id": "se", "name": "Sent", "parentId": null, "role": "sent" },
            ] })),
            "Identity/get" => Ok(json!({ "list": [{ "id": "me", "email": user }] })),
            "Email/query" => Ok(self.query(user, arguments)),
            "Email/get" => self.get(user, arguments),
            "Email/changes" => self.changes(user, arguments),
            "Email/set" => Ok(self.set(user, arguments)),
            "Email/import" => Ok(self.import(user, arguments, created)),
            "EmailSubmission/set" => Ok(self.submit(user, arguments, created)),
            _ => Err("unknownMethod"),
        }
    }

    fn query(&self, user: &str, arguments: &Value) -> Value {
        let of_user = self.emails.iter().filter(|email| email.user == user);
        let mut found: Vec<&Email> = of_user
            .filter(|email| self.passes(email, &arguments["filter"]))
            .collect();
        if arguments["sort"][0]["isAscending"] == false {
            found.reverse();
        }
        let count = |name: &str| usize::try_from(arguments[name].as_u64().unwrap()).unwrap();
        let ids = found.iter().skip(count("position")).take(count("limit"));
        let ids: Vec<&str> = ids.map(|email| email.id.as_str()).collect();
        json!({ "ids": ids, "position": count("position"), "queryState": "0" })
    }

    fn passes(&self, email: &Email, filter: &Value) -> bool {
        let Some(filter) = filter.as_object() else {
            return true;
        };
        filter.iter().all(|(name, value)| match name.as_str() {
            "operator" => value == "AND",
            "conditions" => value
                .as_array()
                .unwrap()
                .iter()
                .all(|it| self.passes(email, it)),
            "inMailbox" => email.mailboxes.contains(value.as_str().unwrap()),
            "hasKeyword" => email.keywords.contains(value.as_str().unwrap()),
            "notKeyword" => !email.keywords.contains(value.as_str().unwrap()),
            "after" => arrival(email.created).as_str() >= value.as_str().unwrap(),
            "text" => {
                let word = value.as_str().unwrap().trim_matches('"').to_lowercase();
                self.text(email).contains(&word.replace('\\', ""))
            }
            _ => false,
        })
    }

    /// What a search looks through.
    fn text(&self, email: &Email) -> String {
        let raw = &self.blobs[&format!("B{}", email.id)];
        let message = Message::parse(raw);
        let id = mailmesh::MailId::new("");
        let summary = Summary::of(id, raw, Vec::new(), true, 0);
        let mut text = vec![summary.subject];
        text.extend(summary.from.into_iter().chain(summary.to).chain(summary.cc));
        text.extend(message.ok().and_then(|it| it.text().map(String::from)));
        text.join("\n").to_lowercase()
    }

    fn get(&mut self, user: &str, arguments: &Value) -> Result<Value, &'static str> {
        let ids = arguments["ids"].as_array().unwrap();
        let most = self.core.get("maxObjectsInGet").and_then(Value::as_u64);
        if ids.len() as u64 > most.unwrap_or(500) {
            return Err("requestTooLarge");
        }
        let is_outline = arguments["fetchHTMLBodyValues"] == true;
        let (mut list, mut not_found) = (Vec::new(), Vec::new());
        for id in ids {
            let mut emails = self.emails.iter();
            match emails.find(|email| email.user == user && email.id == *id) {
                Some(email) => list.push(properties(email, &mut self.blobs, is_outline)),
                None => not_found.push(id),
            }
        }
        Ok(json!({ "state": self.changes.to_string(), "list": list, "notFound": not_found }))
    }

    fn changes(&self, user: &str, arguments: &Value) -> Result<Value, &'static str> {
        let since = arguments["sinceState"].as_str().unwrap();
        let since: u64 = since.parse().map_err(|_| "invalidArguments")?;
        if since < self.forgotten {
            return Err("cannotCalculateChanges");
        }
        let most = arguments["maxChanges"].as_u64().unwrap();
        let most = usize::try_from(most).unwrap();
        let emails = self.emails.iter();
        let new = emails.filter(|email| email.user == user && email.created > since);
        let new: Vec<&Email> = new.collect();
        let has_more = new.len() > most;
        let state = if has_more {
            new[most - 1].created
        } else {
            self.changes
        };
        let ids: Vec<&str> = new
            .iter()
            .take(most)
            .map(|email| email.id.as_str())
            .collect();
        Ok(
            json!({ "oldState": since.to_string(), "newState": state.to_string(),
            "hasMoreChanges": has_more, "created": ids, "updated": [], "destroyed": [] }),
        )
    }

    fn set(&mut self, user: &str, arguments: &Value) -> Value {
        let (mut updated, mut not_updated) = (Map::new(), Map::new());
        for (id, patch) in arguments["update"].as_object().into_iter().flatten() {
            match self.find(user, id) {
                Some(email) => {
                    email.patch(patch);
                    updated.insert(id.clone(), Value::Null);
                }
                None => drop(not_updated.insert(id.clone(), json!({ "type": "notFound" }))),
            }
        }
        let destroyed = arguments["destroy"].as_array().cloned().unwrap_or_default();
        self.emails
            .retain(|email| email.user != user || !destroyed.contains(&json!(email.id)));
        self.changed();
        json!({ "updated": updated, "notUpdated": not_updated, "destroyed": destroyed })
    }

    fn import(
        &mut self,
        user: &str,
        arguments: &Value,
        created: &mut BTreeMap<String, String>,
    ) -> Value {
        let mut done = Map::new();
        for (name, email) in arguments["emails"].as_object().unwrap() {
            let raw = self.blobs[email["blobId"].as_str().unwrap()].clone();
            let keywords = email["keywords"].as_object().unwrap().keys();
            let keywords: BTreeSet<String> = keywords.cloned().collect();
            let mailboxes = email["mailboxIds"].as_object().unwrap().keys();
            let id = self.file(user, mailboxes.cloned().collect(), keywords, &raw);
            done.insert(
                name.clone(),
                json!({ "id": id, "blobId": format!("B{id}") }),
            );
            created.insert(format!("#{name}"), id);
        }
        // Cyrus leaves the states out here.
        json!({ "created": done, "notCreated": {} })
    }

    /// Delivers to those there are, and refuses the message when one of them is not.
    fn submit(
        &mut self,
        user: &str,
        arguments: &Value,
        created: &BTreeMap<String, String>,
    ) -> Value {
        let (name, submission) = arguments["create"]
            .as_object()
            .unwrap()
            .iter()
            .next()
            .unwrap();
        let email = submission["emailId"].as_str().unwrap();
        let id = created.get(email).map_or(email, String::as_str).to_owned();
        let recipients = submission["envelope"]["rcptTo"].as_array().unwrap();
        let recipients: Vec<&str> = recipients
            .iter()
            .map(|it| it["email"].as_str().unwrap())
            .collect();
        let unknown = recipients.iter().filter(|it| !USERS.contains(*it));
        let unknown: Vec<&&str> = unknown.collect();
        if !unknown.is_empty() {
            let refusal = json!({ "type": "invalidRecipients", "invalidRecipients": unknown,
                "description": "550 no such user" });
            return json!({ "created": null, "notCreated": { name: refusal } });
        }
        let raw = self.blobs[&format!("B{id}")].clone();
        for recipient in recipients {
            self.deliver(recipient, &raw);
        }
        let reference = format!("#{name}");
        if let Some(patch) = arguments["onSuccessUpdateEmail"].get(&reference)
            && let Some(email) = self.find(user, &id)
        {
            email.patch(patch);
        }
        if arguments["onSuccessDestroyEmail"][0] == reference {
            self.emails.retain(|email| email.id != id);
        }
        json!({ "created": { name: { "id": format!("S{id}") } }, "notCreated": null })
    }

    pub(super) fn deliver(&mut self, user: &str, raw: &[u8]) {
        self.file(
            user,
            BTreeSet::from(["in".to_owned()]),
            BTreeSet::new(),
            raw,
        );
        self.changed();
    }

    fn file(
        &mut self,
        user: &str,
        mailboxes: BTreeSet<String>,
        keywords: BTreeSet<String>,
        raw: &[u8],
    ) -> String {
        self.changes += 1;
        let id = format!("M{}", self.changes);
        self.blobs.insert(format!("B{id}"), raw.to_vec());
        self.emails.push(Email {
            user: user.to_owned(),
            id: id.clone(),
            mailboxes,
            keywords,
            created: self.changes,
        });
        id
    }

    pub(super) fn keep(&mut self, octets: Vec<u8>) -> String {
        let id = format!("U{}", self.blobs.len());
        self.blobs.insert(id.clone(), octets);
        id
    }

    fn find(&mut self, user: &str, id: &str) -> Option<&mut Email> {
        let mut emails = self.emails.iter_mut();
        emails.find(|email| email.user == user && email.id == id)
    }
}
