//! A person writes to an agent and gets an answer. No server, and no language model: rules read the
//! mail and write the answer.
//!
//! ```text
//! cargo run --example human --features human
//! ```

use std::env;
use std::fs;

use mailmesh::human::HumanBridge;
use mailmesh::transport::local::LocalTransport;
use mailmesh::{AgentMailbox, Draft, Filter, Page};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = env::temp_dir().join(format!("mailmesh-human-{}", std::process::id()));
    let ann = AgentMailbox::new(LocalTransport::open(&folder, "ann@example.test").await?);
    let shop = AgentMailbox::new(LocalTransport::open(&folder, "shop@example.test").await?);

    let bridge = HumanBridge::by_rules();
    let mut inbox = bridge.process_inbox(&shop, None).await?;
    let letter = "Hello,\n\ncould you tell me where order 4711 is? It is urgent.\n\n\
                  On Mon, 2 Nov 2026 at 10:00, Shop <shop@example.test> wrote:\n\
                  > Your order 4711 has left our house.\n\n-- \nAnn Field\n";
    let draft = Draft::new()
        .from("Ann Field <ann@example.test>")
        .to("shop@example.test");
    ann.send(draft.subject("Order 4711").text(letter)).await?;

    let Some(asked) = inbox.next().await.transpose()? else {
        return Ok(());
    };
    let intent = asked.intent?;
    println!("{}", serde_json::to_string_pretty(&intent)?);
    println!(
        "(quoted: {} characters)\n",
        asked.letter.quoted.chars().count()
    );

    let outcome = json!({ "order": "4711", "delivery": "tomorrow before noon" });
    bridge.answer(&shop, &asked.mail, &intent, &outcome).await?;

    let answers = ann.list(&Filter::default(), Page::default()).await?;
    for answer in answers {
        println!(
            "{}\n\n{}",
            answer.subject,
            ann.read(&answer.id).await?.text().unwrap_or_default()
        );
    }
    drop((ann, shop, inbox));
    fs::remove_dir_all(folder)?;
    Ok(())
}
