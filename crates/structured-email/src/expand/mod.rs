//! JSON-LD 1.1 expansion, offline.
//!
//! The algorithm is that of the `json-ld` crate. It recurses, and an overflow of the stack ends
//! the process, so the data is measured first and the work is done on a stack of its own. In a
//! debug build a level of nesting takes about 150 KiB of it and a term that is defined by another
//! one 25 KiB: 12 MiB at the gates.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use json_ld::syntax::{IntoJsonWithContext, Parse, Print, Value};
use json_ld::{IriBuf, JsonLdProcessor, RemoteDocument};
use strict_json::Token;

use crate::Item;
use crate::json::read_again;

mod error;
mod loader;

pub use error::{ExpandError, ExpandErrorKind};
use loader::Offline;

impl Item<'_> {
    /// The deepest nesting that [`expand`](Self::expand) takes, contexts and, for a member of a
    /// `@graph`, the two levels around it included.
    pub const EXPAND_DEPTH: usize = 32;

    /// The most members that the contexts in an item may have in all for
    /// [`expand`](Self::expand).
    pub const EXPAND_TERMS: usize = 256;

    /// Expands the item by the JSON-LD 1.1 algorithm: terms become IRIs, and the context is
    /// gone.
    ///
    /// Nothing is ever fetched. The one remote context there is is schema.org, in its four
    /// spellings, from an abridged copy in this crate: each term is an IRI below
    /// `http://schema.org/`, as in the published context, and those members that hold URLs or
    /// dates in mail are typed as there. There is no base IRI, relative references stay as they
    /// are.
    ///
    /// # Errors
    ///
    /// `RemoteContext` when a context is another URL, `TooDeep` beyond
    /// [`EXPAND_DEPTH`](Self::EXPAND_DEPTH) or [`EXPAND_TERMS`](Self::EXPAND_TERMS),
    /// `DuplicateMember` when the item has no value view, `Invalid` when it is not JSON-LD.
    pub fn expand(&self) -> Result<serde_json::Value, ExpandError> {
        if self.flags().duplicate_member {
            return Err(ExpandErrorKind::DuplicateMember.into());
        }
        // A member of a graph starts from the context of the object around it.
        let document = match self.inherited_context() {
            Some(context) => format!(r#"{{"@context":{context},"@graph":[{}]}}"#, self.json()),
            None => self.json().to_owned(),
        };
        measure(&document)?;
        stacker::grow(STACK, || expand(&document))
    }
}

/// Five times what the gates let through. Only what is used of it becomes memory.
const STACK: usize = 64 << 20;

fn measure(document: &str) -> Result<(), ExpandError> {
    let mut reader = read_again(document).map_err(|_| ExpandErrorKind::TooDeep)?;
    let mut context = None;
    let mut terms = 0;
    while let Some(token) = reader.next().map_err(|_| ExpandErrorKind::TooDeep)? {
        let depth = reader.depth();
        if let Token::Name(name) = token {
            context = context.filter(|&level| level < depth);
            match context {
                Some(_) => terms += 1,
                None if name.is(document, "@context") => context = Some(depth),
                None => {}
            }
        }
        if depth > Item::EXPAND_DEPTH || terms > Item::EXPAND_TERMS {
            return Err(ExpandErrorKind::TooDeep.into());
        }
    }
    Ok(())
}

fn expand(document: &str) -> Result<serde_json::Value, ExpandError> {
    let (document, _) = Value::parse_str(document).map_err(|_| ExpandErrorKind::Invalid)?;
    let document = RemoteDocument::<IriBuf>::new(None, None, document);
    let loader = Offline::default();
    match now(document.expand(&loader)) {
        Some(Ok(expanded)) => {
            // Containers can double the depth, up to what the other reader refuses.
            let nodes: Vec<_> = expanded.into_iter().collect();
            let json = nodes.into_json_with(&()).compact_print().to_string();
            serde_json::from_str(&json).map_err(|_| ExpandErrorKind::TooDeep.into())
        }
        Some(Err(_)) | None => Err(loader.into_error()),
    }
}

/// The output of a future that has nothing to wait for: the loader answers at once.
fn now<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
