use structured_email::Message;

/// Why a mail is taken to come from a machine, and gets no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Automatic {
    /// `Auto-Submitted` says so (RFC 3834 5).
    AutoSubmitted,
    /// `Return-Path` is empty: a notification (RFC 5321 4.5.5).
    NullReturnPath,
    /// A delivery or disposition report (RFC 6522).
    Report,
    /// It came over a mailing list (RFC 2369, RFC 2919).
    List,
    /// `Precedence` is `bulk`, `junk`, `list` or `auto_reply`.
    Precedence,
    /// `X-Auto-Response-Suppress` asks for no answers ([MS-OXCMAIL]).
    ///
    /// [MS-OXCMAIL]: https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcmail
    Suppressed,
    /// A field by which older responders name themselves, such as `X-Autoreply`.
    Responder,
    /// The subject of an absence notice.
    OutOfOffice,
    /// Its author, or who gets the answer, is no person: `mailer-daemon`, `no-reply`, `owner-…` and others (RFC 3834 2).
    Sender,
}

impl Automatic {
    /// Why a mail is automatic, the surest reason first, or `None` where a person seems to have
    /// written it. Every field of a name counts, not only the first.
    #[must_use]
    pub fn of(message: &Message<'_>) -> Option<Self> {
        let mut found: Option<Self> = None;
        for (name, value) in message.headers() {
            let value = &value[..value.len().min(LONGEST_VALUE)];
            let value = String::from_utf8_lossy(value).trim().to_ascii_lowercase();
            let reason = by_field(&name.to_ascii_lowercase(), &value);
            found = found.into_iter().chain(reason).min();
        }
        found.or_else(|| {
            let subject = message.subject().unwrap_or_default();
            let mut senders = message.from();
            senders.extend(message.mailboxes("Reply-To"));
            if is_absence(&subject) {
                Some(Self::OutOfOffice)
            } else if senders.iter().any(|sender| is_machine(&sender.address)) {
                Some(Self::Sender)
            } else {
                None
            }
        })
    }
}

/// What of a field is looked at, in octets: all that counts stands at its beginning.
const LONGEST_VALUE: usize = 512;

fn by_field(name: &str, value: &str) -> Option<Automatic> {
    let word = value
        .split([';', ' ', '\t', '(', '\r', '\n'])
        .next()
        .unwrap_or_default();
    match name {
        // RFC 3834 5.1: a keyword, then parameters; any but "no" is automatic.
        "auto-submitted" => (word != "no").then_some(Automatic::AutoSubmitted),
        "return-path" => value.starts_with("<>").then_some(Automatic::NullReturnPath),
        "content-type" => (word == "multipart/report").then_some(Automatic::Report),
        "precedence" => ["bulk", "junk", "list", "auto_reply"]
            .contains(&word)
            .then_some(Automatic::Precedence),
        "x-auto-response-suppress" => value
            .split([',', ';', ' '])
            .any(|word| ["all", "oof", "autoreply"].contains(&word))
            .then_some(Automatic::Suppressed),
        "list-id" | "list-post" | "list-help" | "list-unsubscribe" | "list-subscribe"
        | "list-owner" | "list-archive" | "mailing-list" => Some(Automatic::List),
        "x-autoreply"
        | "x-autorespond"
        | "x-autoresponse"
        | "x-auto-reply-from"
        | "x-mail-autoreply"
        | "x-failed-recipients"
        | "x-loop"
        | "feedback-id" => Some(Automatic::Responder),
        _ => None,
    }
}

const ABSENCES: [&str; 17] = [
    "out of office",
    "out of the office",
    "automatic reply:",
    "auto reply:",
    "autoreply:",
    "auto-reply:",
    "automatische antwort:",
    "abwesenheitsnotiz",
    "abwesenheit:",
    "réponse automatique",
    "absence du bureau",
    "respuesta automática",
    "fuera de la oficina",
    "automatisch antwoord:",
    "afwezigheidsbericht",
    "undeliverable:",
    "delivery status notification",
];

fn is_absence(subject: &str) -> bool {
    let start: String = subject.trim_start().chars().take(60).collect();
    let start = start.to_lowercase();
    ABSENCES.iter().any(|words| start.starts_with(words))
}

fn is_machine(address: &str) -> bool {
    let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
    let local = local.to_ascii_lowercase();
    let words: String = local
        .chars()
        .filter(|c| !matches!(c, '-' | '_' | '.'))
        .collect();
    [
        "mailerdaemon",
        "noreply",
        "donotreply",
        "bounce",
        "bounces",
        "listserv",
        "majordomo",
    ]
    .contains(&words.split('+').next().unwrap_or_default())
        || local.starts_with("owner-")
        || local.ends_with("-request")
        || local.is_empty()
}

#[cfg(test)]
mod tests {
    use structured_email::Message;

    use super::Automatic;

    #[track_caller]
    fn assert_of(header: &str, expected: Option<Automatic>) {
        let raw = format!("{header}\r\n\r\nx");
        let message = Message::parse(raw.as_bytes()).unwrap();
        assert_eq!(Automatic::of(&message), expected, "{header}");
    }

    #[test]
    fn people_are_not_taken_for_machines() {
        for header in [
            "Subject: s",
            "Auto-Submitted: no",
            "Auto-Submitted: No (a person)",
            "Precedence: first-class",
            "Return-Path: <a@x.test>",
            "X-Auto-Response-Suppress: None",
            "X-Auto-Response-Suppress: DR, NDR",
            "Subject: Re: Is it out of office hours?",
            "From: Norbert Eply <norbert.eply@x.test>",
            "From: requests@x.test",
        ] {
            assert_of(header, None);
        }
    }

    #[test]
    fn machines_are_known_by_their_header() {
        use Automatic as A;
        for (header, expected) in [
            ("Auto-Submitted: auto-replied", A::AutoSubmitted),
            ("auto-submitted: AUTO-GENERATED; x=y", A::AutoSubmitted),
            ("Auto-Submitted:", A::AutoSubmitted),
            (
                "Auto-Submitted: no\r\nAuto-Submitted: auto-replied",
                A::AutoSubmitted,
            ),
            ("Return-Path: <>", A::NullReturnPath),
            ("Content-Type: multipart/report; boundary=b", A::Report),
            ("List-Id: Chairs <chairs.x.test>", A::List),
            ("List-Unsubscribe: <mailto:u@x.test>", A::List),
            ("Precedence: Bulk", A::Precedence),
            (
                "X-Auto-Response-Suppress: DR, RN, OOF, AutoReply",
                A::Suppressed,
            ),
            ("X-Auto-Response-Suppress: All", A::Suppressed),
            ("X-Autoreply: yes", A::Responder),
            ("Subject: Automatic reply: Chairs", A::OutOfOffice),
            (
                "Subject: =?utf-8?q?R=C3=A9ponse_automatique?= : x",
                A::OutOfOffice,
            ),
            ("Subject: Abwesenheitsnotiz", A::OutOfOffice),
            ("From: MAILER-DAEMON@x.test", A::Sender),
            ("From: Shop <no-reply@x.test>", A::Sender),
            ("From: chairs-request@x.test", A::Sender),
            ("From: a@x.test\r\nReply-To: no-reply@x.test", A::Sender),
        ] {
            assert_of(header, Some(expected));
        }
    }

    #[test]
    fn the_surest_reason_is_given() {
        let header = "Precedence: bulk\r\nList-Id: <l.x.test>\r\nAuto-Submitted: auto-generated";
        assert_of(header, Some(Automatic::AutoSubmitted));
    }
}
