//! Waiting for mail to arrive: the list is asked for from time to time.

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::listing::Walk;
use super::place::{Place, Side};
use super::row::Row;
use super::{ResendTransport, fault, side_of};
use crate::transport::http::within;
use crate::{Error, Folder, Position, Summary};

/// Arrivals told at a time.
const BATCH: usize = 32;
/// The most that may have arrived between two looks.
const MOST_NEW: usize = 20_000;

impl ResendTransport {
    /// The place behind the newest message.
    pub(super) async fn end(&self, folder: &Folder) -> Result<Position, Error> {
        let mut walk = Walk::new(self, side_of(folder)?);
        let mut place = Place::default();
        for members in walk.next().await?.unwrap_or_default() {
            if let Some(row) = Row::of(&members)
                && let Some(time) = row.time()
            {
                place.pass(time, row.id);
            }
        }
        Ok(place.to_position())
    }

    pub(super) async fn arrivals(
        &self,
        folder: &Folder,
        after: &Position,
    ) -> Result<Vec<(Position, Summary)>, Error> {
        let side = side_of(folder)?;
        let mut place = Place::of(after)?;
        let deadline = Instant::now() + self.config.timeouts.idle;
        loop {
            let look = self.look(side, &mut place);
            let arrived = within(self.config.timeouts.call, look).await?;
            let is_late = Instant::now() + self.config.timeouts.poll >= deadline;
            if !arrived.is_empty() || is_late {
                return Ok(arrived);
            }
            sleep(self.config.timeouts.poll).await;
        }
    }

    /// What arrived behind a place, oldest first, at most [`BATCH`]. The place moves behind what belongs
    /// to others.
    async fn look(&self, side: Side, place: &mut Place) -> Result<Vec<(Position, Summary)>, Error> {
        let book = self.marks.read().await?;
        let mut told = Vec::new();
        for (time, members) in self.behind(side, place).await? {
            let Some(row) = Row::of(&members) else {
                continue;
            };
            place.pass(time, row.id);
            if !self.is_ours(side, &row) {
                continue;
            }
            for mail in self.mails(side, &[row], &book).await? {
                told.push((place.to_position(), mail.summary));
            }
            if told.len() == BATCH {
                break;
            }
        }
        Ok(told)
    }

    /// The rows behind a place, oldest first.
    async fn behind(&self, side: Side, place: &Place) -> Result<Vec<(Timestamp, Value)>, Error> {
        let mut walk = Walk::new(self, side);
        let mut found: Vec<(Timestamp, Value)> = Vec::new();
        while let Some(members) = walk.next().await? {
            let mut is_behind = true;
            for members in members {
                let Some(row) = Row::of(&members) else {
                    continue;
                };
                // One without a time is where its neighbour is.
                let Some(time) = row.time().or_else(|| found.last().map(|(time, _)| *time)) else {
                    continue;
                };
                is_behind = Some(time) >= place.newest;
                if place.is_before(time, row.id) {
                    found.push((time, members));
                }
            }
            if found.len() > MOST_NEW {
                return Err(fault::unreadable(
                    "at most 20000 messages behind a position",
                ));
            }
            if !is_behind {
                break;
            }
        }
        // Newest first as the list is, with one instant in the order of the list.
        found.reverse();
        found.sort_by_key(|(time, _)| *time);
        Ok(found)
    }
}
