//! Who gets a reply and how it joins its thread (RFC 5322 3.6.3 to 3.6.5).

use structured_email::{Draft, Mailbox, Message};

/// The most ids a `References` field gets. A parent that names more keeps the first, which
/// names the thread, and the newest.
const MAX_REFERENCES: usize = 40;

/// The longest id that is repeated: a header line holds 998 characters (RFC 5322 2.1.1).
const MAX_ID: usize = 900;

/// What a reply takes from its parent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) to: Vec<Mailbox>,
    pub(crate) cc: Vec<Mailbox>,
    pub(crate) subject: String,
    pub(crate) in_reply_to: Option<String>,
    pub(crate) references: Vec<String>,
}

impl Reply {
    /// A reply to `parent` by the owner of the address `own`: to its author, or to everybody
    /// who saw it.
    pub(crate) fn to(parent: &Message<'_>, own: &str, everybody: bool) -> Self {
        let mut to = parent.mailboxes("Reply-To");
        if to.is_empty() {
            to = parent.from();
        }
        let mut cc = Vec::new();
        // A reply to one's own message goes on to those it was for.
        let is_own = to.iter().all(|mailbox| is_same(&mailbox.address, own));
        if everybody || is_own {
            to.extend(parent.mailboxes("To"));
        }
        if everybody {
            cc = parent.mailboxes("Cc");
        }
        let mut seen = vec![own.to_owned()];
        let mut is_new = |mailbox: &Mailbox| {
            let new = !seen
                .iter()
                .any(|address| is_same(address, &mailbox.address));
            if new {
                seen.push(mailbox.address.clone());
            }
            new
        };
        let authors = to.clone();
        to.retain(&mut is_new);
        cc.retain(&mut is_new);
        if to.is_empty() && cc.is_empty() {
            // A note to oneself is answered to oneself.
            to = authors.into_iter().take(1).collect();
        }
        let in_reply_to = parent.message_id().filter(|id| is_safe_id(id));
        Self {
            to,
            cc,
            subject: reply_subject(parent.subject().as_deref().unwrap_or_default()),
            references: references(parent, in_reply_to.as_deref()),
            in_reply_to,
        }
    }

    /// The draft in the thread.
    pub(crate) fn thread(self, draft: Draft) -> Draft {
        let draft = self.in_reply_to.into_iter().fold(draft, Draft::in_reply_to);
        draft.references(self.references)
    }
}

/// RFC 5322 3.6.4: the parent's `References`, else its `In-Reply-To` when that is one id, and
/// the parent's own id behind it.
fn references(parent: &Message<'_>, parent_id: Option<&str>) -> Vec<String> {
    let mut ids = parent.message_ids("References");
    if ids.is_empty() {
        ids = parent.message_ids("In-Reply-To");
        if ids.len() != 1 {
            ids.clear();
        }
    }
    ids.retain(|id| is_safe_id(id) && Some(id.as_str()) != parent_id);
    ids.extend(parent_id.map(str::to_owned));
    if ids.len() > MAX_REFERENCES {
        ids.drain(1..=ids.len() - MAX_REFERENCES);
    }
    ids
}

/// RFC 5322 3.6.5: one "Re: ", however often the thread went back and forth.
fn reply_subject(subject: &str) -> String {
    let mut rest = subject.trim();
    while let Some(prefix) = rest.get(..3)
        && prefix.eq_ignore_ascii_case("re:")
    {
        rest = rest[3..].trim_start();
    }
    format!("Re: {rest}").trim_end().to_owned()
}

/// An id of a stranger is repeated only when it can stand in a header as it is.
fn is_safe_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= MAX_ID
        && id
            .bytes()
            .all(|octet| octet.is_ascii_graphic() && octet != b'<' && octet != b'>')
}

