//! Substring search over envelopes (ASMTP, 14).

use rusqlite::{Connection, OptionalExtension, params};

use super::envelopes::Shown;
use super::row;
use super::search_index::{envelope_text, matching};
use super::walk::{Course, Walk, merge};
use crate::{Direction, Error, FoundEnvelope, OrderKey, SHORT_SEARCH};

/// About how many octets of text stand before the place in a snippet, and how many follow.
const SNIPPET: (usize, usize) = (40, 120);

/// The newest envelopes of a mailbox that hold a text. The index says which are worth a look; each
/// of them is compared, so what the index holds too much of shows nothing.
pub(super) fn envelopes(
    connection: &Connection,
    agent: i64,
    text: &str,
    limit: u32,
) -> Result<Vec<FoundEnvelope>, Error> {
    let view = connection.unchecked_transaction()?;
    let mut search = Search {
        view: &view,
        shown: Shown::new(&view, agent)?,
        text: text.to_ascii_lowercase(),
        limit: limit as usize,
        found: Vec::new(),
    };
    if let Some(matching) = matching(agent, text) {
        let mut hits = view.prepare_cached(
            "SELECT rowid FROM found.grams WHERE grams MATCH ?1 ORDER BY rowid DESC",
        )?;
        let mut hits = hits.query([matching])?;
        while let Some(hit) = hits.next()?
            && search.look(row::order_key(hit, "rowid")?)?
        {}
        return Ok(search.found);
    }
    let walks = [Direction::Out, Direction::In].map(|direction| Walk::Mailbox { agent, direction });
    let course = Course {
        is_descending: true,
        after: None,
    };
    let (mut last, mut looked) = (None, 0);
    merge(&view, &walks, course, |id| {
        looked += 1;
        let is_new = last.replace(id.key) != Some(id.key);
        Ok((!is_new || search.look(id.key)?) && looked < SHORT_SEARCH)
    })?;
    Ok(search.found)
}

struct Search<'v> {
    view: &'v Connection,
    shown: Shown<'v>,
    /// What is looked for, its ASCII letters in lower case.
    text: String,
    limit: usize,
    found: Vec<FoundEnvelope>,
}

impl Search<'_> {
    /// Takes a message if it holds the text, and says whether more are wanted.
    fn look(&mut self, key: OrderKey) -> Result<bool, Error> {
        if self.found.len() >= self.limit {
            return Ok(false);
        }
        // A message that is in no mailbox of the agent is none of its concern.
        let Some(listed) = self.shown.row(key)? else {
            return Ok(true);
        };
        let frame = row::frame(&listed.frame)?;
        let body = self.body(key)?;
        let lower = body.to_ascii_lowercase();
        let place = lower.find(&self.text);
        let is_in_subject = || {
            let subject = frame
                .subject()
                .map(|subject| subject.as_str().to_ascii_lowercase());
            subject.is_some_and(|subject| subject.contains(&self.text))
        };
        if place.is_some() || is_in_subject() {
            self.found.push(FoundEnvelope {
                snippet: snippet(&body, place.unwrap_or(0)),
                frame: listed.frame,
                key: listed.key,
            });
        }
        Ok(self.found.len() < self.limit)
    }

    /// The text of a message.
    fn body(&self, key: OrderKey) -> Result<String, Error> {
        let mail: Option<Vec<u8>> = self
            .view
            .prepare_cached("SELECT text FROM texts WHERE key = ?1")?
            .query_one([key.to_i64()], |row| row.get(0))
            .optional()?;
        if let Some(text) = mail {
            return Ok(String::from_utf8_lossy(&text).into_owned());
        }
        let mut statement = self
            .view
            .prepare_cached("SELECT raw FROM bodies WHERE key = ?1")?;
        let text = statement.query_one(params![key.to_i64()], |row| {
            Ok(envelope_text(row.get_ref(0)?.as_blob()?))
        })?;
        Ok(text)
    }
}

/// The text around a place, in one line.
fn snippet(text: &str, place: usize) -> String {
    let (before, behind) = SNIPPET;
    let start = text.floor_char_boundary(place.saturating_sub(before));
    let end = text.floor_char_boundary(place.saturating_add(behind));
    let blank = |c: char| if c.is_control() { ' ' } else { c };
    text[start..end]
        .chars()
        .map(blank)
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::snippet;

    #[test]
    fn a_snippet_is_one_line_of_whole_characters() {
        assert_eq!(snippet("one\r\ntwo", 5), "one  two");
        let long = "é".repeat(500);
        let part = snippet(&long, 501);
        assert!(part.len() <= 160 && part.chars().all(|c| c == 'é'));
        assert_eq!(snippet("", 0), "");
    }
}
