//! From decoded octets to items.

use std::ops::Range;
use std::sync::Arc;

use crate::html;
use crate::item::Octets;
use crate::json::{Node, NodeFacts, Outline, Root};
use crate::policy::Designation;
use crate::{
    Class, Context, Flags, Item, Limits, Policy, ProblemKind, Section, Source, WarningKind,
};

/// What one part, or the script blocks of one HTML body, gave.
#[derive(Debug, Default)]
pub(crate) struct Extraction<'a> {
    pub(crate) items: Vec<Item<'a>>,
    /// Each with its offset in the decoded part or script block.
    pub(crate) problems: Vec<(ProblemKind, Option<usize>)>,
    pub(crate) warnings: Vec<WarningKind>,
    /// The part says nothing: no octets, white space, `{}` or `[]`.
    pub(crate) empty: bool,
}

/// What the items of one part share.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) class: Class,
    pub(crate) source: Source,
    pub(crate) part: Section,
    pub(crate) profile: Arc<[String]>,
    pub(crate) flags: Flags,
    pub(crate) covered_by: Vec<usize>,
}

/// Reads one JSON text and keeps at most `room` items.
///
/// - An object is one item, except `{}`, which says nothing: that is how data is cancelled.
/// - Each element of an array is an item, and each member of a top-level `@graph`; what stands
///   beside the `@graph` says something about the graph as a whole and gives no item. Values
///   that are no objects are `NotAnObject` one by one. They take room as items do, so that a
///   long list of them stays cheap.
/// - A duplicate member refuses the text in strict mode. In lenient mode the item it stands in
///   comes raw: without types, id and value.
pub(crate) fn extract_json<'a>(
    octets: Octets<'a>,
    origin: &Origin,
    policy: Policy,
    limits: &Limits,
    room: usize,
) -> Extraction<'a> {
    let mut extraction = Extraction::default();
    let within = 0..octets.as_slice().len();
    extraction.read(&octets, within, origin, policy, limits, room);
    extraction
}

/// Reads the JSON-LD script blocks of an HTML body and keeps at most `room` items.
///
/// Each block is read alone, by the rules of [`extract_json`]. The octets of its items are the
/// whole block as it stands between its tags, in UTF-8.
pub(crate) fn extract_html(
    html: &str,
    origin: &Origin,
    policy: Policy,
    limits: &Limits,
    room: usize,
) -> Extraction<'static> {
    let mut extraction = Extraction::default();
    let scan = html::scan(html, limits);
    for block in scan.blocks {
        let origin = Origin {
            profile: block.profile.into(),
            flags: Flags {
                quoted: block.quoted,
                ..origin.flags
            },
            ..origin.clone()
        };
        if block.content.len() > limits.data() {
            extraction.problems.push((ProblemKind::TooLarge, None));
            continue;
        }
        let octets = Octets::Shared(block.content.as_bytes().into());
        let room = room - extraction.items.len();
        extraction.read(&octets, block.json, &origin, policy, limits, room);
        if extraction.is_full() {
            break;
        }
    }
    extraction.empty = false;
    if scan.too_large {
        extraction.problems.push((ProblemKind::TooLarge, None));
    }
    if scan.too_many {
        extraction
            .problems
            .push((ProblemKind::TooManyScripts, None));
    }
    if let Some(offset) = scan.unclosed {
        extraction
            .problems
            .push((ProblemKind::UnclosedScript, Some(offset)));
    }
    extraction
}

/// Reads the microdata of an HTML body and keeps at most `room` items.
///
/// The octets of an item are the JSON-LD that is written for it.
#[cfg(feature = "microdata")]
pub(crate) fn extract_microdata(
    html: &str,
    origin: &Origin,
    policy: Policy,
    limits: &Limits,
    room: usize,
) -> Extraction<'static> {
    let mut extraction = Extraction::default();
    let scan = html::microdata::scan(html, limits, room);
    for item in scan.items {
        let quoted = item.quoted;
        let origin = Origin {
            flags: Flags {
                quoted,
                ..origin.flags
            },
            ..origin.clone()
        };
        match item.json {
            Ok(json) => {
                let within = 0..json.len();
                let octets = Octets::Shared(json.into_bytes().into());
                extraction.read(&octets, within, &origin, policy, limits, 1);
            }
            Err(kind) => extraction.problems.push((kind, None)),
        }
    }
    extraction.empty = false;
    if scan.too_many {
        extraction.problems.push((ProblemKind::TooManyItems, None));
    }
    extraction
}

