//! Where the envelope stands in its thread.

use std::collections::BTreeSet;

use asmtp_envelope::EnvelopeId;
use structured_email::Message;

use crate::loss::excerpt;
use crate::{Domain, Loss};

/// What an envelope answers, and what stands above it, oldest first. If both are there, the last
/// reference is what it answers (2.1).
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    pub(crate) answers: Option<EnvelopeId>,
    pub(crate) references: Vec<EnvelopeId>,
}

impl Thread {
    /// The most references in one envelope (2.1).
    const MOST: usize = 100;

    pub(crate) fn of(message: &Message<'_>, domain: &Domain, losses: &mut Vec<Loss>) -> Self {
        let mut unmapped = BTreeSet::new();
        let mut ids = |field| -> Vec<EnvelopeId> {
            let ids = message.message_ids(field).into_iter();
            ids.filter_map(|id| {
                let mapped = domain.envelope_id(&id);
                if mapped.is_none() {
                    unmapped.insert(excerpt(&id));
                }
                mapped
            })
            .collect()
        };
        let answered = ids("In-Reply-To");
        let mut references = ids("References");
        losses.extend(unmapped.into_iter().map(Loss::ReferenceUnmapped));
        let answers = answered.last().copied();
        let mut changed = answered.len() > 1;
        if let Some(id) = answers
            && references.last().is_some_and(|last| *last != id)
        {
            references.retain(|reference| *reference != id);
            references.push(id);
            changed = true;
        }
        if changed {
            losses.push(Loss::ThreadChanged);
        }
        if let Some(more) = references.len().checked_sub(Self::MOST + 1) {
            references.drain(..=more);
            losses.push(Loss::ReferencesCut);
        }
        Self {
            answers,
            references,
        }
    }
}
