use std::ops::Range;

use super::quote::{self, Quotes};
use super::tokens::{self, Script, Tag, Visitor};
use crate::Limits;

/// A JSON-LD script block.
#[derive(Clone, Debug)]
pub(crate) struct Block<'h> {
    /// All between its tags.
    pub(crate) content: &'h str,
    /// Where the JSON stands in it: inside the `<![CDATA[ ]]>` or `<!-- -->`, if there is one.
    pub(crate) json: Range<usize>,
    /// It stands in quoted mail.
    pub(crate) quoted: bool,
    /// The first 16 words of the `profile` parameter of its type.
    pub(crate) profile: Vec<String>,
}

/// What a scan found.
#[derive(Debug, Default)]
pub(crate) struct Scan<'h> {
    pub(crate) blocks: Vec<Block<'h>>,
    /// There are more blocks than [`Limits::scripts`].
    pub(crate) too_many: bool,
    /// Where the content of a block starts that is not closed. It is the last one.
    pub(crate) unclosed: Option<usize>,
    /// There is more HTML than [`Limits::html`], with a script in it.
    pub(crate) too_large: bool,
}

/// Finds the JSON-LD script blocks of an HTML body.
///
/// The `type` attribute decides, compared without case and without its parameters.
pub(crate) fn scan<'h>(html: &'h str, limits: &Limits) -> Scan<'h> {
    let (scanned, rest) = html.split_at(html.floor_char_boundary(limits.html));
    let mut finder = Finder {
        html: scanned,
        limit: limits.scripts,
        quotes: Quotes::default(),
        templates: 0,
        profile: None,
        scan: Scan {
            too_large: tokens::has_tag(rest, SCRIPT),
            ..Scan::default()
        },
    };
    if tokens::has_tag(scanned, SCRIPT) {
        tokens::walk(scanned, &mut finder);
    }
    finder.scan
}

const SCRIPT: &str = "<script";

const MEDIA_TYPE: &str = "application/ld+json";

/// Real blocks have one or two words there.
const MAX_PROFILES: usize = 16;

struct Finder<'h> {
    html: &'h str,
    limit: usize,
    quotes: Quotes,
    /// How many template elements are open. What is in them is not in the document.
    templates: usize,
    /// The profile of the block that just started.
    profile: Option<Vec<String>>,
    scan: Scan<'h>,
}

impl Visitor for Finder<'_> {
    const WANTS_TEXT: bool = false;

    fn wants(attribute: &str) -> bool {
        attribute == "type" || quote::wants(attribute)
    }

    fn start(&mut self, tag: &Tag) {
        if tag.name() == "template" {
            self.templates += 1;
        } else if self.templates == 0 {
            match tag.name() {
                "script" => self.profile = tag.attribute("type").and_then(|t| read_type(&t)),
                _ => self.quotes.start(tag),
            }
        }
    }

    fn script(&mut self, script: Script) {
        let Some(profile) = self.profile.take() else {
            return;
        };
        if !script.closed {
            self.scan.unclosed = Some(script.content.start);
        } else if self.scan.blocks.len() == self.limit {
            self.scan.too_many = true;
        } else {
            let content = self.html.get(script.content).unwrap_or_default();
            self.scan.blocks.push(Block {
                content,
                json: find_json(content),
                quoted: self.quotes.is_quoted(),
                profile,
            });
        }
    }

    fn end(&mut self, name: &str) {
        if name == "template" {
            self.templates = self.templates.saturating_sub(1);
        } else if self.templates == 0 {
            self.quotes.end(name);
        }
    }

    fn is_done(&self) -> bool {
        self.scan.too_many
    }
}

/// The profile in a `type` attribute, or `None` when it is not the type of JSON-LD.
fn read_type(value: &str) -> Option<Vec<String>> {
    let mut parameters = value.split(';').map(str::trim);
    if !parameters.next()?.eq_ignore_ascii_case(MEDIA_TYPE) {
        return None;
    }
    let profile = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("profile")
            .then(|| value.trim().trim_matches('"'))
    });
    Some(
        profile
            .unwrap_or_default()
            .split_ascii_whitespace()
            .take(MAX_PROFILES)
            .map(str::to_owned)
            .collect(),
    )
}

