use crate::json::JsonText;
use crate::{Code, Error, ErrorKind, FileId, HttpUrl, Timestamp};

mod read;
mod write;

pub(crate) use read::{read, read_stored};
pub(crate) use write::{Member, write, write_members, written_len};

/// One part of what an envelope says (2.2).
///
/// Members that this crate does not know are kept, see [`ContentPart::extra`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentPart {
    pub(crate) body: Body,
    pub(crate) extra: Vec<(Box<str>, JsonText)>,
    /// It is a text of which nothing needs an escape, as most are: it is written many times.
    pub(crate) is_plain: bool,
}

/// What a part is, with the members of its type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Body {
    /// Text for people and models; never empty.
    Text(Box<str>),
    /// A picture.
    #[non_exhaustive]
    Image {
        /// Where its octets are.
        source: Source,
        /// Its media type.
        mime_type: Option<Box<str>>,
    },
    /// A file; its octets are always elsewhere.
    #[non_exhaustive]
    File {
        /// Where its octets are.
        source: Source,
        /// Its name, as the sender wrote it: not a path to write to.
        name: Option<Box<str>>,
        /// Its media type.
        mime_type: Option<Box<str>>,
        /// Its size in octets, as the sender says; at most 2^53−1.
        size: Option<u64>,
    },
    /// Structured data.
    #[non_exhaustive]
    Data {
        /// The schema it follows; a URI by use.
        schema: Option<Box<str>>,
        /// The data, a JSON object.
        data: JsonText,
    },
    /// A part of a stored envelope that is none of the above, or breaks their rules: the whole
    /// part as it came. Nobody can post it.
    Other(JsonText),
}

/// Where the octets of an image or file are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// At a URL.
    Url(HttpUrl),
    /// At the operator, who has them from an upload. Only in posts: when an envelope is accepted
    /// this becomes a URL.
    File(FileId),
}

impl ContentPart {
    /// A text part.
    ///
    /// # Errors
    ///
    /// When the text is empty.
    pub fn text(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Err(wrong(ErrorKind::OutOfRange, "a text that is not empty"));
        }
        Ok(Self {
            is_plain: write::is_plain(text),
            ..Body::Text(text.into()).into()
        })
    }

    /// An image part.
    #[must_use]
    pub fn image(source: Source, mime_type: Option<&str>) -> Self {
        let mime_type = mime_type.map(Into::into);
        Body::Image { source, mime_type }.into()
    }

    /// A file part.
    ///
    /// # Errors
    ///
    /// When the size is beyond 2^53−1.
    pub fn file(
        source: Source,
        name: Option<&str>,
        mime_type: Option<&str>,
        size: Option<u64>,
    ) -> Result<Self, Error> {
        if size.is_some_and(|size| size > Timestamp::MAX.as_millis()) {
            return Err(wrong(ErrorKind::OutOfRange, "a size up to 2^53-1"));
        }
        let file = Body::File {
            source,
            name: name.map(Into::into),
            mime_type: mime_type.map(Into::into),
            size,
        };
        Ok(file.into())
    }

    /// A data part.
    ///
    /// # Errors
    ///
    /// When the data is not an object.
    pub fn data(schema: Option<&str>, data: JsonText) -> Result<Self, Error> {
        if !data.is_object() {
            return Err(wrong(ErrorKind::WrongType, "a JSON object"));
        }
        let schema = schema.map(Into::into);
        Ok(Body::Data { schema, data }.into())
    }

    /// The same part with a member of its own.
    ///
    /// # Errors
    ///
    /// When parts of its type have a member of this name, or this part has.
    pub fn with_extra(mut self, name: &str, value: JsonText) -> Result<Self, Error> {
        let is_taken = self.extra.iter().any(|(taken, _)| **taken == *name);
        if is_taken || self.body.members().contains(&name) {
            return Err(wrong(ErrorKind::Inconsistent, "a member that is not there"));
        }
        self.extra.push((name.into(), value));
        Ok(self)
    }

    /// What the part is.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The members that its type does not define, in the order they were sent.
    pub fn extra(&self) -> impl ExactSizeIterator<Item = (&str, &JsonText)> {
        self.extra.iter().map(|(name, value)| (&**name, value))
    }

    /// The file that it claims, if it claims one.
    pub(crate) fn file_id(&self) -> Option<&FileId> {
        match self.source() {
            Some(Source::File(id)) => Some(id),
            _ => None,
        }
    }

    /// Whether it is none of the types that can be posted.
    pub(crate) fn is_foreign(&self) -> bool {
        matches!(self.body, Body::Other(_))
    }

    /// Puts the URL of its file in the place of the file's id (2.2).
    pub(crate) fn resolve(&mut self, base: &HttpUrl) {
        if let Some(id) = self.file_id()
            && let url = Source::Url(base.of_file(id))
            && let Body::Image { source, .. } | Body::File { source, .. } = &mut self.body
        {
            *source = url;
        }
    }

    fn source(&self) -> Option<&Source> {
        match &self.body {
            Body::Image { source, .. } | Body::File { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl Body {
    /// The members that parts of this type may have.
    pub(crate) fn members(&self) -> &'static [&'static str] {
        match self {
            Self::Text(_) => &["type", "text"],
            Self::Image { .. } => &["type", "url", "file_id", "mime_type"],
            Self::File { .. } => &["type", "url", "file_id", "mime_type", "name", "size"],
            Self::Data { .. } => &["type", "data", "schema"],
            Self::Other(_) => &[],
        }
    }
}

impl From<Body> for ContentPart {
    fn from(body: Body) -> Self {
        Self {
            body,
            extra: Vec::new(),
            is_plain: false,
        }
    }
}

fn wrong(kind: ErrorKind, expected: &'static str) -> Error {
    Error::new(kind, Code::InvalidContent, expected)
}
