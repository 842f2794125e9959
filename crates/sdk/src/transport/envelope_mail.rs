//! The mail that an envelope becomes, for every transport that has envelopes.

use asmtp_envelope::Envelope;
use mail_bridge::{Domain, FromEnvelope};

use crate::environment::hex_128;
use crate::{Error, ErrorKind, SystemEnvironment};

/// The octets of the mail. `contents` are those of its files.
pub(super) fn written(
    envelope: &Envelope,
    domain: &Domain,
    contents: Vec<Option<Vec<u8>>>,
) -> Result<Vec<u8>, Error> {
    let boundary = format!("=_{}", hex_128(&SystemEnvironment)?);
    let mail = FromEnvelope::new(envelope, domain).mail(&boundary, contents);
    let mail = mail.map_err(|error| {
        let message = format!("the envelope has no counterpart in mail: {error}");
        Error::new(ErrorKind::Unsupported, message).with_source(error)
    })?;
    for loss in &mail.losses {
        tracing::debug!(%loss, "not in the mail view");
    }
    Ok(mail.value)
}
