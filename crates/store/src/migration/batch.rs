//! What goes from one engine to the other in one transaction.

use serde_json::json;

use super::table::{Kind, Table};
use crate::{Error, ErrorKind, FileSource, Format, Index};

/// Some rows of one table that follow each other.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) table: &'static Table,
    pub(crate) content: Content,
    /// Where the next one begins: behind this row.
    pub(crate) last: Place,
}

/// The rows of a batch.
#[derive(Debug)]
pub(crate) enum Content {
    Rows(Vec<Row>),
    Messages(Vec<Message>),
    Files(Vec<File>),
}

/// A row, column by column.
pub(crate) type Row = Vec<Value>;

/// What one column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Number(i64),
    Text(String),
    Octets(Vec<u8>),
}

/// A message with what is found and listed of it.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) key: i64,
    pub(crate) id: String,
    pub(crate) format: Format,
    pub(crate) frame: Option<Vec<u8>>,
    /// The sender of an envelope and its digest.
    pub(crate) sender: Option<i64>,
    pub(crate) digest: Option<Vec<u8>>,
    pub(crate) received_ms: i64,
    pub(crate) index: Index,
    pub(crate) raw: Vec<u8>,
    /// The words of mail by subject, addresses and text. Those of an envelope are in its body.
    pub(crate) words: [String; 3],
    /// The text of mail with a frame.
    pub(crate) text: String,
}

/// A file and its octets.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) row: Row,
    pub(crate) octets: Box<dyn FileSource>,
}

/// The place of a row in its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place(Vec<Value>);

/// Where a migration goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// The number of the table.
    pub(crate) table: usize,
    pub(crate) behind: Place,
}

impl Content {
    /// How many rows it is.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Rows(rows) => rows.len(),
            Self::Messages(messages) => messages.len(),
            Self::Files(files) => files.len(),
        }
    }
}

impl Message {
    /// About the octets it takes while it waits.
    pub(crate) fn weight(&self) -> usize {
        let words = self.words.iter().map(String::len).sum::<usize>();
        self.raw.len() + self.frame.as_ref().map_or(0, Vec::len) + words + self.text.len()
    }
}

impl Value {
    /// About the octets it takes while it waits.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Null | Self::Number(_) => 8,
            Self::Text(text) => text.len() + 8,
            Self::Octets(octets) => octets.len() + 8,
        }
    }
}

impl Place {
    /// The place before all rows: no number is negative, and no id is empty.
    pub(crate) fn start(table: &Table) -> Self {
        let least = |kind: &Kind| match kind {
            Kind::Number => Value::Number(-1),
            Kind::Text => Value::Text(String::new()),
        };
        Self(table.place.iter().map(least).collect())
    }

    /// The place of a row.
    pub(crate) fn of(row: &[Value], table: &Table) -> Self {
        Self(row.iter().take(table.place.len()).cloned().collect())
    }

    /// The place of a message.
    pub(crate) fn of_key(key: i64) -> Self {
        Self(vec![Value::Number(key)])
    }

    pub(crate) fn values(&self) -> &[Value] {
        &self.0
    }

    /// As the database remembers it.
    pub(crate) fn to_json(&self) -> String {
        let value = |value: &Value| match value {
            Value::Number(number) => json!(number),
            Value::Text(text) => json!(text),
            Value::Null | Value::Octets(_) => json!(null), // no place has these
        };
        serde_json::Value::Array(self.0.iter().map(value).collect()).to_string()
    }

    /// The reverse of [`to_json`](Self::to_json).
    pub(crate) fn from_json(text: &str, table: &Table) -> Result<Self, Error> {
        let wrong = || {
            Error::new(
                ErrorKind::Corrupt,
                "expected the place where a migration stopped, the database is damaged",
            )
        };
        let values: Vec<serde_json::Value> = serde_json::from_str(text).map_err(|_| wrong())?;
        let value = |(value, kind): (&serde_json::Value, &Kind)| match kind {
            Kind::Number => value.as_i64().map(Value::Number),
            Kind::Text => value.as_str().map(|text| Value::Text(text.to_owned())),
        };
        let place: Option<Vec<Value>> = values.iter().zip(table.place).map(value).collect();
        let place = place.filter(|place| place.len() == table.place.len());
        place.map(Self).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Value};
    use crate::migration::table::TABLES;

    #[test]
    fn places_are_read_as_they_were_written() {
        for table in TABLES {
            let start = Place::start(table);
            assert_eq!(Place::from_json(&start.to_json(), table).unwrap(), start);
            assert!(Place::from_json("[]", table).is_err(), "{}", table.name);
            assert!(Place::from_json("{", table).is_err(), "{}", table.name);
        }
        let allowlists = TABLES.iter().find(|table| table.name == "allowlists");
        let row = [
            Value::Number(7),
            Value::Text("@a.*".to_owned()),
            Value::Null,
        ];
        let place = Place::of(&row, allowlists.unwrap());
        assert_eq!(place.to_json(), r#"[7,"@a.*"]"#);
    }
}
