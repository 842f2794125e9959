use crate::mime::text;

/// What is remembered of the top-level fields while they pass by.
#[derive(Debug, Default)]
pub(super) struct Notes<'a> {
    /// The values of `Supersedes` (RFC 4021 2.1.46), in their order.
    pub(super) supersedes: Vec<&'a [u8]>,
    /// A field that must stand once stands twice (RFC 5322 3.6).
    pub(super) repeated: bool,
    /// `$MRM: true`: what some senders write instead of leaving keywords to the server.
    pub(super) claims_mrm: bool,
    /// `$hasStructuredData: true`.
    pub(super) claims_data: bool,
    seen: u16,
}

/// The fields that RFC 5322 3.6 allows once.
const ONCE: [&str; 11] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Subject",
    "Date",
];

impl<'a> Notes<'a> {
    pub(super) fn take(&mut self, name: &str, value: &'a [u8]) {
        let claims = || text::unstructured(value).eq_ignore_ascii_case("true");
        match name.len() {
            4 if name.eq_ignore_ascii_case("$MRM") => self.claims_mrm |= claims(),
            18 if name.eq_ignore_ascii_case("$hasStructuredData") => self.claims_data |= claims(),
            10 if name.eq_ignore_ascii_case("Supersedes") => self.supersedes.push(value),
            _ => {
                if let Some(place) = ONCE.iter().position(|once| name.eq_ignore_ascii_case(once)) {
                    self.repeated |= self.seen & 1 << place != 0;
                    self.seen |= 1 << place;
                }
            }
        }
    }
}
