//! Mail that lies in a mailbox of the store, seen by those who come with ASMTP; and envelopes, seen
//! by those who list mail.

use std::collections::BTreeMap;
use std::time::SystemTime;

use asmtp_envelope::Handle;
use mail_bridge::{Delivered, StoredMail, stand_in};
use mailmesh_store::{Address, Delivery, Filter, Format, Index, Posting, Window};
use serde_json::{Value, json};
use structured_email::Message;

use crate::suite::operator::{Agent, Operator, id, text, with};

/// Mail from outside to `@beta.b`, with data, HTML and a file.
const MAIL: &str = concat!(
    "From: Carl <carl@shop.example>\r\n",
    "To: beta.b@localhost, Dora <dora@shop.example>\r\n",
    "Subject: Offer\r\n",
    "Message-ID: <7@shop.example>\r\n",
    "Date: Sat, 21 Nov 2026 21:04:21 +0000\r\n",
    "List-Id: <offers.shop.example>\r\n",
    "MIME-Version: 1.0\r\n",
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
    "--b\r\nContent-Type: text/plain\r\n\r\nForty widgets.\r\n",
    "--b\r\nContent-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\r\n",
    "{\"@context\":\"https://schema.org\",\"@type\":\"Offer\",\"price\":40}\r\n",
    "--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=\"w\\\"x.png\"\r\n",
    "Content-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n",
);

/// Puts mail into the mailbox of an agent, as whatever takes mail in does.
async fn deliver(operator: &Operator, to: &Agent, raw: &[u8]) -> String {
    let handle: Handle = to.handle.parse().unwrap();
    let address: Address = format!("{}@localhost", &to.handle[1..]).parse().unwrap();
    let message = Message::parse(raw).ok();
    let limits = mail_bridge::Limits::default();
    let mail = StoredMail::new(raw, message.as_ref(), &limits);
    let delivered = Delivered {
        id: id().parse().unwrap(),
        now: Default::default(),
        sender: None,
        agents: &BTreeMap::from([(address.to_string(), handle)]),
        domain: &"localhost".parse().unwrap(),
    };
    let header = mail.header(&delivered);
    let delivery = Delivery {
        id: delivered.id,
        raw: raw.to_vec(),
        index: Index::default(),
        text: "Forty widgets.".to_owned(),
        frame: Some(mail.frame(&header, delivered.domain).unwrap()),
        received: SystemTime::now(),
        postings: vec![Posting::received(address)],
    };
    operator.store.deliver(delivery).await.unwrap();
    delivered.id.to_string()
}

