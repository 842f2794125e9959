/// What a message cannot take from its author's words: time and random bits, both the caller's.
///
/// The same draft and the same stamp give the same octets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct Stamp {
    /// The `Date`, in seconds since 1970, written in UTC.
    pub date: i64,
    /// The `Message-ID`, with or without angle brackets.
    pub message_id: String,
    /// The boundary of the outermost multipart; inner ones get `-2`, `-3`, … behind it. At
    /// least 96 random bits unless the output has to be repeatable.
    pub boundary: String,
}
