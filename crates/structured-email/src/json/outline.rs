use std::ops::Range;

use strict_json::{Reader, Text, Token};

use super::{JsonError, string};
use crate::{Limits, ProblemKind};

/// What a JSON text holds, as far as finding items needs it: spans instead of values.
#[derive(Debug)]
pub(crate) struct Outline {
    pub(crate) root: Root,
    /// What was seen anywhere in the text.
    pub(crate) facts: NodeFacts,
    pub(crate) byte_order_mark: bool,
    /// There are more nodes than there was room for.
    pub(crate) overflow: bool,
}

/// The outermost value.
#[derive(Debug)]
pub(crate) enum Root {
    /// A string, a number, `true`, `false` or `null`.
    Scalar,
    Object(Node),
    Array(Vec<Node>),
    /// An object with an `@graph`. What stands beside it belongs to the graph, not to a member,
    /// except the `@context`, which members inherit.
    Graph {
        holder: Node,
        members: Vec<Node>,
    },
}

/// One object that may be an item. Other values come with `is_object` unset.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) is_object: bool,
    pub(crate) has_members: bool,
    /// The first [`Node::MAX_TYPES`] strings of its `@type`.
    pub(crate) types: Vec<String>,
    pub(crate) id: Option<String>,
    pub(crate) context: Option<Range<usize>>,
    pub(crate) facts: NodeFacts,
}

/// What was seen in a node.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NodeFacts {
    /// The first member name that stands twice in one object.
    pub(crate) duplicate_member: Option<usize>,
    pub(crate) big_int: bool,
    pub(crate) control_characters: bool,
    pub(crate) has_cid: bool,
}

impl Outline {
    /// Reads the text that stands `within` some octets, and keeps its first `room` nodes.
    ///
    /// The size limit holds for the octets as a whole.
    ///
    /// # Errors
    ///
    /// As [`check`](super::check), except that a duplicate member is a fact, not an error.
    pub(crate) fn read(
        octets: &[u8],
        within: Range<usize>,
        limits: &Limits,
        room: usize,
    ) -> Result<Self, JsonError> {
        if octets.len() > limits.data() {
            return Err(JsonError::whole(ProblemKind::TooLarge));
        }
        let octets = octets.get(..within.end).unwrap_or(octets);
        let byte_order_mark = octets
            .get(within.start..)
            .is_some_and(|json| json.starts_with(BYTE_ORDER_MARK));
        let mark = if byte_order_mark {
            BYTE_ORDER_MARK.len()
        } else {
            0
        };
        let refused = |error| JsonError::new(error, octets);
        let start = within.start + mark;
        let mut reader = Reader::starting_at(octets, start, &limits.json()).map_err(refused)?;
        let mut builder = Builder::new(reader.json(), room);
        while let Some(token) = reader.next().map_err(refused)? {
            if let Token::Name(text) | Token::String(text) = token
                && let Some(offset) = string::nul(text, reader.json())
            {
                return Err(JsonError::at(ProblemKind::Nul, offset));
            }
            builder.push(reader.span(), token, reader.depth());
        }
        Ok(builder.finish(byte_order_mark))
    }

    /// Whether the text says nothing: `{}` or `[]`.
    pub(crate) fn is_empty(&self) -> bool {
        match &self.root {
            Root::Object(node) => !node.has_members,
            Root::Array(nodes) => nodes.is_empty() && !self.overflow,
            Root::Scalar | Root::Graph { .. } => false,
        }
    }
}

impl Node {
    /// Keeps hostile data from growing: a type costs three octets in the text, but many more
    /// as a string.
    pub(crate) const MAX_TYPES: usize = 64;

    fn new(start: usize, is_object: bool) -> Self {
        Self {
            span: start..start,
            is_object,
            has_members: false,
            types: Vec::new(),
            id: None,
            context: None,
            facts: NodeFacts::default(),
        }
    }
}

impl NodeFacts {
    pub(crate) fn merge(&mut self, other: Self) {
        self.duplicate_member = match (self.duplicate_member, other.duplicate_member) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.big_int |= other.big_int;
        self.control_characters |= other.control_characters;
        self.has_cid |= other.has_cid;
    }

    fn see(&mut self, token: Token, json: &str) {
        match token {
            Token::String(text) => self.has_cid |= string::is_cid(text, json),
            Token::Number { big } => self.big_int |= big,
            Token::CloseObject { duplicate } => {
                self.merge(Self {
                    duplicate_member: duplicate.map(Text::offset),
                    ..Self::default()
                });
            }
            Token::OpenObject
            | Token::OpenArray
            | Token::CloseArray
            | Token::Name(_)
            | Token::Bool(_)
            | Token::Null => {}
        }
    }
}

const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();

/// Puts tokens together. The level of a value is the number of values around it.
#[derive(Debug)]
struct Builder<'a> {
    json: &'a str,
    /// A control character may be in a string without escapes. One look at all of them is cheap.
    may_have_raw_control: bool,
    room: usize,
    root: Option<OpenNode>,
    root_is_array: bool,
    has_graph: bool,
    /// The element or graph member that is being read.
    inner: Option<OpenNode>,
    nodes: Vec<Node>,
    overflow: bool,
    facts: NodeFacts,
}