#[tokio::test]
async fn mail_is_an_envelope() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let mut socket = b.client.connect("").await;
    let earlier = a.send(&[&b]).await;
    assert_eq!(socket.id().await, earlier);
    let mail = deliver(&operator, &b, MAIL.as_bytes()).await;

    let frame = socket.frame().await;
    let carl = stand_in("carl@shop.example").to_string();
    assert_eq!((&frame["id"], &frame["from"]), (&json!(mail), &json!(carl)));
    let dora = stand_in("dora@shop.example").to_string();
    assert_eq!(frame["to"], json!(["@beta.b", dora]));
    assert_eq!(frame["subject"], "Offer");
    assert_eq!(frame["type_hint"], "mixed");
    assert_eq!(
        b.listed("?unread=true").await,
        [earlier.clone(), mail.clone()]
    );
    let found = b.get("/search/messages?q=widgets").await.ok(200);
    assert_eq!(found["envelopes"][0]["envelope_id"], json!(mail));

    let peeked = b.get(&format!("/mailbox/{mail}")).await.ok(200);
    assert_eq!(
        b.listed("?unread=true").await,
        [earlier.clone(), mail.clone()]
    );
    let batch = b
        .get(&format!("/messages?ids={mail},{earlier}"))
        .await
        .ok(200);
    assert_eq!(batch["envelopes"][0], peeked);
    assert!(b.listed("?unread=true").await.is_empty());
    assert_eq!(b.get(&format!("/messages/{mail}")).await.ok(200), peeked);

    for name in ["id", "from", "to", "subject", "date_ms"] {
        assert_eq!(peeked[name], frame[name], "{name}");
    }
    let parts = peeked["content_parts"].as_array().unwrap();
    let types: Vec<_> = parts
        .iter()
        .map(|part| part["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["text", "data", "file"]);
    assert_eq!(parts[0]["text"], "Forty widgets.");
    assert_eq!(parts[1]["data"]["price"], 40);
    let about = &parts[0]["x-mail"];
    assert_eq!(about["from"], json!(["Carl <carl@shop.example>"]));
    assert_eq!(about["message_id"], "7@shop.example");
    let losses = about["losses"].to_string();
    assert!(losses.contains("list-id"), "{losses}");

    let path = |url: &Value| {
        let url = url.as_str().unwrap();
        url.strip_prefix(&b.client.url("")).unwrap().to_owned()
    };
    let file = b.get(&path(&parts[2]["url"])).await;
    assert_eq!((file.status, &file.octets[..]), (200, &[0, 1, 2][..]));
    assert_eq!(file.headers["content-type"], "image/png");
    assert_eq!(
        file.headers["content-disposition"],
        "attachment; filename=\"w_x.png\""
    );
    let whole = b.get(&path(&about["source"])).await;
    assert_eq!(whole.octets, MAIL.as_bytes());
    for stranger in [&path(&parts[2]["url"]), &path(&about["source"])] {
        a.get(stranger).await.refused(404, "NOT_FOUND");
        b.get(&format!("{stranger}9"))
            .await
            .refused(404, "NOT_FOUND");
    }
    a.get(&format!("/mailbox/{mail}"))
        .await
        .refused(404, "NOT_FOUND");

    b.client.delete(&format!("/mailbox/{mail}")).await.ok(204);
    b.get(&format!("/messages/{mail}"))
        .await
        .refused(404, "NOT_FOUND");
    assert_eq!(b.listed("").await, [earlier]);
}

#[tokio::test]
async fn no_header_makes_an_agent_of_its_author() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let forged = b"From: acme.a@localhost\r\nTo: beta.b@localhost\r\n\r\nTrust me.\r\n";
    let mail = deliver(&operator, &b, forged).await;
    let envelope = b.get(&format!("/messages/{mail}")).await.ok(200);
    assert_eq!(envelope["from"], json!(stand_in("acme.a@localhost")));
    assert_ne!(envelope["from"], json!(a.handle));
}

#[tokio::test]
async fn mail_that_cannot_be_shown_is_a_file() {
    let operator = Operator::start().await;
    let b = operator.open("@beta.b").await;
    let long = format!("Subject: long\r\n\r\n{}", "word \r\n".repeat(300_000));
    let unreadable = b"From: a@b\r\nFrom: c@d\r\n\r\nTwo authors.\r\n";
    for raw in [long.as_bytes(), unreadable, b"\0", b""] {
        let mail = deliver(&operator, &b, raw).await;
        let envelope = b.get(&format!("/messages/{mail}")).await.ok(200);
        let parts = envelope["content_parts"].as_array().unwrap();
        let source = parts[0]["x-mail"]["source"].as_str().unwrap();
        if raw.len() > 1 << 20 {
            assert_eq!(parts[1]["url"], source);
            assert_eq!(parts[1]["mime_type"], "message/rfc822");
        }
        let path = source.strip_prefix(&b.client.url("")).unwrap();
        assert_eq!(b.get(path).await.octets, raw);
    }
    assert_eq!(b.listed("").await.len(), 4);
}

#[tokio::test]
async fn mail_listings_show_envelopes_as_the_mail_they_become() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let first = a.send(&[&b]).await;
    let data = json!({"type": "data", "schema": "https://x.example/quote", "data": {"qty": 40}});
    let post = json!({"subject": "Quote", "in_reply_to": first, "content_parts": [data]});
    let post = with(text(&[&b]), post);
    a.post(&post).await.ok(202);
    let address = "beta.b@localhost".parse().unwrap();
    let (everything, newest) = (Filter::default(), Window::newest(1));
    let listed = operator.store.list(&address, &everything, newest).await;
    let entry = listed.unwrap().remove(0);
    assert_eq!(entry.format, Format::Envelope);
    let index = entry.index;
    assert_eq!(index.from.as_deref(), Some("acme.a@localhost"));
    assert_eq!(index.to, ["beta.b@localhost"]);
    let id = post["id"].as_str().unwrap();
    assert_eq!(index.message_id, Some(format!("{id}@localhost")));
    assert_eq!(index.in_reply_to, Some(format!("{first}@localhost")));
    assert_eq!(index.subject, "Quote");
    assert_eq!(index.date.as_deref(), Some("1970-01-01T00:00:00Z"));
    assert_eq!(
        (index.is_mrm, index.types),
        (true, vec!["https://x.example/quote".to_owned()])
    );
}
