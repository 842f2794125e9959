//! What the node is to its callers. A door authenticates, parses, calls the store and renders; it
//! has no rules of its own and no SQL.

mod asmtp;

pub(crate) use asmtp::ROUTES;
