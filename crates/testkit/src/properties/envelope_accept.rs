use asmtp_envelope::{Code, ErrorBody, Handle, Listing, Order, OrderKey, Policy, Timestamp};

use crate::asmtp::Operator;
use crate::tape::Tape;

const START_MS: u64 = 1_795_215_861_457;
const NAMES: [&str; 4] = ["@acme.ann", "@acme.ben", "@beta.cid", "@no.body"];

/// An operator under any list of requests: refusals leave no trace and do not tell their cause,
/// retries get the first answer, keys rise in every mailbox, and pages neither overlap nor skip.
pub fn envelope_accept(octets: &[u8]) {
    let mut tape = Tape::new(octets);
    let now = Timestamp::new(START_MS).expect("a time");
    let mut operator = Operator::new("https://mail.example", now);
    let names = NAMES.map(|name| -> Handle { name.parse().expect("a handle") });
    for name in &names[..3] {
        let gate = asmtp_envelope::Gate::new(name.clone(), Policy::Open);
        operator.gates.insert(name.clone(), gate);
    }
    while !tape.has_ended() {
        let agent = &names[tape.below(3)];
        let peer = &names[tape.below(4)];
        let gate = operator.gates.get_mut(agent).expect("an agent");
        match tape.below(10) {
            0 => gate.policy = Policy::Open,
            1 => gate.policy = Policy::Allowlist,
            2 => gate.allowlist.push(peer.clone().into()),
            3 => gate.blocks.push(peer.clone()),
            4 => {
                gate.blocks.clear();
                gate.allowlist.clear();
            }
            5 => {
                let millis = START_MS - 50 + tape.below(100) as u64;
                operator.now = Timestamp::new(millis).expect("a time");
            }
            6 => pages_tile(&operator, agent, &mut tape),
            7 => {
                let file = format!("file_{}", tape.below(3))
                    .parse()
                    .expect("a file id");
                operator.files.insert(file, agent.clone());
            }
            _ => post(&mut operator, agent, &mut tape),
        }
    }
    for agent in &names[..3] {
        pages_tile(&operator, agent, &mut tape);
    }
}

fn post(operator: &mut Operator, from: &Handle, tape: &mut Tape<'_>) {
    let id = format!("01{:024}", tape.below(20));
    let to = [NAMES[tape.below(4)], NAMES[tape.below(4)]];
    let list = if tape.flip() { &to[..] } else { &to[..1] };
    let part = match tape.below(4) {
        0 => format!(r#"{{"type":"file","file_id":"file_{}"}}"#, tape.below(3)),
        n => format!(r#"{{"type":"text","text":"{n}"}}"#),
    };
    let monitor = if tape.flip() { r#""mon_a""# } else { "null" };
    let body = format!(
        r#"{{"id":"{id}","to":{list:?},"date_ms":1,"content_parts":[{part}],"monitor":{monitor}}}"#
    );
    let before = operator.clone();
    let known = operator.record(id.parse().expect("an id")).cloned();
    match operator.post(from, body.as_bytes()) {
        Ok((receipt, pushes)) => match known {
            Some(record) => {
                assert!(pushes.is_empty(), "a retry tells nobody");
                assert_eq!(format!("{before:?}"), format!("{operator:?}"));
                let clocks = (receipt.received_ms, receipt.created_at);
                assert_eq!(clocks, (record.received_ms, record.created_at));
            }
            None => assert!(pushes.len() >= receipt.recipients.len()),
        },
        Err(refusal) => {
            assert_eq!(format!("{before:?}"), format!("{operator:?}"), "no trace");
            if refusal.code() == Some(Code::NotFound) {
                assert_eq!(refusal, ErrorBody::new(Code::NotFound, "not found"));
            }
        }
    }
}

/// Pages of any size, walked either way, give each row once and in order.
fn pages_tile(operator: &Operator, agent: &Handle, tape: &mut Tape<'_>) {
    let mut listing = Listing {
        limit: 1 + tape.below(5) as u16,
        order: if tape.flip() {
            Order::Descending
        } else {
            Order::Ascending
        },
        ..Listing::default()
    };
    let mut rows: Vec<OrderKey> = Vec::new();
    loop {
        let page = operator
            .list(agent, &listing.to_string())
            .expect("a listing");
        assert_eq!(
            page.next_cursor.is_some(),
            page.rows.len() == usize::from(listing.limit)
        );
        rows.extend(page.rows.iter().map(|row| row.frame.key()));
        let Some(next) = page.next_cursor else {
            break;
        };
        listing.after = Some(next);
    }
    if listing.order == Order::Descending {
        rows.reverse();
    }
    assert!(rows.array_windows().all(|[a, b]| a < b));
    assert!(rows.into_iter().eq(operator.received(agent)));
}
