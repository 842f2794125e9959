//! What the node is to its callers. A door authenticates, parses, calls the store and renders; it
//! has no rules of its own and no SQL.

mod asmtp;
pub(crate) mod context_sync;

use crate::route::Route;

/// Every route of every door.
pub(crate) fn routes() -> impl Iterator<Item = &'static Route> {
    asmtp::ROUTES.iter().chain(context_sync::ROUTES)
}
