//! Messages made to hurt: they are read to the end, in little time, on a small stack.

#![allow(clippy::unwrap_used)] // a test may panic, and so may what it shares with others

use structured_email::{Limits, Message, Policy};

/// Reads a message under both policies on a stack that no recursion would fit in.
fn survives(raw: String) {
    let read = move || {
        for policy in [Policy::STRICT, Policy::LENIENT] {
            let Ok(message) = Message::parse_with(raw.as_bytes(), policy, &Limits::default())
            else {
                continue;
            };
            // What is read lazily must survive as well.
            let _ = (
                message.text(),
                message.html(),
                message.subject(),
                message.date(),
            );
            let _ = (
                message.from(),
                message.message_ids("References"),
                message.header("X"),
            );
            for part in message.parts() {
                let _ = (part.filename(), part.parameter("boundary"), part.text());
            }
        }
    };
    let thread = std::thread::Builder::new()
        .stack_size(256 << 10)
        .spawn(read)
        .unwrap();
    thread.join().unwrap();
}

#[test]
fn a_thousand_multiparts_in_each_other() {
    let levels = (0..1000)
        .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"));
    survives(levels.collect());
}

#[test]
fn a_hundred_thousand_parts() {
    let head = "Content-Type: multipart/alternative; boundary=b\r\n\r\n";
    survives(head.to_owned() + &"--b\r\n\r\n".repeat(100_000));
    survives(head.to_owned() + &"--b\r\n".repeat(100_000));
}

#[test]
fn lines_that_look_like_delimiters() {
    let levels: String = (0..16)
        .map(|n| {
            format!(
                "Content-Type: multipart/mixed; boundary={}{n}\r\n\r\n--{0}{n}\r\n",
                "a".repeat(60)
            )
        })
        .collect();
    let near_miss = format!("--{}\r\n", "a".repeat(60));
    survives(levels.clone() + "\r\n" + &near_miss.repeat(50_000));
    survives(levels + "\r\n" + &"--\r\n".repeat(500_000));
    let long = "a".repeat(200_000);
    survives(format!(
        "Content-Type: multipart/mixed; boundary=\"{long}\"\r\n\r\n--{}",
        &long[1..]
    ));
}

#[test]
fn comments_and_quotes_without_end() {
    for opening in ["(", "\"", "(\"", "\\(", "((\\"] {
        let flood = opening.repeat(250_000 / opening.len());
        for field in [
            "Content-Type: text/plain; a=",
            "Content-Type: ",
            "Content-Purpose: ",
            "Content-ID: ",
            "From: ",
            "Date: ",
        ] {
            survives(format!("{field}{flood}\r\n\r\nbody"));
        }
    }
}

#[test]
fn fields_and_parameters_by_the_ten_thousand() {
    survives("X: y\r\n".repeat(40_000));
    survives("no field\r\n".repeat(25_000));
    survives(format!("X: a{}\r\n", "\r\n b".repeat(60_000)));
    survives(format!(
        "Content-Type: text/plain{}\r\n\r\n",
        ";a=b".repeat(60_000)
    ));
    survives(format!(
        "Content-Disposition: inline{}\r\n\r\n",
        ";filename*1=b".repeat(20_000)
    ));
    survives(format!("From: {}\r\n\r\n", "a@b,".repeat(60_000)));
    survives(format!("References: {}\r\n\r\n", "<a>".repeat(80_000)));
    survives(format!("Supersedes: {}\r\n\r\n", "<a>".repeat(80_000)));
}

#[test]
fn encoded_words_that_never_end() {
    for word in [
        "=?",
        "=?a?q?",
        "=?utf-8?q?a",
        "=?utf-8?b?A",
        "=?utf-8?q?=",
        "=?utf-8?q?a?",
        "=?x?b?AAAA?=",
        "=?utf-8",
    ] {
        survives(format!(
            "Subject: {}\r\n\r\n",
            word.repeat(250_000 / word.len())
        ));
        survives(format!(
            "From: {}\r\n\r\n",
            word.repeat(250_000 / word.len())
        ));
    }
}

#[test]
fn data_parts_by_the_hundred() {
    let part = "--b\r\nContent-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\
        Content-ID: <a>\r\n\r\n";
    let references = format!("[{}0]", "{\"@id\":\"cid:a\"},".repeat(3000));
    let many = format!("{part}{references}\r\n").repeat(100);
    survives(format!(
        "Content-Type: multipart/related; start=x; boundary=b\r\n\r\n{many}--b--"
    ));
}

#[test]
fn encodings_that_decode_to_nothing() {
    for (encoding, body) in [
        ("base64", "!".repeat(1 << 17)),
        ("base64", "=".repeat(1 << 17)),
        ("base64", "A".repeat(1 << 16)),
        ("quoted-printable", "=".repeat(1 << 17)),
        ("quoted-printable", "=\r\n".repeat(1 << 16)),
        ("quoted-printable", "= ".repeat(1 << 16)),
        ("quoted-printable", " ".repeat(1 << 17)),
        ("quoted-printable", " \n".repeat(1 << 16)),
    ] {
        for media_type in [
            "application/ld+json\r\nContent-Purpose: Machine-readable",
            "text/html",
            "text/plain",
        ] {
            survives(format!(
                "Content-Type: {media_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}"
            ));
        }
    }
}
