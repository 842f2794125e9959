//! Two agents on one machine, with no server between them: one orders, the other waits for it and answers.
//!
//! ```text
//! cargo run --example local
//! ```

use mailmesh::transport::local::LocalTransport;
use mailmesh::{AgentMailbox, Draft, Folder};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Any number of processes may share the folder.
    let folder = std::env::temp_dir().join("mailmesh-example-local");
    let buyer = AgentMailbox::new(LocalTransport::open(&folder, "buyer@example.test").await?);
    let seller = AgentMailbox::new(LocalTransport::open(&folder, "seller@example.test").await?);

    let mut orders = seller.watch(Folder::inbox(), None).await?;
    let mut answers = buyer.watch(Folder::inbox(), None).await?;
    let order = json!({ "@type": "Order", "orderNumber": "7" });
    let draft = Draft::new().to(seller.address()).subject("Order 7");
    buyer.send(draft.text("One chair.").data(&order)).await?;

    if let Some(arrival) = orders.next().await {
        let mail = seller.read(&arrival?.summary.id).await?;
        println!("{} wrote: {:#}", buyer.address(), mail.data()[0]);
        let answer = Draft::new().text("It is on its way.");
        seller.reply(&mail, answer).await?;
    }
    if let Some(arrival) = answers.next().await {
        let mail = buyer.read(&arrival?.summary.id).await?;
        println!(
            "{} answered: {}",
            seller.address(),
            mail.text().unwrap_or_default()
        );
    }
    Ok(())
}