/// Where the JSON stands in the content of a block: inside one `<![CDATA[ ]]>` or `<!-- -->`.
fn find_json(content: &str) -> Range<usize> {
    let trimmed = content.trim();
    for (open, close) in [("<![CDATA[", "]]>"), ("<!--", "-->")] {
        let inner = trimmed
            .strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close));
        if let Some(inner) = inner {
            let start = content.len() - content.trim_start().len() + open.len();
            return start..start + inner.len();
        }
    }
    0..content.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The JSON of each block, with a `>` in front when it is quoted.
    fn blocks(html: &str) -> Vec<String> {
        let scan = scan(html, &Limits::default());
        let json = |block: &Block<'_>| {
            let quoted = if block.quoted { ">" } else { "" };
            format!("{quoted}{}", &block.content[block.json.clone()])
        };
        scan.blocks.iter().map(json).collect()
    }

    #[test]
    fn the_type_decides() {
        for tag in [
            "<script type=application/ld+json>",
            "<SCRIPT a=b TYPE='Application/LD+JSON; profile=x' async>",
            "<script\ntype = \" application/ld&#43;json \">",
            "<script type=application/ld+json type=text/javascript>",
        ] {
            assert_eq!(blocks(&format!("{tag}1</script>")), ["1"], "{tag}");
        }
        for tag in [
            "<script>",
            "<script type=application/ld+json/>",
            "<script type=application/ld+jsonp>",
            "<script language=\"ld+json\">",
            "<script type=text/javascript type=application/ld+json>",
            "<scripty type=application/ld+json>",
            "<scr\u{131}pt type=application/ld+json>",
        ] {
            assert_eq!(blocks(&format!("{tag}1</script>")), [""; 0], "{tag}");
        }
        let html = "<script type='application/ld+json;a=b; PROFILE=\"x  y\"'>1</script>";
        assert_eq!(scan(html, &Limits::default()).blocks[0].profile, ["x", "y"]);
    }

    #[test]
    fn a_block_ends_at_its_end_tag() {
        const START: &str = "<script type=application/ld+json>";
        for end in ["</script>", "</SCRIPT\t>", "</script/>", "</script\n x>"] {
            assert_eq!(
                blocks(&format!("{START}1{end}{START}2{end}")),
                ["1", "2"],
                "{end}"
            );
        }
        assert_eq!(
            blocks(&format!("{START}1</scriptx></script>")),
            ["1</scriptx>"]
        );
        assert_eq!(blocks(&format!("{START}&lt;<b></script>")), ["&lt;<b>"]);
        assert_eq!(
            blocks(&format!("{START}<!--<script></script>{START}2</script>")).len(),
            2
        );
    }

    #[test]
    fn an_unclosed_block_is_told() {
        for html in [
            "<script type=application/ld+json>{}",
            "<script type=application/ld+json>{}</script",
            "<script type=application/ld+json>",
        ] {
            let scan = scan(html, &Limits::default());
            assert!(scan.blocks.is_empty());
            assert_eq!(scan.unclosed, Some(33), "{html}");
        }
        let html = "<script type=application/ld+json";
        assert_eq!(scan(html, &Limits::default()).unclosed, None);
    }

    #[test]
    fn a_block_that_is_not_in_the_document_is_no_block() {
        const BLOCK: &str = "<script type=application/ld+json>1</script>";
        for html in [
            format!("<!-- {BLOCK} -->"),
            format!("<a title=\"{BLOCK}\">"),
            format!("<a title='{BLOCK}'>"),
            format!("<textarea>{BLOCK}</textarea>"),
            format!("<title>{BLOCK}</title>"),
            format!("<style>{BLOCK}</style>"),
            format!("<xmp>{BLOCK}</xmp>"),
            format!("<iframe>{BLOCK}</iframe>"),
            format!("<plaintext>{BLOCK}</plaintext>"),
            format!("<template><div>{BLOCK}</div></template>"),
            format!("<template><template></template>{BLOCK}</template>"),
            format!("<script>{BLOCK}"),
            format!("<textarea>{BLOCK}"),
        ] {
            assert_eq!(blocks(&html), [""; 0], "{html}");
            assert_eq!(blocks(&format!("{BLOCK}{html}")), ["1"], "{html}");
        }
        for html in [
            "<!-- x -->",
            "<!-->",
            "<textarea></title></textarea>",
            "<template></template>",
            "</template>",
            "<noscript>",
            "<head><body>",
            "<a title=\"x>\">",
            "a < b <&amp; </>",
            "<!DOCTYPE html>",
            "\u{130}\u{130}\u{FB03}\r\n\r",
        ] {
            assert_eq!(blocks(&format!("{html}{BLOCK}")), ["1"], "{html}");
        }
    }

    #[test]
    fn one_wrapper_is_taken_off() {
        for (content, json) in [
            (" <![CDATA[ 1 ]]> ", " 1 "),
            ("\n<!--1-->", "1"),
            ("<!--<!--1-->-->", "<!--1-->"),
            ("<!-- 1", "<!-- 1"),
            ("<!-->", "<!-->"),
            ("1", "1"),
        ] {
            assert_eq!(&content[find_json(content)], json);
        }
    }

    #[test]
    fn quoted_blocks_are_told() {
        const BLOCK: &str = "<script type=application/ld+json>1</script>";
        for start in [
            "<blockquote>",
            "<BLOCKQUOTE type=cite><p><br>",
            "<blockquote/>",
            "<div class='x gmail_quote'><div></div>",
            "<div class=Gmail_Quote><img><p>",
            "<div class=gmail&#95;quote>",
            "<div id=divRplyFwdMsg></div><hr>",
            "<div id=appendonsend></div>",
            "<hr id=appendonsend>",
            "<span id=OLK_SRC_BODY_SECTION>",
            // Tags in the wrong order: doubt means quoted.
            "<div><blockquote></div>",
            "<blockquote><blockquote></blockquote>",
            "<div class=gmail_quote><blockquote></div>",
            "<blockquote><template></blockquote></template>",
            "<p class=zmail_extra><p></p>",
        ] {
            assert_eq!(blocks(&format!("{start}{BLOCK}")), [">1"], "{start}");
        }
        for start in [
            "<blockquote></blockquote>",
            "<div class=gmail_quote><div></div><blockquote></blockquote></div>",
            "<div class=gmail_quotes id=quote>",
            "<br class=gmail_quote>",
            "</blockquote>",
            "<template><blockquote></template>",
            "<!--<blockquote>-->",
        ] {
            assert_eq!(blocks(&format!("{start}{BLOCK}")), ["1"], "{start}");
        }
        let deep = "<blockquote><p class=gmail_quote>".repeat(40);
        let closed = "</p></blockquote>".repeat(40);
        assert_eq!(blocks(&format!("{deep}{closed}{BLOCK}")), [">1"]);
    }

    #[test]
    fn character_references_are_resolved_while_they_are_no_flood() {
        let html = |references| {
            let flood = "&l".repeat(references);
            format!(
                "<p class='{flood}'><script type=application/ld&#43;json>1</script>\
                 <script type=application/ld+json>2</script>"
            )
        };
        assert_eq!(blocks(&html(9_999)), ["1", "2"]);
        assert_eq!(blocks(&html(10_000)), ["2"]);
        let long = format!("{}{}", " ".repeat(160_000), html(10_000));
        assert_eq!(blocks(&long), ["1", "2"]);
    }

    #[test]
    fn limits_hold_exactly() {
        let block = "<script type=application/ld+json>1</script>";
        let html = block.repeat(3);
        let at = |scripts, octets| {
            let limits = Limits {
                scripts,
                html: octets,
                ..Limits::default()
            };
            scan(&html, &limits)
        };
        assert!(!at(3, 1000).too_many);
        assert!(at(2, 1000).too_many);
        assert_eq!(at(2, 1000).blocks.len(), 2);

        let one = at(3, block.len());
        assert_eq!((one.blocks.len(), one.too_large), (1, true));
        let all = at(3, block.len() * 3);
        assert_eq!((all.blocks.len(), all.too_large), (3, false));
    }
}
