use arbitrary::{Arbitrary, Unstructured};
use serde_json::Value;
use strict_json::Document;
use structured_email::{Arrangement, Attachment, Draft, Item, Mailbox, Message, Source, Stamp};

/// What is written is read back as it was, and only safe lines are written.
pub fn compose(octets: &[u8]) {
    let Ok(plan) = Plan::arbitrary_take_rest(Unstructured::new(octets)) else {
        return;
    };
    let draft = plan.draft();
    let stamp = Stamp {
        date: i64::from(plan.date),
        message_id: "fuzz@example.org".to_owned(),
        boundary: "=_fuzz".to_owned(),
    };
    let mut raw = b"before".to_vec();
    let Ok(composed) = draft.compose(&stamp, &mut raw) else {
        assert_eq!(raw, b"before", "something was written in spite of an error");
        return;
    };
    let raw = &raw["before".len()..];
    lines_are_safe(raw, composed.needs_smtputf8);

    let mut again = Vec::new();
    draft
        .compose(&stamp, &mut again)
        .expect("it was written once");
    assert_eq!(raw, again, "the same draft and stamp give the same octets");

    let message = Message::parse(raw).expect("within the limits");
    plan.is_read_back(&message);
}

fn lines_are_safe(raw: &[u8], smtputf8: bool) {
    let text = std::str::from_utf8(raw).expect("UTF-8");
    assert!(smtputf8 || text.is_ascii());
    assert!(!text.contains('\0'));
    assert!(text.ends_with("\r\n"));
    for line in text.split("\r\n") {
        assert!(line.len() <= 998, "a line of {} octets", line.len());
        assert!(!line.contains(['\r', '\n']), "a bare line break");
    }
}

#[derive(Arbitrary, Debug)]
struct Plan {
    from: Person,
    to: Vec<Person>,
    subject: Option<String>,
    references: Vec<Id>,
    supersedes: Option<Id>,
    text: Option<String>,
    html: Option<String>,
    data: Vec<Data>,
    arrangement: Option<Kind>,
    attachment: Option<(String, Vec<u8>)>,
    options: [bool; 4],
    date: u32,
    data_apart: Option<Data>,
}

#[derive(Arbitrary, Debug)]
struct Person {
    name: Option<String>,
    address: Address,
}

#[derive(Arbitrary, Debug)]
enum Address {
    Known(u8),
    Any(String),
}

#[derive(Arbitrary, Debug)]
enum Id {
    Known(u8),
    Any(String),
}

#[derive(Arbitrary, Debug)]
enum Data {
    Text(String),
    Object(Vec<(String, Json)>),
    Objects(Vec<Vec<(String, Json)>>),
}

#[derive(Arbitrary, Debug)]
enum Json {
    Null,
    Flag(bool),
    Integer(i32),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Kind {
    Full,
    Partial,
    NonRepresentation,
    Mrm,
}

impl Plan {
    fn draft(&self) -> Draft {
        let [html_fallback, before_html, mailmesh_headers, with_id] = self.options;
        let mut draft = Draft::new()
            .from(self.from.mailbox())
            .html_fallback(html_fallback)
            .data_before_html(before_html)
            .mailmesh_headers(mailmesh_headers)
            .references(self.references.iter().map(Id::text));
        for person in &self.to {
            draft = draft.to(person.mailbox());
        }
        if let Some(subject) = &self.subject {
            draft = draft.subject(subject);
        }
        if let Some(id) = &self.supersedes {
            draft = draft.supersedes(id.text());
        }
        if let Some(text) = &self.text {
            draft = draft.text(text);
        }
        if let Some(html) = &self.html {
            draft = draft.html(html);
        }
        for data in &self.data {
            draft = draft.data_json(data.json());
        }
        if let Some(data) = &self.data_apart {
            draft = draft.data_apart(data.json());
        }
        if let Some(kind) = self.arrangement {
            draft = draft.arrangement(kind.into());
        }
        match &self.attachment {
            Some((name, content)) if with_id => {
                draft.attachment_with_id("file@example.org", file(name, content))
            }
            Some((name, content)) => draft.attachment(file(name, content)),
            None => draft,
        }
    }

    fn all_data(&self) -> impl Iterator<Item = &Data> {
        self.data.iter().chain(&self.data_apart)
    }

