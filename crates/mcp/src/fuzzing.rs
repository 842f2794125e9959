//! What fuzz targets reach of the inside. No part of the API: it changes without notice.

use structured_email::Message;

use crate::authentication;
use crate::context::Excerpt;
use crate::cursor::Cursor;

/// The cursor that a client shows, as it is written again.
pub fn cursor(text: &str) -> Option<String> {
    Cursor::read(text).ok()?.write().ok()
}

/// What the server of this name found out about the sender of a message: each method, its result,
/// and the domain.
pub fn sender_results(message: &Message<'_>, server: &str) -> Vec<[String; 3]> {
    let checked = authentication::results(message, &[server.to_owned()]);
    let told = checked.into_iter();
    told.map(|one| [one.method, one.result, one.domain.unwrap_or_default()])
        .collect()
}

/// About `most` characters of JSON that somebody else wrote.
pub fn excerpt(json: &str, most: usize) -> String {
    format!("{:?}", Excerpt::of(json, most).json)
}
