use std::collections::BTreeMap;

use asmtp_envelope::{
    ContentPart, Envelope, EnvelopeId, EnvelopePost, Handle, HttpUrl, PushFrame, Source, Subject,
    Timestamp,
};
use structured_email::{Mailbox, Message};

use crate::from_mail::{Content, MailFile, Thread, header};
use crate::{Domain, Error, ErrorKind, Limits, Loss};

mod extra;
mod place;
mod stand_in;

pub use place::MailPlace;
pub use stand_in::stand_in;

/// Mail in a mailbox, seen as an envelope by whoever reads it there.
///
/// Its octets stay as they came, and every mail can be read: what cannot be shown as parts is a
/// file. Who it is from and for is settled once, at [delivery](Self::header), where that is known;
/// the rest is converted at each [reading](Self::envelope).
///
/// The first part has a member of its own, [`x-mail`](Self::EXTRA), with what an envelope has no place for: the
/// authors and recipients as the mail names them, its message id, the URL of the mail itself
/// (`source`) and what is not in the parts (`losses`).
///
/// ```
/// use mail_bridge::{Delivered, Domain, Limits, StoredMail, stand_in};
/// use structured_email::Message;
///
/// let mail = b"From: Carl <carl@shop.example>\r\nTo: acme.alice@agents.example\r\n\
///     Subject: Offer\r\n\r\n40 widgets\r\n";
/// let message = Message::parse(mail).unwrap();
/// let limits = Limits::default();
/// let stored = StoredMail::new(mail, Some(&message), &limits);
///
/// let agents = [("acme.alice@agents.example".to_owned(), "@acme.alice".parse().unwrap())].into();
/// let domain: Domain = "agents.example".parse()?;
/// let delivered = Delivered {
///     id: "01M7XK89PHAZENM5WE3MBS1TF1".parse().unwrap(),
///     now: Default::default(),
///     sender: None, // nobody vouches for the author
///     agents: &agents,
///     domain: &domain,
/// };
/// let header = stored.header(&delivered);
/// assert_eq!(header.author(), &stand_in("carl@shop.example"));
///
/// let base = "https://agents.example".parse().unwrap();
/// let envelope = stored.envelope(&header, &base, &domain)?;
/// assert_eq!(envelope.to()[0].as_str(), "@acme.alice");
/// let (name, about) = envelope.content_parts()[0].extra().next().unwrap();
/// assert_eq!(name, "x-mail");
/// assert!(about.as_str().contains("Carl <carl@shop.example>"));
/// # Ok::<(), mail_bridge::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct StoredMail<'s, 'm> {
    raw: &'m [u8],
    message: Option<&'s Message<'m>>,
    limits: &'s Limits,
}

/// What is known when mail is delivered.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct Delivered<'a> {
    /// The id it gets in the mailboxes.
    pub id: EnvelopeId,
    /// The time, for mail without a date that an envelope can have.
    pub now: Timestamp,
    /// The agent that sent it, where that is proved: a header proves nothing.
    pub sender: Option<&'a Handle>,
    /// The agents among its recipients, by address in lower case.
    pub agents: &'a BTreeMap<String, Handle>,
    /// The domain whose message ids name envelopes.
    pub domain: &'a Domain,
}

/// What a frame says of mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailHeader {
    id: EnvelopeId,
    from: Handle,
    to: Vec<Handle>,
    cc: Vec<Handle>,
    subject: Option<Subject>,
    answers: Option<EnvelopeId>,
    date: Timestamp,
}

impl<'s, 'm> StoredMail<'s, 'm> {
    /// The member of the first part that says what an envelope has no place for.
    pub const EXTRA: &'static str = extra::NAME;

    /// The most recipients in one envelope (2.1).
    const RECIPIENTS: usize = 100;

    /// What is said of mail that is shown as a file.
    const ONLY_A_FILE: &'static str = "(this mail is in the file)";

    /// Mail by its octets, and as it was read; `None` when it cannot be.
    #[must_use]
    pub fn new(raw: &'m [u8], message: Option<&'s Message<'m>>, limits: &'s Limits) -> Self {
        Self {
            raw,
            message,
            limits,
        }
    }

