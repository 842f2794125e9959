//! Conversations with the machine: what it sends, what it reports, where it stops.

use std::slice;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::{prop_assert, prop_assert_eq, proptest};
use secrecy::SecretString;

use super::{
    Budget, Code, Command, Completion, Event, Fault, Fetched, Item, Machine, Numbers, Outcome,
    Piece, Term, Untagged,
};

const BUDGET: Budget = Budget {
    octets: 1 << 20,
    responses: 1000,
};
const LIMIT: u32 = 1 << 16;

/// A machine that has seen a greeting.
fn ready() -> Machine {
    let mut machine = Machine::new(LIMIT, BUDGET);
    machine.receive(b"* OK ready\r\n").unwrap();
    assert_eq!(
        machine.poll(),
        Some(Event::Greeting {
            known: false,
            code: None
        })
    );
    machine
}

fn running(command: &Command<'_>) -> (Machine, String) {
    let mut machine = ready();
    machine.start(command, BUDGET).unwrap();
    let sent = sent(&mut machine);
    (machine, sent)
}

fn sent(machine: &mut Machine) -> String {
    String::from_utf8(machine.take_output()).unwrap()
}

fn events(machine: &mut Machine) -> Vec<Event> {
    std::iter::from_fn(|| machine.poll()).collect()
}

fn completed(outcome: Outcome, text: &str) -> Event {
    Event::Completed(Completion {
        outcome,
        code: None,
        text: text.to_owned(),
    })
}

fn search(text: &str) -> Vec<Term<'_>> {
    vec![Term::Text(text)]
}

#[test]
fn a_command_runs_from_tag_to_tag() {
    let (mut machine, sent) = running(&Command::Noop);
    assert_eq!(sent, "m1 NOOP\r\n");
    machine
        .receive(b"* 3 EXISTS\r\n* 1 EXPUNGE\r\nm1 OK done\r\n")
        .unwrap();
    assert_eq!(
        events(&mut machine),
        [
            Event::Untagged(Untagged::Exists(3)),
            Event::Untagged(Untagged::Expunge(1)),
            completed(Outcome::Ok, "done"),
        ]
    );
    machine.start(&Command::Noop, BUDGET).unwrap();
    assert_eq!(machine.take_output(), b"m2 NOOP\r\n");
}

#[test]
fn a_literal_waits_for_the_server() {
    let terms = search("two\r\nlines");
    let (mut machine, first) = running(&Command::Search(&terms));
    assert_eq!(first, "m1 UID SEARCH TEXT {10}\r\n");
    // Neither data nor half of a refusal releases it.
    machine.receive(b"* 1 EXISTS\r\nm1 N").unwrap();
    assert_eq!(sent(&mut machine), "");
    machine.receive(b"O never\r\n").unwrap();
    assert_eq!(
        events(&mut machine).last(),
        Some(&completed(Outcome::No, "never"))
    );
    assert_eq!(sent(&mut machine), "");
    // What was refused is forgotten.
    machine.start(&Command::Search(&terms), BUDGET).unwrap();
    assert_eq!(sent(&mut machine), "m2 UID SEARCH TEXT {10}\r\n");
    machine.receive(b"+ go\r\n").unwrap();
    assert_eq!(sent(&mut machine), "two\r\nlines\r\n");
    assert_eq!(
        machine.receive(b"+ go\r\n"),
        Err(Fault::UnexpectedContinuation)
    );
}

#[test]
fn half_a_command_cannot_succeed() {
    let terms = search("é");
    let (mut machine, first) = running(&Command::Search(&terms));
    assert_eq!(first, "m1 UID SEARCH CHARSET UTF-8 TEXT {2}\r\n");
    assert_eq!(
        machine.receive(b"m1 OK found nothing\r\n"),
        Err(Fault::EarlyCompletion)
    );
}

#[test]
fn a_continuation_sent_before_the_command_releases_nothing() {
    let mut machine = ready();
    assert_eq!(
        machine.receive(b"+ go\r\n"),
        Err(Fault::UnexpectedContinuation)
    );
    assert_eq!(
        machine.start(&Command::Noop, BUDGET),
        Err(Fault::UnexpectedContinuation),
        "a fault is final"
    );
}

#[test]
fn a_foreign_tag_completes_nothing() {
    for line in [
        "m2 OK done\r\n",
        "x OK done\r\n",
        "m1x OK done\r\n",
        "M1 OK done\r\n",
    ] {
        let (mut machine, _) = running(&Command::Noop);
        assert_eq!(
            machine.receive(line.as_bytes()),
            Err(Fault::ForeignTag),
            "{line}"
        );
    }
    assert_eq!(ready().receive(b"m1 OK done\r\n"), Err(Fault::ForeignTag));
}

