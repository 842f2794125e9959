//! A2A AgentCards without I/O: read, upgrade, build, check, canonicalize, sign and verify.
//!
//! Octets in, values out; values in, octets out. The crate opens no socket and no file, reads no
//! clock and draws no random bits: the time, the keys and the random bits of a new key are the
//! caller's. It fetches nothing because a card says so, not even a `jku`. It has no opinion on
//! which agents to talk to, and it does not speak the protocol itself.
//!
//! # Example
//!
//! ```
//! use agent_card::jws::Algorithm;
//! use agent_card::keys::{Jwk, Jwks, SigningKey};
//! use agent_card::{AgentCard, AgentInterface, AgentSkill, SignOptions, UnixTime, sign, verify};
//!
//! let card = AgentCard::builder("Probe", "Looks at things", "1.0.0")
//!     .interface(AgentInterface::new("https://agent.example/", AgentInterface::JSONRPC, "1.0"))
//!     .input_modes(["text/plain"])
//!     .output_modes(["text/plain"])
//!     .skill(AgentSkill::new("look", "Look", "Looks at a thing", ["looking"]))
//!     .build()?;
//! let random = [7; 32]; // from the caller's generator
//! let key = SigningKey::generate(Algorithm::EdDsa, &random)?.with_kid("k1");
//! let json = sign(&card, &key, &SignOptions::default())?.to_json();
//!
//! // Somebody who trusts the key reads the card.
//! let keys = Jwks::from_iter([Jwk::new(key.public()).with_kid("k1")]);
//! let verdict = verify(&json, &keys, UnixTime::from_secs(1_760_000_000))?;
//! assert_eq!(verdict.card().map(|verified| verified.card()), Ok(&card));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The main types
//!
//! [`AgentCard`] is a v1.0 card as plain values; the messages in it are in [`model`].
//! [`AgentCard::parse`] reads ProtoJSON strictly and tells in a [`ParsedCard`] what it ignored
//! and missed. [`ParsedCard::problems`] says what the specification would not like, and
//! [`AgentCard::select_interface`] where to call. [`legacy::upgrade`] reads cards of any age.
//!
//! [`Payloads`] are the octets that signatures of a card are over, one for each [`Profile`]:
//! what the specification says and what the published SDKs do are not the same. A card that
//! [holds nothing empty](Payloads::portable) has one payload for everybody; [`Difference`] names
//! a member that is in the way and says what would help. [`Uncovered`] names a received member
//! that no signature covers.
//!
//! [`SigningKey`](keys::SigningKey) signs with [`sign()`]. [`Verifier`] asks a
//! [`KeyResolver`](keys::KeyResolver) for the keys that a caller trusts, and gives a [`Verdict`]:
//! an outcome for every signature and, when its [`Policy`](verify::Policy) is met, a
//! [`VerifiedCard`] that is rebuilt from the octets that were signed.
//!
//! [`discovery`] has the well-known paths, media types, entity tags and the rules for extended
//! cards. [`jcs`] is the JSON reader and canonical writer underneath.
//!
//! # Specification
//!
//! A2A 1.0.1, where not said otherwise.
//!
//! | rule | source | item |
//! |---|---|---|
//! | messages and fields | 4.4, 4.5, `a2a.proto` | [`model`] |
//! | both spellings, `null`, unknown members, `oneof` | ProtoJSON | [`AgentCard::parse`], [`ErrorKind`] |
//! | one meaning for one text | RFC 7493 | [`jcs`], [`ErrorKind::Json`] |
//! | what a card has to say | 4.4, 5.7 | [`AgentCard::problems`], [`ProblemKind`] |
//! | choice of an interface and version | 3.6, 8.3 | [`AgentCard::select_interface`], [`ProtocolVersion`] |
//! | where a card is, and caching | 8.2, 8.6, RFC 9110 13.1.2 | [`discovery`] |
//! | extended cards | 3.1.11, 13.3 | [`AgentCard::answer_extended_card`] |
//! | v0.1 to v0.3 | A2A 0.1.0 to 0.3.0, appendix A | [`legacy`] |
//! | canonical JSON | RFC 8785 | [`jcs::canonical`] |
//! | what is signed | 8.4.1 | [`Payloads`], [`Profile::Spec`] |
//! | what the SDKs sign | a2a-sdk 1.3.0, @a2a-js/sdk 1.3.0 | [`Profile::Sdk`] |
//! | signing, verifying | 8.4.2, 8.4.3, RFC 7515 | [`sign()`], [`Verifier`], [`jws`] |
//! | algorithms | RFC 7518, RFC 8037, RFC 9864 | [`jws::Algorithm`] |
//! | keys, key sets, thumbprints | RFC 7517, RFC 7638 | [`keys`] |
//!
//! Every rule has its cases in `vectors/agent-card`.
//!
//! # Features
//!
//! | feature | adds | pulls in |
//! |---|---|---|
//! | `pem` | keys in PEM | `pkcs1`, `pkcs8`, `sec1` |
//! | `rs256-sign` | signing with RS256; without it RSA keys only verify | nothing |
//! | `conformance` | the runner for the conformance vectors | `rs256-sign` |
//!
//! None is on by default, and none changes what the others do.
//!
//! # Limits
//!
//! Every limit is a field of [`Limits`] and holds while reading, before memory is spent.
//!
//! | limit | default | beyond it |
//! |---|---|---|
//! | text of a card, a key or a key set | 1 MiB | refused |
//! | nested arrays and objects | 128 | refused |
//! | JSON values | 10 000 | refused |
//! | signatures | 64 | refused |
//! | protected header | 8 KiB | the entry is refused |
//! | keys tried for one signature | 16 | the others are not tried |
//! | pointers in one report | as much text as a card | refused |
//!
//! # Security
//!
//! A signature says that the holder of a key signed these octets, not that the key belongs to
//! anybody: `kid` and `jku` are chosen by the signer. Trust comes from the caller's keys alone.
//!
//! [`Profile::Sdk`] leaves security-relevant content out of the payload. After an SDK has signed
//! a card, whoever passes it on can add `{}` to `securityRequirements`, which means anonymous
//! access, or take away a requirement without scopes or an mTLS scheme without a description, and
//! the signature stays valid. So read the [`VerifiedCard`], never the card that came in; ask for
//! [`Verifier::strict`], which refuses a card that has such content outside its payload, or for
//! [`Profile::Spec`] alone; and sign portable cards, which is what [`sign()`] does by default.
//!
//! A reader that takes the last of two equal names and one that takes the first see two cards
//! under one signature. This crate refuses such texts. It also refuses what the SDKs guess about:
//! both spellings of a field, two members of a choice, a string for a boolean. Errors hold no text
//! of a card but the names in a path, and no key material. All text in a card is untrusted,
//! prompts for a language model included.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "conformance")]
pub mod conformance;
pub mod discovery;
mod error;
pub mod jws;
pub mod keys;
pub mod legacy;
mod limits;
mod members;
pub mod model;
mod parsed;
mod payload;
mod pointer;
mod schema;
mod selection;
mod sign;
mod time;
mod url;
mod validation;
pub mod verify;
mod version;

/// Canonical JSON (RFC 8785) and the strict JSON reader, usable alone.
pub use strict_json as jcs;

pub use error::{Error, ErrorKind};
pub use limits::Limits;
pub use model::{
    AgentCard, AgentCardBuilder, AgentCardSignature, AgentInterface, AgentSkill, InvalidCard,
};
pub use parsed::ParsedCard;
pub use payload::{Difference, NotPortable, Payloads, Profile, Remedy, Uncovered, UncoveredReason};
pub(crate) use pointer::Path;
pub use pointer::Pointer;
pub use sign::{SignError, SignOptions, SigningProfile, sign, sign_json, signature};
pub use time::UnixTime;
pub use validation::{Level, Problem, ProblemKind, Severity};
pub use verify::{Verdict, VerifiedCard, Verifier, verify};
pub use version::{InvalidVersion, ProtocolVersion};

/// Compiles the README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
