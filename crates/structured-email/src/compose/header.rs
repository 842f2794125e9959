//! The header fields above the MIME fields.

use super::plan::Plan;
use super::{ComposeError, ComposeErrorKind, Draft, Stamp, field};

/// Writes the fields; true when one needs SMTPUTF8.
pub(super) fn write(
    draft: &Draft,
    plan: &Plan<'_>,
    stamp: &Stamp,
    out: &mut Vec<u8>,
) -> Result<bool, ComposeError> {
    let Some(from) = &draft.from else {
        return Err(ComposeError::new(
            ComposeErrorKind::NoFrom,
            "From",
            "expected an author",
        ));
    };
    let mut utf8 = false;
    field::date(stamp.date, out)?;
    utf8 |= field::mailboxes("From", std::slice::from_ref(from), out)?;
    utf8 |= field::mailboxes("To", &draft.to, out)?;
    utf8 |= field::mailboxes("Cc", &draft.cc, out)?;
    // Without keep_bcc the addresses still go into the envelope: check them, write nothing.
    let mut bcc = Vec::new();
    utf8 |= field::mailboxes("Bcc", &draft.bcc, &mut bcc)?;
    if draft.keep_bcc {
        out.append(&mut bcc);
    }
    utf8 |= field::mailboxes("Reply-To", &draft.reply_to, out)?;
    if let Some(subject) = &draft.subject {
        field::unstructured("Subject", subject, out)?;
    }
    let message_id = std::slice::from_ref(&stamp.message_id);
    utf8 |= field::ids("Message-ID", message_id, out)?;
    utf8 |= field::ids("In-Reply-To", &draft.in_reply_to, out)?;
    utf8 |= field::ids("References", &draft.references, out)?;
    utf8 |= field::ids("Supersedes", &draft.supersedes, out)?;
    if draft.auto_replied {
        out.extend_from_slice(b"Auto-Submitted: auto-replied\r\n");
    } else if plan.mrm {
        // RFC 3834: nobody wants a vacation notice for it.
        out.extend_from_slice(b"Auto-Submitted: auto-generated\r\n");
    }
    if draft.mailmesh_headers && !(draft.data.is_empty() && draft.data_apart.is_empty()) {
        out.extend_from_slice(b"$hasStructuredData: true\r\n");
        if plan.mrm {
            out.extend_from_slice(b"$MRM: true\r\n");
        }
    }
    out.extend_from_slice(b"MIME-Version: 1.0\r\n");
    Ok(utf8)
}
