use serde_json::Value;

/// A card that a bench reads, under the name its figures are published with.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // a pair
pub struct Card {
    /// What it is.
    pub name: &'static str,
    /// Its JSON text.
    pub json: String,
}

/// Cards of three sizes: the smallest and the fullest of the conformance vectors, and one with
/// many skills.
///
/// # Panics
///
/// When the vectors are not there, so that a bench never measures nothing.
#[must_use]
pub fn cards() -> Vec<Card> {
    let (minimal, full) = (vector("minimal"), vector("full"));
    let many_skills = with_skills(&full, 50_000);
    [
        ("card 386 B", minimal),
        ("card 2.3 kB", full),
        ("card 50 kB", many_skills),
    ]
    .map(|(name, json)| Card { name, json })
    .into()
}

fn vector(name: &str) -> String {
    let file: Value = serde_json::from_str(include_str!("../vectors/agent-card/canonical.json"))
        .expect("a vector file");
    let cases = file["cases"].as_array().into_iter().flatten();
    let mut texts = cases
        .filter(|case| case["name"] == name)
        .filter_map(|case| case["input_text"].as_str());
    texts.next().expect("a case of that name").to_owned()
}

/// The card with copies of its first skill until it has `size` octets.
fn with_skills(card: &str, size: usize) -> String {
    let mut card: Value = serde_json::from_str(card).expect("a card");
    let skill = card["skills"][0].clone();
    let each = skill.to_string().len() + 1;
    let count = size.saturating_sub(card.to_string().len()) / each;
    let skills = card["skills"].as_array_mut().expect("a list of skills");
    skills.extend((0..count).map(|n| {
        let mut skill = skill.clone();
        skill["id"] = format!("skill-{n}").into();
        skill
    }));
    card.to_string()
}
