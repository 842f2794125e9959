//! What the server answers, as JSON of the protocol or for people.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write as _};

use context_sync::{
    AgentId, Context, ContextFrame, Mailbox, Message, Participants, Receipt, ThreadId, Timestamp,
    Unread,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::exit::Failure;
use crate::output::{Column, Output, Table, note, one_line};

/// Frames of an answer, as the protocol writes them.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Frames<'a> {
    #[serde(borrow)]
    messages: Vec<&'a RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    has_more: Option<bool>,
}

pub(super) fn receipt(receipt: &Receipt, out: &mut Output) -> io::Result<()> {
    if out.is_json() {
        return json(out, |body| receipt.write(body));
    }
    writeln!(out, "message  {}", receipt.message_id)?;
    writeln!(out, "thread   {}", receipt.thread_id)?;
    for agent in &receipt.delivered_to {
        writeln!(out, "to       {agent}")?;
    }
    Ok(())
}

/// Shows what one agent sent, or all, and gives the threads.
pub(super) fn unread(
    unread: &Unread,
    from: Option<&AgentId>,
    out: &mut Output,
) -> Result<BTreeSet<ThreadId>, Failure> {
    let is_asked_for = |frame: &ContextFrame| from.is_none_or(|from| frame.message().from == *from);
    let frames: Vec<_> = unread
        .frames()
        .iter()
        .filter(|frame| is_asked_for(frame))
        .collect();
    if out.is_json() {
        let mut body = Vec::new();
        unread.write(&mut body);
        let mut written: Frames<'_> = serde_json::from_slice(&body).map_err(io::Error::from)?;
        let mut asked_for = unread.frames().iter().map(is_asked_for);
        written.messages.retain(|_| asked_for.next() == Some(true));
        out.value(&written)?;
    } else if frames.is_empty() && !unread.has_more() {
        note("nothing is unread");
    }
    if !out.is_json() {
        for frame in &frames {
            writeln!(out, "{}", line(frame.message()))?;
        }
        if let Some(last) = frames.last() {
            writeln!(out, "thread   {}", last.message().thread_id)?;
            snapshot(last.context(), out)?;
        }
    }
    if unread.has_more() {
        note("more is unread: mark these threads read and receive again");
    }
    let threads = frames.iter().map(|frame| frame.message().thread_id.clone());
    Ok(threads.collect())
}

pub(super) fn context(context: &Context, out: &mut Output) -> io::Result<()> {
    if out.is_json() {
        return json(out, |body| context.write(body));
    }
    for message in context.recent_messages() {
        writeln!(out, "{}", line(message))?;
    }
    if let Some(summary) = context.summary() {
        let covered = summary.covers_message_ids.len();
        writeln!(out, "before   {covered} older messages")?;
    }
    if !context.thread_summary().is_empty() {
        writeln!(out, "summary  {}", one_line(context.thread_summary()))?;
    }
    snapshot(context, out)
}

pub(super) fn threads(mailbox: &Mailbox, out: &mut Output) -> io::Result<()> {
    if out.is_json() {
        return json(out, |body| mailbox.write(body));
    }
    if mailbox.threads().is_empty() {
        note("no threads");
        return Ok(());
    }
    let mut table = Table::new([
        Column::fixed("THREAD"),
        Column::fixed("UPDATED"),
        Column::number("MESSAGES"),
        Column::flexible("PARTICIPANTS"),
    ]);
    for thread in mailbox.threads() {
        let names: Vec<_> = thread.participants().iter().map(AgentId::as_str).collect();
        let cells = [
            Cow::Borrowed(thread.id().as_str()),
            Cow::Owned(minute(thread.updated_at())),
            Cow::Owned((thread.messages().len() as u64 + thread.omitted()).to_string()),
            Cow::Owned(names.join(", ")),
        ];
        table.row(cells, false);
    }
    table.write(0, out)?;
    let shown = mailbox.threads().len() as u64;
    if let (None, Some(total)) = (mailbox.page(), mailbox.total()) {
        note(&format!(
            "{shown} of {total} threads: --limit and --offset show the others"
        ));
    }
    writeln!(out, "{} unread", mailbox.unread_count())
}

pub(super) fn participants(participants: &Participants, out: &mut Output) -> io::Result<()> {
    if out.is_json() {
        return json(out, |body| participants.write(body));
    }
    let mut table = Table::new([
        Column::flexible("AGENT"),
        Column::fixed("ROLE"),
        Column::fixed("JOINED"),
    ]);
    for one in participants.as_slice() {
        let role = one.role.map_or("", |role| role.as_str());
        let cells = [
            Cow::Borrowed(one.agent.as_str()),
            Cow::Borrowed(role),
            Cow::Owned(minute(one.joined_at)),
        ];
        table.row(cells, false);
    }
    table.write(0, out)
}

/// A message on one line: when, who, what.
pub(crate) fn line(message: &Message) -> String {
    let payload = match serde_json::from_str::<String>(message.payload.as_str()) {
        Ok(text) => text,
        Err(_) => message.payload.to_string(),
    };
    let when = minute(message.timestamp);
    format!("{when}  {}: {}", message.from, one_line(&payload))
}

fn snapshot(context: &Context, out: &mut Output) -> io::Result<()> {
    writeln!(out, "snapshot {}", one_line(context.snapshot().as_str()))
}

/// An answer as the protocol writes it, on one line.
fn json(out: &mut Output, write: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
    let mut body = Vec::new();
    write(&mut body);
    let body: &RawValue = serde_json::from_slice(&body)?;
    out.value(&body)
}

/// To the minute, in UTC.
fn minute(at: Timestamp) -> String {
    let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
    let text = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX);
    let text = text.to_string();
    text.get(..16).unwrap_or(&text).replace('T', " ")
}
