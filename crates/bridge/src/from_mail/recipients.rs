//! Who gets the envelope.

use std::collections::BTreeSet;

use asmtp_envelope::Handle;
use structured_email::Message;

use super::Parties;
use crate::loss::excerpt;
use crate::{Error, ErrorKind, Loss};

/// The recipients of an envelope; somebody stands in `to`.
#[derive(Clone, Debug)]
pub(super) struct Recipients {
    pub(super) to: Vec<Handle>,
    pub(super) cc: Vec<Handle>,
}

impl Recipients {
    /// The most in one envelope (2.1).
    const MOST: usize = 100;

    /// Those to whom the mail was sent and whom its header names: an envelope goes to everybody in
    /// it, and everybody sees who they are.
    pub(super) fn of(
        message: &Message<'_>,
        parties: &Parties<'_>,
        losses: &mut Vec<Loss>,
    ) -> Result<Self, Error> {
        let (mut sent_to, mut unmapped) = (BTreeSet::new(), BTreeSet::new());
        for address in parties.recipients {
            match parties.domain.handle(address) {
                Ok(handle) => drop(sent_to.insert(handle)),
                Err(_) => {
                    losses.push(Loss::AddressUnmapped(excerpt(address)));
                    unmapped.insert(*address);
                }
            }
        }
        let mut named = |field| {
            let mut handles = Vec::new();
            for mailbox in message.mailboxes(field) {
                let address = mailbox.address.as_str();
                match parties.domain.handle(address) {
                    Ok(handle) if sent_to.contains(&handle) => handles.push(handle),
                    // It is told already.
                    Err(_) if unmapped.contains(address) => continue,
                    _ => {
                        losses.push(Loss::RecipientDropped(excerpt(address)));
                        continue;
                    }
                }
                if mailbox.name.is_some() {
                    losses.push(Loss::NameDropped(excerpt(address)));
                }
            }
            handles
        };
        let (mut to, mut cc) = (named("To"), named("Cc"));
        for handle in to.iter().chain(&cc) {
            sent_to.remove(handle);
        }
        losses.extend(sent_to.iter().map(|handle| {
            let address = parties.domain.address(handle).unwrap_or_default();
            Loss::BccDropped(excerpt(&address))
        }));
        if to.is_empty() && !cc.is_empty() {
            losses.push(Loss::CcMadeTo);
            std::mem::swap(&mut to, &mut cc);
        }
        match to.len() + cc.len() {
            0 => Err(Error::new(
                ErrorKind::NoRecipient,
                "a recipient in To or Cc that is a handle of the domain",
            )),
            1..=Self::MOST => Ok(Self { to, cc }),
            _ => Err(Error::new(
                ErrorKind::TooManyRecipients,
                "100 recipients at most",
            )),
        }
    }
}
