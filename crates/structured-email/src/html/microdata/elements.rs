use std::ops::Range;

use crate::html::quote::{self, Quotes};
use crate::html::tokens::{self, Tag, Visitor};

/// The elements of a body that take part in microdata, in document order.
///
/// The elements inside one are those that follow it up to its `end`. Text is kept once, an
/// element holds the span of what is in it.
///
/// An end tag closes the nearest open element of its name, and what is open inside that; without
/// one it is ignored. An element that cannot stand in itself, such as `li`, ends when the next
/// one starts.
#[derive(Debug, Default)]
pub(super) struct Elements {
    elements: Vec<Element>,
    text: String,
    /// The open elements, outermost first, microdata or not.
    open: Vec<Open>,
    /// How many of the open elements have their text as value.
    text_values: usize,
    templates: usize,
    quotes: Quotes,
    full: bool,
}

/// One element with an `itemscope`, an `itemprop` or an `id`.
#[derive(Debug)]
pub(super) struct Element {
    /// Where the elements inside it end.
    pub(super) end: usize,
    pub(super) is_item: bool,
    pub(super) types: String,
    pub(super) itemid: Option<String>,
    pub(super) refs: String,
    pub(super) id: Option<String>,
    /// The names of the property it is the value of.
    pub(super) properties: String,
    pub(super) value: Value,
    pub(super) quoted: bool,
}

/// The value of an element that is no item.
#[derive(Debug)]
pub(super) enum Value {
    Attribute(String),
    /// A span of the text.
    Text(Range<usize>),
}

#[derive(Debug)]
struct Open {
    name: String,
    element: Option<usize>,
}

/// More elements than any real body has.
const MAX_ELEMENTS: usize = 1024;

/// An end tag looks this far for its start.
const MAX_OPEN: usize = 256;

impl Elements {
    pub(super) fn read(html: &str) -> Self {
        let mut elements = Self::default();
        tokens::walk(html, &mut elements);
        while !elements.open.is_empty() {
            elements.close();
        }
        elements
    }

    pub(super) fn len(&self) -> usize {
        self.elements.len()
    }

    /// Whether there were more elements than are looked at.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// The items that are no property of another, by position.
    pub(super) fn top_level_items(&self) -> impl Iterator<Item = usize> {
        let is_top = |element: &Element| element.is_item && element.properties.is_empty();
        self.elements
            .iter()
            .enumerate()
            .filter_map(move |(at, element)| is_top(element).then_some(at))
    }

    pub(super) fn at(&self, at: usize) -> &Element {
        &self.elements[at]
    }

    /// The first element with this id, and those inside it.
    pub(super) fn with_id(&self, id: &str) -> Option<Range<usize>> {
        let at = self
            .elements
            .iter()
            .position(|element| element.id.as_deref() == Some(id))?;
        Some(at..self.elements[at].end)
    }

    /// The value of an element that is no item, unless it is longer than `limit`. Text has its
    /// white space collapsed.
    pub(super) fn value(&self, element: &Element, limit: usize) -> Option<String> {
        match &element.value {
            Value::Attribute(value) => (value.len() <= limit).then(|| value.clone()),
            Value::Text(span) => {
                let text = self
                    .text
                    .get(span.clone())
                    .filter(|text| text.len() <= limit)?;
                Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
            }
        }
    }

    fn close(&mut self) {
        let Some(open) = self.open.pop() else {
            return;
        };
        let end = self.elements.len();
        if let Some(at) = open.element {
            let element = &mut self.elements[at];
            element.end = end;
            if let Value::Text(span) = &mut element.value {
                span.end = self.text.len();
                self.text_values -= 1;
            }
        }
    }

    fn add(&mut self, tag: &Tag) -> Option<usize> {
        let owned = |name: &str| tag.attribute(name).map(|value| value.into_owned());
        let is_item = tag.attribute("itemscope").is_some();
        let properties = owned("itemprop").unwrap_or_default();
        let id = owned("id");
        if !is_item && properties.is_empty() && id.is_none() {
            return None;
        }
        if self.elements.len() == MAX_ELEMENTS {
            self.full = true;
            return None;
        }
        let attribute = value_attribute(tag.name()).and_then(owned);
        let value = match attribute {
            Some(value) => Value::Attribute(value),
            None if is_item || properties.is_empty() => Value::Attribute(String::new()),
            None => Value::Text(self.text.len()..self.text.len()),
        };
        self.text_values += usize::from(matches!(value, Value::Text(_)));
        self.elements.push(Element {
            end: usize::MAX,
            is_item,
            types: owned("itemtype").unwrap_or_default(),
            itemid: owned("itemid"),
            refs: owned("itemref").unwrap_or_default(),
            id,
            properties,
            value,
            quoted: self.quotes.is_quoted(),
        });
        Some(self.elements.len() - 1)
    }
}

impl Visitor for Elements {
    const WANTS_TEXT: bool = true;

    fn wants(attribute: &str) -> bool {
        let is_microdata =
            ["itemscope", "itemtype", "itemid", "itemref", "itemprop"].contains(&attribute);
        let is_value = ["content", "href", "src", "data", "datetime", "value"].contains(&attribute);
        is_microdata || is_value || quote::wants(attribute)
    }

    fn start(&mut self, tag: &Tag) {
        if tag.name() == "template" {
            self.templates += 1;
        }
        if self.templates > 0 {
            return;
        }
        self.quotes.start(tag);
        if self
            .open
            .last()
            .is_some_and(|open| ends_before(&open.name, tag.name()))
        {
            self.close();
        }
        if self.open.len() == MAX_OPEN {
            self.full = true;
            return;
        }
        let element = self.add(tag);
        self.open.push(Open {
            name: tag.name().to_owned(),
            element,
        });
        if tag.is_void() {
            self.close();
        }
    }

    fn end(&mut self, name: &str) {
        if name == "template" {
            self.templates = self.templates.saturating_sub(1);
            return;
        }
        if self.templates > 0 {
            return;
        }
        self.quotes.end(name);
        if let Some(at) = self.open.iter().rposition(|open| open.name == name) {
            while self.open.len() > at {
                self.close();
            }
        }
    }

    fn text(&mut self, text: &str) {
        let is_style = self.open.last().is_some_and(|open| open.name == "style");
        if self.text_values > 0 && self.templates == 0 && !is_style {
            self.text.push_str(text);
        }
    }

    fn is_done(&self) -> bool {
        self.full
    }
}

/// The attribute that holds the value of an element (HTML 5.2.4).
fn value_attribute(name: &str) -> Option<&'static str> {
    Some(match name {
        "meta" => "content",
        "a" | "area" | "link" => "href",
        "audio" | "embed" | "iframe" | "img" | "source" | "track" | "video" => "src",
        "object" => "data",
        "time" => "datetime",
        "data" | "meter" => "value",
        _ => return None,
    })
}

/// Whether an open element ends where another starts, without an end tag (HTML 13.1.2.4).
fn ends_before(open: &str, next: &str) -> bool {
    match open {
        "li" | "p" | "option" | "tr" => open == next,
        "dt" | "dd" => matches!(next, "dt" | "dd"),
        "td" | "th" => matches!(next, "td" | "th" | "tr"),
        _ => false,
    }
}
