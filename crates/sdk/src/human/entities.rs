//! What a text names that can be known by its form.

use super::{Entity, EntityKind, Intent};

/// Links, addresses, times, days, sums and numbers of papers.
pub(super) fn entities(text: &str) -> Vec<Entity> {
    let mut entities: Vec<Entity> = Vec::new();
    let mut before = "";
    for word in text.split_whitespace() {
        let word = word.trim_matches([
            '<', '>', '(', ')', '[', ']', '"', ',', ';', '!', '?', '.', ':',
        ]);
        if let Some(kind) = entity_kind(word, before) {
            let text = match kind {
                EntityKind::Amount if !is_sum(word) && is_currency(before) => {
                    format!("{before} {word}")
                }
                _ => word.to_owned(),
            };
            let entity = Entity { kind, text };
            if entity.text.len() <= Intent::MAX_TEXT && !entities.contains(&entity) {
                entities.push(entity);
            }
            if entities.len() == Intent::MAX_ITEMS {
                break;
            }
        }
        before = word;
    }
    entities
}

fn entity_kind(word: &str, before: &str) -> Option<EntityKind> {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if word.starts_with("https://") || word.starts_with("http://") {
        Some(EntityKind::Url)
    } else if word.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !domain.contains('@')
    }) {
        Some(EntityKind::Email)
    } else if digits == 0 || word.len() > 40 {
        None
    } else if is_sum(word) || (is_currency(before) && is_number(word)) {
        Some(EntityKind::Amount)
    } else if is_date(word) {
        Some(EntityKind::Date)
    } else if is_time(word) {
        Some(EntityKind::Time)
    } else if word.starts_with('#') || is_paper(before) {
        Some(EntityKind::Reference)
    } else {
        None
    }
}

fn is_currency(word: &str) -> bool {
    matches!(word, "€" | "$" | "£" | "EUR" | "USD" | "GBP" | "CHF")
}

fn is_number(word: &str) -> bool {
    word.bytes()
        .all(|octet| octet.is_ascii_digit() || matches!(octet, b'.' | b','))
}

/// `20€`, `$20`: the sign and the number in one word.
fn is_sum(word: &str) -> bool {
    let signs = ['€', '$', '£'];
    let number = word.trim_matches(signs);
    number.len() < word.len() && !number.is_empty() && is_number(number)
}

/// `2026-11-02`, `02.11.2026`, `2/11/26`.
fn is_date(word: &str) -> bool {
    ['-', '.', '/'].into_iter().any(|between| {
        let parts: Vec<&str> = word.split(between).collect();
        parts.len() == 3
            && parts.iter().all(|part| {
                matches!(part.len(), 1 | 2 | 4) && part.bytes().all(|octet| octet.is_ascii_digit())
            })
    })
}

/// `10:04`.
fn is_time(word: &str) -> bool {
    word.split_once(':').is_some_and(|(hour, minute)| {
        let is_below =
            |number: &str, end: u8| number.parse::<u8>().is_ok_and(|number| number < end);
        minute.len() == 2 && is_below(hour, 24) && is_below(minute, 60)
    })
}

fn is_paper(before: &str) -> bool {
    const PAPERS: [&str; 16] = [
        "order",
        "invoice",
        "ticket",
        "number",
        "no",
        "bestellung",
        "rechnung",
        "nummer",
        "commande",
        "facture",
        "pedido",
        "factura",
        "bestelling",
        "factuur",
        "case",
        "reference",
    ];
    PAPERS.contains(&before.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::{EntityKind, entities};

    #[test]
    fn what_has_a_form_is_found() {
        let entities = entities(
            "Order 4711 of 2026-11-02 cost $20, the other EUR 30. Call at 10:04 or write to \
             <ann@example.org>, see https://example.org/a.",
        );
        let found: Vec<_> = entities.iter().map(|e| (e.kind, e.text.as_str())).collect();
        assert_eq!(
            found,
            [
                (EntityKind::Reference, "4711"),
                (EntityKind::Date, "2026-11-02"),
                (EntityKind::Amount, "$20"),
                (EntityKind::Amount, "EUR 30"),
                (EntityKind::Time, "10:04"),
                (EntityKind::Email, "ann@example.org"),
                (EntityKind::Url, "https://example.org/a"),
            ]
        );
    }
}
