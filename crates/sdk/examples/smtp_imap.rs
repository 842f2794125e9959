//! A mailbox on any mail server: send an order to oneself, wait for it, find it again.
//!
//! ```text
//! MAILMESH_PASSWORD=… cargo run --example smtp_imap --features smtp-imap -- 'imaps://agent%40mail.example@mail.example?smtp=smtps://mail.example'
//! ```

use std::env;

use mailmesh::{AgentMailbox, Credentials, Draft, Filter, Folder, MailboxUrl, Page};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = env::args()
        .nth(1)
        .ok_or("expected a mailbox URL: imaps://USER@HOST?smtp=smtps://HOST")?;
    let url: MailboxUrl = url.parse()?;
    // A password is no part of a URL, which ends in logs.
    let credentials = Credentials {
        password: Some(env::var("MAILMESH_PASSWORD")?.into()),
        // The authority of a server for which no public one vouches.
        ca_file: env::var_os("MAILMESH_CA_FILE").map(Into::into),
        ..Credentials::default()
    };
    let mailbox = AgentMailbox::connect(&url, credentials).await?;

    // The server tells what arrives (IDLE), from here on.
    let mut watch = mailbox.watch(Folder::inbox(), None).await?;
    let order = json!({ "@type": "Order", "orderNumber": "7" });
    let draft = Draft::new().to(mailbox.address()).subject("Order 7");
    mailbox.send(draft.text("One chair.").data(&order)).await?;
    if let Some(arrival) = watch.next().await {
        let summary = arrival?.summary;
        println!("{}  {}  [{}]", summary.id, summary.subject, summary.class);
        println!("{:#}", mailbox.read(&summary.id).await?.data()[0]);
    }

    // Words are data: what IMAP could take for syntax is looked for.
    let everything = Filter::default();
    let found = mailbox
        .search("order 7", &everything, Page::default())
        .await?;
    println!("{} found", found.len());
    Ok(())
}
