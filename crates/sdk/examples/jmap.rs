//! A mailbox on a JMAP server: list, read, and wait for the next message.
//!
//! ```text
//! MAILMESH_PASSWORD=… cargo run --example jmap --features jmap -- jmap+https://agent@mail.example@mail.example
//! ```

use std::env;

use mailmesh::{AgentMailbox, Credentials, Filter, Folder, MailboxUrl, Page};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = env::args()
        .nth(1)
        .ok_or("expected a mailbox URL: jmap+https://USER@HOST")?;
    let url: MailboxUrl = url.parse()?;
    // A password is no part of a URL, which ends in logs.
    let credentials = Credentials {
        password: Some(env::var("MAILMESH_PASSWORD")?.into()),
        ..Credentials::default()
    };
    let mailbox = AgentMailbox::connect(&url, credentials).await?;

    let newest = Page {
        limit: 5,
        ..Page::default()
    };
    for summary in mailbox.list(&Filter::default(), newest).await? {
        println!("{}  {}  [{}]", summary.id, summary.subject, summary.class);
    }

    println!("waiting for mail to {} …", mailbox.address());
    let mut watch = mailbox.watch(Folder::inbox(), None).await?;
    if let Some(arrival) = watch.next().await {
        let mail = mailbox.peek(&arrival?.summary.id).await?;
        println!("{}", mail.text().unwrap_or_default());
        for data in mail.data() {
            println!("{data:#}");
        }
    }
    Ok(())
}
