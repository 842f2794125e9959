use serde::{Deserialize, Serialize};

use crate::monitor::is_token;
use crate::text_type::text_type;
use crate::{Code, Error, ErrorKind};

/// The name of an uploaded file: `file_` and some of `[0-9A-Za-z_-]` (section 1). It is replaced
/// by a URL when an envelope is accepted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileId(Box<str>);

text_type!(FileId);

impl FileId {
    fn check(text: &str) -> Result<(), Error> {
        match text.strip_prefix("file_") {
            Some(token) if is_token(token) => Ok(()),
            _ => Err(Error::new(
                ErrorKind::Invalid,
                Code::InvalidContent,
                "a file id, file_ and some of [0-9A-Za-z_-]",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FileId;

    #[test]
    fn file_ids_name_no_path() {
        assert!("file_06GZPD17ZSA52Q1R7AZNP854KC".parse::<FileId>().is_ok());
        for wrong in ["file_", "file_../x", "file_a/b", "FILE_a", "file_é"] {
            assert!(wrong.parse::<FileId>().is_err(), "{wrong}");
        }
    }
}
