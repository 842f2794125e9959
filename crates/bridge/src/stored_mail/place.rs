use asmtp_envelope::{EnvelopeId, FileId, HttpUrl};

/// Where a file of stored mail is at an operator: a file id that nobody uploaded, made of the id of
/// the mail and the number of a MIME part.
///
/// ```
/// use mail_bridge::MailPlace;
///
/// let id = "01M7XK89PHAZENM5WE3MBS1TF1".parse().unwrap();
/// let file = MailPlace::of(id, "2.1").file_id();
/// assert_eq!(file.as_str(), "file_01M7XK89PHAZENM5WE3MBS1TF1_2-1");
/// assert_eq!(MailPlace::read(&file).unwrap().part, "2.1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MailPlace {
    /// The mail.
    pub id: EnvelopeId,
    /// The number of the MIME part (RFC 9051 6.4.5), or [`WHOLE`](Self::WHOLE).
    pub part: String,
}

impl MailPlace {
    /// The part that is all of the mail, as it came.
    pub const WHOLE: &'static str = "mail";

    /// The name of the whole mail as a file.
    pub const NAME: &'static str = "mail.eml";

    /// The type of the whole mail (RFC 2046 5.2.1).
    pub const MEDIA_TYPE: &'static str = "message/rfc822";

    /// The place of a part.
    #[must_use]
    pub fn of(id: EnvelopeId, part: &str) -> Self {
        let part = part.to_owned();
        Self { id, part }
    }

    /// The place of the mail as it came.
    #[must_use]
    pub fn whole(id: EnvelopeId) -> Self {
        Self::of(id, Self::WHOLE)
    }

    /// Reads the id of a file. That of an uploaded one is no place in mail.
    #[must_use]
    pub fn read(file: &FileId) -> Option<Self> {
        let (id, part) = file.as_str().strip_prefix("file_")?.split_once('_')?;
        let place = Self::of(id.parse().ok()?, &part.replace('-', "."));
        let is_number = part
            .bytes()
            .all(|octet| octet.is_ascii_digit() || octet == b'-');
        (part == Self::WHOLE || is_number).then_some(place)
    }

    /// The id of the file.
    #[must_use]
    pub fn file_id(&self) -> FileId {
        let id = format!("file_{}_{}", self.id, self.part.replace('.', "-"));
        id.parse().expect("a file id") // of letters, digits and dashes
    }

    /// Its URL at an operator with this public URL.
    #[must_use]
    pub fn url(&self, base: &HttpUrl) -> HttpUrl {
        base.of_file(&self.file_id())
    }
}

#[cfg(test)]
mod tests {
    use super::MailPlace;

    #[test]
    fn uploads_are_no_places() {
        let read = |id: &str| MailPlace::read(&id.parse().unwrap());
        let place = MailPlace::whole("01M7XK89PHAZENM5WE3MBS1TF1".parse().unwrap());
        assert_eq!(MailPlace::read(&place.file_id()), Some(place));
        for other in [
            "file_06GZPD17ZSA52Q1R7AZNP854KC",
            "file_06GZPD17ZSA52Q1R7AZNP854KC_1",
            "file_01M7XK89PHAZENM5WE3MBS1TF1_x",
            "file_01M7XK89PHAZENM5WE3MBS1TF1_1_2",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
