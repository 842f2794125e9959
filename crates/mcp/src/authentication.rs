//! What a mail server found out about a sender (RFC 8601).

use mailmesh::untrusted::one_line;
use schemars::JsonSchema;
use serde::Serialize;
use structured_email::Message;

/// One result of the field `Authentication-Results`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Checked {
    /// dkim, spf, dmarc and others.
    pub(crate) method: String,
    /// pass, fail, none and others.
    pub(crate) result: String,
    /// The domain it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) domain: Option<String>,
    /// The server that found it.
    pub(crate) server: String,
}

/// Results that are read, and octets of the field.
const RESULTS: usize = 20;
const LONGEST: usize = 16 << 10;

/// The results of the topmost field that one of these servers wrote.
///
/// Only a field of a server that is believed counts, and only the topmost: the server that receives
/// mail for us writes above all that came in, and removes what pretends to be its own (RFC 8601 5).
pub(crate) fn results(message: &Message<'_>, believed: &[String]) -> Vec<Checked> {
    let fields = message
        .headers()
        .filter(|(name, _)| name.eq_ignore_ascii_case("Authentication-Results"));
    for (_, value) in fields {
        let value = String::from_utf8_lossy(&value[..value.len().min(LONGEST)]);
        let mut statements = statements(&value).into_iter();
        let server = statements.next().and_then(|words| words.into_iter().next());
        let Some(Token::Word(server)) = server else {
            continue;
        };
        if believed
            .iter()
            .any(|known| known.eq_ignore_ascii_case(&server))
        {
            let read = statements.filter_map(|words| Checked::read(&words, &server));
            return read.take(RESULTS).collect();
        }
    }
    Vec::new()
}

impl Checked {
    /// Whether it says that mail of this domain is from there: DMARC, or a DKIM signature of the
    /// domain or one above it.
    pub(crate) fn vouches_for(&self, domain: &str) -> bool {
        self.result == "pass"
            && self
                .domain
                .as_deref()
                .is_some_and(|known| match self.method.as_str() {
                    "dmarc" => known.eq_ignore_ascii_case(domain),
                    "dkim" => is_within(domain, known),
                    _ => false,
                })
    }

    /// Whether it says that mail of this domain is not from there.
    pub(crate) fn fails(&self, domain: &str) -> bool {
        let is_about = self
            .domain
            .as_deref()
            .is_none_or(|known| known.eq_ignore_ascii_case(domain));
        self.method == "dmarc" && self.result == "fail" && is_about
    }

    /// `method [/version] = result [reason = value] *(ptype.property = value)` (RFC 8601 2.2).
    fn read(words: &[Token], server: &str) -> Option<Self> {
        let [
            Token::Word(method),
            Token::Equals,
            Token::Word(result),
            rest @ ..,
        ] = words
        else {
            return None;
        };
        let method = method
            .split('/')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let property = match method.as_str() {
            "dmarc" => "header.from",
            "dkim" => "header.d",
            "spf" => "smtp.mailfrom",
            _ => "",
        };
        let value = rest.windows(3).find_map(|window| match window {
            [Token::Word(name), Token::Equals, Token::Word(value)]
                if name.eq_ignore_ascii_case(property) =>
            {
                Some(value)
            }
            _ => None,
        });
        let domain = value.map(|value| value.rsplit('@').next().unwrap_or_default());
        Some(Self {
            method: one_line(&method, 20),
            result: one_line(&result.to_ascii_lowercase(), 20),
            domain: domain.map(|domain| one_line(domain, 255)),
            server: one_line(server, 255),
        })
    }
}

/// Whether a domain is another or below it. A top-level domain vouches for nothing.
fn is_within(domain: &str, above: &str) -> bool {
    let (domain, above) = (domain.to_ascii_lowercase(), above.to_ascii_lowercase());
    let above = above.trim_start_matches('@');
    above.contains('.')
        && domain
            .strip_suffix(above)
            .is_some_and(|left| left.is_empty() || left.ends_with('.'))
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Equals,
}

