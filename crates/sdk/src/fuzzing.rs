//! What fuzz targets reach of the inside. No part of the API: it changes without notice.

pub use crate::transport::resend::fuzzing::resend_answer;
pub use crate::transport::smtp_imap::fuzzing::imap_search;
