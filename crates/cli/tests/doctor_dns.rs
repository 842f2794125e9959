//! What `mailmesh doctor` says of a mail domain, from a name server that answers out of a table.
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod home;

use std::net::UdpSocket;
use std::thread;

use home::Home;

/// The types of records that the table has (RFC 1035 3.2.2).
const A: u16 = 1;
const MX: u16 = 15;

/// What the server knows: a name, a type and the data of a record. A name that is not in it does
/// not exist.
fn records() -> Vec<(&'static str, u16, Vec<u8>)> {
    vec![
        ("agents.example", MX, exchange(20, "backup.example")),
        ("agents.example", MX, exchange(10, "mx.agents.example")),
        ("mx.agents.example", A, vec![192, 0, 2, 1]),
        ("backup.example", A, vec![192, 0, 2, 2]),
        ("own.example", A, vec![192, 0, 2, 3]),
        ("closed.example", MX, exchange(0, "")),
        ("lost.example", MX, exchange(10, "empty.example")),
        ("empty.example", 99, vec![]),
    ]
}

fn exchange(preference: u16, host: &str) -> Vec<u8> {
    [&preference.to_be_bytes()[..], &encoded(host)].concat()
}

/// A name as it is sent (RFC 1035 3.1).
fn encoded(name: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        octets.push(u8::try_from(label.len()).unwrap());
        octets.extend(label.as_bytes());
    }
    octets.push(0);
    octets
}

/// An answer to a query (RFC 1035 4.1).
fn answer(query: &[u8]) -> Vec<u8> {
    let end = 12 + query[12..].iter().position(|&octet| octet == 0).unwrap() + 1;
    let asked = query[12..end].to_ascii_lowercase();
    let kind = u16::from_be_bytes([query[end], query[end + 1]]);
    let records = records();
    let is_there = records.iter().any(|record| encoded(record.0) == asked);
    let found: Vec<_> = records
        .iter()
        .filter(|record| encoded(record.0) == asked && record.1 == kind)
        .collect();
    let mut octets = query[..2].to_vec();
    octets.extend([0x81, if is_there { 0x80 } else { 0x83 }]); // an answer; NXDOMAIN is 3
    octets.extend([0, 1]);
    octets.extend(u16::try_from(found.len()).unwrap().to_be_bytes());
    octets.extend([0, 0, 0, 0]);
    octets.extend(&query[12..end + 4]);
    for (_, kind, data) in found {
        octets.extend([0xC0, 12]); // the name in the question
        octets.extend(kind.to_be_bytes());
        octets.extend([0, 1, 0, 0, 0, 60]);
        octets.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        octets.extend(data);
    }
    octets
}

/// Starts the server and gives its address. It ends with the test.
fn server() -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let mut query = [0; 1_500];
        while let Ok((length, peer)) = socket.recv_from(&mut query) {
            socket.send_to(&answer(&query[..length]), peer).unwrap();
        }
    });
    address
}

fn look(domain: &str, server: &str) -> (bool, String, String) {
    let home = Home::new();
    let arguments = [
        "doctor",
        "--data",
        "node",
        "--http",
        "127.0.0.1:0",
        "--json",
    ];
    let mut arguments = arguments.to_vec();
    arguments.extend(["--mail-domain", domain, "--dns", server]);
    let ran = home.run(&arguments);
    let report = ran.json();
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["check"] == "mail domain");
    let text = |name| check.unwrap()[name].as_str().unwrap_or_default().to_owned();
    let is_good = check.unwrap()["ok"] == true;
    assert_eq!(ran.code, i32::from(!is_good), "{report}");
    (is_good, text("found"), text("fix"))
}

#[test]
fn the_exchanges_of_a_domain_are_told_in_their_order() {
    let (is_good, found, _) = look("agents.example", &server());
    assert!(is_good, "{found}");
    let told = "goes to mx.agents.example (192.0.2.1), backup.example (192.0.2.2)";
    assert!(found.ends_with(told), "{found}");
}

#[test]
fn a_domain_without_an_exchange_takes_mail_at_its_address() {
    let (is_good, found, _) = look("own.example", &server());
    assert!(is_good, "{found}");
    assert!(found.contains("192.0.2.3"), "{found}");
}

#[test]
fn what_is_wrong_comes_with_what_to_do() {
    let server = server();
    for (domain, told, advice) in [
        ("nowhere.example", "does not exist", "register it"),
        ("closed.example", "takes no mail", "replace its MX record"),
        (
            "lost.example",
            "empty.example, which has no address",
            "add an A",
        ),
        (
            "empty.example",
            "neither an MX record nor an address",
            "add an MX",
        ),
        ("..", "no name", "agents.example"),
    ] {
        let (is_good, found, fix) = look(domain, &server);
        assert!(!is_good && found.contains(told), "{domain}: {found}");
        assert!(fix.contains(advice), "{domain}: {fix}");
    }
}

#[test]
fn a_server_that_is_silent_is_told() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let (is_good, found, fix) = look("agents.example", &address);
    assert!(!is_good && found.contains("no answer"), "{found}");
    assert!(fix.contains("--dns"), "{fix}");
}