/// The statements between semicolons, comments left out.
fn statements(value: &str) -> Vec<Vec<Token>> {
    let mut all = vec![Vec::new()];
    let mut word = String::new();
    let mut depth = 0_usize;
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            // A quoted pair in a comment or beyond.
            '\\' => {
                let next = letters.next();
                if depth == 0 {
                    word.extend(next);
                }
                continue;
            }
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                continue;
            }
            _ => {}
        }
        if depth > 0 {
            continue;
        }
        match letter {
            '"' => {
                // What is quoted is one word, whatever is in it.
                while let Some(quoted) = letters.next() {
                    match quoted {
                        '"' => break,
                        '\\' => word.extend(letters.next()),
                        _ => word.push(quoted),
                    }
                }
                word.push('\0');
            }
            ';' | '=' => {
                end(&mut all, &mut word);
                if letter == ';' {
                    all.push(Vec::new());
                } else if let Some(last) = all.last_mut() {
                    last.push(Token::Equals);
                }
            }
            letter if letter.is_whitespace() => end(&mut all, &mut word),
            letter => word.push(letter),
        }
    }
    end(&mut all, &mut word);
    all
}

/// Ends a word. A quoted one may be empty, so its end is marked.
fn end(all: &mut [Vec<Token>], word: &mut String) {
    if !word.is_empty()
        && let Some(last) = all.last_mut()
    {
        last.push(Token::Word(std::mem::take(word).replace('\0', "")));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};
    use structured_email::Message;

    use super::{Checked, results, statements};

    fn read(fields: &str) -> Vec<Checked> {
        let raw = format!("{}\r\n\r\n", fields.replace('\n', "\r\n"));
        results(
            &Message::parse(raw.as_bytes()).unwrap(),
            &["mx.example.org".to_owned()],
        )
    }

    #[test]
    fn results_of_the_known_server_are_read() {
        let checked = read(
            "Authentication-Results: MX.example.org 1; spf=pass (ok; really)\n smtp.mailfrom=ann@a.test;\n \
             dkim=pass reason=\"x; dmarc=pass\" header.d=a.test;\n dmarc/1=fail header.from=a.test",
        );
        let told: Vec<_> = checked
            .iter()
            .map(|check| {
                (
                    check.method.as_str(),
                    check.result.as_str(),
                    check.domain.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("spf", "pass", Some("a.test")),
                ("dkim", "pass", Some("a.test")),
                ("dmarc", "fail", Some("a.test")),
            ]
        );
        assert!(checked[1].vouches_for("mail.a.test") && !checked[1].vouches_for("ba.test"));
        assert!(!checked[0].vouches_for("a.test"));
        assert!(checked[2].fails("a.test"));
    }

    #[test]
    fn fields_of_others_and_older_ones_do_not_count() {
        let forged = "Authentication-Results: mx.evil.test; dmarc=pass header.from=bank.test";
        assert!(read(forged).is_empty());
        let below = "Authentication-Results: mx.example.org; dmarc=fail header.from=bank.test\n\
                     Authentication-Results: mx.example.org; dmarc=pass header.from=bank.test";
        let checked = read(below);
        assert_eq!(checked.len(), 1);
        assert!(checked[0].fails("bank.test") && !checked[0].vouches_for("bank.test"));
        assert!(read("Authentication-Results: mx.example.org; none").is_empty());
    }

    #[test]
    fn a_top_level_domain_vouches_for_nothing() {
        let checked = read("Authentication-Results: mx.example.org; dkim=pass header.d=test");
        assert!(!checked[0].vouches_for("a.test"));
    }

    proptest! {
        #[test]
        fn any_field_is_read(value in "[ -~\\t]{0,80}", more in any::<String>()) {
            let _ = statements(&value);
            let _ = statements(&more);
        }
    }
}
