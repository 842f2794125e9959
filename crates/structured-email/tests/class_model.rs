//! The class of a message against a model that knows nothing but the tree: the nearest container
//! decides, and a message with one piece of data and nothing else to see is for machines.

use mailmesh_testkit::mime_tree::{Container, Leaf, MimeTree, mime_tree};
use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};
use structured_email::{Class, Limits, Message, Policy, keywords_for};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn the_class_follows_from_the_tree(tree in mime_tree()) {
        let octets = tree.write("");
        let message = Message::parse(octets.as_bytes()).unwrap();
        let (class, items) = model(&tree);
        prop_assert_eq!(message.class(), class, "{}", octets);
        let found: Vec<Class> = message.items().iter().map(|item| item.class()).collect();
        prop_assert_eq!(found, items, "{}", octets);
        let embedded = tree.leaves().iter().filter(|(_, leaf)| *leaf == Leaf::Message).count();
        prop_assert_eq!(message.embedded_messages(), embedded);
    }

    #[test]
    fn header_hints_change_nothing(tree in mime_tree()) {
        let hints = "$MRM: true\r\n$hasStructuredData: true\r\nStructured data: Full\r\n";
        let (plain, hinted) = (tree.write(""), tree.write(hints));
        let plain = Message::parse(plain.as_bytes()).unwrap();
        let hinted = Message::parse(hinted.as_bytes()).unwrap();
        prop_assert_eq!(plain.class(), hinted.class());
        prop_assert_eq!(plain.items().len(), hinted.items().len());
        prop_assert_eq!(keywords_for(&plain), keywords_for(&hinted));
    }

    #[test]
    fn strict_gives_a_subset_of_lenient(tree in mime_tree()) {
        let octets = tree.write("");
        let strict = Message::parse(octets.as_bytes()).unwrap();
        let lenient =
            Message::parse_with(octets.as_bytes(), Policy::LENIENT, &Limits::default()).unwrap();
        for item in strict.items() {
            prop_assert!(lenient.items().iter().any(|other| other.part() == item.part()));
        }
    }
}

/// The class of the message and of each item, strict policy.
fn model(tree: &MimeTree) -> (Class, Vec<Class>) {
    let leaves = tree.leaves();
    let data: Vec<&Vec<Container>> = leaves
        .iter()
        .filter(|(_, leaf)| *leaf == Leaf::Data)
        .map(|(around, _)| around)
        .collect();
    let visible =
        |leaf: &Leaf| matches!(leaf, Leaf::Text | Leaf::Html | Leaf::File | Leaf::Message);
    if data.len() == 1 && !leaves.iter().any(|(_, leaf)| visible(leaf)) {
        let single = leaves.len() == 1 && data[0].iter().all(|c| *c == Container::Signed);
        let class = if single { Class::Mrm } else { Class::MrmShape };
        return (class, vec![class]);
    }
    let classes: Vec<Class> = data.iter().map(|around| class(around)).collect();
    (
        classes.iter().copied().max().unwrap_or(Class::None),
        classes,
    )
}

fn class(around: &[Container]) -> Class {
    match around
        .iter()
        .rev()
        .find(|container| **container != Container::Signed)
    {
        Some(Container::Alternative) => Class::Full,
        Some(Container::Related) => Class::Partial,
        _ => Class::NonRepresentation,
    }
}
