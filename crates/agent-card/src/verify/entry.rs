//! Reading one entry of `signatures`, which can spoil only itself.

use strict_json::{Object, Value};

use super::Outcome;
use crate::Limits;
use crate::jws::{HeaderFault, ProtectedHeader, base64url};

/// An entry whose form is sound. Nothing of it is verified.
#[derive(Debug)]
pub(super) struct Entry<'d> {
    /// As received: it is signed in this form.
    pub(super) protected: &'d str,
    pub(super) header: ProtectedHeader,
    pub(super) signature: Vec<u8>,
}

impl<'d> Entry<'d> {
    pub(super) fn read(value: Value<'d>, strict: bool, limits: &Limits) -> Result<Self, Outcome> {
        let members = value.as_object().ok_or(Outcome::BadEncoding)?;
        let text = |name| members.get(name).and_then(Value::as_str);
        let protected = text("protected").ok_or(Outcome::BadEncoding)?;
        let signature = text("signature").ok_or(Outcome::BadEncoding)?;
        let header = unprotected(members)
            .and_then(|beside| ProtectedHeader::read(protected, beside, strict, limits))
            .map_err(|fault| match fault {
                HeaderFault::Base64url => Outcome::BadEncoding,
                fault => Outcome::BadHeader(fault),
            })?;
        Ok(Self {
            protected,
            header,
            signature: base64url::decode(signature).ok_or(Outcome::BadEncoding)?,
        })
    }
}

/// The unprotected header, which is an object if it is there at all (RFC 7515 7.2.1).
fn unprotected(members: Object<'_>) -> Result<Option<Object<'_>>, HeaderFault> {
    members
        .get("header")
        .map(|header| header.as_object().ok_or(HeaderFault::Unprotected))
        .transpose()
}
