//! Data inside HTML, for receivers that read nothing else.

/// The HTML with one script block per piece of data directly behind `<body …>`, or at the very
/// start when there is no such tag.
pub(super) fn with_script_blocks<'d>(html: &str, data: impl Iterator<Item = &'d str>) -> String {
    let (head, tail) = html.split_at(after_body_tag(html).unwrap_or(0));
    let mut out = head.to_owned();
    for json in data {
        out.push_str("<script type=\"application/ld+json\">");
        // In JSON a `<` stands in strings only. Escaped, it can neither close the block nor
        // start a comment.
        out.push_str(&json.replace('<', "\\u003c"));
        out.push_str("</script>");
    }
    out.push_str(tail);
    out
}

/// The index behind the first `<body …>` that is a tag: not in a comment, an attribute, a script
/// or a title.
fn after_body_tag(html: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        at += html.get(at..)?.find('<')?;
        let rest = html.get(at..)?;
        if rest.starts_with("<!--") {
            at += rest.get(4..)?.find("-->")? + "<!---->".len();
            continue;
        }
        let name = tag_name(rest.get(1..)?);
        if name.is_empty() {
            at += 1;
            continue;
        }
        at += tag_length(rest)?;
        match name.to_ascii_lowercase().as_str() {
            "body" => return Some(at),
            name @ ("script" | "style" | "title" | "textarea" | "noscript" | "template") => {
                at += find_end_tag(html.get(at..)?, name)?;
            }
            _ => {}
        }
    }
}

fn tag_name(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(text.len());
    &text[..end]
}

/// The length of a tag up to its `>`, which quotes can hide.
fn tag_length(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// Where `</name` starts, whatever its case.
fn find_end_tag(text: &str, name: &str) -> Option<usize> {
    text.match_indices("</").map(|(at, _)| at).find(|&at| {
        text.get(at + 2..at + 2 + name.len())
            .is_some_and(|tag| tag.eq_ignore_ascii_case(name))
    })
}

#[cfg(test)]
mod tests {
    use super::with_script_blocks;

    #[test]
    fn blocks_stand_behind_the_body_tag() {
        for (html, expected) in [
            ("<html><BODY a='>'>x", "<html><BODY a='>'>|x"),
            ("<p>x", "|<p>x"),
            ("<!-- <body> --><body>x", "<!-- <body> --><body>|x"),
            (
                "<title><body></TITLE><body>",
                "<title><body></TITLE><body>|",
            ),
            ("<a b=\"<body>\"><body >", "<a b=\"<body>\"><body >|"),
            ("<bodyguard>", "|<bodyguard>"),
            ("a < b <body", "|a < b <body"),
        ] {
            let block = "<script type=\"application/ld+json\">{}</script>";
            let html = with_script_blocks(html, ["{}"].into_iter());
            assert_eq!(html.replace(block, "|"), expected);
        }
    }

    #[test]
    fn data_cannot_close_its_block() {
        let html = with_script_blocks("", [r#"{"a":"</script><!--"}"#].into_iter());
        assert_eq!(
            html,
            r#"<script type="application/ld+json">{"a":"\u003c/script>\u003c!--"}</script>"#
        );
    }
}