#[test]
fn hostile_terms_stay_data() {
    let hostile = r#"a" OR ALL \ (x) {5}"#;
    let terms = [
        Term::Seen(false),
        Term::Text(hostile),
        Term::Header("Subject", "x y"),
    ];
    let (_, sent) = running(&Command::Search(&terms));
    assert_eq!(
        sent,
        "m1 UID SEARCH UNSEEN TEXT \"a\\\" OR ALL \\\\ (x) {5}\" HEADER Subject \"x y\"\r\n"
    );
    let nul = search("a\0b");
    assert!(matches!(
        ready().start(&Command::Search(&nul), BUDGET),
        Err(Fault::Argument(_))
    ));
}

#[test]
fn fetched_data_is_told_by_name() {
    let items = [
        Item::Uid,
        Item::Flags,
        Item::Size,
        Item::Octets { from: 0, len: 5 },
        Item::Mime {
            part: vec![2, 1],
            len: 9,
        },
        Item::Part {
            part: vec![3],
            len: 9,
        },
    ];
    let (mut machine, sent) = running(&Command::Fetch {
        numbers: Numbers::Uids(&[7, 8]),
        items: &items,
    });
    assert_eq!(
        sent,
        "m1 UID FETCH 7:8 (UID FLAGS RFC822.SIZE BODY.PEEK[]<0.5> \
         BODY.PEEK[2.1.MIME]<0.9> BODY.PEEK[3]<0.9>)\r\n"
    );
    machine
        .receive(
            b"* 1 FETCH (UID 7 FLAGS (\\Seen \\Recent $MRM) RFC822.SIZE 9 BODY[]<0> {5}\r\na\r\n)b \
              BODY[2.1.MIME]<0> \"x\" BODY[3]<0> NIL)\r\nm1 OK done\r\n",
        )
        .unwrap();
    let Some(Event::Untagged(Untagged::Fetch(fetched))) = machine.poll() else {
        panic!()
    };
    assert_eq!(
        fetched,
        Fetched {
            sequence: 1,
            uid: Some(7),
            flags: Some(vec!["\\Seen".to_owned(), "$MRM".to_owned()]),
            size: Some(9),
            pieces: vec![
                (Piece::Octets { from: 0 }, b"a\r\n)b".to_vec()),
                (Piece::Mime(vec![2, 1]), b"x".to_vec()),
            ],
        }
    );
    assert!(fetched.has_flag("$mrm") && fetched.has_flag("\\SEEN"));
}

#[test]
fn what_cannot_be_decoded_is_reported_by_name() {
    let (mut machine, _) = running(&Command::Noop);
    let nested = format!(
        "* 1 FETCH (BODYSTRUCTURE {}{})\r\n",
        "(".repeat(9000),
        ")".repeat(9000)
    );
    for line in [
        nested.as_str(),
        "* SEARCH 1 x\r\n",
        "* OK gr\u{fc}n\r\n",
        "* \r\n",
    ] {
        machine.receive(line.as_bytes()).unwrap();
    }
    machine
        .receive("m1 NO nicht verfügbar\r\n".as_bytes())
        .unwrap();
    let undecodable = |name: &str| Event::Untagged(Untagged::Undecodable(name.to_owned()));
    assert_eq!(
        events(&mut machine),
        [
            undecodable("FETCH"),
            undecodable("SEARCH"),
            undecodable("OK"),
            undecodable(""),
            completed(Outcome::No, ""),
        ]
    );
}

#[test]
fn a_line_without_end_stops_at_the_limit() {
    let mut machine = ready();
    let piece = [b'a'; 1000];
    let error = (0..).find_map(|count| machine.receive(&piece).err().map(|fault| (count, fault)));
    assert_eq!(
        error,
        Some((
            65,
            Fault::ResponseTooLong {
                limit: LIMIT as usize
            }
        ))
    );
}

#[test]
fn a_literal_too_large_is_refused_when_announced() {
    for announced in ["65536", "4294967295", "99999999999999999999"] {
        let (mut machine, _) = running(&Command::Noop);
        let line = format!("* 1 FETCH (BODY[]<0> {{{announced}}}\r\n");
        let result = machine.receive(line.as_bytes());
        if announced.len() > 10 {
            // Not a number of this protocol: a line that cannot be decoded.
            assert_eq!(result, Ok(()));
            assert!(matches!(
                machine.poll(),
                Some(Event::Untagged(Untagged::Undecodable(_)))
            ));
        } else {
            assert_eq!(
                result,
                Err(Fault::ResponseTooLong {
                    limit: LIMIT as usize
                })
            );
        }
    }
}

