use mailmesh_mcp::fuzzing;
use serde_json::Value;
use strict_json::{Document, Limits};
use structured_email::Message;

/// The server whose results are believed.
const SERVER: &str = "mx.example.org";

/// What comes to an MCP server from a client, from somebody who writes mail, and from an agent whose
/// payload it shows, is read or refused, and what a model gets of it is clean and bounded.
///
/// # Panics
///
/// When it is not.
pub fn mcp_inputs(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    cursors(&text);
    results(&text);
    excerpts(&text);
}

fn cursors(text: &str) {
    if let Some(cursor) = fuzzing::cursor(text) {
        assert_eq!(fuzzing::cursor(&cursor).as_ref(), Some(&cursor));
    }
}

fn results(text: &str) {
    let field: String = text.chars().filter(|c| !c.is_control()).collect();
    let told = |server: &str| {
        let mail = format!("Authentication-Results: {server}; {field}\r\n\r\n");
        let message = Message::parse(mail.as_bytes()).expect("a message");
        fuzzing::sender_results(&message, SERVER)
    };
    let believed = told(SERVER);
    assert!(believed.len() <= 20);
    for [method, result, domain] in &believed {
        assert!(
            method.len() <= 80 && result.len() <= 80,
            "{method} {result}"
        );
        assert!(!domain.contains(char::is_control), "{domain:?}");
    }
    assert_eq!(told("mx.evil.test"), Vec::<[String; 3]>::new());
}

fn excerpts(json: &str) {
    if Document::parse(json.as_bytes(), &Limits::default()).is_err() {
        return;
    }
    for most in [0, 1, 40, 400] {
        let excerpt = fuzzing::excerpt(json, most);
        let value: Result<Value, _> = serde_json::from_str(&excerpt);
        assert!(value.is_ok(), "{excerpt}");
        // An escape is longer than what it stands for, names get numbers, and what is open is closed. A
        // number is not cut.
        let longest = match json.chars().count() {
            length if length <= most => 3 * length,
            _ => 3 * most + Limits::default().number,
        };
        let length = excerpt.chars().count();
        assert!(
            length <= longest + 2 * Limits::default().depth + 16,
            "{excerpt}"
        );
    }
}
