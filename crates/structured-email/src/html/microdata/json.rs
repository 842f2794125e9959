use std::collections::BTreeMap;
use std::ops::Range;

use super::Microdata;
use super::elements::{Element, Elements};
use crate::ProblemKind;

/// Writes one item as a JSON object of at most `limit` octets.
pub(super) fn write(elements: &Elements, item: usize, limit: usize, depth: usize) -> Microdata {
    let mut writer = Writer {
        elements,
        json: String::new(),
        limit,
        schema_org: types(elements.at(item)).any(|url| schema_org_type(url).is_some()),
        taken: vec![false; elements.len()],
        items: BTreeMap::new(),
        quoted: false,
    };
    let json = writer.item(item, depth, true).map(|()| writer.json);
    Microdata {
        json,
        quoted: writer.quoted,
    }
}

struct Writer<'e> {
    elements: &'e Elements,
    json: String,
    limit: usize,
    /// The `@context` is that of schema.org.
    schema_org: bool,
    /// The elements that are values already. None is taken twice, so loops end.
    taken: Vec<bool>,
    /// Where the items stand that are written: an element with several names is written again
    /// for each.
    items: BTreeMap<usize, Range<usize>>,
    quoted: bool,
}

const SCHEMA_ORG: &str = "https://schema.org";

/// No real item refers to more elements.
const MAX_REFS: usize = 16;

impl<'e> Writer<'e> {
    /// Writes an item; `depth` more levels of nesting are left, its own counted.
    fn item(&mut self, item: usize, depth: usize, is_top: bool) -> Result<(), ProblemKind> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(ProblemKind::TooDeep);
        };
        let start = self.json.len();
        let element = self.elements.at(item);
        self.taken[item] = true;
        self.quoted |= element.quoted;
        self.json.push('{');
        if is_top && self.schema_org {
            self.member("@context")?;
            self.string(SCHEMA_ORG)?;
        }
        self.types(element)?;
        if let Some(id) = &element.itemid {
            self.member("@id")?;
            self.string(id.trim())?;
        }
        for (name, values) in self.properties(item) {
            self.property(name, &values, depth)?;
        }
        self.json.push('}');
        self.items.insert(item, start..self.json.len());
        Ok(())
    }

    fn types(&mut self, element: &Element) -> Result<(), ProblemKind> {
        let name = |url| {
            schema_org_type(url)
                .filter(|_| self.schema_org)
                .unwrap_or(url)
        };
        let names: Vec<_> = types(element).map(name).collect();
        if names.is_empty() {
            return Ok(());
        }
        self.member("@type")?;
        self.list(&names, |writer, name| writer.string(name))
    }

    fn property(&mut self, name: &str, values: &[usize], depth: usize) -> Result<(), ProblemKind> {
        self.member(name)?;
        let in_list = usize::from(values.len() > 1);
        let depth = depth.checked_sub(in_list).ok_or(ProblemKind::TooDeep)?;
        self.list(values, |writer, &value| {
            if let Some(span) = writer.items.get(&value) {
                writer.json.extend_from_within(span.clone());
                return writer.check_size();
            }
            let element = writer.elements.at(value);
            if element.is_item {
                return writer.item(value, depth, false);
            }
            writer.quoted |= element.quoted;
            let text = writer.elements.value(element, writer.limit);
            writer.string(&text.ok_or(ProblemKind::TooLarge)?)
        })
    }

    /// The properties of an item with their values, each in document order.
    fn properties(&mut self, item: usize) -> Vec<(&'e str, Vec<usize>)> {
        let elements = self.elements;
        let own = item + 1..elements.at(item).end;
        let refs = elements
            .at(item)
            .refs
            .split_ascii_whitespace()
            .take(MAX_REFS);
        let mut values = Vec::new();
        for span in std::iter::once(own).chain(refs.filter_map(|id| elements.with_id(id))) {
            let mut at = span.start;
            while at < span.end {
                let element = elements.at(at);
                if !element.properties.is_empty() && !std::mem::replace(&mut self.taken[at], true) {
                    values.push(at);
                }
                // What is inside another item belongs to that.
                at = if element.is_item { element.end } else { at + 1 };
            }
        }
        values.sort_unstable();
        let mut positions = BTreeMap::new();
        let mut properties: Vec<(&str, Vec<usize>)> = Vec::new();
        for value in values {
            let names = elements.at(value).properties.split_ascii_whitespace();
            for name in names.filter(|name| !name.starts_with('@')) {
                let position = *positions.entry(name).or_insert(properties.len());
                if position == properties.len() {
                    properties.push((name, Vec::new()));
                }
                properties[position].1.push(value);
            }
        }
        properties
    }

    fn member(&mut self, name: &str) -> Result<(), ProblemKind> {
        if !self.json.ends_with('{') {
            self.json.push(',');
        }
        self.string(name)?;
        self.json.push(':');
        Ok(())
    }

    fn list<T>(
        &mut self,
        values: &[T],
        mut write: impl FnMut(&mut Self, &T) -> Result<(), ProblemKind>,
    ) -> Result<(), ProblemKind> {
        if let [one] = values {
            return write(self, one);
        }
        for (at, value) in values.iter().enumerate() {
            self.json.push(if at == 0 { '[' } else { ',' });
            write(self, value)?;
        }
        self.json.push(']');
        Ok(())
    }

    fn string(&mut self, text: &str) -> Result<(), ProblemKind> {
        self.json
            .push_str(&serde_json::Value::from(text).to_string());
        self.check_size()
    }

    fn check_size(&self) -> Result<(), ProblemKind> {
        if self.json.len() > self.limit {
            Err(ProblemKind::TooLarge)
        } else {
            Ok(())
        }
    }
}

fn types(element: &Element) -> impl Iterator<Item = &str> {
    element.types.split_ascii_whitespace()
}

/// The bare name of a type of schema.org.
fn schema_org_type(url: &str) -> Option<&str> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let name = rest.strip_prefix("schema.org/")?;
    (!name.is_empty() && !name.contains(['/', '#', '?'])).then_some(name)
}
