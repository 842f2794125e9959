//! Mail on its way into the store: parsed once, for mail listings, searches and ASMTP doors.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use asmtp_envelope::{EnvelopeId, Handle, PushFrame, Timestamp};
use mail_bridge::{Delivered, StoredMail};
use mailmesh_store::{Address, AgentStore as _, Delivery, Index, Keyword, Posting};
use structured_email::{Message, keywords_for};

use super::LocalTransport;
use crate::{Error, ErrorKind, MailId, Summary};

/// The most text of one message that searches look through, in octets.
const SEARCHED_TEXT: usize = 256 * 1024;

impl LocalTransport {
    /// One message for its recipients and, as a copy, its sender. It is parsed here and never again
    /// for a listing; one that does not parse is delivered all the same.
    pub(super) async fn delivery(
        &self,
        raw: Vec<u8>,
        recipients: BTreeSet<Address>,
        received: SystemTime,
    ) -> Result<Delivery, Error> {
        let now = timestamp(received);
        let id = mint_id(now)?;
        let agents = self.agents(&raw).await?;
        let message = Message::parse(&raw).ok();
        let (none, size) = (MailId::new(""), raw.len() as u64);
        let (summary, keywords, text) = match &message {
            Some(message) => (
                Summary::of_message(none, message, Vec::new(), true, size),
                delivery_keywords(message),
                searched_text(message),
            ),
            None => (
                Summary::of(none, &raw, Vec::new(), true, size),
                Vec::new(),
                String::new(),
            ),
        };
        let delivered = Delivered {
            id,
            now,
            sender: agents.get(self.address.as_str()),
            agents: &agents,
            domain: &self.domain(),
        };
        let frame = frame(&raw, message.as_ref(), &delivered);
        let index = Index {
            message_id: summary.message_id,
            in_reply_to: summary.in_reply_to,
            from: summary.from,
            to: summary.to,
            cc: summary.cc,
            subject: summary.subject,
            date: summary.date,
            class: summary.class,
            has_structured_data: summary.has_structured_data,
            is_mrm: summary.is_mrm,
            types: summary.types,
        };
        let postings = std::iter::once(Posting::sent(self.address.clone()))
            .chain(recipients.into_iter().map(Posting::received))
            .map(|posting| posting.with_keywords(keywords.clone()))
            .collect();
        Ok(Delivery {
            id,
            frame,
            raw,
            index,
            text,
            received,
            postings,
        })
    }

    /// The agents among the sender and those whom the header names, by address.
    async fn agents(&self, raw: &[u8]) -> Result<BTreeMap<String, Handle>, Error> {
        let mut addresses = vec![self.address.clone()];
        if let Ok(message) = Message::parse(raw) {
            let limits = mail_bridge::Limits::default();
            let named = StoredMail::new(raw, Some(&message), &limits).recipients();
            addresses.extend(named.filter_map(|address| address.parse::<Address>().ok()));
        }
        let agents = self.store.agents_at(&addresses).await?.into_iter();
        let named = agents.map(|agent| (agent.address.as_str().to_owned(), agent.handle));
        Ok(named.collect())
    }
}

/// The frame under which ASMTP doors show the mail. Its sender is the mailbox that sends it, and no
/// agent that the header names in its place.
fn frame(
    raw: &[u8],
    message: Option<&Message<'_>>,
    delivered: &Delivered<'_>,
) -> Option<PushFrame<'static>> {
    let limits = mail_bridge::Limits::default();
    let mail = StoredMail::new(raw, message, &limits);
    let frame = mail.frame(&mail.header(delivered), delivered.domain);
    // No header that is made here has too many recipients.
    frame.ok()
}

/// An id for a message, from the time and random bits.
fn mint_id(now: Timestamp) -> Result<EnvelopeId, Error> {
    let failed = |message: String| Error::new(ErrorKind::Store, message);
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(|error| failed(error.to_string()))?;
    EnvelopeId::mint(now, random).map_err(|error| failed(error.to_string()))
}

fn timestamp(time: SystemTime) -> Timestamp {
    let millis = time
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis());
    u64::try_from(millis)
        .ok()
        .and_then(Timestamp::new)
        .unwrap_or(Timestamp::MAX)
}

fn delivery_keywords(message: &Message<'_>) -> Vec<Keyword> {
    let spelled = keywords_for(message)
        .into_iter()
        .map(|keyword| keyword.as_imap());
    spelled.filter_map(|keyword| keyword.parse().ok()).collect()
}

/// The readable text and the JSON-LD of a message; of an HTML body without a plain one, what
/// stands between its tags.
fn searched_text(message: &Message<'_>) -> String {
    let bodies = |media_type| {
        let parts = message.parts().iter();
        parts.filter(move |part| part.is_body() && part.media_type() == media_type)
    };
    let mut text = String::new();
    for part in bodies("text/plain") {
        push_within_limit(&mut text, &part.text().unwrap_or_default());
    }
    if text.is_empty() {
        for part in bodies("text/html") {
            for between in part.text().unwrap_or_default().split('<') {
                let (_, words) = between.split_once('>').unwrap_or_default();
                push_within_limit(&mut text, words);
            }
        }
    }
    for item in message.items() {
        push_within_limit(&mut text, item.json());
    }
    text
}

fn push_within_limit(text: &mut String, more: &str) {
    let room = SEARCHED_TEXT.saturating_sub(text.len() + 1);
    text.push_str(&more[..more.floor_char_boundary(room)]);
    if text.len() < SEARCHED_TEXT {
        text.push('\n');
    }
}
