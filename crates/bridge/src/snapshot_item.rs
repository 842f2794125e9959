use context_sync::{JsonObject, ThreadId};
use strict_json::{Document, Limits, Value};

use crate::json_ld::quoted;

/// A snapshot of context-sync as an item of structured data: the one form in mail and in envelopes.
///
/// It is of the type [`TYPE`](Self::TYPE) in a vocabulary of our own. The member `snapshot` holds it
/// as a JSON literal (JSON-LD 1.1 10.2):
///
/// ```json
/// {
///   "@context": {
///     "ContextSnapshot": "https://github.com/mailmesh/mailmesh#ContextSnapshot",
///     "snapshot": {"@id": "https://github.com/mailmesh/mailmesh#snapshot", "@type": "@json"},
///     "threadId": "https://github.com/mailmesh/mailmesh#threadId"
///   },
///   "@type": "ContextSnapshot",
///   "threadId": "…",
///   "snapshot": { … }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // the two members of the item
pub struct SnapshotItem {
    /// The thread that it claims to tell of.
    pub thread: Option<ThreadId>,
    /// What somebody knew.
    pub snapshot: JsonObject,
}

/// What stands for the words of the item in its context.
const TYPE_IRI: &str = "https://github.com/mailmesh/mailmesh#ContextSnapshot";
const SNAPSHOT_IRI: &str = "https://github.com/mailmesh/mailmesh#snapshot";
const THREAD_IRI: &str = "https://github.com/mailmesh/mailmesh#threadId";

impl SnapshotItem {
    /// The type of the item.
    pub const TYPE: &'static str = "ContextSnapshot";

    /// The most that stands around the snapshot, in octets.
    pub const AROUND: usize = 4 << 10;

    /// The item as JSON-LD.
    #[must_use]
    pub fn to_json(&self) -> String {
        let thread = self.thread.as_ref().map_or_else(String::new, |thread| {
            format!(r#""threadId":{},"#, quoted(thread.as_str()))
        });
        let name = Self::TYPE;
        format!(
            r#"{{"@context":{{"{name}":"{TYPE_IRI}","snapshot":{{"@id":"{SNAPSHOT_IRI}","@type":"@json"}},"threadId":"{THREAD_IRI}"}},"@type":"{name}",{thread}"snapshot":{}}}"#,
            self.snapshot
        )
    }

    /// Reads an item. `None` for one that is broken, of another vocabulary, or longer than `most`
    /// octets and [what stands around](Self::AROUND).
    #[must_use]
    pub fn read(json: &str, most: usize) -> Option<Self> {
        let limits = Limits {
            size: most.saturating_add(Self::AROUND),
            ..Limits::default()
        };
        let document = Document::parse(json.as_bytes(), &limits).ok()?;
        let item = document.root().as_object()?;
        let context = item.get("@context")?.as_object()?;
        let means = context.get(Self::TYPE).and_then(Value::as_str);
        let is_ours = means == Some(TYPE_IRI) && item.get("@type").is_some_and(is_typed);
        let snapshot = item.get("snapshot").filter(|_| is_ours)?;
        let thread = item.get("threadId").and_then(Value::as_str);
        let limits = context_sync::Limits::default();
        let snapshot = JsonObject::parse(snapshot.text(), &limits).ok()?;
        Some(Self {
            thread: thread.and_then(|thread| thread.parse().ok()),
            snapshot,
        })
        .filter(|item| item.snapshot.as_str().len() <= most)
    }
}

/// Whether a type is that of the item alone, be it in a list.
fn is_typed(types: Value<'_>) -> bool {
    let is_ours = |name: Value<'_>| name.as_str() == Some(SnapshotItem::TYPE);
    match types.as_array() {
        Some(list) => list.len() == 1 && list.iter().all(is_ours),
        None => is_ours(types),
    }
}

#[cfg(test)]
mod tests {
    use context_sync::{JsonObject, Limits};

    use super::SnapshotItem;

    fn item(snapshot: &str) -> SnapshotItem {
        SnapshotItem {
            thread: Some("a \"thread\"".parse().unwrap()),
            snapshot: JsonObject::parse(snapshot, &Limits::default()).unwrap(),
        }
    }

    #[test]
    fn items_come_back_up_to_the_limit() {
        for snapshot in ["{}", r#"{"__proto__":1,"n":9007199254740993}"#] {
            let item = item(snapshot);
            let read = |most| SnapshotItem::read(&item.to_json(), most);
            assert_eq!(read(snapshot.len()), Some(item.clone()));
            assert_eq!(read(snapshot.len() - 1), None);
            let listed = item.to_json().replace(
                r#""@type":"ContextSnapshot""#,
                r#""@type":["ContextSnapshot"]"#,
            );
            assert_eq!(SnapshotItem::read(&listed, 100), Some(item));
        }
    }

    #[test]
    fn items_of_others_are_none() {
        let json = item("{}").to_json();
        for other in [
            json.replace("mailmesh#ContextSnapshot", "other#ContextSnapshot"),
            json.replace(r#""@type":"ContextSnapshot""#, r#""@type":"Other""#),
            json.replace(r#""snapshot":{}"#, r#""snapshot":[]"#),
            json.replace(r#""snapshot":{}"#, r#""snap":{}"#),
            json.replace(r#""@type":"C"#, r#""@type":"","@type":"C"#),
            "null".to_owned(),
        ] {
            assert_eq!(SnapshotItem::read(&other, 100), None, "{other}");
        }
    }
}
