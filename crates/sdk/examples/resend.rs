//! The mail of a domain at Resend: list, read what a webhook tells of, and wait for the next message.
//!
//! ```text
//! MAILMESH_PASSWORD=re_… cargo run --example resend --features resend,webhook -- 'resend://example.org?from=agent@example.org'
//! ```

use std::env;

use mailmesh::transport::resend::arrival;
use mailmesh::webhook::{Delivery, Verdict, Verifier};
use mailmesh::{AgentMailbox, Credentials, Error, Filter, Folder, Mail, MailboxUrl, Page};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = env::args()
        .nth(1)
        .ok_or("expected a mailbox URL: resend://DOMAIN?from=ADDRESS")?;
    let url: MailboxUrl = url.parse()?;
    let credentials = Credentials {
        password: Some(env::var("MAILMESH_PASSWORD")?.into()),
        // Resend does not remember what was read.
        data_dir: Some(env::temp_dir().join("mailmesh-example")),
        ..Credentials::default()
    };
    let mailbox = AgentMailbox::connect(&url, credentials).await?;

    // A small page: each message in it is a request, of which Resend takes a few a second.
    let newest = Page {
        limit: 5,
        ..Page::default()
    };
    for summary in mailbox.list(&Filter::default(), newest).await? {
        println!("{}  {}  [{}]", summary.id, summary.subject, summary.class);
    }

    println!("waiting for mail to {} …", mailbox.address());
    let mut watch = mailbox.watch(Folder::inbox(), None).await?;
    if let Some(arrived) = watch.next().await {
        let mail = mailbox.peek(&arrived?.summary.id).await?;
        println!("{}", mail.text().unwrap_or_default());
        for data in mail.data() {
            println!("{data:#}");
        }
    }
    Ok(())
}

/// What a server does with the webhooks of the service in the place of waiting: `now` in seconds since
/// 1970, the header fields and the body as they came.
#[allow(dead_code)] // a server calls it
async fn on_webhook(
    mailbox: &AgentMailbox,
    verifier: &Verifier,
    delivery: &Delivery<'_>,
    now: i64,
) -> Result<Option<Mail>, Error> {
    if verifier.verify(delivery, now) != Verdict::Genuine {
        return Ok(None);
    }
    match arrival(delivery.body)? {
        Some(id) => mailbox.read(&id).await.map(Some),
        None => Ok(None),
    }
}
