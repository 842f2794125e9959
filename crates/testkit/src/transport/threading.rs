//! Replies stay in their thread.

use mailmesh::Mail;
use structured_email::Draft;

use super::{Harness, Pair};

/// Two replies, each with the chain of ids before it (RFC 5322 3.6.4).
pub async fn a_reply_joins_its_thread(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let first = pair.send(Draft::new().subject("Plan").text("1")).await;
    let second = pair
        .b
        .reply(&pair.received().await, Draft::new().text("2"))
        .await
        .unwrap();

    let answer = pair.only_mail(&pair.a).await;
    assert_eq!(answer.summary.subject, "Re: Plan");
    assert_eq!(answer.summary.in_reply_to.as_deref(), Some(first.as_str()));
    assert_eq!(references(&answer), [first.as_str()]);

    pair.a.reply(&answer, Draft::new().text("3")).await.unwrap();
    let newest = pair.inbox(&pair.b, 2).await.remove(0);
    assert_eq!(newest.subject, "Re: Plan");
    assert_eq!(
        newest.in_reply_to.as_deref(),
        Some(second.message_id.as_str())
    );
    let third = pair.b.read(&newest.id).await.unwrap();
    assert_eq!(references(&third), [first, second.message_id]);
}

/// A reply to all goes to the author and the other recipients.
pub async fn a_reply_to_all_leaves_oneself_out(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let (a, b) = (pair.a.address(), pair.b.address());
    pair.a
        .send(Draft::new().to(b).cc(a).subject("Plan").text("1"))
        .await
        .unwrap();
    let parent = pair.received().await;
    let receipt = pair
        .b
        .reply_all(&parent, Draft::new().text("2"))
        .await
        .unwrap();
    assert_eq!(receipt.accepted, [a]);
    let listed = pair.inbox(&pair.a, 2).await.remove(0);
    assert_eq!(listed.to, [a]);
    assert_eq!(listed.cc, [""; 0]);
}

fn references(mail: &Mail) -> Vec<String> {
    mail.message().unwrap().message_ids("References")
}
