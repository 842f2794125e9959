//! Keys: public and private, as JWK, JWK Set and PEM, and who trusts which.

mod ed25519;
mod error;
mod jku;
mod jwk;
mod jwks;
mod origin;
mod p256;
#[cfg(feature = "pem")]
mod pem;
mod public;
mod resolver;
mod rsa;
mod signing;
mod thumbprint;

pub use error::{KeyError, KeyErrorKind};
pub use jku::{JkuList, JkuPolicy};
pub use jwk::{Jwk, Validity};
pub use jwks::{Jwks, SkippedKey};
pub use origin::{InvalidOrigin, Origin};
pub use public::{InvalidSignature, KeyType, PublicKey};
pub use resolver::{KeyRequest, KeyResolver, TrustedKey, TrustedKeys, Unavailable};
pub use signing::{SecretText, SigningKey};
pub use thumbprint::{InvalidThumbprint, Thumbprint};
