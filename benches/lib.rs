//! Inputs shared by the benches: named messages and cards, the same octets on every run.

mod cards;
mod pair;

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use cards::{Card, cards};
pub use pair::{Pair, is_measuring};

/// A message that a bench reads, under the name its figures are published with.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // a pair
pub struct Input {
    /// What it is.
    pub name: &'static str,
    /// The whole message.
    pub message: String,
}

/// The messages that the parser is measured on, ordinary ones first.
#[must_use]
pub fn messages() -> Vec<Input> {
    [
        ("structured 5 KB", structured()),
        ("plain 5 KB", plain()),
        ("attachment 1 MB", attachment()),
        ("html 200 KB", html()),
        ("hostile depth", hostile_depth()),
        ("hostile base64", hostile_base64()),
        ("hostile many parts", hostile_parts()),
        ("hostile headers", hostile_headers()),
    ]
    .map(|(name, message)| Input { name, message })
    .into()
}

/// What a shop sends: text, HTML and an order that says it all.
fn structured() -> String {
    let body = multipart("alternative", &[&text(), &markup(1300), &data(&order())]);
    headers() + &body
}

/// What a person sends: text and HTML.
fn plain() -> String {
    headers() + &multipart("alternative", &[&text(), &markup(2900)])
}

/// The shop's message with a document.
fn attachment() -> String {
    let document: Vec<u8> = (0..730_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let document = "Content-Type: application/pdf; name=\"invoice.pdf\"\r\n\
        Content-Disposition: attachment; filename=\"invoice.pdf\"\r\n\
        Content-Transfer-Encoding: base64\r\n\r\n"
        .to_owned()
        + &wrapped(&document);
    let body = multipart("alternative", &[&text(), &markup(1300), &data(&order())]);
    headers() + &multipart("mixed", &[&body, &document])
}

/// A newsletter with a script block at every offer.
fn html() -> String {
    let mut page = "<!DOCTYPE html><html><head><title>Offers</title></head><body>".to_owned();
    for n in 0..20 {
        let offer = order().replace("1042", &n.to_string());
        let _ = write!(
            page,
            "<script type=\"application/ld+json\">{offer}</script>"
        );
        for row in 0..55 {
            let _ = writeln!(
                page,
                "<tr><td style=\"padding:4px\"><a href=\"https://shop.example/{n}/{row}\">Offer \
                {row}</a></td><td>caf\u{e9} &amp; more</td></tr>"
            );
        }
    }
    headers()
        + "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        + &quoted_printable(&(page + "</body></html>"))
}

/// A thousand multiparts in each other.
fn hostile_depth() -> String {
    let mut message = headers();
    for level in 0..1000 {
        let _ = write!(
            message,
            "Content-Type: multipart/mixed; boundary=\"b{level}\"\r\n\r\n--b{level}\r\n"
        );
    }
    message + "\r\nend\r\n"
}

/// Data in base64 with as many alien octets as are let pass.
fn hostile_base64() -> String {
    let json = format!(
        "{{\"@type\":\"Thing\",\"name\":\"{}\"}}",
        "x".repeat(60_000)
    );
    let mut noisy = String::new();
    for (n, digit) in STANDARD.encode(json).chars().enumerate() {
        noisy.push(digit);
        match n % 101 {
            100 => noisy.push('!'),
            n if n % 4 == 0 => noisy.push(' '),
            _ => {}
        }
    }
    headers()
        + "Content-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\
        Content-Transfer-Encoding: base64\r\n\r\n"
        + &noisy
}

/// Ten thousand parts with nothing in them.
fn hostile_parts() -> String {
    headers() + &multipart("mixed", &vec![""; 10_000])
}

/// As many fields and parameters as a header block may hold.
fn hostile_headers() -> String {
    let mut message = String::new();
    while message.len() < 100_000 {
        message += "X: =?utf-8?q?a\r\nno field\r\nTo: a\r\n b\r\n";
    }
    message += "Content-Type: text/plain";
    for n in 0..10_000 {
        let _ = write!(message, ";a{n}=(((b");
    }
    message + "\r\n\r\nbody\r\n"
}

fn headers() -> String {
    let mut headers = String::new();
    for hop in 1..=3 {
        let _ = write!(
            headers,
            "Received: from mx{hop}.example.org (mx{hop}.example.org [192.0.2.{hop}])\r\n\
            \tby mx.example.com with ESMTPS id 4Z{hop}abcdef\r\n\
            \tfor <jane@example.com>; Fri, 20 Nov 2026 10:00:0{hop} +0000\r\n"
        );
    }
    headers
        + "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=mail;\r\n\
        \th=from:to:subject:date:message-id:mime-version:content-type;\r\n\
        \tbh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=;\r\n\
        \tb=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR\r\n\
        From: =?utf-8?Q?Caf=C3=A9_Shop?= <orders@shop.example>\r\n\
        To: \"Doe, Jane\" <jane@example.com>\r\n\
        Subject: =?utf-8?Q?Your_order_1042_at_the_caf=C3=A9?=\r\n\
        Date: Fri, 20 Nov 2026 10:00:00 +0000\r\n\
        Message-ID: <1042.20261120@shop.example>\r\n\
        MIME-Version: 1.0\r\n"
}

fn text() -> String {
    let line = "Thank you for your order. It leaves our house today and is with you soon.\r\n";
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n".to_owned()
        + &line.repeat(9)
}

fn markup(length: usize) -> String {
    let mut page = "<html><body>".to_owned();
    while page.len() < length {
        page += "<p style=\"margin:0\">Thank you for your order at the caf\u{e9} &amp; shop.</p>\n";
    }
    "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        .to_owned()
        + &quoted_printable(&(page + "</body></html>"))
}

fn order() -> String {
    let mut json = r#"{"@context":"https://schema.org","@type":"Order","orderNumber":"1042","orderStatus":"https://schema.org/OrderProcessing","merchant":{"@type":"Organization","name":"Caf\u00e9 Shop"},"acceptedOffer":["#.to_owned();
    for n in 1..7 {
        let _ = write!(
            json,
            r#"{}{{"@type":"Offer","price":{n}9.90,"priceCurrency":"EUR","itemOffered":{{"@type":"Product","name":"Beans no. {n}","sku":"B-{n}"}}}}"#,
            if n > 1 { "," } else { "" }
        );
    }
    json + "]}"
}

fn data(json: &str) -> String {
    "Content-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\
    Content-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        .to_owned()
        + &wrapped(json.as_bytes())
}

fn multipart(subtype: &str, children: &[&str]) -> String {
    let mut body = format!(
        "Content-Type: multipart/{subtype};\r\n boundary=\"=_{subtype}_5f2c9a7e41d8b360\"\r\n\r\n"
    );
    for child in children {
        let _ = write!(body, "--=_{subtype}_5f2c9a7e41d8b360\r\n{child}\r\n");
    }
    let _ = write!(body, "--=_{subtype}_5f2c9a7e41d8b360--\r\n");
    body
}

/// Base64 in lines of 76.
fn wrapped(octets: &[u8]) -> String {
    let encoded = STANDARD.encode(octets);
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / 38);
    for (n, digit) in encoded.chars().enumerate() {
        if n > 0 && n % 76 == 0 {
            lines += "\r\n";
        }
        lines.push(digit);
    }
    lines
}

