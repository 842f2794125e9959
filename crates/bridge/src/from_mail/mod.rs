use std::borrow::Cow;

use asmtp_envelope::{ContentPart, EnvelopeId, EnvelopePost, Handle, Source, Subject, Timestamp};
use structured_email::Message;

use crate::loss::excerpt;
use crate::{Converted, Domain, Error, ErrorKind, Limits, Loss};

mod content;
pub(crate) mod header;
mod recipients;
mod thread;

pub(crate) use content::Content;
use recipients::Recipients;
pub(crate) use thread::Thread;

/// Mail on its way to become an envelope.
///
/// Files of an envelope are always elsewhere (2.2). So there are two steps: [`files`](Self::files)
/// says what has to be put somewhere, and [`post`](Self::post) takes the places.
///
/// ```
/// use asmtp_envelope::{EnvelopeId, Timestamp};
/// use mail_bridge::{FromMail, Limits, Parties, PostStamp};
/// use structured_email::Message;
///
/// let mail = b"From: acme.alice@agents.example\r\nTo: beta.bob@agents.example\r\n\
///     Date: Sat, 21 Nov 2026 21:04:21 +0000\r\nSubject: Quote\r\n\r\nFor 40 widgets?\r\n";
/// let message = Message::parse(mail).unwrap();
/// let parties = Parties {
///     domain: &"agents.example".parse()?,
///     sender: &"@acme.alice".parse().unwrap(),
///     recipients: &["beta.bob@agents.example"],
/// };
/// let now = Timestamp::new(1_795_295_061_000).unwrap();
/// let id = EnvelopeId::mint(now, [7; 10]).unwrap(); // random octets in earnest
///
/// let mail = FromMail::new(&message, &parties, &Limits::default())?;
/// assert!(mail.files().is_empty());
/// let converted = mail.post(&PostStamp { id, now }, Vec::new())?;
/// assert_eq!(converted.value.subject().unwrap().as_str(), "Quote");
/// assert_eq!(converted.losses, []);
/// # Ok::<(), mail_bridge::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FromMail<'m> {
    recipients: Recipients,
    subject: Option<Subject>,
    thread: Thread,
    date: Option<Timestamp>,
    message_id: Option<EnvelopeId>,
    message_id_text: Option<String>,
    content: Content<'m>,
    body: usize,
    losses: Vec<Loss>,
}

/// Who mail is from and for, whatever its header says (RFC 5321 2.3.1).
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct Parties<'a> {
    /// The mail domain of the operator.
    pub domain: &'a Domain,
    /// Who sends the envelope.
    pub sender: &'a Handle,
    /// The addresses the mail is sent to, blind copies included.
    pub recipients: &'a [&'a str],
}

/// A file that came with mail.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MailFile<'m> {
    /// The number of its MIME part (RFC 9051 6.4.5).
    pub part: String,
    /// The name to offer when it is saved: one path segment.
    pub name: Option<Cow<'m, str>>,
    /// Type and subtype in lower case.
    pub media_type: String,
    /// Its octets.
    pub content: Cow<'m, [u8]>,
}

/// What an envelope takes from neither mail nor sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct PostStamp {
    /// Its id. [`Domain::envelope_id`] of the mail's own id makes the two the same.
    pub id: EnvelopeId,
    /// The time, for mail without a date that an envelope can have.
    pub now: Timestamp,
}

impl<'m> FromMail<'m> {
    /// Looks through mail.
    ///
    /// # Errors
    ///
    /// With [`ErrorKind::NoRecipient`] when no recipient that its header names is a handle, with
    /// [`ErrorKind::TooManyRecipients`] when there are more than 100.
    pub fn new(
        message: &Message<'m>,
        parties: &Parties<'_>,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let mut losses = Vec::new();
        header::author(message, parties, &mut losses);
        let recipients = Recipients::of(message, parties, &mut losses)?;
        let subject = header::subject(message, &mut losses);
        let date = header::date(message, &mut losses);
        let thread = Thread::of(message, parties.domain, &mut losses);
        header::others(message, limits, &mut losses);
        let content = Content::of(message, limits, &mut losses);
        let message_id_text = message.message_id();
        let ours = |id: &String| parties.domain.envelope_id(id);
        Ok(Self {
            recipients,
            subject,
            thread,
            date,
            message_id: message_id_text.as_ref().and_then(ours),
            message_id_text,
            content,
            body: limits.body,
            losses,
        })
    }

    /// The files to put somewhere, in the order [`post`](Self::post) wants their places.
    #[must_use]
    pub fn files(&self) -> &[MailFile<'m>] {
        &self.content.files
    }

    /// The envelope. `sources` are the places of the [files](Self::files), in their order; a file
    /// without one is left out.
    ///
    /// # Errors
    ///
    /// With [`ErrorKind::TooLarge`] beyond [`Limits::body`](field@Limits::body).
    pub fn post(
        self,
        stamp: &PostStamp,
        sources: Vec<Option<Source>>,
    ) -> Result<Converted<EnvelopePost>, Error> {
        let mut losses = self.losses;
        if self.message_id != Some(stamp.id)
            && let Some(id) = &self.message_id_text
        {
            losses.push(Loss::MessageIdReplaced(excerpt(id)));
        }
        let title = self.subject.as_ref().map(Subject::as_str);
        let parts = self.content.into_parts(sources, title, &mut losses);
        let date = self.date.unwrap_or(stamp.now);
        let post = build(stamp.id, self.recipients, date, parts, self.thread);
        // Every count was kept within the limits of the envelope crate.
        let post = post.map_err(|_| Error::new(ErrorKind::TooLarge, "fewer parts"))?;
        let post = match self.subject {
            Some(subject) => post.with_subject(subject),
            None => post,
        };
        let mut octets = Vec::new();
        post.write(&mut octets);
        if octets.len() > self.body {
            return Err(Error::new(
                ErrorKind::TooLarge,
                "mail with less text and data",
            ));
        }
        Ok(Converted {
            value: post,
            losses,
        })
    }
}

fn build(
    id: EnvelopeId,
    recipients: Recipients,
    date: Timestamp,
    parts: Vec<ContentPart>,
    thread: Thread,
) -> Result<EnvelopePost, asmtp_envelope::Error> {
    EnvelopePost::new(id, recipients.to, date, parts)?
        .with_cc(recipients.cc)?
        .with_thread(thread.answers, thread.references)
}
