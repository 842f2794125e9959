//! What each tool does, on the embedded store.
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![allow(dead_code)] // each suite uses some of the session

mod session;

use mailmesh::{Attachment, Draft, Mark};
use mailmesh_mcp::Options;
use serde_json::{Value, json};
use structured_email::Class;

use session::{ANN, BOB, Session, in_folder, inbox, nothing};

async fn session() -> Session {
    Session::new(Options::default()).await
}

fn ids(listed: &Value) -> Vec<String> {
    let emails = listed["emails"].as_array().unwrap().iter();
    emails
        .map(|email| email["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_tools_of_the_python_package_take_its_inputs() {
    let session = session().await;
    let sent = session
        .value(
            "send_email",
            json!({"to": [ANN], "subject": "Order 7", "text": "One chair.",
                   "structured_data": {"@type": "Order", "orderNumber": "7"}}),
        )
        .await;
    assert_eq!(sent["accepted"], json!([ANN]));
    let listed = session
        .value(
            "list_emails",
            json!({"folder": "INBOX", "limit": 20, "offset": 0, "filter_mrm": false}),
        )
        .await;
    assert_eq!(listed["emails"][0]["subject"], "Order 7");
    assert_eq!(listed["emails"][0]["types"], json!(["Order"]));
    let found = session
        .value(
            "search_emails",
            json!({"query": "chair", "folder": "INBOX", "limit": 20}),
        )
        .await;
    // An id of a listing or a search is what read takes.
    assert_eq!(ids(&found), ids(&listed));
    let email = session
        .value("read_email", json!({"message_id": ids(&found)[0]}))
        .await;
    assert!(email["text"].as_str().unwrap().contains("One chair."));
    assert_eq!(email["structured_data"][0]["data"]["orderNumber"], "7");
}

#[tokio::test]
async fn data_alone_makes_an_email_for_machines() {
    let session = session().await;
    session
        .value(
            "send_email",
            json!({"to": [BOB], "subject": "", "structured_data": {"@type": "Order"}}),
        )
        .await;
    let received = &inbox(&session.bob).await[0];
    assert!(received.is_mrm, "{}", received.class);
    let mrm = session
        .value("list_emails", json!({"mailbox": "bob", "filter_mrm": true}))
        .await;
    assert_eq!(mrm["emails"][0]["mrm"], true);
}

#[tokio::test]
async fn everything_an_email_can_say_is_sent() {
    let session = session().await;
    session
        .value(
            "send_email",
            json!({
                "to": ["Bob <bob@agents.test>"], "cc": [ANN], "bcc": ["carol@agents.test"],
                "subject": "All", "text": "Text.", "html": "<p>Text.</p>",
                "structured_data": {"@type": "Order"}, "arrangement": "partial",
                "attachments": [
                    {"filename": "a.csv", "media_type": "text/csv", "text": "a,b\n"},
                    {"filename": "b.bin", "content_base64": "AAEC"},
                ],
            }),
        )
        .await;
    let mail = session
        .bob
        .read(&inbox(&session.bob).await[0].id)
        .await
        .unwrap();
    assert_eq!(mail.message().unwrap().class(), Class::Partial);
    assert_eq!(mail.summary.cc, [ANN]);
    let raw = String::from_utf8_lossy(&mail.raw).into_owned();
    assert!(raw.contains("<p>Text.</p>") && !raw.contains("carol@"));
    assert_eq!(mail.attachment(0).unwrap(), b"a,b\n");
    assert_eq!(mail.attachment(1).unwrap(), [0, 1, 2]);
}

#[tokio::test]
async fn a_reply_joins_its_thread_from_any_folder() {
    let session = session().await;
    let id = session
        .bob_sends(Draft::new().subject("Offer").text("Ten?"))
        .await;
    session
        .value(
            "move_email",
            json!({"message_ids": [id], "folder": "Deals"}),
        )
        .await;
    let parent = &in_folder(&session.ann, "Deals").await[0];
    let sent = session
        .value(
            "reply_email",
            json!({"message_id": parent.id.as_str(), "text": "Nine."}),
        )
        .await;
    let reply = session
        .bob
        .read(&inbox(&session.bob).await[0].id)
        .await
        .unwrap();
    assert_eq!(reply.summary.subject, "Re: Offer");
    assert_eq!(reply.summary.in_reply_to, parent.message_id);
    assert_eq!(reply.references(), [parent.message_id.clone().unwrap()]);
    assert_eq!(sent["message_id"], reply.summary.message_id.unwrap());
}

#[tokio::test]
async fn a_reply_to_all_reaches_all_and_an_email_can_stand_behind_another() {
    let session = session().await;
    let draft = Draft::new()
        .subject("Offer")
        .text("Ten?")
        .cc("carol@agents.test");
    let id = session.bob_sends(draft).await;
    let everybody = json!({"message_id": id, "text": "Nine.", "reply_all": true});
    let sent = session.value("reply_email", everybody).await;
    assert_eq!(sent["accepted"], json!([BOB, "carol@agents.test"]));

    let behind = json!({"to": [BOB], "subject": "More", "text": "-", "in_reply_to": id});
    session.value("send_email", behind).await;
    let parent = inbox(&session.ann).await[0].message_id.clone();
    assert_eq!(inbox(&session.bob).await[0].in_reply_to, parent);
    let named = format!("<{}>", parent.clone().unwrap());
    let behind = json!({"to": [BOB], "subject": "More", "text": "-", "in_reply_to": named});
    session.value("send_email", behind).await;
    assert_eq!(inbox(&session.bob).await[0].in_reply_to, parent);
}

#[tokio::test]
async fn a_forwarded_email_comes_whole() {
    let session = session().await;
    let file = Attachment {
        filename: "plan.txt".into(),
        media_type: "text/plain".into(),
        content: b"the plan".to_vec(),
    };
    let draft = Draft::new()
        .subject("Plan")
        .text("As agreed.")
        .attachment(file);
    let id = session.bob_sends(draft).await;
    session
        .value(
            "forward_email",
            json!({"message_id": id, "to": [BOB], "text": "See below."}),
        )
        .await;
    let mail = session
        .bob
        .read(&inbox(&session.bob).await[0].id)
        .await
        .unwrap();
    assert_eq!(mail.summary.subject, "Fwd: Plan");
    let text = mail.text().unwrap();
    assert!(
        text.starts_with("See below.") && text.contains("From: bob@agents.test"),
        "{text}"
    );
    assert!(
        text.ends_with("As agreed.") || text.ends_with("As agreed.\n"),
        "{text}"
    );
    assert_eq!(mail.message().unwrap().embedded_messages(), 1);
}

#[tokio::test]
async fn reading_leaves_an_email_unread_and_marking_does_not() {
    let session = session().await;
    let id = session.bob_sends(Draft::new().subject("1").text("-")).await;
    let email = session.value("read_email", json!({"message_id": id})).await;
    assert_eq!(email["unread"], true);
    assert!(inbox(&session.ann).await[0].unread);

    let marks = json!({"message_ids": [id], "read": true, "add_keywords": ["done", "$flagged"]});
    assert_eq!(session.value("mark_email", marks).await["done"], 1);
    let listed = &inbox(&session.ann).await[0];
    assert!(!listed.unread);
    assert_eq!(listed.keywords, ["done", "$flagged"]);
    let unread = session.value("list_emails", json!({"unread": true})).await;
    assert!(ids(&unread).is_empty());
    let marks = json!({"message_ids": [id], "remove_keywords": ["done"]});
    session.value("mark_email", marks).await;
    assert_eq!(inbox(&session.ann).await[0].keywords, ["$flagged"]);
}

#[tokio::test]
async fn some_of_many_can_fail() {
    let session = session().await;
    let id = session.bob_sends(Draft::new().subject("1").text("-")).await;
    let outcome = session
        .value(
            "mark_email",
            json!({"message_ids": [id, "12345"], "read": true}),
        )
        .await;
    assert_eq!(outcome["done"], 1);
    assert_eq!(outcome["emails"][0], json!({"id": id}));
    assert!(
        outcome["emails"][1]["error"]
            .as_str()
            .unwrap()
            .contains("list_emails")
    );
    let none = json!({"message_ids": ["12345"], "folder": "Archive"});
    assert!(
        session
            .failure("move_email", none)
            .await
            .starts_with("Nothing was done.")
    );
}

#[tokio::test]
async fn folders_and_mailboxes_are_told() {
    let session = session().await;
    let id = session.bob_sends(Draft::new().subject("1").text("-")).await;
    session
        .value(
            "move_email",
            json!({"message_ids": [id], "folder": "Archive"}),
        )
        .await;
    let folders = session.value("list_folders", nothing()).await;
    assert_eq!(
        folders["folders"],
        json!([
            {"name": "Archive", "emails": 1, "unread": 1},
            {"name": "INBOX", "emails": 0, "unread": 0},
            {"name": "Sent", "emails": 0, "unread": 0},
        ])
    );
    let sent = session
        .value("list_emails", json!({"mailbox": BOB, "folder": "Sent"}))
        .await;
    assert_eq!(sent["emails"][0]["to"], json!([ANN]));
    let mailboxes = session.value("list_mailboxes", nothing()).await;
    assert_eq!(
        mailboxes["mailboxes"],
        json!([{"name": ANN, "address": ANN, "default": true}, {"name": "bob", "address": BOB}])
    );
}

#[tokio::test]
async fn attachments_are_typed_and_come_in_pieces() {
    let session = session().await;
    let file = |filename: &str, media_type: &str, content: &[u8]| Attachment {
        filename: filename.into(),
        media_type: media_type.into(),
        content: content.to_vec(),
    };
    let draft = Draft::new()
        .subject("Files")
        .text("-")
        .attachment(file("a.csv", "text/csv", "ä,b\r\nc".as_bytes()))
        .attachment(file("b.png", "image/png", &[1, 2, 3]))
        .attachment(file("c.bin", "application/octet-stream", &[0; 10]))
        .attachment(file("d.html", "text/html", b"<p>Hi</p><script>x</script>"))
        .attachment(file("e.png", "image/png", &vec![0; (1 << 20) + 1]));
    let id = session.bob_sends(draft).await;
    let email = session.value("read_email", json!({"message_id": id})).await;
    let names: Vec<_> = email["attachments"].as_array().unwrap().iter().collect();
    assert_eq!(
        *names[0],
        json!({"index": 0, "filename": "a.csv", "media_type": "text/csv", "size": 7})
    );

    let get = |index: u32, more: Value| {
        let mut arguments = json!({"message_id": id, "index": index});
        arguments
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        arguments
    };
    let first = session
        .value("get_attachment", get(0, json!({"max_chars": 3})))
        .await;
    assert!(first["text"].as_str().unwrap().contains("\nä,b\n"));
    let rest = json!({"offset": first["next_offset"], "max_chars": 9});
    let rest = session.value("get_attachment", get(0, rest)).await;
    assert!(rest["text"].as_str().unwrap().contains("\n\nc\n"), "{rest}");
    assert_eq!(rest.get("next_offset"), None);

    let image = session.call("get_attachment", get(1, nothing())).await;
    assert_eq!(image.content[1].as_image().unwrap().data, "AQID");
    assert_eq!(image.content[1].as_image().unwrap().mime_type, "image/png");
    let other = session.value("get_attachment", get(2, nothing())).await;
    assert!(other["note"].as_str().unwrap().contains("as_base64"));
    let other = session
        .value("get_attachment", get(2, json!({"as_base64": true})))
        .await;
    assert_eq!(other["base64"], "AAAAAAAAAAAAAA==");
    let html = session.value("get_attachment", get(3, nothing())).await;
    assert!(html["text"].as_str().unwrap().contains("\nHi\n"));
    let large = session.call("get_attachment", get(4, nothing())).await;
    assert_eq!(large.content.len(), 1);
    assert!(
        session
            .failure("get_attachment", get(5, nothing()))
            .await
            .contains("5 attachments")
    );
}

#[tokio::test]
async fn a_long_text_comes_in_pieces_and_html_as_text() {
    let session = session().await;
    let text = "0123456789".repeat(2_000);
    let id = session
        .bob_sends(Draft::new().subject("Long").text(&text))
        .await;
    let (mut whole, mut offset) = (String::new(), json!(0));
    while !offset.is_null() {
        let piece = json!({"message_id": id, "offset": offset});
        let email = session.value("read_email", piece).await;
        let fenced = email["text"].as_str().unwrap();
        let lines: Vec<_> = fenced.lines().collect();
        whole.push_str(lines[1]);
        offset = email["next_offset"].clone();
    }
    assert_eq!(whole.trim_end(), text);

    let html = "<style>p{}</style><p>Hello <b>Ann</b></p>";
    let id = session
        .bob_sends(Draft::new().subject("Html").html(html))
        .await;
    let email = session.value("read_email", json!({"message_id": id})).await;
    assert!(
        email["text"].as_str().unwrap().contains("\nHello Ann\n"),
        "{email}"
    );
    assert_eq!(email["from_html"], true);
    let source = session
        .value("read_email", json!({"message_id": id, "html": true}))
        .await;
    assert!(source["text"].as_str().unwrap().contains("<b>Ann</b>"));
}

#[tokio::test]
async fn a_wait_ends_with_the_answer_and_goes_on_from_its_position() {
    let session = session().await;
    let none = session
        .value("wait_for_email", json!({"timeout_seconds": 0}))
        .await;
    assert_eq!(none["timed_out"], true);
    session
        .bob_sends(Draft::new().subject("Meanwhile").text("-"))
        .await;
    let after = json!({"after": none["position"], "timeout_seconds": 30});
    let missed = session.value("wait_for_email", after).await;
    assert_eq!(missed["emails"][0]["subject"], "Meanwhile");

    let question = json!({"to": [BOB], "subject": "Question", "text": "?"});
    let sent = session.value("send_email", question).await;
    let answer = json!({
        "in_reply_to": sent["message_id"], "from": "BOB@", "timeout_seconds": 60,
        "after": missed["position"],
    });
    let (answer, ()) = tokio::join!(session.value("wait_for_email", answer), async {
        session
            .bob_sends(Draft::new().subject("Noise").text("-"))
            .await;
        let question = session
            .bob
            .read(&inbox(&session.bob).await[0].id)
            .await
            .unwrap();
        session
            .bob
            .reply(&question, Draft::new().text("!"))
            .await
            .unwrap();
    });
    assert_eq!(answer["emails"].as_array().unwrap().len(), 1);
    assert_eq!(answer["emails"][0]["subject"], "Re: Question");
    assert_eq!(answer["timed_out"], false);
}

#[tokio::test]
async fn what_is_switched_off_is_not_there() {
    let options = Options {
        read_only: true,
        attachments: false,
        ..Options::default()
    };
    let session = Session::new(options).await;
    let tools = session.client.list_all_tools().await.unwrap();
    let names: Vec<_> = tools.iter().map(|tool| tool.name.as_ref()).collect();
    assert_eq!(
        names,
        [
            "list_emails",
            "search_emails",
            "read_email",
            "wait_for_email",
            "verify_sender",
            "list_folders",
            "list_mailboxes"
        ]
    );
    for tool in &tools {
        assert_eq!(
            tool.annotations.as_ref().unwrap().read_only_hint,
            Some(true)
        );
    }
    let request = rmcp::model::CallToolRequestParams::new("send_email");
    assert!(session.client.call_tool(request).await.is_err());
}

#[tokio::test]
async fn a_sender_is_what_the_believed_server_says() {
    let options = Options {
        authentication_servers: vec!["mx.agents.test".into()],
        ..Options::default()
    };
    let session = Session::new(options).await;
    let raw = |field: &str| {
        format!(
            "{field}From: \"support@bank.test\" <eve@agents.test>\r\nReply-To: x@evil.test\r\n\
             To: {ANN}\r\nSubject: s\r\n\r\nHello.\r\n"
        )
    };
    for (field, verdict) in [
        ("", "unknown"),
        (
            "Authentication-Results: mx.agents.test; dmarc=pass header.from=agents.test\r\n",
            "authenticated",
        ),
        (
            "Authentication-Results: mx.agents.test; dmarc=fail header.from=agents.test\r\n",
            "failed",
        ),
        (
            "Authentication-Results: mx.evil.test; dmarc=pass header.from=agents.test\r\n",
            "unknown",
        ),
    ] {
        session.deliver(&raw(field)).await;
        let id = inbox(&session.ann).await[0].id.as_str().to_owned();
        let verified = session
            .value("verify_sender", json!({"message_id": id}))
            .await;
        assert_eq!(verified["verdict"], verdict, "{field}");
        assert_eq!(
            verified["warnings"].as_array().unwrap().len(),
            2,
            "{verified}"
        );
    }
}

#[tokio::test]
async fn marks_are_what_the_mailbox_keeps() {
    let session = session().await;
    let id = session.bob_sends(Draft::new().subject("1").text("-")).await;
    session
        .ann
        .mark(&id.parse().unwrap(), &Mark::Keyword("seen-by-ann".into()))
        .await
        .unwrap();
    let email = session.value("read_email", json!({"message_id": id})).await;
    assert_eq!(email["keywords"], json!(["seen-by-ann"]));
}
