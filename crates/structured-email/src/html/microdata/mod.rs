//! Microdata (HTML 5), written down as JSON-LD.

mod elements;
mod json;

use std::ops::Range;

use elements::Elements;

use crate::{Limits, ProblemKind};

/// A top-level item, as the JSON-LD we write for it.
#[derive(Debug)]
pub(crate) struct Microdata {
    /// The JSON, or why there is none.
    pub(crate) json: Result<String, ProblemKind>,
    /// Some of it stands in quoted mail.
    pub(crate) quoted: bool,
}

/// What a scan found.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) items: Vec<Microdata>,
    /// The body has more items or properties than are looked at.
    pub(crate) too_many: bool,
}

/// Reads the microdata of an HTML body and keeps at most `room` items.
///
/// - Members stand in document order, a property that comes several times is an array.
/// - A type of schema.org is written as its bare name, under an `@context` of schema.org; any
///   other type as the URL it is. `itemid` becomes `@id`.
/// - A value is the attribute that HTML names for the element, or else the text with its white
///   space collapsed.
/// - Within one item each element is taken once. That is how `itemref` loops end.
/// - Properties whose name starts with `@` are left out, they would be JSON-LD keywords.
pub(crate) fn scan(html: &str, limits: &Limits, room: usize) -> Scan {
    let html = &html[..html.floor_char_boundary(limits.html)];
    if !has_item(html) {
        return Scan::default();
    }
    let elements = Elements::read(html);
    let mut scan = Scan {
        items: Vec::new(),
        too_many: elements.is_full(),
    };
    // Nested properties repeat the text of each other: what is written is limited as a whole.
    let mut budget = limits.data();
    for item in elements.top_level_items() {
        if scan.items.len() == room {
            scan.too_many = true;
            break;
        }
        let written = json::write(&elements, item, budget, limits.json_depth());
        budget -= written.json.as_ref().map_or(0, String::len).min(budget);
        scan.items.push(written);
    }
    scan
}

/// Whether the word `itemscope` is there at all, in any case.
fn has_item(html: &str) -> bool {
    const WORD: &[u8] = b"itemscope";
    let html = html.as_bytes();
    let is_word = |at: usize| {
        let range: Range<usize> = at..at + WORD.len();
        html.get(range)
            .is_some_and(|word| word.eq_ignore_ascii_case(WORD))
    };
    memchr::memchr2_iter(b'i', b'I', html).any(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str) -> Vec<String> {
        let scan = scan(html, &Limits::default(), 8);
        scan.items
            .into_iter()
            .map(|item| item.json.unwrap_or_else(|kind| kind.to_string()))
            .collect()
    }

    #[test]
    fn an_item_is_an_object() {
        let html = "<div itemscope itemtype='http://schema.org/Event https://x.example/T' itemid=urn:1>
            <h1 ITEMPROP=name>A <b>&amp;</b>\n  B</h1>
            <meta itemprop='startDate x' content=2026>
            <div itemprop=location itemscope itemtype=https://schema.org/Place><i itemprop=name>C</i></div>
            <li itemprop=name>D<li itemprop=name>E
        </div>";
        let expected = r#"{"@context":"https://schema.org","@type":["Event","https://x.example/T"],"@id":"urn:1","name":["A & B","D","E"],"startDate":"2026","x":"2026","location":{"@type":"Place","name":"C"}}"#;
        assert_eq!(read(html), [expected]);
    }

    #[test]
    fn the_element_names_the_attribute_of_the_value() {
        let value = |element: &str| read(&format!("<p itemscope>{element}")).concat();
        for element in [
            "<meta itemprop=p content=v>",
            "<a itemprop=p href=v>w</a>",
            "<area itemprop=p href=v>",
            "<link itemprop=p href=v>",
            "<img itemprop=p src=v>",
            "<video itemprop=p src=v></video>",
            "<object itemprop=p data=v></object>",
            "<time itemprop=p datetime=v>w</time>",
            "<time itemprop=p>v</time>",
            "<data itemprop=p value=v>w</data>",
            "<meter itemprop=p value=v>w</meter>",
            "<span itemprop=p content=w> v </span>",
            "<span itemprop=p>v<style>w</style><script>w</script></span>",
        ] {
            assert_eq!(value(element), r#"{"p":"v"}"#, "{element}");
        }
        assert_eq!(value("<i itemprop='p @type'>\"\\</i>"), r#"{"p":"\"\\"}"#);
    }

    #[test]
    fn itemref_brings_other_elements_and_loops_end() {
        let html = "<p itemscope itemref='b none a'><i itemprop=x>1</i></p>
            <div id=a><i itemprop=x>2</i></div>
            <div id=b itemprop=self itemscope itemref=b><i itemprop=y>3</i></div>";
        assert_eq!(read(html), [r#"{"x":["1","2"],"self":{"y":"3"}}"#]);
        let own = "<div id=a itemscope itemref=a><i itemprop=x>1</i></div>";
        assert_eq!(read(own), [r#"{"x":"1"}"#]);
    }

    #[test]
    fn a_schema_org_type_below_another_vocabulary_stays_whole() {
        let html =
            "<p itemscope itemtype=x:y><i itemprop=a itemscope itemtype=https://schema.org/B></i>";
        assert_eq!(
            read(html),
            [r#"{"@type":"x:y","a":{"@type":"https://schema.org/B"}}"#]
        );
    }

    #[test]
    fn top_level_items_come_in_order_and_tell_of_quotes() {
        let html = "<blockquote><p itemscope itemid=1></p></blockquote><p itemscope itemid=2 itemref=q></p>
            <p itemscope itemid=3></p><p itemprop=x itemscope></p>
            <blockquote><p id=q><i itemprop=z>4</i></p></blockquote><template><p itemscope></template>";
        let scan = scan(html, &Limits::default(), 8);
        let quoted: Vec<_> = scan.items.iter().map(|item| item.quoted).collect();
        assert_eq!(quoted, [true, true, false]);
    }

    #[test]
    fn what_is_written_is_limited() {
        let nested =
            "<p itemscope><b itemprop=x>".to_owned() + &"<b itemprop=x>aaaaaaaaaa".repeat(500);
        assert_eq!(read(&nested), ["TooLarge"]);
        let deep = "<b itemprop=x itemscope>".repeat(40);
        assert_eq!(read(&format!("<b itemscope>{deep}")), ["TooDeep"]);
        let deep = "<b itemprop=x itemscope>".repeat(31);
        assert_eq!(
            read(&format!("<b itemscope>{deep}"))[0]
                .matches('{')
                .count(),
            32
        );
        assert!(scan(&"<p itemscope></p>".repeat(9), &Limits::default(), 8).too_many);
        assert!(scan(&"<p itemscope>".repeat(9000), &Limits::default(), 8).too_many);
    }
}
