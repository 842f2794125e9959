//! What silent agents see, and who sees them.

use context_sync::Timestamp;
use context_sync::conformance::Server;
use serde_json::json;

use super::{get, pair, post, sent, server, unread};

#[test]
fn cases_12_13_only_the_sender_sees_blind_copies() {
    let mut server = server();
    let answer = sent(
        &mut server,
        &json!({"from": "ann@x", "to": "ben@x", "cc": ["cy@x"], "bcc": ["di@x"]}),
    );
    let thread = answer["threadId"].as_str().unwrap();
    for viewer in ["ben@x", "cy@x", "di@x"] {
        let message =
            &get(&mut server, &format!("/threads/{thread}?as={viewer}"))["thread"]["messages"][0];
        assert_eq!(message["cc"], json!(["cy@x"]));
        assert_eq!(message.get("bcc"), None);
        assert_eq!(unread(&mut server, viewer)[0].get("bcc"), None);
    }
    let own = get(&mut server, &format!("/threads/{thread}?as=ann@x"));
    assert_eq!(own["thread"]["messages"][0]["bcc"], json!(["di@x"]));
}

#[test]
fn case_46_silent_agents_never_learn_of_each_other() {
    let mut server = server();
    let answer = sent(
        &mut server,
        &json!({"from": "ann@x", "to": "ben@x", "bcc": ["spy@x", "log@x"]}),
    );
    let thread = answer["threadId"].as_str().unwrap();
    for route in ["", "/sync", "/participants"] {
        let answer = get(&mut server, &format!("/threads/{thread}{route}?as=spy@x"));
        assert!(!answer.to_string().contains("log@x"), "{answer}");
    }
    let own = get(&mut server, &format!("/threads/{thread}?as=spy@x"));
    assert_eq!(own["thread"]["silentParticipants"], json!(["spy@x"]));
    let sender = get(&mut server, &format!("/threads/{thread}?as=ann@x"));
    assert_eq!(
        sender["thread"]["silentParticipants"],
        json!(["log@x", "spy@x"])
    );
}

#[test]
fn a_silent_agent_that_replies_becomes_visible_and_sees_no_more() {
    let mut server = server();
    let thread = pair(&mut server, "ann@x", "ben@x");
    sent(
        &mut server,
        &json!({"from": "ann@x", "to": "ben@x", "bcc": ["spy@x", "log@x"]}),
    );
    server.now = Timestamp::new(server.now.as_millis() + 9).unwrap();
    let reply = json!({"from": "spy@x", "threadId": thread, "payload": "here"});
    assert_eq!(post(&mut server, "/messages/reply-all", &reply).0, 200);
    let own = get(&mut server, &format!("/threads/{thread}?as=spy@x"))["thread"].clone();
    assert_eq!(own["participants"], json!(["ann@x", "ben@x", "spy@x"]));
    assert_eq!(own["silentParticipants"], json!([]));
    assert_eq!(own["messages"].as_array().unwrap().len(), 2);
    // For those who did not know of it, it joined with its reply.
    let joined = |server: &mut Server, viewer: &str| {
        let answer = get(
            server,
            &format!("/threads/{thread}/participants?as={viewer}"),
        );
        let list = answer["participants"].as_array().unwrap().clone();
        list.iter().find(|one| one["agentId"] == "spy@x").unwrap()["joinedAt"]
            .as_u64()
            .unwrap()
    };
    assert_eq!(
        joined(&mut server, "ben@x"),
        joined(&mut server, "ann@x") + 9
    );
    // It cannot show more than it sees.
    sent(
        &mut server,
        &json!({"from": "spy@x", "to": "friend@x", "threadId": thread}),
    );
    let shown =
        get(&mut server, &format!("/threads/{thread}?as=friend@x"))["thread"]["messages"].clone();
    assert_eq!(shown.as_array().unwrap().len(), 3);
    sent(
        &mut server,
        &json!({"from": "ann@x", "to": "spy@x", "threadId": thread}),
    );
    let whole =
        get(&mut server, &format!("/threads/{thread}?as=spy@x"))["thread"]["messages"].clone();
    assert_eq!(whole.as_array().unwrap().len(), 5);
}
