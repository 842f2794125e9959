use std::fmt;

/// A value and what did not fit into it. Whoever shows the value decides whether to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[allow(clippy::exhaustive_structs)] // a value and its losses
pub struct Converted<T> {
    /// What came out.
    pub value: T,
    /// What of the message is not in it, or not as it was. Empty when the way back gives the same.
    pub losses: Vec<Loss>,
}

macro_rules! losses {
    ($($(#[$doc:meta])* $name:ident$(($what:ident))? = $sentence:literal,)*) => {
        /// What a conversion could not carry over.
        ///
        /// The text that some have is an [excerpt](Self::MAX_EXCERPT) of the message: a stranger's
        /// words.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Loss {
            $($(#[$doc])* $name$((losses!(@text $what)))?,)*
        }

        impl Loss {
            /// The name used in reports.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$name$((losses!(@any $what)))? => stringify!($name),)*
                }
            }

            /// What it is about: an address, a header field, an id, a part. `None` where the name
            /// says all.
            #[must_use]
            pub fn about(&self) -> Option<&str> {
                match self {
                    $(Self::$name$(($what))? => losses!(@about $($what)?),)*
                }
            }

            const fn sentence(&self) -> &'static str {
                match self {
                    $(Self::$name$((losses!(@any $what)))? => $sentence,)*
                }
            }
        }
    };
    (@text $what:ident) => { Box<str> };
    (@any $what:ident) => { _ };
    (@about) => { None };
    (@about $what:ident) => { Some($what) };
}

losses! {
    /// The author is not the sender alone, whom the operator stamps: this address.
    AuthorDropped(address) = "the author is not the sender",
    /// The display name of this address.
    NameDropped(address) = "an envelope has no display names",
    /// An address or id that is no handle of the domain, or a handle that is too long for an address.
    AddressUnmapped(address) = "an address has no counterpart",
    /// A blind copy, which envelopes do not have: this recipient gets none.
    BccDropped(address) = "an envelope has no blind copies",
    /// Who got blind copies of a message of a thread.
    BlindCopiesUnnamed = "blind copies are not named",
    /// This address stands in the header, but the mail was not sent there.
    RecipientDropped(address) = "an address in the header is no recipient",
    /// The recipients of copies, since nobody stands in `to`.
    CcMadeTo = "the recipients of copies became those of the message",
    /// The recipients beyond the 100 of an envelope.
    RecipientsCut = "an envelope has 100 recipients at most",
    /// The end of the subject.
    SubjectCut = "a subject has 256 octets at most",
    /// The spelling of the subject: control characters, blanks at its ends.
    SubjectChanged = "the subject is spelled in another way",
    /// The id of the mail, which is not that of the envelope.
    MessageIdReplaced(id) = "the message id is not that of the envelope",
    /// An id in the thread that names no envelope of the domain.
    ReferenceUnmapped(id) = "an id in the thread is no envelope's",
    /// The oldest of a thread of more than 100.
    ReferencesCut = "a thread has 100 ids at most",
    /// The order of the thread: what is answered comes last.
    ThreadChanged = "the thread is in another order",
    /// The date: there was none, it was out of range, or it had fractions of a second.
    DateChanged = "the date is another",
    /// A header field that envelopes do not have.
    HeaderDropped(name) = "a header field has no counterpart",
    /// More header fields than are named one by one.
    MoreHeadersDropped = "more header fields have no counterpart",
    /// The HTML beside the text.
    HtmlDropped(part) = "the HTML beside the text",
    /// The form of the HTML, of which text was made.
    HtmlMadeText(part) = "the HTML became text",
    /// The end of HTML that is too long to be made text.
    HtmlCut(part) = "the HTML is too long",
    /// Text that was empty and could not stay so: it says something in its place now.
    TextAdded = "there was no text",
    /// The limits between several texts.
    TextsJoined = "several texts became one",
    /// A text of nothing but white space.
    TextDropped(part) = "a text is blank",
    /// The spelling of line breaks in a text.
    TextChanged = "the line breaks of the text are others",
    /// How data and text relate.
    ArrangementDropped = "an envelope does not say how data and text relate",
    /// The `@context` around a piece of data.
    ContextDropped(part) = "the context of the data stands elsewhere",
    /// A piece of data that could not be carried over.
    DataDropped(part) = "a piece of data does not fit",
    /// The form of a piece of data: the way back gives another.
    DataChanged(part) = "a piece of data reads in another way",
    /// A piece of data that became an attachment.
    DataAttached(part) = "a piece of data became an attachment",
    /// A file nobody gave a place for.
    FileDropped(part) = "a file has no place",
    /// A file whose content nobody gave: its URL stands in the text.
    FileLinked(part) = "a file became a link",
    /// The name, type or size of a file: the way back gives others.
    FileChanged(part) = "the name, type or size of a file is another",
    /// An image, which is a file now.
    ImageMadeFile(part) = "an image became a file",
    /// Members of a part that its type does not define.
    MembersDropped(part) = "a part has members of its own",
    /// A part that has no counterpart.
    PartDropped(part) = "a part has no counterpart",
    /// Parts beyond the 64 of an envelope.
    PartsCut = "an envelope has 64 parts at most",
    /// The order of the parts.
    OrderChanged = "the parts are in another order",
    /// A signature over a part: it does not hold for an envelope.
    SignatureDropped = "a signature is about mail",
    /// The name under which the sender watches the envelope.
    MonitorDropped = "mail is not watched",
}

impl Loss {
    /// The most that a loss repeats of the message, in octets.
    pub const MAX_EXCERPT: usize = 80;
}

/// The name, and what it is about.
impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())?;
        match self.about() {
            Some(about) => write!(f, ": {about}"),
            None => Ok(()),
        }
    }
}

/// As much of a text as a loss repeats, on one line.
pub(crate) fn excerpt(text: &str) -> Box<str> {
    let text = &text[..text.floor_char_boundary(Loss::MAX_EXCERPT)];
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Loss, excerpt};

    #[test]
    fn losses_repeat_one_short_line() {
        let hostile = format!("a\r\nb{}", "é".repeat(100));
        let loss = Loss::BccDropped(excerpt(&hostile));
        assert_eq!(loss.name(), "BccDropped");
        assert!(loss.about().is_some_and(|about| about.starts_with("abé")));
        assert!(loss.to_string().len() < 160);
        assert_eq!(Loss::CcMadeTo.about(), None);
    }
}
