//! Cards travel with mail and are verified with the keys of the sender's domain.
#![cfg(all(feature = "agent-card", feature = "local"))]
#![allow(clippy::unwrap_used)] // a test fails by panicking

use mailmesh::agent_card::jws::Algorithm;
use mailmesh::agent_card::keys::{Jwk, Jwks, SigningKey, TrustedKeys};
use mailmesh::agent_card::verify::Reason;
use mailmesh::agent_card::{AgentCard, AgentInterface, AgentSkill, SignOptions, UnixTime, sign};
use mailmesh::transport::local::LocalTransport;
use mailmesh::{AgentMailbox, CarriedCard, Draft, ErrorKind, Filter, Mail, Page};
use serde_json::json;
use structured_email::Class;
use tempfile::TempDir;

const NOW: UnixTime = UnixTime::from_secs(1_795_255_200);

struct Agents {
    shop: AgentMailbox,
    ann: AgentMailbox,
    _folder: TempDir,
}

impl Agents {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let open = async |address| {
            AgentMailbox::new(LocalTransport::open(folder.path(), address).await.unwrap())
        };
        let shop = open("agent@shop.test").await.with_card(card());
        let ann = open("ann@example.test").await;
        Self {
            shop,
            ann,
            _folder: folder,
        }
    }

    /// What Ann gets when the shop sends this.
    async fn receive(&self, draft: Draft) -> Mail {
        self.shop.send(draft.to("ann@example.test")).await.unwrap();
        let inbox = self.ann.list(&Filter::default(), Page::default()).await;
        self.ann.read(&inbox.unwrap()[0].id).await.unwrap()
    }
}

fn key() -> SigningKey {
    let key = SigningKey::generate(Algorithm::EdDsa, &[7; 32]).unwrap();
    key.with_kid("1")
}

fn card() -> CarriedCard {
    let card = AgentCard::builder("Shop", "Sells cups", "1.0.0")
        .interface(AgentInterface::new(
            "https://shop.test/a2a",
            "JSONRPC",
            "1.0",
        ))
        .input_modes(["text/plain"])
        .output_modes(["text/plain"])
        .skill(AgentSkill::new("order", "Order", "Takes orders", ["shop"]))
        .build()
        .unwrap();
    CarriedCard::from(&sign(&card, &key(), &SignOptions::default()).unwrap())
}

fn keys_of(domain: &str) -> TrustedKeys {
    let set = Jwks::from_iter([Jwk::new(key().public()).with_kid("1")]);
    TrustedKeys::of_origin(&set, &format!("https://{domain}").parse().unwrap())
}

#[tokio::test]
async fn a_card_stands_beside_what_the_message_says() {
    let agents = Agents::new().await;
    let order = json!({"@context": "https://schema.org", "@type": "Order"});
    let draft = agents
        .shop
        .introduce(Draft::new().text("One cup.").data(&order));
    let mail = agents.receive(draft.unwrap()).await;
    assert_eq!(mail.message().unwrap().class(), Class::Full);
    assert_eq!(mail.data()[0], order);
    let cards = mail.cards();
    assert_eq!(cards.len(), 1);
    assert_eq!(cards[0].json(), card().json());
    let verdict = cards[0].verify(&keys_of("shop.test"), NOW).unwrap();
    assert_eq!(verdict.card().unwrap().card().name, "Shop");
}

#[tokio::test]
async fn a_card_alone_is_a_message_for_machines() {
    let agents = Agents::new().await;
    let mail = agents
        .receive(agents.shop.introduce(Draft::new()).unwrap())
        .await;
    assert!(mail.summary.is_mrm);
    assert_eq!(mail.cards().len(), 1);
}

#[tokio::test]
async fn the_keys_of_another_domain_do_not_count() {
    let agents = Agents::new().await;
    let draft = agents.shop.introduce(Draft::new().text("Hello.")).unwrap();
    let carried = agents.receive(draft).await.cards().remove(0);
    let verdict = carried.verify(&keys_of("example.test"), NOW).unwrap();
    assert_eq!(verdict.card().unwrap_err(), Reason::PolicyNotMet);
    assert_eq!(verdict.signatures()[0].outcome.as_str(), "KeyNotFound");
}

#[tokio::test]
async fn a_changed_card_is_refused() {
    let agents = Agents::new().await;
    let changed = CarriedCard::new(card().json().replace("Sells cups", "Sells caps")).unwrap();
    let mallory = agents.shop.clone().with_card(changed);
    let draft = mallory.introduce(Draft::new().text("Hello.")).unwrap();
    let carried = agents.receive(draft).await.cards().remove(0);
    let verdict = carried.verify(&keys_of("shop.test"), NOW).unwrap();
    assert_eq!(verdict.signatures()[0].outcome.as_str(), "BadSignature");
    assert!(!verdict.is_verified());
}

#[tokio::test]
async fn what_only_looks_like_a_card_is_data() {
    let agents = Agents::new().await;
    for data in [
        json!({"@type": "AgentCard", "card": {"name": "x"}}),
        json!({"@context": {"AgentCard": "https://other.test/AgentCard"}, "@type": "AgentCard", "card": {}}),
        json!({"@context": {"AgentCard": "https://github.com/mailmesh/mailmesh#AgentCard"}, "@type": "Order", "card": {}}),
    ] {
        let mail = agents
            .receive(Draft::new().text("Hello.").data(&data))
            .await;
        assert_eq!(mail.data().len(), 1);
        assert!(mail.cards().is_empty(), "{data}");
    }
}

#[tokio::test]
async fn a_mailbox_without_a_card_introduces_nobody() {
    let agents = Agents::new().await;
    let refused = agents.ann.introduce(Draft::new()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    assert!(agents.ann.card().is_none());
    let refused = CarriedCard::new("{\"name\":1}").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
}
