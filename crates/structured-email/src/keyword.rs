use crate::Message;

/// A keyword that a server or client sets on a message at delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Keyword {
    /// The message carries structured data.
    HasStructuredData,
    /// The message is for machines only; implies [`Keyword::HasStructuredData`].
    Mrm,
    /// The data offers an action. From revision -01; read, never set by default.
    HasStructuredDataAction,
    /// An action of the message was answered and must not be triggered twice. From revision
    /// -01; set only by a user agent that answers actions.
    StructuredDataActionSent,
}
