use asmtp_envelope::{Body, Envelope, Handle, HttpUrl, Source};
use structured_email::{Draft, Message, Stamp};

use crate::loss::excerpt;
use crate::{Converted, Domain, Error, Loss};

mod check;
mod content;

use content::Content;

/// An envelope on its way to become mail.
///
/// Files of an envelope are elsewhere (2.2), and nothing is fetched because a message says so. So
/// there are two steps: [`files`](Self::files) says where they are, and [`mail`](Self::mail) takes
/// the octets that the caller has. A file without octets becomes a link in the text.
///
/// ```
/// use asmtp_envelope::{Envelope, Limits};
/// use mail_bridge::FromEnvelope;
/// use structured_email::{Class, Message};
///
/// let body = br#"{"id":"01M7XK89PHAZENM5WE3MBS1TF1","from":"@acme.alice","to":["@beta.bob"],
///     "date_ms":1795215861000,"content_parts":[{"type":"data","schema":"https://x.example/quote",
///     "data":{"qty":40}}]}"#;
/// let envelope = Envelope::parse(body, &Limits::default()).unwrap();
///
/// let domain = "agents.example".parse()?;
/// let converted = FromEnvelope::new(&envelope, &domain).mail("=_random", Vec::new())?;
/// assert_eq!(converted.losses, []);
/// let message = Message::parse(&converted.value).unwrap();
/// assert_eq!(message.class(), Class::Mrm);
/// assert_eq!(message.items()[0].types(), ["https://x.example/quote"]);
/// assert_eq!(
///     message.message_id().as_deref(),
///     Some("01M7XK89PHAZENM5WE3MBS1TF1@agents.example")
/// );
/// # Ok::<(), mail_bridge::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FromEnvelope<'e> {
    envelope: &'e Envelope,
    domain: &'e Domain,
}

/// A file or image that an envelope names, and what its sender says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnvelopeFile<'e> {
    /// Its place among the parts of the envelope, from 0.
    pub part: usize,
    /// Where its octets are.
    pub url: &'e HttpUrl,
    /// Its name: not a path to write to.
    pub name: Option<&'e str>,
    /// Its media type.
    pub mime_type: Option<&'e str>,
    /// Its size in octets.
    pub size: Option<u64>,
}

impl<'e> FromEnvelope<'e> {
    /// An envelope and the mail domain of its operator.
    #[must_use]
    pub fn new(envelope: &'e Envelope, domain: &'e Domain) -> Self {
        Self { envelope, domain }
    }

    /// The files, in the order [`mail`](Self::mail) wants their octets.
    pub fn files(self) -> impl Iterator<Item = EnvelopeFile<'e>> {
        let parts = self.envelope.content_parts().iter().enumerate();
        parts.filter_map(|(part, content)| EnvelopeFile::of(part, content.body()))
    }

    /// The mail, lines ended by CRLF. `contents` are the octets of the [files](Self::files), in
    /// their order. The boundary is as in [`Stamp`]: random, unless the octets have to repeat.
    ///
    /// Text and data become a message whose data stands apart, data alone one for machines.
    ///
    /// # Errors
    ///
    /// With [`ErrorKind::Unmapped`](crate::ErrorKind::Unmapped) when its sender has no address, with
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) when the mail would be over what readers
    /// take, with [`ErrorKind::Unwritable`](crate::ErrorKind::Unwritable) for a boundary that is none
    /// or that stands in the content.
    pub fn mail(
        self,
        boundary: &str,
        contents: Vec<Option<Vec<u8>>>,
    ) -> Result<Converted<Vec<u8>>, Error> {
        let mut losses = Vec::new();
        let stamp = self.stamp(boundary);
        let content = Content::of(self, contents, &mut losses);
        let draft = content.fill(self.header(&mut losses)?);
        let mut mail = Vec::new();
        let _ = draft.compose(&stamp, &mut mail)?;
        if let Ok(message) = Message::parse(&mail) {
            check::compare(self.envelope, &content, &message, &mut losses);
        }
        Ok(Converted {
            value: mail,
            losses,
        })
    }

    fn header(self, losses: &mut Vec<Loss>) -> Result<Draft, Error> {
        let Self { envelope, domain } = self;
        let mut addresses = |handles: &[Handle]| -> Vec<String> {
            let mut addresses = Vec::with_capacity(handles.len());
            for handle in handles {
                match domain.address(handle) {
                    Ok(address) => addresses.push(address),
                    Err(_) => losses.push(Loss::AddressUnmapped(excerpt(handle.as_str()))),
                }
            }
            addresses
        };
        let mut draft = Draft::new().from(domain.address(envelope.from())?);
        draft = addresses(envelope.to()).into_iter().fold(draft, Draft::to);
        draft = addresses(envelope.cc()).into_iter().fold(draft, Draft::cc);
        if let Some(subject) = envelope.subject() {
            draft = draft.subject(subject.as_str());
        }
        if let Some(id) = envelope.answers() {
            draft = draft.in_reply_to(domain.message_id(id));
        }
        if envelope.monitor().is_some() {
            losses.push(Loss::MonitorDropped);
        }
        let references = envelope.references().iter();
        Ok(draft.references(references.map(|&id| domain.message_id(id))))
    }

    /// A `Date` has whole seconds and ends with the year 9999 (RFC 5322 3.3).
    fn stamp(self, boundary: &str) -> Stamp {
        const LAST: i64 = 253_402_300_799;
        let seconds = i64::try_from(self.envelope.date_ms().as_millis() / 1000);
        Stamp {
            date: seconds.unwrap_or(LAST).min(LAST),
            message_id: self.domain.message_id(self.envelope.id()),
            boundary: boundary.to_owned(),
        }
    }
}

impl<'e> EnvelopeFile<'e> {
    fn of(part: usize, body: &'e Body) -> Option<Self> {
        match body {
            Body::Image {
                source: Source::Url(url),
                mime_type,
                ..
            } => Some(Self {
                part,
                url,
                name: None,
                mime_type: mime_type.as_deref(),
                size: None,
            }),
            Body::File {
                source: Source::Url(url),
                name,
                mime_type,
                size,
                ..
            } => Some(Self {
                part,
                url,
                name: name.as_deref(),
                mime_type: mime_type.as_deref(),
                size: *size,
            }),
            _ => None,
        }
    }
}
