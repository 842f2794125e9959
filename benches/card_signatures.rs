//! Signing and verifying the 2.3 kB card, beside the bare signature on the payload alone.
//!
//! To verify is a strict parse, both payloads, base64url, the header, the key and the signature.
//! Bare is the signature of the canonical payload, octets that somebody else would have to make
//! first. What is really signed is a third longer, since RFC 7515 signs base64url: the last column
//! has the bare signature of those octets. The table at the end is made of [`Pair`]s.

use std::hint::black_box;

use agent_card::jws::Algorithm;
use agent_card::keys::{Jwk, Jwks, SigningKey};
use agent_card::{
    AgentCard, Level, Limits, Payloads, Profile, SignOptions, SigningProfile, UnixTime, sign,
    verify,
};
use criterion::{BenchmarkId, Criterion};
use ed25519_dalek::{Signature, VerifyingKey};
use mailmesh_benches::{Pair, cards, is_measuring};

const SEED: [u8; 32] = [7; 32];
const NOW: UnixTime = UnixTime::from_secs(0);

/// The private key of RFC 7515 A.2, a published example.
const RSA: &str = r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB","d":"Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ"}"#;

/// Everything there is to work on with one algorithm.
struct Subject {
    algorithm: Algorithm,
    key: SigningKey,
    /// The public key as its crate has it.
    strict: Option<VerifyingKey>,
    trusted: Jwks,
    card: AgentCard,
    options: SignOptions,
    payload: Vec<u8>,
    /// Of the payload alone.
    signature: Vec<u8>,
    /// What a signature of the card is really over, and a signature of that.
    input: (Vec<u8>, Vec<u8>),
    signed: Vec<u8>,
}

impl Subject {
    /// The bare signature: for `EdDSA` the `verify_strict` of `ed25519-dalek` itself, which has the same verdict as
    /// the one step that ours saves.
    fn verify(&self, message: &[u8], signature: &[u8]) {
        let (message, signature) = black_box((message, signature));
        let verified = match &self.strict {
            Some(key) => Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
            None => {
                let key = self.trusted.keys()[0].key();
                key.verify(self.algorithm, message, signature).is_ok()
            }
        };
        assert!(verified, "a bench never measures nothing");
    }
}

type Work = fn(&Subject);

const WORKS: [(&str, Work); 5] = [
    ("verify", verify_card),
    ("verify and read", verify_and_read),
    ("bare verify", verify_bare),
    ("sign", sign_card),
    ("bare sign", sign_bare),
];

fn main() {
    let subjects = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256].map(subject);
    let mut criterion = Criterion::default().configure_from_args();
    for subject in &subjects {
        let mut group = criterion.benchmark_group(subject.algorithm.as_str());
        for (name, work) in WORKS {
            let id = BenchmarkId::from_parameter(name);
            group.bench_with_input(id, subject, |bencher, subject| {
                bencher.iter(|| work(subject));
            });
        }
        group.finish();
    }
    criterion.final_summary();
    if is_measuring() {
        print_ratios(&subjects);
    }
}

fn subject(algorithm: Algorithm) -> Subject {
    let limits = Limits::default();
    let key = match algorithm {
        Algorithm::Rs256 => SigningKey::from_jwk(RSA.as_bytes(), &limits),
        other => SigningKey::generate(other, &SEED),
    };
    let key = key.expect("a key").with_kid("bench");
    let json = &cards()[1].json;
    let card = AgentCard::parse(json.as_bytes(), &limits)
        .expect("a card")
        .card;
    let options = SignOptions {
        profile: SigningProfile::Spec,
        level: Level::Lenient,
        ..SignOptions::default()
    };
    let signed = sign(&card, &key, &options)
        .expect("a signed card")
        .to_json();
    let payloads = Payloads::read(&signed, &limits).expect("payloads");
    let payload = payloads.of(Profile::Spec).to_vec();
    // As long as the signing input: a header of 56 octets, a dot, and base64url.
    let input = vec![b'a'; 57 + (payload.len() * 4).div_ceil(3)];
    let trusted = Jwks::from_iter([Jwk::new(key.public()).with_kid("bench")]);
    let subject = Subject {
        algorithm,
        signature: key.sign(algorithm, &payload).expect("a signature"),
        input: (
            input.clone(),
            key.sign(algorithm, &input).expect("a signature"),
        ),
        strict: (algorithm == Algorithm::EdDsa)
            .then(|| ed25519_dalek::SigningKey::from_bytes(&SEED).verifying_key()),
        key,
        trusted,
        card,
        options,
        payload,
        signed,
    };
    let verdict = verify(&subject.signed, &subject.trusted, NOW).expect("a verdict");
    assert!(verdict.is_verified(), "a bench never measures nothing");
    subject
}

fn verify_card(subject: &Subject) {
    black_box(verify(black_box(&subject.signed), &subject.trusted, NOW).ok());
}

fn verify_and_read(subject: &Subject) {
    let verdict = verify(black_box(&subject.signed), &subject.trusted, NOW);
    let verified = verdict.ok().and_then(|verdict| verdict.into_card().ok());
    black_box(verified.map(agent_card::VerifiedCard::into_card));
}

fn verify_bare(subject: &Subject) {
    subject.verify(&subject.payload, &subject.signature);
}

fn verify_input(subject: &Subject) {
    let (input, signature) = &subject.input;
    subject.verify(input, signature);
}

fn sign_card(subject: &Subject) {
    black_box(sign(black_box(&subject.card), &subject.key, &subject.options).ok());
}

fn sign_bare(subject: &Subject) {
    let payload = black_box(&subject.payload);
    black_box(subject.key.sign(subject.algorithm, payload).ok());
}

fn sign_input(subject: &Subject) {
    let (input, _) = black_box(&subject.input);
    black_box(subject.key.sign(subject.algorithm, input).ok());
}

fn print_ratios(subjects: &[Subject]) {
    println!(
        "\n{:10} {:18} {:>12} {:>12} {:>7} {:>16}",
        "algorithm", "", "card", "bare", "ratio", "of signed octets"
    );
    let works: [(&str, Work, Work, Work); 3] = [
        ("verify", verify_card, verify_bare, verify_input),
        (
            "verify and read",
            verify_and_read,
            verify_bare,
            verify_input,
        ),
        ("sign", sign_card, sign_bare, sign_input),
    ];
    for subject in subjects {
        for (name, ours, bare, of_input) in works {
            let pair = Pair::measure(|| ours(subject), || bare(subject));
            let input = Pair::measure(|| ours(subject), || of_input(subject));
            println!(
                "{:10} {:18} {:>9.2?} {:>9.2?} {:>6.2}x {:>15.2}x",
                subject.algorithm.as_str(),
                name,
                pair.ours,
                pair.theirs,
                pair.ratio(),
                input.ratio(),
            );
        }
    }
}
