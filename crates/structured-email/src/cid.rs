//! `cid:` references from data to parts (RFC 2392).

use crate::item::CidReference;
use crate::mime::{Part, field};
use crate::{Item, Problem, ProblemKind, Section, Warning, WarningKind};

/// The parts of a message by their `Content-ID`.
#[derive(Debug)]
pub(crate) struct ContentIds<'m> {
    /// Sorted by id, then in document order.
    ids: Vec<(&'m str, usize)>,
}

impl<'m> ContentIds<'m> {
    pub(crate) fn of(parts: &'m [Part<'_>]) -> Self {
        let named = |(index, part): (usize, &'m Part<'_>)| Some((part.content_id()?, index));
        let mut ids: Vec<_> = parts.iter().enumerate().filter_map(named).collect();
        ids.sort_unstable();
        Self { ids }
    }

    /// The parts with this `Content-ID`, in document order.
    pub(crate) fn find(&self, id: &[u8]) -> impl Iterator<Item = usize> {
        let start = self.ids.partition_point(|(known, _)| known.as_bytes() < id);
        self.ids[start..]
            .iter()
            .take_while(move |(known, _)| known.as_bytes() == id)
            .map(|&(_, i)| i)
    }

    /// The second part of each group that shares one id.
    fn repeated(&self) -> impl Iterator<Item = usize> {
        self.ids
            .chunk_by(|a, b| a.0 == b.0)
            .filter_map(|group| Some(group.get(1)?.1))
    }
}

/// The `Content-ID` that a reference names.
pub(crate) fn decoded(token: &str) -> Vec<u8> {
    let mut id = Vec::with_capacity(token.len());
    field::percent_decode(token.as_bytes(), &mut id);
    id
}

/// Follows the references of all items: flags those that name the body, and reports them and
/// what matches no part, once for each part that holds data.
pub(crate) fn resolve(
    parts: &[Part<'_>],
    items: &mut [Item<'_>],
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<Warning>,
) {
    let ids = ContentIds::of(parts);
    for index in ids.repeated() {
        let section = parts[index].section().clone();
        warnings.push(Warning::in_part(section, WarningKind::AmbiguousContentId));
    }
    let (mut dangling, mut of_body): (Option<Section>, Option<Section>) = (None, None);
    for item in items {
        let mut names_body = false;
        for CidReference { token, is_id } in item.cids() {
            let id = decoded(&token);
            let mut found = ids.find(&id).peekable();
            if found.peek().is_none() && dangling.as_ref() != Some(item.part()) {
                dangling = Some(item.part().clone());
                warnings.push(Warning::in_part(
                    item.part().clone(),
                    WarningKind::DanglingCid,
                ));
            }
            names_body |= is_id && found.any(|index| parts[index].role.readable);
        }
        if names_body {
            item.flags.cid_of_body = true;
            if of_body.as_ref() != Some(item.part()) {
                of_body = Some(item.part().clone());
                problems.push(Problem::new(
                    item.part().clone(),
                    ProblemKind::CidOfBody,
                    None,
                ));
            }
        }
    }
}