/// Quoted-printable in lines of at most 76.
fn quoted_printable(text: &str) -> String {
    let mut lines = String::new();
    let mut width = 0;
    for octet in text.bytes() {
        if octet == b'\n' {
            lines += "\r\n";
            width = 0;
            continue;
        }
        let escape = octet == b'=' || !(b' '..=b'~').contains(&octet);
        let needed = if escape { 3 } else { 1 };
        if width + needed > 75 {
            lines += "=\r\n";
            width = 0;
        }
        if escape {
            let _ = write!(lines, "={octet:02X}");
        } else {
            lines.push(char::from(octet));
        }
        width += needed;
    }
    lines
}

#[cfg(test)]
mod tests {
    use structured_email::{Class, Message};

    #[test]
    fn the_messages_are_what_their_names_say() {
        let shape = |name: &str| {
            let input = super::messages()
                .into_iter()
                .find(|input| input.name == name)
                .unwrap();
            let message = Message::parse(input.message.as_bytes()).unwrap();
            (input.message.len(), message.class(), message.items().len())
        };
        let (length, class, items) = shape("structured 5 KB");
        assert!((4900..5500).contains(&length), "{length}");
        assert_eq!((class, items), (Class::Full, 1));
        let (length, class, items) = shape("plain 5 KB");
        assert!((4900..5500).contains(&length), "{length}");
        assert_eq!((class, items), (Class::None, 0));
        assert_eq!(shape("attachment 1 MB").2, 1);
        assert_eq!(shape("html 200 KB").2, 20);
        assert_eq!(shape("hostile base64").2, 1);
        assert_eq!(shape("hostile headers").2, 0);
    }
}
