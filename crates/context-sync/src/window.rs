/// How much of the end of a thread a context shows (sections 3 and 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    messages: u8,
    tokens: Option<u64>,
}

impl Window {
    /// The most messages.
    pub const MAX: u8 = 50;

    /// The last so many messages, at least 1 and at most [`MAX`](Self::MAX).
    #[must_use]
    pub fn of(messages: u64) -> Self {
        let messages = messages.clamp(1, Self::MAX.into());
        Self {
            messages: u8::try_from(messages).unwrap_or(Self::MAX),
            tokens: None,
        }
    }

    /// The same window, without the oldest messages that a budget has no room for. The newest
    /// message always stays.
    ///
    /// Tokens are counted as [`Context::token_count`](crate::Context::token_count) does.
    #[must_use]
    pub fn within(self, tokens: u64) -> Self {
        Self {
            tokens: Some(tokens),
            ..self
        }
    }

    /// Reads the parameter `recent`: fractions are cut off, what is too small or too large becomes
    /// the least or the most, and what is no number the default (section 10, cases 22 and 41).
    #[must_use]
    pub fn from_query(recent: &str) -> Self {
        let number = recent
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite());
        number.map_or_else(Self::default, |number| {
            Self::of(number.clamp(1.0, 50.0) as u64)
        })
    }

    /// How many messages.
    #[must_use]
    pub fn messages(self) -> u8 {
        self.messages
    }

    /// How many tokens, if there is a budget.
    #[must_use]
    pub fn tokens(self) -> Option<u64> {
        self.tokens
    }
}

impl Default for Window {
    /// The last 10 messages.
    fn default() -> Self {
        Self {
            messages: 10,
            tokens: None,
        }
    }
}
