/// A language that the rules write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    German,
    French,
    Spanish,
    Dutch,
}

/// Words that are frequent in one of the languages and rare in the others.
const FREQUENT: [(Language, &[&str]); 5] = [
    (
        Language::English,
        &[
            "the", "and", "you", "is", "to", "of", "please", "your", "we", "this", "hello",
        ],
    ),
    (
        Language::German,
        &[
            "der", "die", "das", "und", "sie", "ich", "nicht", "bitte", "wir", "ist", "mir", "ein",
            "guten",
        ],
    ),
    (
        Language::French,
        &[
            "le", "les", "et", "vous", "je", "est", "une", "pas", "nous", "bonjour", "pour", "des",
        ],
    ),
    (
        Language::Spanish,
        &[
            "el", "los", "y", "usted", "por", "una", "para", "hola", "que", "está", "con", "del",
        ],
    ),
    (
        Language::Dutch,
        &[
            "het", "een", "en", "ik", "niet", "u", "wij", "van", "graag", "dat", "voor", "beste",
        ],
    ),
];

/// Words that are looked at.
const MAX_WORDS: usize = 500;

impl Language {
    /// The language of a text by its frequent words; English in doubt.
    pub(super) fn of(text: &str) -> Self {
        let mut counts = [0_usize; FREQUENT.len()];
        let words = text.split(|c: char| !c.is_alphanumeric());
        for word in words
            .filter(|word| !word.is_empty() && word.len() <= 12)
            .take(MAX_WORDS)
        {
            let word = word.to_lowercase();
            for (count, (_, words)) in counts.iter_mut().zip(&FREQUENT) {
                *count += usize::from(words.contains(&word.as_str()));
            }
        }
        let mut best = (Self::English, counts[0]);
        for ((language, _), count) in FREQUENT.iter().zip(counts) {
            if count > best.1 {
                best = (*language, count);
            }
        }
        best.0
    }

    /// Without a comma behind it, a name may follow.
    pub(super) fn greeting(self) -> &'static str {
        match self {
            Self::English => "Hello",
            Self::German => "Guten Tag",
            Self::French => "Bonjour",
            Self::Spanish => "Hola",
            Self::Dutch => "Hallo",
        }
    }

    pub(super) fn closing(self) -> &'static str {
        match self {
            Self::English => "Kind regards",
            Self::German => "Freundliche Grüße",
            Self::French => "Cordialement",
            Self::Spanish => "Un saludo",
            Self::Dutch => "Met vriendelijke groet",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn a_letter_is_answered_in_its_language() {
        for (text, language) in [
            ("Could you send the invoice to me?", Language::English),
            ("Können Sie mir die Rechnung schicken?", Language::German),
            (
                "Pouvez-vous nous envoyer la facture pour les chaises ?",
                Language::French,
            ),
            (
                "Hola, ¿está lista la factura para los clientes?",
                Language::Spanish,
            ),
            ("Kunt u het bedrag voor een stoel sturen?", Language::Dutch),
            ("42", Language::English),
        ] {
            assert_eq!(Language::of(text), language, "{text}");
        }
    }
}
