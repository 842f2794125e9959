use asmtp_envelope::{ContentPart, EnvelopeId, EnvelopePost, Handle, JsonText, Timestamp};
use context_sync::{AgentId, StoredMessage};
use strict_json::Document;

use crate::json_ld::{array, data_part, quoted};
use crate::loss::excerpt;
use crate::{Converted, Domain, Error, ErrorKind, Limits, Loss, SnapshotItem, stand_in};

/// A message of a thread of context-sync on its way to become an envelope.
///
/// The envelope names those in `to` and `cc` that are agents of the domain by their ids, and no
/// blind copy; whose mailboxes it goes to is in [`recipients`](Self::recipients). What it has no
/// place for is in a member of the first part, [`x-context`](Self::EXTRA): the ids of message and
/// thread, who it is from and for as the thread names them, and what is not in the parts
/// (`losses`).
///
/// ```
/// use context_sync::{Decision, Limits, MessageId, SendRequest, Stamp, ThreadId, View, send};
/// use mail_bridge::{Domain, FromContext};
///
/// let body = br#"{"from":"@acme.alice","to":"beta.bob@agents.example","bcc":["@beta.carol"],
///     "payload":"For 40 widgets?","contextSnapshot":{"step":1}}"#;
/// let request = SendRequest::parse(body, &Limits::default()).unwrap();
/// let stamp = Stamp {
///     now: Default::default(),
///     message_id: MessageId::mint([1; 16]),
///     thread_id: ThreadId::mint([2; 16]),
/// };
/// let view = View { thread: None, retry: None };
/// let Decision::Accepted(accepted) = send(request, &view, &stamp, &Limits::default()) else { panic!() };
///
/// let domain: Domain = "agents.example".parse()?;
/// let message = FromContext::new(accepted.message(), &domain);
/// assert_eq!(message.sender().unwrap().as_str(), "@acme.alice");
/// let recipients = message.recipients().map(|(_, handle)| handle.to_string());
/// assert_eq!(recipients.collect::<Vec<_>>(), ["@beta.bob", "@beta.carol"]);
///
/// let id = "01M7XK89PHAZENM5WE3MBS1TF1".parse().unwrap(); // minted in earnest
/// let converted = message.post(id, &Default::default())?;
/// assert_eq!(converted.value.to()[0].as_str(), "@beta.bob");
/// assert_eq!(converted.value.cc(), []);
/// assert_eq!(converted.losses[0].name(), "BlindCopiesUnnamed");
/// # Ok::<(), mail_bridge::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FromContext<'m> {
    message: &'m StoredMessage,
    domain: &'m Domain,
}

impl<'m> FromContext<'m> {
    /// The member of the first part that says what an envelope has no place for.
    pub const EXTRA: &'static str = "x-context";

    /// The schema of a payload that is no text: an object with one member, `payload`.
    pub const PAYLOAD: &'static str = "https://github.com/mailmesh/mailmesh#ContextPayload";

    /// The most recipients in one envelope (2.1).
    const RECIPIENTS: usize = 100;

    /// What is said of a message of which nothing fits.
    const NO_TEXT: &'static str = "(this message is in its thread)";

    /// A message and the mail domain of the operator.
    #[must_use]
    pub fn new(message: &'m StoredMessage, domain: &'m Domain) -> Self {
        Self { message, domain }
    }

    /// The agent that sent it, when its id is one's.
    #[must_use]
    pub fn sender(&self) -> Option<Handle> {
        self.domain.agent(&self.message.from)
    }

