use std::collections::BTreeSet;

use crate::{
    Code, ContentPart, EnvelopeId, Error, ErrorKind, FileId, Handle, Limits, MonitorHandle,
    Subject, Timestamp, TypeHint,
};

mod read;
mod write;

pub(crate) use read::read_stored;
pub(crate) use write::write_stored;

/// What a sender posts: an envelope without the name of its sender, which only the operator
/// stamps (2.1).
///
/// A value of this type follows every rule of the protocol. Keys that the protocol does not name
/// are gone, except inside parts.
///
/// ```
/// use asmtp_envelope::{ContentPart, EnvelopeId, EnvelopePost, Limits, Timestamp};
///
/// let now = Timestamp::new(1_795_215_861_457).unwrap();
/// let id = EnvelopeId::mint(now, [7; 10])?;
/// let parts = vec![ContentPart::text("Quote for 40 widgets?")?];
/// let post = EnvelopePost::new(id, vec!["@beta.bob".parse()?], now, parts)?;
///
/// let mut octets = Vec::new();
/// post.write(&mut octets);
/// assert_eq!(EnvelopePost::parse(&octets, &Limits::default())?, post);
/// # Ok::<(), asmtp_envelope::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvelopePost {
    id: EnvelopeId,
    to: Vec<Handle>,
    cc: Vec<Handle>,
    subject: Option<Subject>,
    in_reply_to: Option<EnvelopeId>,
    references: Vec<EnvelopeId>,
    date_ms: Timestamp,
    content_parts: Vec<ContentPart>,
    monitor: Option<MonitorHandle>,
}

/// How a recipient was named. The delivery is the same (2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_enums)] // there is no bcc
pub enum Role {
    /// In `to`, and perhaps in `cc` as well.
    To,
    /// In `cc` only.
    Cc,
}