impl<'a> Extraction<'a> {
    /// Nothing but a problem: the part could not be read at all.
    pub(crate) fn refused(kind: ProblemKind) -> Self {
        Self {
            problems: vec![(kind, None)],
            ..Self::default()
        }
    }

    fn read(
        &mut self,
        octets: &Octets<'a>,
        within: Range<usize>,
        origin: &Origin,
        policy: Policy,
        limits: &Limits,
        room: usize,
    ) {
        match Outline::read(octets.as_slice(), within, limits, room) {
            Ok(outline) => self.take(outline, octets, origin, policy, room),
            Err(error) => {
                self.empty = error.kind() == ProblemKind::EmptyPart;
                self.problems.push((error.kind(), error.offset()));
            }
        }
    }

    fn is_full(&self) -> bool {
        self.problems
            .last()
            .is_some_and(|(kind, _)| *kind == ProblemKind::TooManyItems)
    }

    fn take(
        &mut self,
        outline: Outline,
        octets: &Octets<'a>,
        origin: &Origin,
        policy: Policy,
        room: usize,
    ) {
        if outline.byte_order_mark {
            self.warnings.push(WarningKind::Bom);
        }
        self.empty = outline.is_empty();
        if self.empty {
            return;
        }
        if let Some(offset) = outline.facts.duplicate_member {
            if policy.designation == Designation::Strict {
                self.problems
                    .push((ProblemKind::DuplicateMember, Some(offset)));
                return;
            }
            self.warnings.push(WarningKind::DuplicateMember);
        }
        if outline.facts.big_int {
            self.warnings.push(WarningKind::BigInt);
        }
        let shared = Shared {
            octets,
            origin,
            inherited: None,
            facts: NodeFacts::default(),
        };
        match outline.root {
            Root::Scalar => self.problems.push((ProblemKind::NotAnObject, None)),
            Root::Object(_) if room == 0 => self.problems.push((ProblemKind::TooManyItems, None)),
            Root::Object(node) => self.items.push(shared.item(node, None)),
            Root::Array(nodes) => self.take_nodes(nodes, &shared),
            Root::Graph { holder, members } => {
                let inherited = holder.context.map(|span| {
                    let context = Context::read(text(octets, span.clone()));
                    (span, Arc::new(context))
                });
                let shared = Shared {
                    inherited,
                    facts: holder.facts,
                    ..shared
                };
                self.take_nodes(members, &shared);
            }
        }
        if outline.overflow {
            self.problems.push((ProblemKind::TooManyItems, None));
        }
    }

    fn take_nodes(&mut self, nodes: Vec<Node>, shared: &Shared<'_, 'a>) {
        for (index, node) in nodes.into_iter().enumerate() {
            if node.is_object {
                self.items.push(shared.item(node, Some(index)));
            } else {
                self.problems
                    .push((ProblemKind::NotAnObject, Some(node.span.start)));
            }
        }
    }
}

/// What the items of one text have in common.
struct Shared<'s, 'a> {
    octets: &'s Octets<'a>,
    origin: &'s Origin,
    /// The `@context` of the object around a `@graph`.
    inherited: Option<(Range<usize>, Arc<Context>)>,
    /// What was seen around the members of a `@graph`.
    facts: NodeFacts,
}

impl<'a> Shared<'_, 'a> {
    fn item(&self, node: Node, index: Option<usize>) -> Item<'a> {
        let origin = self.origin;
        let mut facts = node.facts;
        facts.merge(self.facts);
        let duplicate_member = facts.duplicate_member.is_some();
        let mut item = Item {
            class: origin.class,
            source: origin.source,
            part: origin.part.clone(),
            index,
            types: Vec::new(),
            id: None,
            context: Arc::default(),
            inherited: None,
            profile: Arc::clone(&origin.profile),
            flags: Flags {
                big_int: facts.big_int,
                duplicate_member,
                control_characters: facts.control_characters,
                ..origin.flags
            },
            has_cid: facts.has_cid,
            covered_by: origin.covered_by.clone(),
            octets: self.octets.clone(),
            json: node.span,
        };
        // Which of two members counts is not ours to say: such an item stays raw.
        if !duplicate_member {
            item.types = node.types;
            item.id = node.id;
            item.inherited = self.inherited.as_ref().map(|(span, _)| span.clone());
            item.context = match (node.context, &self.inherited) {
                (Some(own), _) => Arc::new(Context::read(text(self.octets, own))),
                (None, Some((_, inherited))) => Arc::clone(inherited),
                (None, None) => Arc::default(),
            };
        }
        item
    }
}

