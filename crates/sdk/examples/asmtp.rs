//! A mailbox at an ASMTP operator: send oneself an order, wait for the envelope, answer it.
//!
//! ```text
//! MAILMESH_PASSWORD=TOKEN cargo run --example asmtp --features asmtp -- 'asmtp+https://agents.example?as=@acme.agent'
//! ```

use std::env;

use mailmesh::{AgentMailbox, Credentials, Draft, Folder, MailboxUrl};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = env::args()
        .nth(1)
        .ok_or("expected a mailbox URL: asmtp+https://HOST?as=@OWNER.NAME")?;
    let url: MailboxUrl = url.parse()?;
    let credentials = Credentials {
        // The bearer token of the agent.
        password: Some(env::var("MAILMESH_PASSWORD")?.into()),
        // Envelopes wait here until the operator has taken them.
        data_dir: Some(env::temp_dir().join("mailmesh-example")),
        ..Credentials::default()
    };
    let mailbox = AgentMailbox::connect(&url, credentials).await?;

    let mut watch = mailbox.watch(Folder::inbox(), None).await?;
    let order = json!({ "@type": "Order", "orderNumber": "7" });
    let draft = Draft::new().to(mailbox.address()).subject("Order 7");
    let receipt = mailbox.send(draft.text("One chair.").data(&order)).await?;
    // An envelope is not all that mail can be.
    for loss in &receipt.losses {
        println!("not carried: {loss}");
    }
    if let Some(arrival) = watch.next().await {
        let mail = mailbox.read(&arrival?.summary.id).await?;
        println!("{}  {:#}", mail.summary.subject, mail.data()[0]);
        let answer = Draft::new().text("It is on its way.");
        mailbox.reply(&mail, answer).await?;
    }
    Ok(())
}
