//! The MIME structure of a message, drawn.

use std::fmt::Write as _;

use console::style;
use structured_email::{Message, Part};

use super::one_line;

/// One line per entity: its place, number, type and what it holds.
pub(crate) fn mime_tree(message: &Message<'_>) -> String {
    let parts = message.parts();
    let mut drawn = String::new();
    // Whether the entity on each level of the present branch is the last of its siblings.
    let mut last_on_level: Vec<bool> = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let path = part.section().path();
        // A message that is one single part has number 1 and no container above it.
        let depth = if parts.len() == 1 { 0 } else { path.len() };
        last_on_level.truncate(depth.saturating_sub(1));
        if depth > 0 {
            let is_last = !has_later_sibling(path, &parts[index + 1..]);
            for &last in &last_on_level {
                drawn.push_str(if last { "   " } else { "│  " });
            }
            drawn.push_str(if is_last { "└─ " } else { "├─ " });
            last_on_level.push(is_last);
        }
        let _ = writeln!(drawn, "{}", label(message, part)); // infallible: a String
    }
    drawn
}

/// Parts come in document order, so the search ends where the parent does.
fn has_later_sibling(path: &[u16], later: &[Part<'_>]) -> bool {
    let Some((_, parent)) = path.split_last() else {
        return false;
    };
    later
        .iter()
        .map(|part| part.section().path())
        .take_while(|other| other.starts_with(parent))
        .any(|other| other.len() == path.len())
}

fn label(message: &Message<'_>, part: &Part<'_>) -> String {
    let mut label = String::new();
    if !part.section().path().is_empty() {
        let _ = write!(label, "{} ", style(part.section()).dim()); // infallible: a String
    }
    let media_type = one_line(part.media_type()).into_owned();
    let items: Vec<_> = message
        .items()
        .iter()
        .filter(|item| item.part() == part.section())
        .collect();
    if items.is_empty() {
        label.push_str(&media_type);
    } else {
        label.push_str(&style(media_type).green().to_string());
    }
    if let Some(name) = part.filename() {
        let _ = write!(label, "  {}", one_line(&name)); // infallible: a String
    }
    if part.is_marked_attachment() {
        label.push_str("  (attachment)");
    }
    if !part.is_multipart() {
        let _ = write!(
            label,
            "  {}",
            style(octets(part.raw_body().len() as u64)).dim()
        ); // infallible
    }
    let types: Vec<_> = items
        .iter()
        .flat_map(|item| item.types())
        .map(|t| one_line(t))
        .collect();
    if !types.is_empty() {
        let _ = write!(label, "  {}", style(types.join(", ")).bold()); // infallible: a String
    }
    label
}

/// A size for people.
pub(crate) fn octets(n: u64) -> String {
    match n {
        0..1024 => format!("{n} B"),
        1024..1_048_576 => format!("{}.{} KiB", n / 1024, n % 1024 * 10 / 1024),
        _ => format!("{}.{} MiB", n >> 20, n % (1 << 20) * 10 / (1 << 20)),
    }
}
