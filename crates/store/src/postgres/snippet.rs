//! What a search shows of a text.

/// About how many octets stand before the place, and how many follow.
const AROUND: (usize, usize) = (40, 120);

/// The text around the first place that holds `wanted`, whatever the case of ASCII letters, or its
/// beginning; in one line.
pub(super) fn around(text: &str, wanted: &str) -> String {
    let place = text.to_ascii_lowercase().find(wanted).unwrap_or(0);
    let start = text.floor_char_boundary(place.saturating_sub(AROUND.0));
    let end = text.floor_char_boundary(place.saturating_add(AROUND.1));
    let line = text[start..end].replace(char::is_control, " ");
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::around;

    #[test]
    fn the_place_is_shown_with_what_is_around_it() {
        let text = format!("{}Needle\r\n{}", "é".repeat(100), "x".repeat(1_000));
        let snippet = around(&text, "needle");
        assert!(snippet.starts_with('é') && snippet.contains("Needle  x"));
        assert!(snippet.len() <= 161);
        assert_eq!(around("short", "needle"), "short");
        assert_eq!(around("", "needle"), "");
    }
}
