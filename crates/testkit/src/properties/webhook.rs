use mailmesh::webhook::{Delivery, Verdict, Verifier};

/// No header fields and body are genuine but those that were signed, at the time they were. The octets
/// are three lines and a body.
///
/// # Panics
///
/// When one of them is.
pub fn webhook(octets: &[u8]) {
    let verifier = Verifier::new("whsec_plJ3nmyCDGBKInavdOK15jsl").expect("a secret");
    let mut lines = octets.splitn(4, |octet| *octet == b'\n');
    let mut line = || String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let (id, timestamp, signature) = (line(), line(), line());
    let body = lines.next().unwrap_or_default();
    let good = verifier.sign(&id, &timestamp, body);
    let now = timestamp.parse().unwrap_or(0);
    let verdict = |id: &str, signature: &str, body: &[u8], now: i64| {
        let delivery = Delivery {
            id,
            timestamp: &timestamp,
            signature,
            body,
        };
        verifier.verify(&delivery, now)
    };
    let is_signed = signature.split(' ').any(|one| one == good);
    let given = verdict(&id, &signature, body, now);
    assert!(is_signed || given != Verdict::Genuine, "a forged delivery");
    if verdict(&id, &good, body, now) != Verdict::Genuine {
        assert_eq!(given, Verdict::Malformed);
        return;
    }
    assert_eq!(
        verdict(&id, &good, body, now.saturating_add(301)),
        Verdict::OutsideWindow
    );
    // A flipped bit never verifies.
    let mut other = body.to_vec();
    match other.first_mut() {
        Some(octet) => *octet ^= 1,
        None => other.push(0),
    }
    assert_eq!(verdict(&id, &good, &other, now), Verdict::NotSigned);
    let longer = format!("{id}x");
    assert_ne!(verdict(&longer, &good, body, now), Verdict::Genuine);
}
