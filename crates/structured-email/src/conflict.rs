//! Data that contradicts itself.

use std::collections::BTreeMap;

use crate::classify::Designated;
use crate::mime::Part;
use crate::{Class, Item};

/// Flags the items that contradict each other: those of two full representations in one
/// alternative, and those of two parts that give one `@id` different values.
///
/// Quoted items are left out. They are somebody else's words, and quoting must not disarm what
/// the sender says.
pub(crate) fn flag(parts: &[Part<'_>], designated: &[Designated], items: &mut [Item<'_>]) -> bool {
    flag_rival_representations(parts, designated, items);
    flag_rival_values(items);
    items.iter().any(|item| item.flags.conflict)
}

fn flag_rival_representations(
    parts: &[Part<'_>],
    designated: &[Designated],
    items: &mut [Item<'_>],
) {
    let mut full: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for data in designated.iter().filter(|data| data.class == Class::Full) {
        let speaks = items
            .iter()
            .any(|item| item.part == parts[data.part].section);
        if let Some(container) = data.container.filter(|_| speaks) {
            full.entry(container).or_default().push(data.part);
        }
    }
    for rivals in full.values().filter(|rivals| rivals.len() > 1) {
        for item in items.iter_mut() {
            item.flags.conflict |= rivals.iter().any(|&part| parts[part].section == item.part);
        }
    }
}

fn flag_rival_values(items: &mut [Item<'_>]) {
    let mut by_id: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, item) in items
        .iter()
        .enumerate()
        .filter(|(_, item)| !item.flags.quoted)
    {
        if let Some(id) = item.id() {
            by_id.entry(id).or_default().push(index);
        }
    }
    let mut rivals = Vec::new();
    for group in by_id.values() {
        let first = &items[group[0]];
        let rest = || group[1..].iter().map(|&index| &items[index]);
        if rest().any(|item| item.part != first.part)
            && rest().any(|item| !says_the_same(item, first))
        {
            rivals.extend_from_slice(group);
        }
    }
    for index in rivals {
        items[index].flags.conflict = true;
    }
}

/// Whether two items hold the same value, however it is written.
fn says_the_same(a: &Item<'_>, b: &Item<'_>) -> bool {
    a.json() == b.json()
        || a.value()
            .is_some_and(|value| b.value().is_some_and(|b| b == value))
}
