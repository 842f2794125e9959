use structured_email::{HtmlData, Item, Limits, Message, Policy, Source};

/// The HTML scan takes script blocks whole, and only from where they stand.
pub fn html(octets: &[u8]) {
    let body = String::from_utf8_lossy(octets);
    if body.len() > Limits::default().html / 2 {
        return;
    }
    let plain = found(&body);
    for (source, data) in &plain {
        if *source == Source::Html {
            assert!(
                body.contains(data.as_str()),
                "a block that is not in the body"
            );
            assert!(!ends_script(data), "a block that runs over its end tag");
        }
    }
    // Nothing that has ended before the body can change what is found in it.
    for harmless in [
        "<!-- <script> -->",
        "<br class=x>",
        "<textarea><script></textarea>",
    ] {
        assert_eq!(
            found(&format!("{harmless}{body}")),
            plain,
            "behind {harmless}"
        );
    }
    let hidden = found(&format!("<plaintext>{body}"));
    assert!(hidden.is_empty(), "found in plain text");
}

/// The source and the octets of each item.
fn found(body: &str) -> Vec<(Source, String)> {
    let raw = format!("MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}");
    let policy = Policy {
        html: HtmlData::Both,
        microdata: true,
        ..Policy::STRICT
    };
    let message = Message::parse_with(raw.as_bytes(), policy, &Limits::default())
        .expect("far below the limits of a message");
    let data = |item: &Item<'_>| String::from_utf8_lossy(item.octets()).into_owned();
    message
        .items()
        .iter()
        .map(|item| (item.source(), data(item)))
        .collect()
}

fn ends_script(data: &str) -> bool {
    let data = data.to_ascii_lowercase();
    let mut ends = data
        .match_indices("</script")
        .map(|(at, tag)| &data[at + tag.len()..]);
    ends.any(|rest| rest.starts_with([' ', '\t', '\n', '\r', '\u{C}', '/', '>']))
}
