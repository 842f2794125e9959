use asmtp_envelope::Handle;
use sha2::{Digest as _, Sha256};

/// The handle that stands for an address without an agent: `@mail.` and 32 hexadecimal digits of
/// the SHA-256 of the address in lower case.
///
/// One address has one stand-in, so that answers of one author can be told apart from those of
/// another. It does not tell the address, and nobody can be written to under it.
#[must_use]
pub fn stand_in(address: &str) -> Handle {
    use std::fmt::Write as _;

    let digest = Sha256::digest(address.to_ascii_lowercase());
    let mut handle = "@mail.".to_owned();
    for octet in &digest[..16] {
        let _ = write!(handle, "{octet:02x}"); // a string takes everything
    }
    handle.parse().expect("a handle") // of two labels of its letters
}

#[cfg(test)]
mod tests {
    use super::stand_in;

    #[test]
    fn one_address_has_one_stand_in() {
        let carl = stand_in("Carl@Shop.example");
        assert_eq!(carl, stand_in("carl@shop.example"));
        assert_ne!(carl, stand_in("carl@shop.example."));
        assert_eq!(carl.as_str().len(), "@mail.".len() + 32);
        let _ = stand_in(""); // undisclosed recipients
    }
}