#[derive(Debug)]
struct OpenNode {
    node: Node,
    level: usize,
    member: Member,
    /// Where the value of the member starts, and whether it is an array.
    value: usize,
    value_is_array: bool,
}

/// The members that matter, of the node itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    Type,
    Id,
    Context,
    Graph,
    Other,
}

impl<'a> Builder<'a> {
    fn new(json: &'a str, room: usize) -> Self {
        Self {
            json,
            may_have_raw_control: string::may_have_raw_control(json),
            room,
            root: None,
            root_is_array: false,
            has_graph: false,
            inner: None,
            nodes: Vec::new(),
            overflow: false,
            facts: NodeFacts::default(),
        }
    }

    /// Takes a token; `depth` counts the arrays and objects that are open behind it.
    fn push(&mut self, span: Range<usize>, token: Token, depth: usize) {
        match token {
            Token::OpenObject | Token::OpenArray => self.begin(span.start, token, depth - 1),
            Token::String(_) | Token::Number { .. } | Token::Bool(_) | Token::Null => {
                self.begin(span.start, token, depth);
            }
            Token::Name(_) | Token::CloseArray | Token::CloseObject { .. } => {}
        }
        if let Some(target) = self.inner.as_mut().or(self.root.as_mut()) {
            target.node.facts.see(token, self.json);
            if let Token::Name(text) | Token::String(text) = token
                && (self.may_have_raw_control || text.is_escaped())
            {
                target.node.facts.control_characters |= string::has_control(text, self.json);
            }
            match token {
                Token::Name(name) if depth == target.level + 1 => {
                    target.node.has_members = true;
                    target.member = Member::of(name, self.json);
                }
                Token::String(text) => target.string(text, depth, self.json),
                _ => {}
            }
        }
        if !matches!(token, Token::OpenObject | Token::OpenArray | Token::Name(_)) {
            self.end(span.end, depth);
        }
    }

    fn begin(&mut self, start: usize, token: Token, level: usize) {
        let is_object = matches!(token, Token::OpenObject);
        let is_array = matches!(token, Token::OpenArray);
        let Some(root) = &mut self.root else {
            self.root_is_array = is_array;
            self.root = Some(OpenNode::new(start, is_object, level));
            return;
        };
        if let Some(inner) = &mut self.inner {
            inner.begin_value(start, is_array, level);
            return;
        }
        root.begin_value(start, is_array, level);
        let in_graph = root.member == Member::Graph;
        self.has_graph |= in_graph;
        let is_node = match level {
            1 => self.root_is_array || (in_graph && !is_array),
            2 => in_graph && root.value_is_array,
            _ => false,
        };
        if is_node {
            self.inner = Some(OpenNode::new(start, is_object, level));
        }
    }

    fn end(&mut self, end: usize, level: usize) {
        if let Some(inner) = self.inner.as_mut().or(self.root.as_mut()) {
            inner.end_value(end, level);
        }
        if let Some(inner) = self.inner.take_if(|inner| inner.level == level) {
            self.facts.merge(inner.node.facts);
            if self.nodes.len() < self.room {
                self.nodes.push(inner.node);
            } else {
                self.overflow = true;
            }
        }
    }

    fn finish(mut self, byte_order_mark: bool) -> Outline {
        let root = self.root.map(|root| root.node);
        if let Some(root) = &root {
            self.facts.merge(root.facts);
        }
        let root = match root {
            _ if self.root_is_array => Root::Array(self.nodes),
            Some(holder) if self.has_graph => Root::Graph {
                holder,
                members: self.nodes,
            },
            Some(node) if node.is_object => Root::Object(node),
            _ => Root::Scalar,
        };
        Outline {
            root,
            facts: self.facts,
            byte_order_mark,
            overflow: self.overflow,
        }
    }
}

impl OpenNode {
    fn new(start: usize, is_object: bool, level: usize) -> Self {
        Self {
            node: Node::new(start, is_object),
            level,
            member: Member::Other,
            value: start,
            value_is_array: false,
        }
    }

    fn begin_value(&mut self, start: usize, is_array: bool, level: usize) {
        if level == self.level + 1 {
            self.value = start;
            self.value_is_array = is_array;
        }
    }

    fn string(&mut self, text: Text, depth: usize, json: &str) {
        let direct = depth == self.level + 1;
        let element = depth == self.level + 2 && self.value_is_array;
        match self.member {
            Member::Id if direct => self.node.id = Some(text.to_str(json).into_owned()),
            Member::Type if (direct || element) && self.node.types.len() < Node::MAX_TYPES => {
                self.node.types.push(text.to_str(json).into_owned());
            }
            _ => {}
        }
    }

    fn end_value(&mut self, end: usize, level: usize) {
        if level == self.level {
            self.node.span.end = end;
        } else if level == self.level + 1 && self.member == Member::Context {
            self.node.context = Some(self.value..end);
        }
    }
}

impl Member {
    fn of(name: Text, json: &str) -> Self {
        let keywords = [
            ("@type", Self::Type),
            ("@id", Self::Id),
            ("@context", Self::Context),
            ("@graph", Self::Graph),
        ];
        let found = keywords
            .into_iter()
            .find(|(keyword, _)| name.is(json, keyword));
        found.map_or(Self::Other, |(_, member)| member)
    }
}
