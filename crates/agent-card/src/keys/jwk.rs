use serde_json::{Map, Value as Json};
use strict_json::{Document, Object, Value};
use zeroize::Zeroizing;

use super::{KeyError, KeyErrorKind, KeyType, PublicKey};
use crate::jws::{Algorithm, base64url};
use crate::{Limits, UnixTime};

/// A public key with what its owner says about it: a JWK (RFC 7517).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    key: PublicKey,
    kid: Option<String>,
    algorithm: Option<String>,
    public_use: Option<String>,
    operations: Option<Vec<String>>,
    validity: Validity,
    held_private_part: bool,
}

/// When a key may be used. Both ends may be open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // two ends are all that a span of time has
pub struct Validity {
    /// From then on: `nbf` of the JWK.
    pub not_before: Option<UnixTime>,
    /// Until just before then: `exp` of the JWK.
    pub expires: Option<UnixTime>,
}

impl Validity {
    /// Whether `now` is inside.
    #[must_use]
    pub fn contains(&self, now: UnixTime) -> bool {
        self.not_before.is_none_or(|start| start <= now) && self.expires.is_none_or(|end| now < end)
    }
}

impl Jwk {
    /// Reads a JWK. Members that are not known are ignored; a private part is checked for nothing
    /// and dropped, see [`held_private_part`](Self::held_private_part).
    ///
    /// # Errors
    ///
    /// A [`KeyError`] when the text is not one JSON object, the key type is not one of
    /// [`KeyType`], a member is malformed, or the key is not safe to use.
    pub fn parse(json: &[u8], limits: &Limits) -> Result<Self, KeyError> {
        let document = Document::parse(json, &limits.json()).map_err(|_| Members::not_json())?;
        Self::read(document.root())
    }

    pub(super) fn read(value: Value<'_>) -> Result<Self, KeyError> {
        let members = Members::of(value)?;
        Ok(Self {
            key: public_key(&members)?,
            kid: members.text("kid")?.map(str::to_owned),
            algorithm: members.text("alg")?.map(str::to_owned),
            public_use: members.text("use")?.map(str::to_owned),
            operations: members.texts("key_ops")?,
            validity: Validity {
                not_before: members.date("nbf")?,
                expires: members.date("exp")?,
            },
            held_private_part: members.0.get("d").is_some(),
        })
    }

    /// A key about which nothing is said.
    #[must_use]
    pub fn new(key: PublicKey) -> Self {
        Self {
            key,
            kid: None,
            algorithm: None,
            public_use: None,
            operations: None,
            validity: Validity::default(),
            held_private_part: false,
        }
    }

    /// The same key under another `kid`.
    #[must_use]
    pub fn with_kid(self, kid: impl Into<String>) -> Self {
        Self {
            kid: Some(kid.into()),
            ..self
        }
    }

    /// The same key, for one algorithm only.
    #[must_use]
    pub fn with_algorithm(self, algorithm: Algorithm) -> Self {
        Self {
            algorithm: Some(algorithm.as_str().to_owned()),
            ..self
        }
    }

    /// The same key, for signatures only: `use` is `sig`.
    #[must_use]
    pub fn for_signatures(self) -> Self {
        Self {
            public_use: Some("sig".to_owned()),
            ..self
        }
    }

    /// The same key, for a span of time.
    #[must_use]
    pub fn valid_during(self, validity: Validity) -> Self {
        Self { validity, ..self }
    }

    /// The key itself.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The name it is selected by.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// When it may be used.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// Whether the text it was read from held `d`. Somebody publishes a private key.
    #[must_use]
    pub fn held_private_part(&self) -> bool {
        self.held_private_part
    }

    /// Whether signatures of `algorithm` may be verified with it: its type fits, and `alg`, `use`
    /// and `key_ops` are absent or agree (RFC 7517 4.2 to 4.4).
    #[must_use]
    pub fn may_verify(&self, algorithm: Algorithm) -> bool {
        let algorithm_agrees = self.algorithm.as_ref().is_none_or(|name| {
            name.parse::<Algorithm>()
                .is_ok_and(|declared| declared.is_same_as(algorithm))
        });
        let use_agrees = self.public_use.as_ref().is_none_or(|name| name == "sig");
        let operations_agree = self
            .operations
            .as_ref()
            .is_none_or(|names| names.iter().any(|name| name == "verify"));
        self.key.key_type().fits(algorithm) && algorithm_agrees && use_agrees && operations_agree
    }

    /// The JSON text, without white space.
    #[must_use]
    pub fn to_json(&self) -> String {
        Json::Object(self.members()).to_string()
    }

