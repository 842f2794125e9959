//! Notes that are looked for by words. A server compares a text as a whole, and who is about to do
//! something seldom hits on the words of a note: so each of the words is looked for too.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use context_sync::{Category, GraphEdge, GraphNode, GraphQuery, IndexEntry, IndexSearch};
use mailmesh::context::ContextClient;

use super::agent::failed;
use crate::failure::Failure;

/// Words of a text that are looked for one by one, and the shortest of them.
const WORDS: usize = 5;
const SHORTEST: usize = 3;

/// The longest text that a server looks for, in octets.
const LONGEST: usize = 255;

/// Nodes of the agent's graph, and the edges between them.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) nodes: Vec<GraphNode>,
    pub(super) edges: Vec<GraphEdge>,
}

/// What the graph holds about a text, or else about its words: what more of them hit on comes first.
pub(super) async fn graph(
    client: &ContextClient,
    text: &str,
    limit: u32,
) -> Result<Found, Failure> {
    let mut hits: BTreeMap<String, usize> = BTreeMap::new();
    let mut nodes: Vec<GraphNode> = Vec::new();
    let mut edges: Vec<GraphEdge> = Vec::new();
    for (text, is_whole) in texts(text) {
        let query = GraphQuery { text, limit };
        let graph = client.query_graph(query).await.map_err(failed)?;
        for node in graph.nodes() {
            let count = hits.entry(node.id.clone()).or_default();
            *count += 1;
            if *count == 1 {
                nodes.push(node.clone());
            }
        }
        edges.extend_from_slice(graph.edges());
        if is_whole && !nodes.is_empty() {
            break;
        }
    }
    nodes.sort_by_key(|node| Reverse(hits.get(&node.id).copied()));
    nodes.truncate(limit as usize);
    let mut found = Found { nodes, edges };
    found.edges = found.between(found.nodes.len());
    Ok(found)
}

/// What the index holds about a text, or else about its words, in the same order.
pub(super) async fn index(
    client: &ContextClient,
    text: &str,
    category: Option<Category>,
    limit: u32,
) -> Result<Vec<IndexEntry>, Failure> {
    let mut found: BTreeMap<String, (usize, IndexEntry)> = BTreeMap::new();
    for (text, is_whole) in texts(text) {
        let search = IndexSearch {
            text,
            category,
            limit,
        };
        let entries = client.search_index(search).await.map_err(failed)?.0;
        for entry in entries {
            let hit = found.entry(entry.key.clone()).or_insert((0, entry));
            hit.0 += 1;
        }
        if is_whole && !found.is_empty() {
            break;
        }
    }
    let mut found: Vec<_> = found.into_values().collect();
    found.sort_by_key(|(hits, _)| Reverse(*hits));
    let entries = found.into_iter().map(|(_, entry)| entry);
    Ok(entries.take(limit as usize).collect())
}

impl Found {
    /// The edges between the first nodes, each once.
    pub(super) fn between(&self, nodes: usize) -> Vec<GraphEdge> {
        let nodes = self.nodes.iter().take(nodes);
        let nodes: BTreeSet<&str> = nodes.map(|node| node.id.as_str()).collect();
        let mut seen = BTreeSet::new();
        let edges = self.edges.iter().filter(|edge| {
            let ends = [&edge.source, &edge.target];
            ends.iter().all(|id| nodes.contains(id.as_str()))
                && seen.insert((&edge.source, &edge.target, &edge.kind))
        });
        edges.cloned().collect()
    }
}

/// The whole text, then its words.
fn texts(text: &str) -> Vec<(String, bool)> {
    let text = text.trim();
    let is_sought = |text: &str| !text.is_empty() && text.len() <= LONGEST && !text.contains('\0');
    let whole = Some(text).filter(|text| is_sought(text));
    let mut words: Vec<String> = Vec::new();
    for word in text.split(|c: char| !(c.is_alphanumeric() || "_-./:@".contains(c))) {
        let word = word.trim_matches(['-', '.', '/', ':']).to_lowercase();
        let is_long = word.chars().count() >= SHORTEST;
        if words.len() < WORDS && is_long && is_sought(&word) && !words.contains(&word) {
            words.push(word);
        }
    }
    let words = words.into_iter().map(|word| (word, false));
    let whole = whole.map(|text| (text.to_owned(), true));
    whole.into_iter().chain(words).collect()
}

#[cfg(test)]
mod tests {
    use super::texts;

    fn sought(text: &str) -> Vec<String> {
        texts(text).into_iter().map(|(text, _)| text).collect()
    }

    #[test]
    fn a_text_is_looked_for_as_a_whole_and_by_words() {
        assert_eq!(
            sought(" Fix the Parser, in src/lib.rs. "),
            [
                "Fix the Parser, in src/lib.rs.",
                "fix",
                "the",
                "parser",
                "src/lib.rs"
            ]
        );
        assert_eq!(sought("a b"), ["a b"]);
        assert_eq!(sought("  "), [""; 0]);
    }

    #[test]
    fn a_long_text_is_looked_for_by_its_first_words() {
        let text = "word0 word1 word2 word3 word4 word5 ".repeat(10);
        assert_eq!(sought(&text), ["word0", "word1", "word2", "word3", "word4"]);
    }
}