#[test]
fn budgets_hold_exactly() {
    let small = Budget {
        octets: 40,
        responses: 3,
    };
    let mut machine = ready();
    machine.start(&Command::Noop, small).unwrap();
    machine
        .receive(b"* 1 EXISTS\r\n* 2 EXISTS\r\n* 3 EXISTS\r\n")
        .unwrap();
    assert_eq!(
        machine.receive(b"m1 OK\r\n"),
        Err(Fault::TooManyOctets { limit: 40 }),
        "43 octets"
    );
    let mut machine = ready();
    machine
        .start(
            &Command::Noop,
            Budget {
                octets: 100,
                ..small
            },
        )
        .unwrap();
    machine
        .receive(b"* 1 EXISTS\r\n* 2 EXISTS\r\n* 3 EXISTS\r\n")
        .unwrap();
    assert_eq!(
        machine.receive(b"m1 OK x\r\n"),
        Err(Fault::TooManyResponses { limit: 3 })
    );
    // A new command, a new budget.
    let mut machine = ready();
    for number in 1..10 {
        machine.start(&Command::Noop, small).unwrap();
        machine
            .receive(format!("* 1 EXISTS\r\nm{number} OK x\r\n").as_bytes())
            .unwrap();
    }
}

#[test]
fn plaintext_behind_starttls_is_an_attack() {
    let (mut machine, sent) = running(&Command::StartTls);
    assert_eq!(sent, "m1 STARTTLS\r\n");
    assert_eq!(
        machine.receive(b"m1 OK go\r\n* CAPABILITY IMAP4rev1\r\n"),
        Err(Fault::InjectedPlaintext)
    );
    let (mut machine, _) = running(&Command::StartTls);
    machine.receive(b"m1 OK go\r\n").unwrap();
    assert_eq!(events(&mut machine), [completed(Outcome::Ok, "go")]);
}

#[test]
fn the_secret_waits_when_the_server_cannot_take_it_at_once() {
    let password = SecretString::from("p w");
    let command = |initial| Command::Authenticate {
        user: "u",
        password: &password,
        initial,
    };
    let (_, at_once) = running(&command(true));
    assert_eq!(at_once, "m1 AUTHENTICATE PLAIN AHUAcCB3\r\n");
    let (mut machine, first) = running(&command(false));
    assert_eq!(first, "m1 AUTHENTICATE PLAIN\r\n");
    machine.receive(b"+ \r\n").unwrap();
    assert_eq!(sent(&mut machine), "AHUAcCB3\r\n");
    let login = Command::Login {
        user: "u",
        password: &password,
    };
    let (machine, line) = running(&login);
    assert_eq!(line, "m1 LOGIN u \"p w\"\r\n");
    for shown in [format!("{machine:?}"), format!("{login:?}")] {
        assert!(!shown.contains("p w"), "{shown}");
    }
}

#[test]
fn idle_ends_with_done() {
    let (mut machine, first) = running(&Command::Idle);
    assert_eq!(first, "m1 IDLE\r\n");
    machine.done();
    assert_eq!(sent(&mut machine), "", "the server does not idle yet");
    machine.receive(b"+ idling\r\n* 4 EXISTS\r\n").unwrap();
    assert_eq!(
        events(&mut machine),
        [Event::Idling, Event::Untagged(Untagged::Exists(4))]
    );
    machine.done();
    machine.done();
    assert_eq!(sent(&mut machine), "DONE\r\n");
    machine.receive(b"m1 OK done\r\n").unwrap();
    assert_eq!(events(&mut machine), [completed(Outcome::Ok, "done")]);
}

#[test]
fn a_message_is_appended_as_it_is() {
    let message = b"Subject: x\r\n\r\nDONE\r\n";
    let (mut machine, first) = running(&Command::Append {
        folder: "Entwürfe",
        flags: &["\\Seen"],
        message,
    });
    assert_eq!(first, "m1 APPEND Entw&APw-rfe (\\Seen) {20}\r\n");
    machine.receive(b"+ go\r\n").unwrap();
    assert_eq!(sent(&mut machine), "Subject: x\r\n\r\nDONE\r\n\r\n");
}

#[test]
fn codes_are_told() {
    let (mut machine, _) = running(&Command::Select("INBOX"));
    machine
        .receive(
            b"* OK [UIDVALIDITY 17] x\r\n* OK [PERMANENTFLAGS (\\Seen $A \\*)] x\r\n\
              m1 NO [NONEXISTENT] x\r\n",
        )
        .unwrap();
    let flags = ["\\Seen", "$A", "\\*"].map(str::to_owned).to_vec();
    assert_eq!(
        events(&mut machine),
        [
            Event::Untagged(Untagged::Status(Code::UidValidity(17))),
            Event::Untagged(Untagged::Status(Code::PermanentFlags(flags))),
            Event::Completed(Completion {
                outcome: Outcome::No,
                code: Some(Code::Word("NONEXISTENT".to_owned())),
                text: "x".to_owned()
            }),
        ]
    );
}