fn is_same(address: &str, other: &str) -> bool {
    address.eq_ignore_ascii_case(other)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{prop_assert_eq, proptest};
    use structured_email::{Message, Stamp};

    use super::{Draft, MAX_REFERENCES, Reply, reply_subject};

    fn reply(parent: &str, everybody: bool) -> Reply {
        let raw = parent.replace('\n', "\r\n");
        Reply::to(
            &Message::parse(raw.as_bytes()).unwrap(),
            "me@x.test",
            everybody,
        )
    }

    fn addresses(mailboxes: &[structured_email::Mailbox]) -> Vec<&str> {
        mailboxes
            .iter()
            .map(|mailbox| mailbox.address.as_str())
            .collect()
    }

    #[test]
    fn re_stands_once() {
        for (parent, expected) in [
            ("Offer", "Re: Offer"),
            ("Re: Offer", "Re: Offer"),
            ("RE:re: Re:  Offer", "Re: Offer"),
            ("Regarding", "Re: Regarding"),
            ("ré: x", "Re: ré: x"),
            ("", "Re:"),
        ] {
            assert_eq!(reply_subject(parent), expected, "{parent:?}");
        }
    }

    #[test]
    fn the_chain_grows_by_the_parent() {
        let with_references = "Message-ID: <c@x>\nReferences: <a@x> <b@x>\nIn-Reply-To: <z@x>\n\n";
        assert_eq!(
            reply(with_references, false).references,
            ["a@x", "b@x", "c@x"]
        );
        let with_one_parent = "Message-ID: <c@x>\nIn-Reply-To: <b@x>\n\n";
        assert_eq!(reply(with_one_parent, false).references, ["b@x", "c@x"]);
        let with_two_parents = "Message-ID: <c@x>\nIn-Reply-To: <a@x> <b@x>\n\n";
        assert_eq!(reply(with_two_parents, false).references, ["c@x"]);
        let without_id = "References: <a@x>\nSubject: s\n\n";
        assert_eq!(reply(without_id, false).references, ["a@x"]);
        assert_eq!(reply(without_id, false).in_reply_to, None);
    }

    #[test]
    fn a_long_chain_keeps_its_ends() {
        let ids: Vec<String> = (0..200).map(|n| format!("<{n}@x>")).collect();
        let parent = format!("Message-ID: <last@x>\nReferences: {}\n\n", ids.join("\n "));
        let references = reply(&parent, false).references;
        assert_eq!(references.len(), MAX_REFERENCES);
        assert_eq!(references[0], "0@x");
        assert_eq!(references[MAX_REFERENCES - 2..], ["199@x", "last@x"]);
    }

    #[test]
    fn reply_to_is_honoured_and_everybody_leaves_oneself_out() {
        let parent = "From: a@x.test\nReply-To: desk@x.test\nTo: ME@x.test, b@x.test\n\
                      Cc: c@x.test, desk@x.test, me@x.test\n\n";
        assert_eq!(addresses(&reply(parent, false).to), ["desk@x.test"]);
        let all = reply(parent, true);
        assert_eq!(addresses(&all.to), ["desk@x.test", "b@x.test"]);
        assert_eq!(addresses(&all.cc), ["c@x.test"]);
    }

    #[test]
    fn a_reply_to_oneself_goes_on_to_the_recipients() {
        let parent = "From: me@x.test\nTo: b@x.test\nCc: c@x.test\n\n";
        assert_eq!(addresses(&reply(parent, false).to), ["b@x.test"]);
        assert!(reply(parent, false).cc.is_empty());
        let note = "From: me@x.test\nTo: me@x.test\n\n";
        assert_eq!(addresses(&reply(note, true).to), ["me@x.test"]);
    }

    proptest! {
        #[test]
        fn any_parent_gets_a_thread_that_can_be_written(
            raw in "(From|To|Cc|Reply-To|Subject|Message-ID|References|In-Reply-To): [ -~é]{0,60}",
            more in vec("(Cc|Reply-To|Subject|Message-ID|References|In-Reply-To): [<>@a-z ,\\t]{0,60}", 0..6),
        ) {
            let parent = format!("{raw}\n{}\n\n", more.join("\n"));
            let reply = reply(&parent, true);
            let draft = Draft::new().from("me@x.test").to("you@x.test").subject(reply.subject);
            let draft = reply.in_reply_to.clone().into_iter().fold(draft, Draft::in_reply_to);
            let draft = draft.references(reply.references.clone());
            let stamp = Stamp { date: 0, message_id: "1@x.test".into(), boundary: "b".into() };
            let mut octets = Vec::new();
            draft.compose(&stamp, &mut octets).unwrap();
            let written = Message::parse(&octets).unwrap();
            prop_assert_eq!(written.message_ids("References"), reply.references);
            prop_assert_eq!(written.message_ids("In-Reply-To").pop(), reply.in_reply_to);
        }
    }
}