impl EnvelopePost {
    /// Reads a posted body.
    ///
    /// # Errors
    ///
    /// With the code that an operator answers, for the first fault in the order of 3.1.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        read::read(octets, limits)
    }

    /// A post with what every post has, within the default limits.
    ///
    /// # Errors
    ///
    /// When there is no recipient or no part, or too many of them, or a part that cannot be
    /// posted.
    pub fn new(
        id: EnvelopeId,
        to: Vec<Handle>,
        date_ms: Timestamp,
        content_parts: Vec<ContentPart>,
    ) -> Result<Self, Error> {
        let limits = Limits::default();
        check_count(
            to.len(),
            limits.recipients,
            Code::InvalidRequest,
            Code::InvalidTo,
        )
        .map_err(|error| error.member("to"))?;
        check_count(
            content_parts.len(),
            limits.parts,
            Code::InvalidContent,
            Code::InvalidContent,
        )
        .map_err(|error| error.member("content_parts"))?;
        if let Some(at) = content_parts.iter().position(ContentPart::is_foreign) {
            let error = Error::new(ErrorKind::Invalid, Code::InvalidContent, POSTABLE);
            return Err(error.member("content_parts").element(at));
        }
        Ok(Self {
            id,
            to,
            cc: Vec::new(),
            subject: None,
            in_reply_to: None,
            references: Vec::new(),
            date_ms,
            content_parts,
            monitor: None,
        })
    }

    /// The same post with these recipients in `cc`.
    ///
    /// # Errors
    ///
    /// When there are more than 100 recipients then.
    pub fn with_cc(self, cc: Vec<Handle>) -> Result<Self, Error> {
        if self.to.len() + cc.len() > Limits::default().recipients {
            let wrong = Error::new(ErrorKind::OutOfRange, Code::InvalidTo, "fewer");
            return Err(wrong.member("cc"));
        }
        Ok(Self { cc, ..self })
    }

    /// The same post with a subject.
    #[must_use]
    pub fn with_subject(mut self, subject: Subject) -> Self {
        self.subject = Some(subject);
        self
    }

    /// The same post as an answer to an envelope, below all that it answered itself. Of a long
    /// thread the youngest 100 stay (2.5).
    #[must_use]
    pub fn in_reply_to(mut self, envelope: &crate::Envelope) -> Self {
        let ancestors = envelope.references();
        let room = Limits::default().references.saturating_sub(1);
        let oldest = ancestors.len().saturating_sub(room);
        self.references = ancestors[oldest..].to_vec();
        self.references.push(envelope.id());
        self.in_reply_to = Some(envelope.id());
        self
    }

    /// The same post with its place in a thread: what it answers, and what stands above it, oldest
    /// first (2.5).
    ///
    /// # Errors
    ///
    /// When there are more than 100 references, or the last one is not what it answers.
    pub fn with_thread(
        self,
        in_reply_to: Option<EnvelopeId>,
        references: Vec<EnvelopeId>,
    ) -> Result<Self, Error> {
        let wrong = |kind, expected| {
            let error = Error::new(kind, Code::InvalidReferences, expected);
            Err(error.member("references"))
        };
        if references.len() > Limits::default().references {
            return wrong(ErrorKind::OutOfRange, "fewer");
        }
        if let (Some(target), Some(last)) = (in_reply_to, references.last())
            && target != *last
        {
            return wrong(ErrorKind::Inconsistent, "what it answers as the last one");
        }
        Ok(Self {
            in_reply_to,
            references,
            ..self
        })
    }

    /// The same post, watched under a name (section 9).
    #[must_use]
    pub fn with_monitor(mut self, monitor: MonitorHandle) -> Self {
        self.monitor = Some(monitor);
        self
    }

    pub(crate) fn resolve_files(&mut self, base: &crate::HttpUrl) {
        for part in &mut self.content_parts {
            part.resolve(base);
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> EnvelopeId {
        self.id
    }

    /// The handles in `to`, as posted.
    #[must_use]
    pub fn to(&self) -> &[Handle] {
        &self.to
    }

    /// The handles in `cc`, as posted.
    #[must_use]
    pub fn cc(&self) -> &[Handle] {
        &self.cc
    }

    /// Its subject.
    #[must_use]
    pub fn subject(&self) -> Option<&Subject> {
        self.subject.as_ref()
    }

    /// The envelope it answers: the sender's claim, and no proof of access (2.5).
    #[must_use]
    pub fn answers(&self) -> Option<EnvelopeId> {
        self.in_reply_to
    }

    /// The envelopes above it in its thread, oldest first: claims as well.
    #[must_use]
    pub fn references(&self) -> &[EnvelopeId] {
        &self.references
    }

    /// The sender's time: never trusted, never sorted by.
    #[must_use]
    pub fn date_ms(&self) -> Timestamp {
        self.date_ms
    }

    /// What it says.
    #[must_use]
    pub fn content_parts(&self) -> &[ContentPart] {
        &self.content_parts
    }

    /// The name under which its sender watches it.
    #[must_use]
    pub fn monitor(&self) -> Option<&MonitorHandle> {
        self.monitor.as_ref()
    }

    /// The effective recipients: `to`, then `cc`, each handle once at its first place (2.1).
    pub fn recipients(&self) -> impl Iterator<Item = (&Handle, Role)> {
        let to = self.to.iter().map(|handle| (handle, Role::To));
        let cc = self.cc.iter().map(|handle| (handle, Role::Cc));
        let are_few = self.to.len() + self.cc.len() <= FEW;
        let mut seen = BTreeSet::new();
        let posted = to.chain(cc).enumerate();
        let first_places = posted.filter(move |&(at, (handle, _))| {
            if are_few {
                let mut earlier = self.to.iter().chain(&self.cc).take(at);
                return earlier.all(|earlier| earlier != handle);
            }
            seen.insert(handle)
        });
        first_places.map(|(_, recipient)| recipient)
    }

    /// The uploaded files that its parts name, one for each part that does, in order.
    pub fn file_ids(&self) -> impl Iterator<Item = &FileId> {
        self.content_parts.iter().filter_map(ContentPart::file_id)
    }

    /// The one type that all its parts share, else mixed (2.4).
    #[must_use]
    pub fn type_hint(&self) -> TypeHint {
        TypeHint::of(&self.content_parts)
    }

    /// About how many tokens its parts are: a quarter of their octets as JSON (2.4).
    #[must_use]
    pub fn size_hint(&self) -> u64 {
        write::size_hint(&self.content_parts)
    }

    /// Appends the JSON body to post. The same value gives the same octets.
    pub fn write(&self, out: &mut Vec<u8>) {
        write::write(self, out);
    }
}

/// Up to this many recipients a comparison of each with each is cheaper than a set.
const FEW: usize = 8;

const POSTABLE: &str = "a text, image, file or data part";

fn check_count(count: usize, most: usize, none: Code, many: Code) -> Result<(), Error> {
    if count == 0 {
        return Err(Error::new(ErrorKind::OutOfRange, none, "at least one"));
    }
    if count > most {
        return Err(Error::new(ErrorKind::OutOfRange, many, "fewer"));
    }
    Ok(())
}
