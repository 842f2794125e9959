//! What an SMTP client says (RFC 5321, RFC 6531), as octets.

use std::collections::BTreeSet;

use crate::{Error, ErrorKind, Outgoing};

/// What a server said it can do, in answer to EHLO.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Extensions(BTreeSet<String>);

impl Extensions {
    /// Reads the lines behind the first of an EHLO answer (RFC 5321 4.1.1.1).
    pub(super) fn read(answer: &str) -> Self {
        let mut words = BTreeSet::new();
        for line in answer.lines().skip(1) {
            let line = line.trim().to_ascii_uppercase();
            // `AUTH PLAIN LOGIN`, and the `AUTH=PLAIN` of old servers.
            let line = line.replacen("AUTH=", "AUTH ", 1);
            let mut parts = line.split_ascii_whitespace();
            if let Some(keyword) = parts.next() {
                if keyword == "AUTH" {
                    words.extend(parts.map(|mechanism| format!("AUTH {mechanism}")));
                }
                words.insert(keyword.to_owned());
            }
        }
        Self(words)
    }

    /// Whether a keyword was said, in capitals; a mechanism is `AUTH PLAIN`.
    pub(super) fn has(&self, keyword: &str) -> bool {
        self.0.contains(keyword)
    }
}

/// `MAIL FROM` with the parameters the message needs.
///
/// # Errors
///
/// Unsupported when the message needs SMTPUTF8 and the server does not have it, Invalid when an
/// address could not be written without changing the command.
pub(super) fn mail_from(outgoing: &Outgoing, extensions: &Extensions) -> Result<String, Error> {
    let needs_smtputf8 = outgoing.needs_smtputf8
        || !outgoing.from.address.is_ascii()
        || outgoing
            .recipients
            .iter()
            .any(|recipient| !recipient.is_ascii());
    let mut line = format!("MAIL FROM:<{}>", path(&outgoing.from.address)?);
    if extensions.has("SIZE") {
        line.push_str(&format!(" SIZE={}", outgoing.message.len()));
    }
    if !outgoing.message.is_ascii() && extensions.has("8BITMIME") {
        line.push_str(" BODY=8BITMIME");
    }
    if needs_smtputf8 {
        if !extensions.has("SMTPUTF8") {
            let message = "expected a server with SMTPUTF8 for a message with non-ASCII addresses";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        line.push_str(" SMTPUTF8");
    }
    line.push_str("\r\n");
    Ok(line)
}

/// `RCPT TO`.
///
/// # Errors
///
/// Invalid when the address could not be written without changing the command.
pub(super) fn rcpt_to(recipient: &str) -> Result<String, Error> {
    Ok(format!("RCPT TO:<{}>\r\n", path(recipient)?))
}

/// The message as it follows DATA: dots doubled, the end marked (RFC 5321 4.5.2).
///
/// # Errors
///
/// Invalid when a line does not end with CRLF: servers that take a bare LF for a line end let
/// such a message carry another one.
pub(super) fn data(message: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = Vec::with_capacity(message.len() + message.len() / 64 + 5);
    for line in message.split_inclusive(|octet| *octet == b'\n') {
        let body = line.strip_suffix(b"\r\n").unwrap_or(line);
        if body.contains(&b'\r') || body.contains(&b'\n') {
            return Err(invalid("expected a message whose lines end with CRLF"));
        }
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(body);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    Ok(out)
}

/// An address that cannot leave its angle brackets.
fn path(address: &str) -> Result<&str, Error> {
    let legal = |letter: char| !letter.is_control() && !matches!(letter, ' ' | '<' | '>');
    let has_domain = address
        .rsplit_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    // RFC 5321 4.5.3.1.3 allows 256 octets; longer domains of other scripts are the server's to
    // judge.
    if !has_domain || address.len() > 1000 || !address.chars().all(legal) {
        return Err(invalid("expected an address of the form local@domain"));
    }
    Ok(address)
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::Invalid, message)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::any;
    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn outgoing(from: &str, recipient: &str, message: &[u8]) -> Outgoing {
        Outgoing {
            message: message.to_vec(),
            message_id: "id@mail.test".to_owned(),
            from: from.into(),
            recipients: vec![recipient.to_owned()],
            needs_smtputf8: false,
        }
    }

    #[test]
    fn extensions_are_read_from_the_second_line() {
        let answer =
            "SMTPUTF8 is my name\nPIPELINING\nsize 100\nAUTH PLAIN login\nAUTH=X\n8BITMIME";
        let extensions = Extensions::read(answer);
        for has in [
            "PIPELINING",
            "SIZE",
            "AUTH",
            "AUTH PLAIN",
            "AUTH LOGIN",
            "AUTH X",
            "8BITMIME",
        ] {
            assert!(extensions.has(has), "{has}");
        }
        assert!(!extensions.has("SMTPUTF8"));
    }

    #[test]
    fn parameters_follow_need_and_offer() {
        let all = Extensions::read("x\nSIZE\n8BITMIME\nSMTPUTF8");
        let plain = outgoing("a@mail.test", "b@mail.test", b"x\r\n");
        assert_eq!(
            mail_from(&plain, &all).unwrap(),
            "MAIL FROM:<a@mail.test> SIZE=3\r\n"
        );
        let none = Extensions::default();
        assert_eq!(
            mail_from(&plain, &none).unwrap(),
            "MAIL FROM:<a@mail.test>\r\n"
        );
        let foreign = outgoing("a@mail.test", "é@mail.test", "é\r\n".as_bytes());
        assert_eq!(
            mail_from(&foreign, &all).unwrap(),
            "MAIL FROM:<a@mail.test> SIZE=4 BODY=8BITMIME SMTPUTF8\r\n"
        );
        assert_eq!(
            mail_from(&foreign, &none).unwrap_err().kind(),
            ErrorKind::Unsupported
        );
    }

    #[test]
    fn an_address_cannot_become_a_command() {
        for address in [
            "a@b>\r\nDATA",
            "a@b> NOTIFY=NEVER",
            "a b@c",
            "<a@b",
            "a",
            "@b",
            "a@",
            "",
            "a\0@b",
            "a\u{85}@b",
        ] {
            assert_eq!(
                rcpt_to(address).unwrap_err().kind(),
                ErrorKind::Invalid,
                "{address}"
            );
        }
        assert_eq!(
            rcpt_to("\"q\"@[127.0.0.1]").unwrap(),
            "RCPT TO:<\"q\"@[127.0.0.1]>\r\n"
        );
    }

    #[test]
    fn dots_are_doubled_and_the_end_is_marked() {
        assert_eq!(
            data(b".\r\n..a\r\nb.\r\n").unwrap(),
            b"..\r\n...a\r\nb.\r\n.\r\n"
        );
        assert_eq!(data(b"no end").unwrap(), b"no end\r\n.\r\n");
        assert_eq!(data(b"").unwrap(), b".\r\n");
        for smuggled in ["a\n.\n", "a\r.\r", "a\n.\r\n", "a\r\r\n", "a\r"] {
            assert!(data(smuggled.as_bytes()).is_err(), "{smuggled:?}");
        }
    }

    proptest! {
        #[test]
        fn the_end_is_at_the_end_only(lines in vec(vec(any::<u8>(), 0..8), 0..8)) {
            let message: Vec<u8> = lines.join(&b"\r\n"[..]);
            if let Ok(sent) = data(&message) {
                let with_start = [b"\r\n", sent.as_slice()].concat();
                let ends = with_start.windows(5).filter(|window| window == b"\r\n.\r\n");
                prop_assert_eq!(ends.count(), 1);
                prop_assert!(sent.ends_with(b".\r\n"));
            }
        }
    }
}
