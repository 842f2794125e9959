use agent_card::keys::TrustedKeys;

/// What a server offers, and how much of it.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Options::default()`
pub struct Options {
    /// Whether mail is only read: no tool that sends, marks or moves is offered.
    pub read_only: bool,
    /// Whether the content of attachments is given out.
    pub attachments: bool,
    /// Mail servers whose `Authentication-Results` are believed, by the name they write there. They
    /// must remove such fields from mail that comes in (RFC 8601 5). None by default.
    pub authentication_servers: Vec<String>,
    /// Keys by which the cards of senders are verified.
    pub card_keys: TrustedKeys,
    /// How much.
    pub limits: Limits,
}

/// How much a server takes and gives in one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Limits::default()`
pub struct Limits {
    /// Emails on a page.
    pub page: usize,
    /// Emails on a page when the model does not say.
    pub default_page: usize,
    /// Characters of text in one answer.
    pub text: usize,
    /// The same when the model does not say.
    pub default_text: usize,
    /// Characters of JSON in one answer about context sync, more or less.
    pub context: usize,
    /// Octets of an attachment that is given out as it is.
    pub attachment: usize,
    /// Octets of all attachments of an email that is sent.
    pub outgoing: usize,
    /// Recipients of an email that is sent.
    pub recipients: usize,
    /// Seconds that a call waits for mail.
    pub wait: u64,
    /// Calls that wait for mail at a time, and the same of subscriptions in one session.
    pub waiting: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            read_only: false,
            attachments: true,
            authentication_servers: Vec::new(),
            card_keys: TrustedKeys::default(),
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            page: 100,
            default_page: 50,
            text: 50_000,
            default_text: 8_000,
            context: 40_000,
            attachment: 1 << 20,
            outgoing: 10 << 20,
            recipients: 100,
            wait: 300,
            waiting: 16,
        }
    }
}

impl Limits {
    /// Characters of text to give when so many are asked for.
    pub(crate) fn text_count(&self, asked: Option<u32>) -> usize {
        let count = asked.map_or(self.default_text, |asked| asked as usize);
        count.clamp(1, self.text)
    }
}