    /// The addresses that its header names as recipients, in lower case: as many as an envelope
    /// can have.
    pub fn recipients(&self) -> impl Iterator<Item = String> + use<> {
        let (to, cc) = self.named();
        to.into_iter().chain(cc).map(|mailbox| address(&mailbox))
    }

    /// Who it is from and for, and how it is called.
    ///
    /// Its author is the sender that is proved, else the [stand-in](stand_in) of the address in
    /// its header; so is a recipient that is no agent. Nobody is added whom its header does not
    /// name.
    #[must_use]
    pub fn header(&self, delivered: &Delivered<'_>) -> MailHeader {
        let named = |mailboxes: Vec<Mailbox>, seen: &mut Vec<Handle>| {
            let mut handles = Vec::with_capacity(mailboxes.len());
            for mailbox in mailboxes {
                let address = address(&mailbox);
                let agent = delivered.agents.get(&address).cloned();
                let handle = agent.unwrap_or_else(|| stand_in(&address));
                if !seen.contains(&handle) {
                    seen.push(handle.clone());
                    handles.push(handle);
                }
            }
            handles
        };
        let (to, cc) = self.named();
        let mut seen = Vec::new();
        let (mut to, mut cc) = (named(to, &mut seen), named(cc, &mut seen));
        if to.is_empty() {
            std::mem::swap(&mut to, &mut cc);
        }
        if to.is_empty() {
            to.push(stand_in(""));
        }
        let mut untold = Vec::new();
        let (message, losses) = (self.message, &mut untold); // told by every reading
        let author = || {
            let author = message.and_then(|message| message.from().into_iter().next());
            stand_in(&author.as_ref().map(address).unwrap_or_default())
        };
        MailHeader {
            id: delivered.id,
            from: delivered.sender.cloned().unwrap_or_else(author),
            to,
            cc,
            subject: message.and_then(|message| header::subject(message, losses)),
            answers: message
                .and_then(|message| Thread::of(message, delivered.domain, losses).answers),
            date: message
                .and_then(|message| header::date(message, losses))
                .unwrap_or(delivered.now),
        }
    }

    /// The envelope. `base` is the public URL of the operator, below which its files are at their
    /// [places](MailPlace).
    ///
    /// # Errors
    ///
    /// With [`ErrorKind::TooManyRecipients`] when the header has more than 100, as none has that
    /// this crate made.
    pub fn envelope(
        &self,
        header: &MailHeader,
        base: &HttpUrl,
        domain: &Domain,
    ) -> Result<Envelope, Error> {
        let post = match self.whole(header, base, domain) {
            Some(post) => post,
            None => self.only_a_file(header, base)?,
        };
        Ok(Envelope::new(header.from.clone(), post))
    }

