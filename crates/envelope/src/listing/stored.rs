use super::page::{members, write_cursor, write_members};
use super::{Entry, Listing};
use crate::OrderKey;
use crate::write::Members;

impl Listing {
    /// Appends the page that stored rows make: each the octets of its frame as
    /// [`PushFrame::write`](crate::PushFrame::write) gave them, what the agent is to it, and its key.
    /// The same octets as those of [`Page::of`](crate::Page::of), and no frame is read for it.
    pub fn write_page<'a>(
        &self,
        rows: impl IntoIterator<Item = (&'a [u8], Entry, OrderKey)>,
        out: &mut Vec<u8>,
    ) {
        let mut object = Members::open(out);
        let list = object.value("envelope_headers");
        list.push(b'[');
        let (mut count, mut last) = (0, None);
        for (frame, entry, key) in rows.into_iter().take(self.limit.into()) {
            if count > 0 {
                list.push(b',');
            }
            let (direction, unread) = members(self, entry);
            match frame.strip_suffix(b"}") {
                Some(open) if direction.is_some() || unread.is_some() => {
                    list.extend_from_slice(open);
                    let mut row = Members::reopen(list);
                    write_members(direction, unread, &mut row);
                    row.close();
                }
                _ => list.extend_from_slice(frame),
            }
            (count, last) = (count + 1, Some(key));
        }
        list.push(b']');
        let next = last.filter(|_| count == self.limit);
        write_cursor(next, object.value("next_cursor"));
        object.close();
    }
}

#[cfg(test)]
mod tests {
    use crate::{Direction, Entry, Limits, Listing, Page, Push, Row};

    #[test]
    fn stored_rows_make_the_page_that_frames_make() {
        let octets = br#"{"op":"envelope.notify","id":"01M7XK89PHAZENM5WE3MBS1TF1","from":"@acme.alice","to":["@beta.bob"],"type_hint":"text","size_hint":12,"created_at":1795215861458,"date_ms":7}"#;
        let Ok(Push::Notify(frame)) = Push::parse(octets, &Limits::default()) else {
            panic!("a frame")
        };
        let entries = [(true, None), (false, Some(true)), (true, Some(false))];
        let entries = entries.map(|(sent, received)| Entry { sent, received });
        for direction in [Direction::In, Direction::Out, Direction::Both] {
            for limit in 1..=4 {
                let listing = Listing {
                    limit,
                    direction,
                    ..Listing::default()
                };
                let rows = entries.map(|entry| Row::of(&listing, frame.clone(), entry));
                let (mut expected, mut written) = (Vec::new(), Vec::new());
                Page::of(&listing, rows).write(&mut expected);
                let rows = entries.map(|entry| (&octets[..], entry, frame.key()));
                listing.write_page(rows, &mut written);
                assert_eq!(String::from_utf8(written), String::from_utf8(expected));
            }
        }
    }
}
