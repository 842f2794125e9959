//! Waiting for mail to arrive in a folder.

use super::config::Config;
use super::connection::Connection;
use super::id::Place;
use super::pool::Pool;
use crate::{Error, ErrorKind};

/// Arrivals told at a time.
const BATCH: u32 = 64;

/// The UIDs behind a place, lowest first and at most [`BATCH`], as soon as there are any. Empty
/// when it is time to ask again.
pub(super) async fn arrivals(
    pool: &Pool,
    config: &Config,
    folder: &str,
    after: Place,
) -> Result<Vec<u32>, Error> {
    let mut connection = pool.waiting(config).await?;
    let mut found = enter(&mut connection, folder, after).await;
    // A kept connection may have gone stale.
    if found.is_err() && !connection.is_usable() {
        connection = pool.connect(config).await?;
        found = enter(&mut connection, folder, after).await;
    }
    let uids = match found {
        Ok(uids) if uids.is_empty() => wait(&mut connection, config, after).await,
        found => found,
    };
    pool.give_back(connection);
    uids
}

/// Opens the folder and looks once.
async fn enter(connection: &mut Connection, folder: &str, after: Place) -> Result<Vec<u32>, Error> {
    let selected = connection.examine(folder).await?;
    if selected.uid_validity != after.uid_validity {
        let message = "expected the folder that the position is from; it was made anew since";
        return Err(Error::new(ErrorKind::NotFound, message));
    }
    behind(connection, after.uid).await
}

/// Waits for one interval at most.
async fn wait(
    connection: &mut Connection,
    config: &Config,
    after: Place,
) -> Result<Vec<u32>, Error> {
    let idled = match connection.can("IDLE") {
        true => connection.idle().await.map(|()| true),
        false => Ok(false),
    };
    match idled {
        Ok(true) => {}
        Err(error) if !connection.is_usable() => return Err(error),
        // No IDLE, or none today.
        Ok(false) | Err(_) => {
            tokio::time::sleep(config.timeouts.poll).await;
            connection.refresh().await?;
        }
    }
    behind(connection, after.uid).await
}

/// The lowest UIDs behind one, at most [`BATCH`].
async fn behind(connection: &mut Connection, after: u32) -> Result<Vec<u32>, Error> {
    connection.forget_arrivals();
    let last = connection.selected()?.exists;
    if last == 0 {
        return Ok(Vec::new());
    }
    let first = last.saturating_sub(BATCH - 1).max(1);
    let mut newest = connection.uids(first, last).await?;
    if first > 1 && newest.first().is_some_and(|uid| *uid > after) {
        // More than a batch arrived: find where they begin. Sequence numbers are in the order of
        // UIDs (RFC 3501 2.3.1.2), so halving finds it in few steps however many there are.
        let (mut low, mut high) = (1, first);
        while low < high {
            let middle = low + (high - low) / 2;
            match connection.uids(middle, middle).await?.first() {
                Some(uid) if *uid <= after => low = middle + 1,
                _ => high = middle,
            }
        }
        newest = connection
            .uids(low, low.saturating_add(BATCH - 1).min(last))
            .await?;
    }
    newest.retain(|uid| *uid > after);
    Ok(newest)
}
