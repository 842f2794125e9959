use context_sync::{
    Context, ErrorBody, Graph, IndexEntries, Limits, Mailbox, MarkReadRequest, Participants,
    Receipt, Refusal, RegisterRequest, Registered, ReplyAllRequest, Route, SendRequest, Thread,
    Unread,
};

use super::peer_value;

/// Request bodies read in one way only: what is written of one reads as the same, and another
/// reader takes it too. Refusals are JSON, whatever was refused.
pub fn context_requests(octets: &[u8]) {
    let limits = Limits::default();
    macro_rules! reads_back {
        ($($request:ident)*) => {$(
            match $request::parse(octets, &limits) {
                Ok(request) => {
                    assert!(peer_value(octets).is_none_or(|value| value.is_ok()));
                    let mut written = Vec::new();
                    request.write(&mut written);
                    assert_eq!($request::parse(&written, &limits).as_ref(), Ok(&request));
                }
                Err(error) => is_json(&error.into()),
            }
        )*};
    }
    reads_back!(RegisterRequest SendRequest ReplyAllRequest MarkReadRequest);
}

/// Answers of any server: what is read can be written, and reads as the same again.
pub fn context_answers(octets: &[u8]) {
    let limits = Limits::default();
    macro_rules! reads_back {
        ($($answer:ident)*) => {$(
            if let Ok(answer) = $answer::parse(octets, &limits) {
                let mut written = Vec::new();
                answer.write(&mut written);
                assert!(peer_value(&written).is_none_or(|value| value.is_ok()));
                assert_eq!($answer::parse(&written, &limits).as_ref(), Ok(&answer));
            }
        )*};
    }
    reads_back!(Registered Receipt Unread Mailbox Thread Context Participants Graph IndexEntries);
    assert!(ErrorBody::parse(octets).text().len() <= ErrorBody::MAX_TEXT);
}

/// Request lines, the method before the first space: what is printed of one reads as the same.
pub fn context_route(octets: &[u8]) {
    let Ok(line) = std::str::from_utf8(octets) else {
        return;
    };
    let (method, target) = line.split_once(' ').unwrap_or(("GET", line));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    match Route::parse(method, path, query) {
        Ok(route) => {
            assert_eq!(method, route.method());
            let printed = route.to_string();
            let (path, query) = printed.split_once('?').unwrap_or((&printed, ""));
            assert_eq!(Route::parse(method, path, query).as_ref(), Ok(&route));
        }
        Err(refusal) => is_json(&refusal),
    }
}

fn is_json(refusal: &Refusal) {
    let mut body = Vec::new();
    refusal.write(&mut body);
    let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert!(body["error"].is_string() || body["error"]["fieldErrors"].is_object());
    assert!((400..500).contains(&refusal.status().code()));
}
