//! AgentCards that travel with mail.
//!
//! A card travels as an item of structured data of the type `AgentCard`, in a vocabulary of our
//! own. The member `card` holds it as a JSON literal (JSON-LD 1.1 10.2), so that processors keep
//! it as it stands and its signatures stay valid:
//!
//! ```json
//! {
//!   "@context": {
//!     "AgentCard": "https://github.com/mailmesh/mailmesh#AgentCard",
//!     "card": {"@id": "https://github.com/mailmesh/mailmesh#card", "@type": "@json"}
//!   },
//!   "@type": "AgentCard",
//!   "card": { … }
//! }
//! ```

use std::fmt;

use agent_card::jcs::{Document, Limits as JsonLimits, Value};
use agent_card::keys::{KeyResolver, Origin};
use agent_card::{AgentCard, Limits, ParsedCard, UnixTime, Verdict, Verifier};
use structured_email::{Item, Source};

use crate::{Error, ErrorKind, Mail};

/// A card as it travels with mail: its JSON, untouched, and who sends it.
///
/// ```
/// use mailmesh::{AgentMailbox, CarriedCard, Draft, Filter, Page, transport::local::LocalTransport};
/// use mailmesh::agent_card::jws::Algorithm;
/// use mailmesh::agent_card::keys::{Jwk, Jwks, SigningKey, TrustedKeys};
/// use mailmesh::agent_card::{AgentCard, AgentInterface, AgentSkill, SignOptions, UnixTime, sign};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let dir = dir.path();
/// let card = AgentCard::builder("Shop", "Sells cups", "1.0.0")
///     .interface(AgentInterface::new("https://shop.test/a2a", "JSONRPC", "1.0"))
///     .input_modes(["text/plain"])
///     .output_modes(["text/plain"])
///     .skill(AgentSkill::new("order", "Order", "Takes orders", ["shop"]))
///     .build()?;
/// let key = SigningKey::generate(Algorithm::EdDsa, &[7; 32])?.with_kid("1"); // random in earnest
/// let card = CarriedCard::new(sign(&card, &key, &SignOptions::default())?.to_json())?;
/// let shop = AgentMailbox::new(LocalTransport::open(dir, "agent@shop.test").await?).with_card(card);
/// let ann = AgentMailbox::new(LocalTransport::open(dir, "ann@example.test").await?);
/// shop.send(shop.introduce(Draft::new().to("ann@example.test").text("Hello."))?).await?;
///
/// // Ann got the key of shop.test in a way she trusts.
/// let set = Jwks::from_iter([Jwk::new(key.public()).with_kid("1")]);
/// let trusted = TrustedKeys::of_origin(&set, &"https://shop.test".parse()?);
/// let inbox = ann.list(&Filter::default(), Page::default()).await?;
/// let mail = ann.read(&inbox[0].id).await?;
/// let verdict = mail.cards()[0].verify(&trusted, UnixTime::from_secs(1_795_255_200))?;
/// assert_eq!(verdict.card()?.card().name, "Shop");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct CarriedCard {
    json: String,
    origin: Option<Origin>,
}

/// The type of the item, and what stands for it in its context.
const TYPE: &str = "AgentCard";
const TYPE_IRI: &str = "https://github.com/mailmesh/mailmesh#AgentCard";
const CARD_IRI: &str = "https://github.com/mailmesh/mailmesh#card";

impl CarriedCard {
    /// A card to be carried, as JSON.
    ///
    /// # Errors
    ///
    /// [`Invalid`](ErrorKind::Invalid) when it is no v1.0 card. Older ones have to be upgraded
    /// and signed anew first.
    pub fn new(json: impl Into<Vec<u8>>) -> Result<Self, Error> {
        let invalid = |error: &dyn fmt::Display| {
            Error::new(
                ErrorKind::Invalid,
                format!("expected an AgentCard: {error}"),
            )
        };
        let json = String::from_utf8(json.into()).map_err(|error| invalid(&error))?;
        AgentCard::parse(json.as_bytes(), &Limits::default()).map_err(|error| invalid(&error))?;
        Ok(Self { json, origin: None })
    }

