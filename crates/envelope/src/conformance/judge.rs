use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::schema::{
    self, Batch, ErrorAnswer, Grammar, Listing, MarkRead, NextKey, Post, Push, PushKind, ReadFlag,
    Same, Test, Text, Trust,
};
use crate::canonical::{Digest, write_canonical};
use crate::{
    AllowlistEntry, BatchFetch, Entry, Envelope, EnvelopeId, EnvelopePost, Error, ErrorBody,
    FileId, Gate, Handle, HttpUrl, Limits, MonitorHandle, OrderKey, Page, Policy, PushFrame, Row,
    Subject, Visibility,
};

/// Gives where a case differs from what it expects.
pub(super) fn judge(test: &Test) -> Result<(), String> {
    match test {
        Test::Post(test) => post(test),
        Test::Same(test) => same(test),
        Test::Text(test) => text(test),
        Test::Push(test) => push(test),
        Test::Listing(test) => listing(test),
        Test::Batch(test) => batch(test),
        Test::MarkRead(test) => mark_read(test),
        Test::OrderKey(test) => order_key(test),
        Test::Trust(test) => trust(test),
        Test::Error(test) => error(test),
    }
}

fn post(test: &Post) -> Result<(), String> {
    let read = EnvelopePost::parse(&test.body.make()?, &Limits::default());
    if let (Err(error), Some(place)) = (&read, &test.place) {
        let message = error.to_string();
        if !message.starts_with(&format!("{place}: ")) {
            return Err(format!("expected a fault at {place}, got {message:?}"));
        }
    }
    let Some(post) = accepted(read, test.code.as_deref())? else {
        return Ok(());
    };
    let handles = |post: &EnvelopePost| -> Vec<_> {
        let recipients = post.recipients();
        recipients.map(|(handle, _)| handle.clone()).collect()
    };
    equal("recipients", &test.recipients, || handles(&post))?;
    equal("type_hint", &test.type_hint, || {
        post.type_hint().to_string()
    })?;
    equal("size_hint", &test.size_hint, || post.size_hint())?;
    let mut octets = Vec::new();
    post.write(&mut octets);
    if EnvelopePost::parse(&octets, &Limits::default()) != Ok(post.clone()) {
        return Err("what is written reads as another post".to_owned());
    }
    let sender: Handle = parsed("@the.sender")?;
    let mut post = post;
    post.resolve_files(&parsed("https://mail.example")?);
    let envelope = Envelope::new(sender, post);
    octets.clear();
    envelope.write(&mut octets);
    if Envelope::parse(&octets, &Limits::default()) != Ok(envelope) {
        return Err("what is stored reads as another envelope".to_owned());
    }
    let stored: Value = serde_json::from_slice(&octets).map_err(|error| error.to_string())?;
    equal("stored", &test.stored, || stored)
}

fn same(test: &Same) -> Result<(), String> {
    let read = |octets: Vec<u8>| {
        let mut post =
            EnvelopePost::parse(&octets, &Limits::default()).map_err(|error| error.to_string())?;
        post.resolve_files(&parsed("https://mail.example")?);
        Ok::<_, String>(post)
    };
    let [first, second] = &test.bodies;
    let (first, second) = (read(first.make()?)?, read(second.make()?)?);
    let mut form = Vec::new();
    write_canonical(&first, &mut form);
    equal("canonical", &test.canonical, || {
        String::from_utf8_lossy(&form).into_owned()
    })?;
    equal("digest", &test.digest, || Digest::of(&first).to_string())?;
    let same = Digest::of(&first) == Digest::of(&second);
    equal("same", &Some(test.same), || same)
}

fn text(test: &Text) -> Result<(), String> {
    fn read<T: FromStr<Err = Error> + fmt::Display>(text: &str) -> Result<String, Error> {
        Ok(text.parse::<T>()?.to_string())
    }
    let text = test.text.text()?;
    let read = match test.grammar {
        Grammar::Handle => read::<Handle>(&text),
        Grammar::AllowlistEntry => read::<AllowlistEntry>(&text),
        Grammar::EnvelopeId => read::<EnvelopeId>(&text),
        Grammar::MonitorHandle => read::<MonitorHandle>(&text),
        Grammar::FileId => read::<FileId>(&text),
        Grammar::Subject => read::<Subject>(&text),
        Grammar::Url => read::<HttpUrl>(&text),
    };
    match accepted(read, test.code.as_deref())? {
        Some(printed) => equal("printed", &Some(text), || printed),
        None => Ok(()),
    }
}

fn push(test: &Push) -> Result<(), String> {
    let read = crate::Push::parse(&test.message.make()?, &Limits::default());
    let mut written = Vec::new();
    let mut line = None;
    let kind = match &read {
        Ok(crate::Push::Notify(frame)) => {
            frame.write(&mut written);
            line = Some(frame.line().to_string());
            PushKind::Notify
        }
        Ok(crate::Push::Fact(fact)) => {
            fact.write(&mut written);
            PushKind::Fact
        }
        Ok(crate::Push::Unknown) => PushKind::Unknown,
        Err(_) => PushKind::Refused,
    };
    equal("expected", &Some(test.expected), || kind)?;
    equal("line", &test.line, || line.unwrap_or_default())?;
    equal("written", &test.written, || {
        String::from_utf8_lossy(&written).into_owned()
    })
}