    /// The frame with which it is delivered; a store stamps its `created_at`.
    ///
    /// # Errors
    ///
    /// As [`envelope`](Self::envelope).
    pub fn frame(&self, header: &MailHeader, domain: &Domain) -> Result<PushFrame<'static>, Error> {
        // A frame shows no URL; one as long as most gives the same hint.
        let base = HttpUrl::from(domain);
        let envelope = self.envelope(header, &base, domain)?;
        let hint = envelope.size_hint();
        Ok(PushFrame::of(&envelope, Timestamp::default(), hint).into_owned())
    }

    /// One of its files, or all of it, by the part that a [`MailPlace`] names.
    #[must_use]
    pub fn file(&self, part: &str) -> Option<MailFile<'m>> {
        if part == MailPlace::WHOLE {
            return Some(MailFile {
                part: part.to_owned(),
                name: Some(MailPlace::NAME.into()),
                media_type: MailPlace::MEDIA_TYPE.to_owned(),
                content: self.raw.into(),
            });
        }
        let mut parts = self.message?.parts().iter();
        let found = parts.find(|found| found.section().to_string() == part)?;
        let is_file = found.is_attachment() || found.is_embedded_message();
        MailFile::of(found).filter(|_| is_file)
    }

    /// The mail in parts; `None` when it cannot be read, or is too long for an envelope.
    fn whole(&self, header: &MailHeader, base: &HttpUrl, domain: &Domain) -> Option<EnvelopePost> {
        let (parts, references) = self.parts(header, base, domain)?;
        let post = header.post(parts, references).ok()?;
        let mut octets = Vec::new();
        post.write(&mut octets);
        (octets.len() <= self.limits.body).then_some(post)
    }

    fn only_a_file(&self, header: &MailHeader, base: &HttpUrl) -> Result<EnvelopePost, Error> {
        let source = MailPlace::whole(header.id).url(base);
        let text = ContentPart::text(Self::ONLY_A_FILE).ok();
        let about = extra::of(self.message, &source, &[]);
        let text = match (text, about) {
            (Some(text), Some(about)) => text.with_extra(extra::NAME, about).ok(),
            (text, _) => text,
        };
        let (name, kind) = (Some(MailPlace::NAME), Some(MailPlace::MEDIA_TYPE));
        let size = u64::try_from(self.raw.len()).ok();
        let file = ContentPart::file(Source::Url(source), name, kind, size).ok();
        header.post(text.into_iter().chain(file).collect(), Vec::new())
    }

    /// The parts, with what does not fit told in the first, and the thread above.
    fn parts(
        &self,
        header: &MailHeader,
        base: &HttpUrl,
        domain: &Domain,
    ) -> Option<(Vec<ContentPart>, Vec<EnvelopeId>)> {
        let message = self.message?;
        let mut losses = Vec::new();
        let subject = header::subject(message, &mut losses);
        header::date(message, &mut losses);
        let thread = Thread::of(message, domain, &mut losses);
        header::others(message, self.limits, &mut losses);
        let named = |field| message.mailboxes(field).len();
        if named("To") + named("Cc") > Self::RECIPIENTS {
            losses.push(Loss::RecipientsCut);
        }
        let content = Content::of(message, self.limits, &mut losses);
        let place = |file: &MailFile<'_>| MailPlace::of(header.id, &file.part).url(base);
        let sources = content
            .files
            .iter()
            .map(|file| Some(Source::Url(place(file))));
        let sources = sources.collect();
        let title = subject.as_ref().map(Subject::as_str);
        let mut parts = content.into_parts(sources, title, &mut losses);
        let source = MailPlace::whole(header.id).url(base);
        let about = extra::of(Some(message), &source, &losses)?;
        let first = parts.first_mut()?;
        *first = first.clone().with_extra(extra::NAME, about).ok()?;
        let is_same = thread.answers == header.answers;
        let references = if is_same {
            thread.references
        } else {
            Vec::new()
        };
        Some((parts, references))
    }

    /// Those whom its header names, as many as an envelope can have.
    fn named(&self) -> (Vec<Mailbox>, Vec<Mailbox>) {
        let Some(message) = self.message else {
            return Default::default();
        };
        let (mut to, mut cc) = (message.mailboxes("To"), message.mailboxes("Cc"));
        to.truncate(Self::RECIPIENTS);
        cc.truncate(Self::RECIPIENTS - to.len());
        (to, cc)
    }
}

impl MailHeader {
    /// Who it is from.
    #[must_use]
    pub fn author(&self) -> &Handle {
        &self.from
    }

    fn post(
        &self,
        parts: Vec<ContentPart>,
        references: Vec<EnvelopeId>,
    ) -> Result<EnvelopePost, Error> {
        // Parts and references are within their limits wherever this is called.
        let post = EnvelopePost::new(self.id, self.to.clone(), self.date, parts)
            .and_then(|post| post.with_cc(self.cc.clone()))
            .and_then(|post| post.with_thread(self.answers, references));
        let few = |_| Error::new(ErrorKind::TooManyRecipients, "100 recipients at most");
        let post = post.map_err(few)?;
        Ok(match &self.subject {
            Some(subject) => post.with_subject(subject.clone()),
            None => post,
        })
    }
}

impl From<&PushFrame<'_>> for MailHeader {
    /// As it was when the mail was delivered with this frame.
    fn from(frame: &PushFrame<'_>) -> Self {
        Self {
            id: frame.id(),
            from: frame.from().clone(),
            to: frame.to().to_vec(),
            cc: frame.cc().to_vec(),
            subject: frame.subject().cloned(),
            answers: frame.answers(),
            date: frame.date_ms(),
        }
    }
}

fn address(mailbox: &Mailbox) -> String {
    mailbox.address.to_ascii_lowercase()
}