    /// The agents it is delivered to, blind copies included, each once and by the id that comes
    /// first; never the id that sent it.
    pub fn recipients(&self) -> impl Iterator<Item = (&'m AgentId, Handle)> + use<'m> {
        let Self { message, domain } = *self;
        let named = [&message.to].into_iter().chain(&message.cc);
        let others = named.chain(&message.bcc).filter(|id| **id != message.from);
        let mut seen = std::collections::BTreeSet::new();
        others
            .filter_map(|id| Some((id, domain.agent(id)?)))
            .filter(move |(_, handle)| seen.insert(handle.clone()))
    }

    /// The envelope. What is beyond [`Limits::body`](field@Limits::body) says only where it is.
    ///
    /// # Errors
    ///
    /// With [`ErrorKind::NoRecipient`] when it is [for](Self::recipients) no agent of the domain,
    /// with [`ErrorKind::TooLarge`] when its ids alone are beyond that limit.
    pub fn post(&self, id: EnvelopeId, limits: &Limits) -> Result<Converted<EnvelopePost>, Error> {
        if self.recipients().next().is_none() {
            return Err(Error::new(
                ErrorKind::NoRecipient,
                "a recipient that is an agent of the domain",
            ));
        }
        let mut named = Vec::new();
        let (to, cc) = self.header(&mut named);
        let date = Timestamp::new(self.message.timestamp.as_millis()).unwrap_or(Timestamp::MAX);
        for is_whole in [true, false] {
            let mut losses = named.clone();
            let parts = self.parts(is_whole, &mut losses);
            if !self.message.bcc.is_empty() {
                // Told to whoever converts, and in nothing that goes out.
                losses.push(Loss::BlindCopiesUnnamed);
            }
            let post = EnvelopePost::new(id, to.clone(), date, parts)
                .and_then(|post| post.with_cc(cc.clone()));
            // Recipients and parts are few by now.
            let value = post.map_err(|_| Error::new(ErrorKind::TooLarge, "fewer recipients"))?;
            let mut octets = Vec::new();
            value.write(&mut octets);
            if octets.len() <= limits.body {
                return Ok(Converted { value, losses });
            }
        }
        Err(Error::new(ErrorKind::TooLarge, "fewer and shorter ids"))
    }

    /// Who stands in `to` and in `cc`. There is always somebody in `to`.
    fn header(&self, losses: &mut Vec<Loss>) -> (Vec<Handle>, Vec<Handle>) {
        let mut handle = |id: &AgentId| {
            let handle = self.domain.agent(id);
            if handle.is_none() {
                losses.push(Loss::AddressUnmapped(excerpt(id.as_str())));
            }
            handle
        };
        let mut to: Vec<Handle> = handle(&self.message.to).into_iter().collect();
        let mut cc: Vec<Handle> = Vec::new();
        for copied in self.message.cc.iter().filter_map(handle) {
            if !to.contains(&copied) && !cc.contains(&copied) {
                cc.push(copied);
            }
        }
        if to.is_empty() && !cc.is_empty() {
            losses.push(Loss::CcMadeTo);
            std::mem::swap(&mut to, &mut cc);
        }
        if to.len() + cc.len() > Self::RECIPIENTS {
            losses.push(Loss::RecipientsCut);
            to.truncate(Self::RECIPIENTS);
            cc.truncate(Self::RECIPIENTS - to.len());
        }
        if to.is_empty() {
            // It is for agents that got blind copies only.
            to.push(stand_in(self.message.to.as_str()));
        }
        (to, cc)
    }

    /// Payload and snapshot as far as they fit, or nothing of them.
    fn parts(&self, is_whole: bool, losses: &mut Vec<Loss>) -> Vec<ContentPart> {
        let has_snapshot = self.message.snapshot.as_str() != "{}";
        let has_payload = !has_snapshot || self.message.payload.as_str() != "null";
        let mut parts = Vec::with_capacity(2);
        let mut put = |name: &str, part: Option<ContentPart>| match part.filter(|_| is_whole) {
            Some(part) => parts.push(part),
            None => losses.push(Loss::DataDropped(name.into())),
        };
        if has_payload {
            put("payload", self.payload());
        }
        if has_snapshot {
            put("snapshot", self.snapshot());
        }
        if parts.is_empty() {
            losses.push(Loss::TextAdded);
            parts.extend(ContentPart::text(Self::NO_TEXT)); // never empty
        }
        let about = JsonText::parse(&self.about(losses), &asmtp_envelope::Limits::default());
        if let (Ok(about), Some(first)) = (about, parts.first_mut())
            && let Ok(told) = first.clone().with_extra(Self::EXTRA, about)
        {
            *first = told;
        }
        parts
    }

    /// A text is one; anything else is data.
    fn payload(&self) -> Option<ContentPart> {
        let json = self.message.payload.as_str();
        match text_of(json) {
            Some(text) => ContentPart::text(&text).ok(),
            None => data_part(Some(Self::PAYLOAD), &format!(r#"{{"payload":{json}}}"#)),
        }
    }

    fn snapshot(&self) -> Option<ContentPart> {
        let item = SnapshotItem {
            thread: Some(self.message.thread_id.clone()),
            snapshot: self.message.snapshot.clone(),
        };
        data_part(None, &item.to_json())
    }

    /// What [`EXTRA`](Self::EXTRA) says. Nothing in it tells that there are blind copies.
    fn about(&self, losses: &[Loss]) -> String {
        let message = self.message;
        let mut members = vec![
            ("message_id", quoted(message.id.as_str())),
            ("thread_id", quoted(message.thread_id.as_str())),
            ("from", quoted(message.from.as_str())),
            ("to", quoted(message.to.as_str())),
        ];
        if !message.cc.is_empty() {
            members.push(("cc", array(message.cc.iter().map(AgentId::as_str))));
        }
        if let Some(reply_to) = &message.reply_to {
            members.push(("reply_to", quoted(reply_to.as_str())));
        }
        if !losses.is_empty() {
            let losses: Vec<_> = losses.iter().map(Loss::to_string).collect();
            members.push(("losses", array(losses.iter().map(String::as_str))));
        }
        let members = members.into_iter();
        let members = members.map(|(name, value)| format!(r#""{name}":{value}"#));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    }
}

/// A string of JSON that is not empty.
fn text_of(json: &str) -> Option<String> {
    let limits = strict_json::Limits {
        size: json.len(),
        ..strict_json::Limits::default()
    };
    let is_string = json.starts_with('"') && json != r#""""#;
    let document = Document::parse(json.as_bytes(), &limits).ok();
    let document = document.filter(|_| is_string)?;
    document.root().as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use asmtp_envelope::EnvelopePost;
    use context_sync::{JsonObject, JsonText, Limits as ContextLimits, Seq, StoredMessage};

    use super::FromContext;
    use crate::{Converted, Error, ErrorKind, Limits};

    fn message() -> StoredMessage {
        let limits = ContextLimits::default();
        StoredMessage {
            seq: Seq::FIRST,
            id: "m".parse().unwrap(),
            thread_id: "t".parse().unwrap(),
            from: "@acme.alice".parse().unwrap(),
            to: "@beta.bob".parse().unwrap(),
            cc: Vec::new(),
            bcc: Vec::new(),
            reply_to: None,
            payload: JsonText::parse(&format!("{:?}", "x".repeat(500)), &limits).unwrap(),
            snapshot: JsonObject::parse(r#"{"step":1}"#, &limits).unwrap(),
            timestamp: Default::default(),
        }
    }

    fn post(message: &StoredMessage, body: usize) -> Result<Converted<EnvelopePost>, Error> {
        let domain = "agents.example".parse().unwrap();
        let id = "01M7XK89PHAZENM5WE3MBS1TF1".parse().unwrap();
        let limits = Limits {
            body,
            ..Limits::default()
        };
        FromContext::new(message, &domain).post(id, &limits)
    }

    #[test]
    fn what_is_too_long_says_where_it_is() {
        let message = message();
        let whole = post(&message, usize::MAX).unwrap();
        assert_eq!(whole.losses, []);
        let mut octets = Vec::new();
        whole.value.write(&mut octets);
        assert_eq!(post(&message, octets.len()).unwrap(), whole);
        let notice = post(&message, octets.len() - 1).unwrap();
        let names = notice.losses.iter().map(|loss| loss.to_string());
        let names: Vec<_> = names.collect();
        let dropped = |what| format!("a piece of data does not fit: {what}");
        assert_eq!(names[..2], [dropped("payload"), dropped("snapshot")]);
        assert_eq!(notice.value.content_parts().len(), 1);
        let (name, about) = notice.value.content_parts()[0].extra().next().unwrap();
        assert_eq!(name, FromContext::EXTRA);
        assert!(about.as_str().contains(r#""thread_id":"t""#));
        let nothing = post(&message, 100).unwrap_err();
        assert_eq!(nothing.kind(), ErrorKind::TooLarge);
    }
}
