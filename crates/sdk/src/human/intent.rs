use serde::Serialize;
use strict_json::{Document, Limits, Object, Value};

use super::answer::{self, malformed};
use crate::Error;

/// What a person wants with a mail.
///
/// It is a reading of a stranger's words, made by rules or by a language model, and permits
/// nothing. Serializes to JSON of the shape of [`Intent::SCHEMA`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Intent {
    /// What kind of thing.
    pub kind: IntentKind,
    /// In a line.
    pub summary: String,
    /// What is asked, question by question.
    pub questions: Vec<String>,
    /// What is named: times, amounts, addresses.
    pub entities: Vec<Entity>,
    /// Whether it cannot wait.
    pub urgent: bool,
}

/// The kinds of [`Intent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "lowercase")]
pub enum IntentKind {
    /// Something is to be told.
    Question,
    /// Something is to be done.
    Request,
    /// A time is to be found.
    Scheduling,
    /// Yes to what was asked.
    Approval,
    /// No to what was asked.
    Refusal,
    /// Something is wrong.
    Complaint,
    /// Thanks, and nothing else.
    Thanks,
    /// To be known.
    Information,
}

/// Something a mail names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Entity {
    /// What it is.
    pub kind: EntityKind,
    /// As the mail writes it.
    pub text: String,
}

/// The kinds of [`Entity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "lowercase")]
pub enum EntityKind {
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A sum of money.
    Amount,
    /// The number of an order, an invoice, a ticket.
    Reference,
    /// An address of mail.
    Email,
    /// A link.
    Url,
    /// A person.
    Person,
    /// A company or another body.
    Organization,
    /// A place.
    Place,
    /// A thing that is bought, sold or spoken of.
    Product,
}

impl Intent {
    /// The most characters of a summary, a question and the text of an entity.
    pub const MAX_TEXT: usize = 500;
    /// The most questions, and the most entities.
    pub const MAX_ITEMS: usize = 32;

    /// What [`Intent::parse`] takes, as JSON Schema 2020-12: for models that can be held to one.
    pub const SCHEMA: &'static str = include_str!("intent.schema.json");

    /// Reads what a language model answered: one JSON object of the shape of
    /// [`SCHEMA`](Self::SCHEMA), with nothing around it but white space or a code fence.
    ///
    /// # Errors
    ///
    /// [`Protocol`](crate::ErrorKind::Protocol) when it is anything else: unknown or missing
    /// members, a member that stands twice, other types, more than the limits.
    pub fn parse(answer: &str) -> Result<Self, Error> {
        let json = answer::json(answer)?;
        let document = Document::parse(json.as_bytes(), &LIMITS).map_err(|_| malformed())?;
        let object = document.root().as_object().ok_or_else(malformed)?;
        answer::only(
            object,
            &["kind", "summary", "questions", "entities", "urgent"],
        )?;
        Ok(Self {
            kind: IntentKind::named(word(object, "kind")?).ok_or_else(malformed)?,
            summary: text(object.get("summary"))?,
            questions: list(object, "questions", |question| text(Some(question)))?,
            entities: list(object, "entities", Entity::read)?,
            urgent: object
                .get("urgent")
                .and_then(Value::as_bool)
                .ok_or_else(malformed)?,
        })
    }
}

/// Enough for all that is within the limits of an intent.
const LIMITS: Limits = Limits {
    size: answer::MAX_ANSWER,
    depth: 4,
    nodes: 256,
    number: 1,
};

impl IntentKind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Question,
        Self::Request,
        Self::Scheduling,
        Self::Approval,
        Self::Refusal,
        Self::Complaint,
        Self::Thanks,
        Self::Information,
    ];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Request => "request",
            Self::Scheduling => "scheduling",
            Self::Approval => "approval",
            Self::Refusal => "refusal",
            Self::Complaint => "complaint",
            Self::Thanks => "thanks",
            Self::Information => "information",
        }
    }

    fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl EntityKind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Date,
        Self::Time,
        Self::Amount,
        Self::Reference,
        Self::Email,
        Self::Url,
        Self::Person,
        Self::Organization,
        Self::Place,
        Self::Product,
    ];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Time => "time",
            Self::Amount => "amount",
            Self::Reference => "reference",
            Self::Email => "email",
            Self::Url => "url",
            Self::Person => "person",
            Self::Organization => "organization",
            Self::Place => "place",
            Self::Product => "product",
        }
    }

    fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl Entity {
    fn read(value: Value<'_>) -> Result<Self, Error> {
        let object = value.as_object().ok_or_else(malformed)?;
        answer::only(object, &["kind", "text"])?;
        Ok(Self {
            kind: EntityKind::named(word(object, "kind")?).ok_or_else(malformed)?,
            text: text(object.get("text"))?,
        })
    }
}