    pub(super) fn members(&self) -> Map<String, Json> {
        let mut members = Map::new();
        for (name, value) in self.key.required_members() {
            members.insert(name.to_owned(), value.into());
        }
        let texts = [
            ("kid", &self.kid),
            ("alg", &self.algorithm),
            ("use", &self.public_use),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                members.insert(name.to_owned(), text.as_str().into());
            }
        }
        if let Some(operations) = &self.operations {
            members.insert("key_ops".to_owned(), operations.as_slice().into());
        }
        let dates = [
            ("nbf", self.validity.not_before),
            ("exp", self.validity.expires),
        ];
        for (name, date) in dates {
            if let Some(date) = date {
                members.insert(name.to_owned(), date.as_secs().into());
            }
        }
        members
    }
}

/// The key of a JWK, without what is said about it.
pub(super) fn public_key(members: &Members<'_>) -> Result<PublicKey, KeyError> {
    let kty = members.required_text("kty")?;
    match kty {
        "OKP" | "EC" => {
            let crv = members.required_text("crv")?;
            match (kty, crv) {
                ("OKP", "Ed25519") => {
                    super::ed25519::public(&members.octets("x")?).map(PublicKey::new)
                }
                ("EC", "P-256") => {
                    super::p256::public(&members.octets("x")?, &members.octets("y")?)
                        .map(PublicKey::new)
                }
                _ => Err(KeyError::new(
                    KeyErrorKind::Unsupported,
                    "crv",
                    "Ed25519 or P-256",
                )),
            }
        }
        "RSA" => PublicKey::rsa(&members.octets("n")?, &members.octets("e")?),
        _ => Err(KeyError::new(
            KeyErrorKind::Unsupported,
            "kty",
            "OKP, EC or RSA",
        )),
    }
}

/// The members of a JWK, read with the types that RFC 7517 gives them.
pub(super) struct Members<'d>(Object<'d>);

impl<'d> Members<'d> {
    pub(super) fn of(value: Value<'d>) -> Result<Self, KeyError> {
        value.as_object().map(Self).ok_or_else(Self::not_json)
    }

    pub(super) const fn not_json() -> KeyError {
        KeyError::new(
            KeyErrorKind::Json,
            "",
            "one JSON object within the limits, with every name once",
        )
    }

    pub(super) fn text(&self, name: &'static str) -> Result<Option<&'d str>, KeyError> {
        self.0
            .get(name)
            .map(|value| value.as_str().ok_or_else(|| invalid(name, "a string")))
            .transpose()
    }

    fn required_text(&self, name: &'static str) -> Result<&'d str, KeyError> {
        self.text(name)?.ok_or_else(|| invalid(name, "a string"))
    }

    fn octets(&self, name: &'static str) -> Result<Vec<u8>, KeyError> {
        base64url::decode(self.required_text(name)?)
            .ok_or_else(|| invalid(name, "base64url without padding"))
    }

    /// Octets that nobody may see, when the member is there.
    pub(super) fn secret(
        &self,
        name: &'static str,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
        if self.0.get(name).is_none() {
            return Ok(None);
        }
        self.octets(name).map(Zeroizing::new).map(Some)
    }

    fn texts(&self, name: &'static str) -> Result<Option<Vec<String>>, KeyError> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        let expected = invalid(name, "an array of strings");
        let Some(elements) = value.as_array() else {
            return Err(expected);
        };
        elements
            .iter()
            .map(|element| element.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .map(Some)
            .ok_or(expected)
    }

    /// A NumericDate (RFC 7519 2). A fraction counts as the next second, which is the same for
    /// every `now` of whole seconds.
    fn date(&self, name: &'static str) -> Result<Option<UnixTime>, KeyError> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        let seconds = value.as_f64().ok_or_else(|| invalid(name, "a number"))?;
        // The cast saturates, far from every date.
        Ok(Some(UnixTime::from_secs(seconds.ceil() as i64)))
    }

    /// Whether the owner lets a private key of this type sign.
    pub(super) fn may_sign(&self, key_type: KeyType) -> Result<(), KeyError> {
        let refused = |member, expected| KeyError::new(KeyErrorKind::NotForThis, member, expected);
        if self.text("use")?.is_some_and(|name| name != "sig") {
            return Err(refused("use", "sig"));
        }
        if let Some(names) = self.texts("key_ops")?
            && !names.iter().any(|name| name == "sign")
        {
            return Err(refused("key_ops", "sign among the operations"));
        }
        let algorithm = self.text("alg")?.map(str::parse::<Algorithm>);
        if algorithm.is_some_and(|name| !name.is_ok_and(|name| key_type.fits(name))) {
            return Err(refused("alg", "an algorithm that fits the key"));
        }
        Ok(())
    }
}

const fn invalid(member: &'static str, expected: &'static str) -> KeyError {
    KeyError::new(KeyErrorKind::InvalidMember, member, expected)
}