#[test]
fn folders_are_listed_by_their_names() {
    let (mut machine, sent) = running(&Command::List);
    assert_eq!(sent, "m1 LIST \"\" *\r\n");
    machine
        .receive(
            b"* LIST (\\HasNoChildren) \"/\" inbox\r\n* LIST (\\Noselect) \"/\" Shared\r\n\
              * LIST () \"/\" Entw&APw-rfe\r\n* LIST () NIL \"a&b\"\r\nm1 OK done\r\n",
        )
        .unwrap();
    let folder = |name: &str| Event::Untagged(Untagged::Folder(name.to_owned()));
    assert_eq!(
        events(&mut machine),
        [
            folder("INBOX"),
            Event::Untagged(Untagged::Other),
            folder("Entwürfe"),
            Event::Untagged(Untagged::Other),
            completed(Outcome::Ok, "done"),
        ]
    );
}

#[test]
fn a_move_tells_where_the_message_is_now() {
    let (mut machine, sent) = running(&Command::Move {
        uid: 7,
        folder: "Entwürfe",
    });
    assert_eq!(sent, "m1 UID MOVE 7 Entw&APw-rfe\r\n");
    machine
        .receive(b"* OK [COPYUID 9 7 21] moved\r\n* OK [COPYUID 9 7:8 21:22] two\r\nm1 OK done\r\n")
        .unwrap();
    assert_eq!(
        events(&mut machine),
        [
            Event::Untagged(Untagged::Status(Code::CopyUid(9, 21))),
            Event::Untagged(Untagged::Other),
            completed(Outcome::Ok, "done"),
        ]
    );
}

#[test]
fn a_farewell_ends_the_conversation_between_commands_only() {
    assert_eq!(
        ready().receive(b"* BYE later\r\n"),
        Err(Fault::Bye("later".to_owned()))
    );
    let (mut machine, _) = running(&Command::Noop);
    machine.receive(b"* BYE later\r\nm1 OK done\r\n").unwrap();
    assert_eq!(events(&mut machine).len(), 2);
    let mut machine = Machine::new(LIMIT, BUDGET);
    assert_eq!(
        machine.receive(b"* BYE full\r\n"),
        Err(Fault::Bye("full".to_owned()))
    );
    let mut machine = Machine::new(LIMIT, BUDGET);
    assert_eq!(machine.receive(b"220 smtp\r\n"), Err(Fault::NoGreeting));
}

/// Lines a server may send, honest or not.
fn server_line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<u32>().prop_map(|count| format!("* {count} EXISTS\r\n").into_bytes()),
        vec(1..u32::MAX, 0..9).prop_map(|uids| {
            let uids: String = uids.iter().map(|uid| format!(" {uid}")).collect();
            format!("* SEARCH{uids}\r\n").into_bytes()
        }),
        (1..u32::MAX, vec(any::<u8>(), 0..200)).prop_map(|(uid, data)| {
            let mut line =
                format!("* 1 FETCH (UID {uid} BODY[]<0> {{{}}}\r\n", data.len()).into_bytes();
            line.extend(data);
            line.extend(b" FLAGS (\\Seen a))\r\n");
            line
        }),
        vec(any::<u8>(), 0..60).prop_map(|mut line| {
            line.extend(b"\r\n");
            line
        }),
        Just(b"+ go\r\n".to_vec()),
        Just(b"* BYE later\r\n".to_vec()),
        Just(b"m1 OK done\r\n".to_vec()),
        Just(b"m1 BAD {2}\r\n".to_vec()),
        Just(b"* 1 FETCH (BODYSTRUCTURE ((((((((((((((((((((\r\n".to_vec()),
    ]
}

fn hear(pieces: &[&[u8]]) -> (Vec<Event>, Vec<u8>, Option<Fault>) {
    let terms = search("two\r\nlines");
    let (mut machine, _) = running(&Command::Search(&terms));
    let fault = pieces.iter().find_map(|piece| machine.receive(piece).err());
    (events(&mut machine), machine.take_output(), fault)
}

proptest! {
    #[test]
    fn cuts_change_nothing(lines in vec(server_line(), 0..12), size in 1..40usize) {
        let stream = lines.concat();
        let whole = hear(slice::from_ref(&stream.as_slice()));
        let pieces: Vec<&[u8]> = stream.chunks(size).collect();
        prop_assert_eq!(whole, hear(&pieces));
    }

    #[test]
    fn nothing_breaks_the_machine(octets in vec(any::<u8>(), 0..600)) {
        let (events, output, _) = hear(&[&octets]);
        prop_assert!(events.len() <= BUDGET.responses);
        // The literal needs a request of its own line.
        prop_assert!(output.is_empty() || octets.starts_with(b"+") || octets.contains(&b'\n'));
    }
}