fn word<'d>(object: Object<'d>, name: &str) -> Result<&'d str, Error> {
    let value = object.get(name).and_then(Value::as_str);
    value.ok_or_else(malformed)
}

fn text(value: Option<Value<'_>>) -> Result<String, Error> {
    answer::text(value, Intent::MAX_TEXT)
}

fn list<'d, T>(
    object: Object<'d>,
    name: &str,
    read: impl Fn(Value<'d>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let list = object.get(name).and_then(Value::as_array);
    let list = list.filter(|list| list.len() <= Intent::MAX_ITEMS);
    list.ok_or_else(malformed)?.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};
    use serde_json::{Value, json};

    use super::{EntityKind, Intent, IntentKind};
    use crate::ErrorKind;

    fn sound() -> Value {
        json!({
            "kind": "question",
            "summary": "Asks for the price",
            "questions": ["How much?"],
            "entities": [{ "kind": "amount", "text": "20 €" }],
            "urgent": false,
        })
    }

    #[test]
    fn an_answer_is_read_with_or_without_a_code_fence() {
        let plain = sound().to_string();
        for answer in [
            plain.clone(),
            format!(" ```json\n{plain}\n```\n"),
            format!("```\n{plain}```"),
        ] {
            let intent = Intent::parse(&answer).unwrap();
            assert_eq!(intent.kind, IntentKind::Question);
            assert_eq!(intent.entities[0].kind, EntityKind::Amount);
            assert_eq!(serde_json::to_value(&intent).unwrap(), sound());
        }
    }

    #[test]
    fn what_is_no_intent_is_refused() {
        let with = |name: &str, value: Value| {
            let mut intent = sound();
            intent[name] = value;
            intent.to_string()
        };
        let without = |name: &str| {
            let mut intent = sound();
            intent.as_object_mut().unwrap().remove(name);
            intent.to_string()
        };
        for answer in [
            String::new(),
            "I am sorry, I cannot help with that.".to_owned(),
            format!("Here it is: {}", sound()),
            format!("{} and {}", sound(), sound()),
            "[]".to_owned(),
            with("kind", json!("transfer")),
            with("kind", json!(1)),
            with("urgent", json!("no")),
            with("send_to", json!("eve@x.test")),
            with("summary", json!("x".repeat(501))),
            with("questions", json!(vec!["Why?"; 33])),
            with("questions", json!([["deep"]])),
            with(
                "entities",
                json!([{ "kind": "date", "text": "today", "run": "x" }]),
            ),
            with("entities", json!([{ "kind": "password", "text": "x" }])),
            sound().to_string().replacen('{', r#"{"kind":"thanks","#, 1),
            without("kind"),
            without("summary"),
            without("questions"),
            without("entities"),
            without("urgent"),
            "[".repeat(100_000),
            format!("{}{}", sound(), " ".repeat(100_000)),
        ] {
            let error = Intent::parse(&answer).map(|_| answer).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Protocol);
        }
        let longest = with("summary", json!("é".repeat(500)));
        assert!(Intent::parse(&longest).is_ok());
    }

    #[test]
    fn the_schema_names_every_kind() {
        let schema: Value = serde_json::from_str(Intent::SCHEMA).unwrap();
        let words = IntentKind::ALL.map(IntentKind::as_str);
        assert_eq!(schema["properties"]["kind"]["enum"], json!(words));
        let words = EntityKind::ALL.map(EntityKind::as_str);
        let entity = &schema["properties"]["entities"]["items"];
        assert_eq!(entity["properties"]["kind"]["enum"], json!(words));
        for (kind, word) in EntityKind::ALL.iter().zip(words) {
            assert_eq!(serde_json::to_value(kind).unwrap(), word);
        }
    }

    proptest! {
        #[test]
        fn any_answer_is_read_or_refused(answer in any::<String>()) {
            let _ = Intent::parse(&answer);
        }

        #[test]
        fn what_is_written_is_read_again(summary in "\\PC{0,40}", questions in proptest::collection::vec("\\PC{1,20}", 0..4)) {
            let mut value = sound();
            value["summary"] = json!(summary);
            value["questions"] = json!(questions);
            let intent = Intent::parse(&value.to_string()).unwrap();
            prop_assert_eq!(serde_json::to_value(&intent).unwrap()["kind"].clone(), value["kind"].clone());
            prop_assert_eq!(intent.questions.len(), questions.len());
        }
    }
}
