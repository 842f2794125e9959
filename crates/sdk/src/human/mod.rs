//! Mail that people write, made into what an agent can work with, and answers to it.
//!
//! [`HumanBridge`] reads a person's mail into an [`Intent`] and answers in its thread. It goes by
//! rules, or asks a language model of the caller's: [`LanguageModel`] is one method, the
//! [`Prompt`]s are here. It calls no model itself and knows none.
//!
//! ```
//! use mailmesh::human::{HumanBridge, IntentKind};
//! use mailmesh::{AgentMailbox, Draft, transport::local::LocalTransport};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let dir = dir.path();
//! let ann = AgentMailbox::new(LocalTransport::open(dir, "ann@example.test").await?);
//! let agent = AgentMailbox::new(LocalTransport::open(dir, "agent@example.test").await?);
//! let bridge = HumanBridge::by_rules();
//! let mut inbox = bridge.process_inbox(&agent, None).await?;
//!
//! let text = "Hello,\n\ncould you send me invoice 4711?\n\n-- \nAnn";
//! ann.send(Draft::new().to("agent@example.test").subject("Invoice").text(text)).await?;
//!
//! let asked = inbox.next().await.expect("a watch does not end")?;
//! let intent = asked.intent?;
//! assert_eq!(intent.kind, IntentKind::Request);
//! assert_eq!(intent.entities[0].text, "4711");
//! assert_eq!(asked.letter.text, "Hello,\n\ncould you send me invoice 4711?");
//! let outcome = json!("Invoice 4711 was sent to you today.");
//! bridge.answer(&agent, &asked.mail, &intent, &outcome).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What a person wrote
//!
//! [`ReplyText`] tells what is new in a text from what it quotes and from the signature, as Gmail,
//! Outlook, Apple Mail and Thunderbird write them in English, German, French, Spanish and Dutch.
//! [`Letter`] is that of a mail. [`Automatic`] says why no person wrote a mail (RFC 3834 and what
//! is common beside it). All three are pure functions of linear time.
//!
//! # Security
//!
//! What a model is given of a mail stands between two lines that the mail cannot contain
//! ([`untrusted`](crate::untrusted)), cut to 20 000 characters, without what nobody sees. What the
//! model answers is read with a strict reader against a schema: unknown members, missing members
//! and other kinds are refused, and an error repeats none of it. None of that makes a model do what
//! it was told. So an intent permits nothing: who may ask for what is decided by the caller, see
//! [`structured_email::assess`].
//!
//! A machine gets no answer, and an answer says that a machine wrote it (RFC 3834 2, 5). So two
//! agents with a bridge never write to each other for ever.

mod answer;
mod automatic;
mod bridge;
mod entities;
mod inbox;
mod intent;
mod language;
mod letter;
mod model;
mod prompt;
mod reply_marks;
mod reply_text;
mod rules;
mod vocabulary;

pub use automatic::Automatic;
pub use bridge::{HumanBridge, is_human};
pub use inbox::{HumanInbox, HumanMail};
pub use intent::{Entity, EntityKind, Intent, IntentKind};
pub use letter::Letter;
pub use model::LanguageModel;
pub use prompt::Prompt;
pub use reply_text::{Piece, PieceKind, ReplyText};