/// A span of a text that was read before.
fn text<'o>(octets: &'o Octets<'_>, span: Range<usize>) -> &'o str {
    let octets = octets.as_slice().get(span).unwrap_or_default();
    std::str::from_utf8(octets).unwrap_or_default() // checked when read
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin {
            class: Class::Full,
            source: Source::Mime,
            part: Section::default(),
            profile: Arc::default(),
            flags: Flags::default(),
            covered_by: Vec::new(),
        }
    }

    fn extract(json: &str, policy: Policy) -> Extraction<'_> {
        let octets = Octets::Borrowed(json.as_bytes());
        extract_json(octets, &origin(), policy, &Limits::default(), 3)
    }

    fn extract_blocks(blocks: &[&str]) -> Extraction<'static> {
        let html: String = blocks
            .iter()
            .map(|json| format!("<script type=application/ld+json>{json}</script>"))
            .collect();
        extract_html(&html, &origin(), Policy::STRICT, &Limits::default(), 3)
    }

    fn kinds(extraction: &Extraction<'_>) -> Vec<ProblemKind> {
        extraction.problems.iter().map(|(kind, _)| *kind).collect()
    }

    #[test]
    fn an_object_is_one_item() {
        let json = r#" {"@context":"http://schema.org","@type":["A","\u0042"],"@id":"urn:1"} "#;
        let found = extract(json, Policy::STRICT);
        let [item] = &found.items[..] else {
            panic!("{found:?}")
        };
        assert_eq!(item.types(), ["A", "B"]);
        assert_eq!(item.id(), Some("urn:1"));
        assert_eq!(
            item.context(),
            &Context::SchemaOrg("http://schema.org".into())
        );
        assert_eq!(item.index(), None);
        assert_eq!(item.json(), json.trim());
    }

    #[test]
    fn only_the_item_itself_is_looked_at() {
        let json = r#"{"a":{"@type":"No","@id":"no"},"@type":{"@type":"No"},"@graph2":[]}"#;
        let found = extract(json, Policy::STRICT);
        assert!(found.items[0].types().is_empty());
        assert_eq!(found.items[0].id(), None);
    }

    #[test]
    fn elements_are_items_and_other_values_are_refused_one_by_one() {
        let found = extract(r#"[{"@type":"A"}, 1, {"@type":"B"}]"#, Policy::STRICT);
        let indexes: Vec<_> = found.items.iter().map(Item::index).collect();
        assert_eq!(indexes, [Some(0), Some(2)]);
        assert_eq!(found.problems, [(ProblemKind::NotAnObject, Some(16))]);
        assert_eq!(found.items[1].json(), r#"{"@type":"B"}"#);
    }

    #[test]
    fn graph_members_inherit_the_context_and_keep_their_own() {
        let json = r#"{"@graph":[{"@id":"a"},{"@context":{},"@id":"b"}],"x":[{}],"@context":"https://c.example/"}"#;
        let found = extract(json, Policy::STRICT);
        let contexts: Vec<_> = found
            .items
            .iter()
            .map(|item| item.context().clone())
            .collect();
        assert_eq!(
            contexts,
            [
                Context::Remote("https://c.example/".into()),
                Context::Inline
            ]
        );
        assert_eq!(found.items[1].index(), Some(1));
        assert_eq!(
            extract(r#"{"@graph":{"@id":"a"}}"#, Policy::STRICT)
                .items
                .len(),
            1
        );
        assert_eq!(
            kinds(&extract(
                r#"{"@graph":[[{"@id":"a"}],"b"]}"#,
                Policy::STRICT
            )),
            [ProblemKind::NotAnObject; 2]
        );
    }

    #[test]
    fn a_bare_value_is_not_an_object() {
        for json in ["\"text\"", "7", "null", "[1]"] {
            let found = extract(json, Policy::STRICT);
            assert_eq!(kinds(&found), [ProblemKind::NotAnObject], "{json}");
            assert!(found.items.is_empty() && !found.empty);
        }
    }

    #[test]
    fn data_that_says_nothing_is_empty() {
        for json in ["{}", " [ ] "] {
            let found = extract(json, Policy::STRICT);
            assert!(
                found.empty && found.items.is_empty() && found.problems.is_empty(),
                "{json}"
            );
        }
        for json in ["", " \r\n", "\u{FEFF} "] {
            let found = extract(json, Policy::STRICT);
            assert!(found.empty);
            assert_eq!(kinds(&found), [ProblemKind::EmptyPart], "{json}");
        }
        assert_eq!(extract("[{}]", Policy::STRICT).items.len(), 1);
    }

    #[test]
    fn a_duplicate_member_refuses_or_leaves_raw() {
        let json = r#"[{"@id":"1","a":1,"\u0061":2},{"@id":"2"}]"#;
        let strict = extract(json, Policy::STRICT);
        assert_eq!(strict.problems, [(ProblemKind::DuplicateMember, Some(18))]);
        assert!(strict.items.is_empty());

        let lenient = extract(json, Policy::LENIENT);
        assert_eq!(lenient.warnings, [WarningKind::DuplicateMember]);
        assert!(lenient.items[0].flags().duplicate_member);
        assert_eq!(
            (lenient.items[0].id(), lenient.items[0].value()),
            (None, None)
        );
        assert!(!lenient.items[1].flags().duplicate_member);
        assert_eq!(lenient.items[1].id(), Some("2"));
    }

    #[test]
    fn a_duplicate_around_a_graph_leaves_its_members_raw() {
        let json = r#"{"@context":"a","@graph":[{"@id":"1"}],"@context":"b"}"#;
        let lenient = extract(json, Policy::LENIENT);
        assert!(lenient.items[0].flags().duplicate_member);
        assert_eq!(lenient.items[0].context(), &Context::None);
    }

    #[test]
    fn the_first_items_are_kept() {
        let found = extract(r#"[{"a":1},2,{"a":3},{"a":4}]"#, Policy::STRICT);
        assert_eq!(found.items.len(), 2);
        assert_eq!(
            kinds(&found),
            [ProblemKind::NotAnObject, ProblemKind::TooManyItems]
        );
        assert_eq!(
            extract(r#"[{"a":1},{},{"a":3}]"#, Policy::STRICT).problems,
            []
        );
    }

    #[test]
    fn flags_are_those_of_the_item() {
        let json = r#"[{"a":9007199254740993},{"a":"\u0007"},{"a":"\n\t"}]"#;
        let found = extract(json, Policy::STRICT);
        let flags: Vec<_> = found
            .items
            .iter()
            .map(|item| item.flags().names().collect::<Vec<_>>())
            .collect();
        assert_eq!(flags, [vec!["BigInt"], vec!["ControlCharacters"], vec![]]);
        assert_eq!(found.warnings, [WarningKind::BigInt]);
    }

    #[test]
    fn references_to_parts_are_found() {
        let json = r#"{"@id":"cid:a@b","x":["CID:c","cidr",{"@id":["\u0063id:d"]}]}"#;
        let found = extract(json, Policy::STRICT);
        let cids: Vec<_> = found.items[0]
            .cids()
            .map(|c| (c.token.into_owned(), c.is_id))
            .collect();
        let expected = [("a@b", true), ("c", false), ("d", false)];
        assert_eq!(
            cids,
            expected.map(|(token, is_id)| (token.to_owned(), is_id))
        );
    }

    #[test]
    fn each_script_block_is_read_alone() {
        let found = extract_blocks(&["{\"a\":", " <!--\u{FEFF}{\"@id\":\"1\"}-->", "[{},{}]"]);
        assert_eq!(found.problems, [(ProblemKind::Syntax, Some(5))]);
        assert_eq!(found.items[0].json(), "{\"@id\":\"1\"}");
        assert_eq!(
            found.items[0].octets(),
            " <!--\u{FEFF}{\"@id\":\"1\"}-->".as_bytes()
        );
        assert_eq!(found.items[2].index(), Some(1));
        assert_eq!(found.warnings, [WarningKind::Bom]);
    }

    #[test]
    fn blocks_share_the_room_for_items() {
        let found = extract_blocks(&["[{},{}]", "[{},{}]", "{\"a\":1}"]);
        assert_eq!(found.items.len(), 3);
        assert_eq!(kinds(&found), [ProblemKind::TooManyItems]);
    }

    #[test]
    fn a_block_has_the_size_limit_of_a_part() {
        let block = |octets: usize| format!("{{\"a\":\"{}\"}}", "a".repeat(octets - 8));
        assert_eq!(extract_blocks(&[&block(65_536)]).items.len(), 1);
        assert_eq!(
            kinds(&extract_blocks(&[&block(65_537)])),
            [ProblemKind::TooLarge]
        );
    }

    #[test]
    fn an_empty_block_does_not_make_the_message_empty() {
        let found = extract_blocks(&["{}", ""]);
        assert!(!found.empty);
        assert_eq!(kinds(&found), [ProblemKind::EmptyPart]);
    }
}
