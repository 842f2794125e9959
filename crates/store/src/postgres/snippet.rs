//! What a search shows of a text.

/// The most characters before the place, and in all.
const BEFORE: usize = 40;
const LENGTH: usize = 160;

/// Some of a text around the first place that holds `wanted`, whatever the case of ASCII letters,
/// or its beginning.
pub(super) fn around(text: &str, wanted: &str) -> String {
    let place = text.to_ascii_lowercase().find(wanted).unwrap_or(0);
    let start = text[..place]
        .char_indices()
        .rev()
        .take(BEFORE)
        .last()
        .map_or(place, |(at, _)| at);
    text[start..].chars().take(LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::around;

    #[test]
    fn the_place_is_shown_with_what_is_around_it() {
        let text = format!("{}Needle{}", "é".repeat(100), "x".repeat(1_000));
        let snippet = around(&text, "needle");
        assert!(snippet.starts_with('é') && snippet.contains("Needle"));
        assert_eq!(snippet.chars().count(), 160);
        assert_eq!(around("short", "needle"), "short");
        assert_eq!(around("", "needle"), "");
    }
}