    /// The JSON of the card as it stands.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The domain of the author of the mail it came with, as an origin that keys can be bound
    /// to.
    ///
    /// It is what the `From` field says. A verified card proves that the keys of that domain
    /// signed it, and not that the mail comes from there: whoever has the card can send it on.
    /// That is what [`structured_email::assess`] judges, from DKIM and DMARC.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Reads the card without verifying it.
    ///
    /// # Errors
    ///
    /// [`Protocol`](ErrorKind::Protocol) when it is no v1.0 card.
    pub fn parse(&self) -> Result<ParsedCard, Error> {
        AgentCard::parse(self.json.as_bytes(), &Limits::default()).map_err(malformed)
    }

    /// Verifies the card with the keys the caller trusts, strictly: a security requirement that
    /// nobody signed is refused. Keys that are bound to origins count when this card
    /// [came from](Self::origin) there.
    ///
    /// # Errors
    ///
    /// [`Protocol`](ErrorKind::Protocol) when it is no v1.0 card. That it is not signed, or not by
    /// a trusted key, is a [`Verdict`].
    pub fn verify(&self, keys: &dyn KeyResolver, now: UnixTime) -> Result<Verdict, Error> {
        let verifier = Verifier::new(keys, now).strict(true);
        let verifier = match &self.origin {
            Some(origin) => verifier.origin(origin),
            None => verifier,
        };
        verifier.verify(self.json.as_bytes()).map_err(malformed)
    }

    /// The item that carries it, as JSON-LD.
    pub(crate) fn to_item(&self) -> String {
        let card = &self.json;
        format!(
            r#"{{"@context":{{"{TYPE}":"{TYPE_IRI}","card":{{"@id":"{CARD_IRI}","@type":"@json"}}}},"@type":"{TYPE}","card":{card}}}"#
        )
    }

    fn of_item(item: &Item<'_>, origin: Option<&Origin>) -> Option<Self> {
        if item.source() != Source::Mime || item.types() != [TYPE] {
            return None;
        }
        // The parser of the message has set the limits already.
        let document = Document::parse(item.json().as_bytes(), &JsonLimits::default()).ok()?;
        let item = document.root().as_object()?;
        let context = item.get("@context")?.as_object()?;
        let is_ours = context.get(TYPE).and_then(Value::as_str) == Some(TYPE_IRI);
        let card = item.get("card").filter(|_| is_ours)?;
        Some(Self {
            json: card.text().to_owned(),
            origin: origin.cloned(),
        })
    }
}

impl From<&AgentCard> for CarriedCard {
    fn from(card: &AgentCard) -> Self {
        Self {
            // What a card is written as is UTF-8.
            json: String::from_utf8_lossy(&card.to_json()).into_owned(),
            origin: None,
        }
    }
}

impl fmt::Debug for CarriedCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CarriedCard")
            .field("octets", &self.json.len())
            .field("origin", &self.origin)
            .finish()
    }
}

impl Mail {
    /// The AgentCards that came as structured data of the message, in its order. Nothing of them
    /// is verified.
    #[must_use]
    pub fn cards(&self) -> Vec<CarriedCard> {
        let Ok(message) = self.message() else {
            return Vec::new();
        };
        let origin = match message.from().as_slice() {
            // Several authors have no domain together.
            [author] => origin_of(&author.address),
            _ => None,
        };
        let items = message.items().iter();
        items
            .filter_map(|item| CarriedCard::of_item(item, origin.as_ref()))
            .collect()
    }
}

fn origin_of(address: &str) -> Option<Origin> {
    let (_, domain) = address.rsplit_once('@')?;
    format!("https://{domain}").parse().ok()
}

fn malformed(error: agent_card::Error) -> Error {
    Error::new(ErrorKind::Protocol, format!("no AgentCard: {error}")).with_source(error)
}