fn listing(test: &Listing) -> Result<(), String> {
    let read = crate::Listing::parse(&test.query);
    let Some(listing) = accepted(read, test.code.as_deref())? else {
        return Ok(());
    };
    let plain = listing.to_string();
    if crate::Listing::parse(&plain) != Ok(listing) {
        return Err(format!("{plain:?} reads as another listing"));
    }
    equal("plain", &test.plain, || plain)?;
    let Some(ids) = &test.rows else {
        return Ok(());
    };
    let rows = test.mailbox.iter().map(|row| (key(row), entry(row)));
    let mut mailbox: Vec<_> = rows.collect();
    mailbox.sort_unstable_by_key(|(key, _)| *key);
    let within = |key: &OrderKey| std::ops::RangeBounds::contains(&listing.bounds(), key);
    mailbox.retain(|(key, entry)| within(key) && listing.selects(*entry));
    if listing.order == crate::Order::Descending {
        mailbox.reverse();
    }
    let row = |(key, entry)| Ok(Row::of(&listing, frame(key)?, entry));
    let rows: Vec<Row<'_>> = mailbox
        .into_iter()
        .map(row)
        .collect::<Result<_, String>>()?;
    let page = Page::of(&listing, rows);
    let mut octets = Vec::new();
    page.write(&mut octets);
    if Page::parse(&octets, &Limits::default()) != Ok(page.clone()) {
        return Err("what is written reads as another page".to_owned());
    }
    equal("rows", &Some(ids.clone()), || {
        page.rows.iter().map(|row| row.frame.id()).collect()
    })?;
    equal("marks", &test.marks, || {
        page.rows.iter().map(marks).collect()
    })?;
    equal("next_cursor", &Some(test.next_cursor), || page.next_cursor)
}

fn batch(test: &Batch) -> Result<(), String> {
    let read = BatchFetch::parse(&test.query.text()?);
    match accepted(read, test.code.as_deref())? {
        Some(batch) => equal("ids", &test.ids, || batch.ids().to_vec()),
        None => Ok(()),
    }
}

fn mark_read(test: &MarkRead) -> Result<(), String> {
    let read = crate::MarkRead::parse(&test.body.make()?, &Limits::default());
    match accepted(read, test.code.as_deref())? {
        Some(marks) => equal("ids", &test.ids, || marks.ids().to_vec()),
        None => Ok(()),
    }
}

fn order_key(test: &NextKey) -> Result<(), String> {
    let next = OrderKey::next(test.last, test.now, test.envelope_id);
    if next.is_some_and(|next| Some(next) <= test.last) {
        return Err("the key does not rise".to_owned());
    }
    equal("created_at", &Some(test.created_at), || {
        next.map(|key| key.created_at)
    })
}

fn trust(test: &Trust) -> Result<(), String> {
    let (from, to) = (gate(&test.from), gate(&test.to));
    equal("admitted", &Some(test.admitted), || to.admits(&from))?;
    equal("visible", &test.visible, || {
        to.shows(Visibility::Private, &from.agent)
    })
}

fn error(test: &ErrorAnswer) -> Result<(), String> {
    let body = ErrorBody::parse(&test.body.make()?);
    equal("code", &Some(test.code.clone()), || {
        body.code_text().to_owned()
    })?;
    equal("known", &Some(test.known), || body.code().is_some())?;
    equal("message", &Some(test.message.clone()), || {
        body.message().to_owned()
    })
}

/// What was read, or `None` when it was refused with the code that is expected.
fn accepted<T>(read: Result<T, Error>, code: Option<&str>) -> Result<Option<T>, String> {
    match (read, code) {
        (Ok(value), None) => Ok(Some(value)),
        (Ok(_), Some(code)) => Err(format!("expected {code}, but it was accepted")),
        (Err(error), Some(code)) if error.code().as_str() == code => Ok(None),
        (Err(error), Some(code)) => Err(format!("expected {code}, got {}: {error}", error.code())),
        (Err(error), None) => Err(format!("refused with {}: {error}", error.code())),
    }
}

fn equal<T: PartialEq + fmt::Debug>(
    name: &str,
    expected: &Option<T>,
    got: impl FnOnce() -> T,
) -> Result<(), String> {
    let Some(expected) = expected else {
        return Ok(());
    };
    let got = got();
    if got == *expected {
        return Ok(());
    }
    Err(format!("{name}: expected {expected:?}, got {got:?}"))
}

fn key(row: &schema::Row) -> OrderKey {
    OrderKey {
        created_at: row.created_at,
        envelope_id: row.id,
    }
}

fn entry(row: &schema::Row) -> Entry {
    Entry {
        sent: row.sent,
        received: row.received.map(|flag| flag == ReadFlag::Read),
    }
}

fn frame(key: OrderKey) -> Result<PushFrame<'static>, String> {
    let json = format!(
        r#"{{"op":"envelope.notify","id":"{}","from":"@a.b","to":["@a.b"],"type_hint":"text","created_at":{},"date_ms":0}}"#,
        key.envelope_id, key.created_at
    );
    match crate::Push::parse(json.as_bytes(), &Limits::default()) {
        Ok(crate::Push::Notify(frame)) => Ok(frame),
        other => Err(format!("no frame: {other:?}")),
    }
}

fn marks(row: &Row<'_>) -> String {
    let unread = match row.unread {
        Some(true) => " unread",
        Some(false) => " read",
        None => "",
    };
    row.direction
        .map_or("", |direction| direction.as_str())
        .to_owned()
        + unread
}

fn gate(gate: &schema::Gate) -> Gate {
    Gate {
        agent: gate.agent.clone(),
        policy: if gate.open {
            Policy::Open
        } else {
            Policy::Allowlist
        },
        allowlist: gate.allowlist.clone(),
        blocks: gate.blocks.clone(),
    }
}

fn parsed<T: FromStr<Err = Error>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: Error| error.to_string())
}