    fn is_read_back(&self, message: &Message<'_>) {
        assert_eq!(message.date(), Some(i64::from(self.date)));
        assert_eq!(message.message_id().as_deref(), Some("fuzz@example.org"));
        let subject = message.subject().unwrap_or_default();
        assert_eq!(subject, self.subject.as_deref().unwrap_or_default());
        assert_eq!(message.from(), [self.from.mailbox()]);
        let to: Vec<_> = self.to.iter().map(Person::mailbox).collect();
        assert_eq!(message.mailboxes("To"), to);
        assert_eq!(
            message
                .parts()
                .iter()
                .filter(|part| part.is_designated())
                .count(),
            self.all_data().count()
        );

        let written: Vec<Value> = self.all_data().flat_map(Data::items).collect();
        let is_mime = |item: &&Item<'_>| item.source() == Source::Mime;
        let read: Vec<_> = message.items().iter().filter(is_mime).collect();
        if written.len() <= 64 {
            let values: Vec<_> = read.iter().filter_map(|item| item.value()).collect();
            assert_eq!(values, written);
        }
        if let (Some(text), Some(read)) = (&self.text, message.text()) {
            assert_eq!(lines(&read), lines(text));
        }
        if let (Some(html), Some(read), [false, ..]) = (&self.html, message.html(), self.options) {
            assert_eq!(lines(&read), lines(html));
        }
        if let Some((_, content)) = &self.attachment {
            let kept = message.parts().iter().any(|part| {
                part.media_type() == "application/octet-stream"
                    && part
                        .decode(usize::MAX)
                        .is_ok_and(|decoded| *decoded == **content)
            });
            assert!(kept, "an attachment was lost");
        }
    }
}

impl Person {
    fn mailbox(&self) -> Mailbox {
        let address = match &self.address {
            Address::Known(n) => format!("agent{n}@example.org"),
            Address::Any(address) => address.clone(),
        };
        let name = self.name.clone().filter(|name| !name.is_empty());
        Mailbox { name, address }
    }
}

impl Id {
    fn text(&self) -> String {
        match self {
            Self::Known(n) => format!("<{n}@example.org>"),
            Self::Any(id) => id.clone(),
        }
    }
}

impl Data {
    fn json(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Object(members) => object(members).to_string(),
            Self::Objects(objects) => {
                Value::Array(objects.iter().map(|members| object(members)).collect()).to_string()
            }
        }
    }

    /// The items that a reader should find.
    fn items(&self) -> Vec<Value> {
        let json = self.json();
        let limits = strict_json::Limits::default();
        let document = Document::parse(json.as_bytes(), &limits).expect("it was composed");
        match document.root().to_serde() {
            Value::Array(elements) => elements.into_iter().map(with_context).collect(),
            Value::Object(members) if members.is_empty() => Vec::new(),
            Value::Object(mut members) => match members.remove("@graph") {
                Some(Value::Array(graph)) => graph,
                Some(graph) => vec![graph],
                None => vec![with_context(Value::Object(members))],
            },
            other => panic!("composed {other}"),
        }
    }
}

impl From<&Json> for Value {
    fn from(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Flag(flag) => Self::from(*flag),
            Json::Integer(integer) => Self::from(*integer),
            Json::Text(text) => Self::from(text.as_str()),
            Json::List(elements) => elements.iter().map(Self::from).collect(),
            Json::Object(members) => object(members),
        }
    }
}

impl From<Kind> for Arrangement {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Full => Self::Full,
            Kind::Partial => Self::Partial,
            Kind::NonRepresentation => Self::NonRepresentation,
            Kind::Mrm => Self::Mrm,
        }
    }
}

fn object(members: &[(String, Json)]) -> Value {
    members
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value)))
        .collect()
}

fn with_context(mut value: Value) -> Value {
    if let Value::Object(members) = &mut value
        && !members.is_empty()
    {
        members
            .entry("@context")
            .or_insert_with(|| Value::from("https://schema.org"));
    }
    value
}

fn file(name: &str, content: &[u8]) -> Attachment {
    Attachment {
        filename: name.to_owned(),
        media_type: "application/octet-stream".to_owned(),
        content: content.to_vec(),
    }
}

/// The lines of a text. Which line break a text has, and whether its last line has one, is not
/// kept.
fn lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.trim_end_matches('\n')
        .split('\n')
        .map(str::to_owned)
        .collect()
}
