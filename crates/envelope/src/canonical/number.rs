/// The most digits that are written without an exponent.
const PLAIN_DIGITS: usize = 40;

/// Appends a JSON number in the one form of its exact value (section 19): `1.0`, `1` and `10e-1`
/// become `1`, and no digit is rounded away.
///
/// A number is `sign digits e exponent`, digits without zeros around them. An integer of up to 40
/// digits is written out instead.
pub(super) fn write(token: &str, out: &mut Vec<u8>) {
    if is_written_out(token) {
        out.extend_from_slice(token.as_bytes());
        return;
    }
    let (sign, magnitude) = match token.strip_prefix('-') {
        Some(magnitude) => ("-", magnitude),
        None => ("", token),
    };
    let (mantissa, exponent) = match magnitude.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>()),
        None => (magnitude, Ok(0)),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        out.push(b'0'); // and so is -0
        return;
    }
    let short = digits.trim_end_matches('0');
    // Both lengths are those of a token, so that only a huge exponent can overflow.
    let shift = (digits.len() - short.len()) as i64 - fraction.len() as i64;
    let Some(exponent) = exponent.ok().and_then(|e| e.checked_add(shift)) else {
        // An exponent of 19 digits. As it stands it equals itself, and nothing that it is not.
        out.extend_from_slice(token.as_bytes());
        return;
    };
    out.extend_from_slice(sign.as_bytes());
    out.extend_from_slice(short.as_bytes());
    match usize::try_from(exponent) {
        Ok(zeros) if short.len().saturating_add(zeros) <= PLAIN_DIGITS => {
            out.resize(out.len() + zeros, b'0');
        }
        _ => out.extend_from_slice(format!("e{exponent}").as_bytes()),
    }
}

/// Whether a token is what [`write`] makes of it, seen at a glance: a plain integer.
fn is_written_out(token: &str) -> bool {
    token.len() <= PLAIN_DIGITS
        && token != "-0"
        && token
            .bytes()
            .all(|octet| octet.is_ascii_digit() || octet == b'-')
}

#[cfg(test)]
mod tests {
    use super::write;

    fn canonical(token: &str) -> String {
        let mut out = Vec::new();
        write(token, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn equal_values_have_one_form() {
        let long = "1".to_owned() + &"0".repeat(40);
        for (form, tokens) in [
            ("0", &["0", "-0", "0.0", "0e5", "-0.000e-7"][..]),
            (
                "1",
                &["1", "1.0", "10e-1", "0.1E1", "1e0", "100e-2", "0.01e+2"],
            ),
            ("-120", &["-120", "-1.2e2", "-12e1", "-120.0"]),
            ("15e-1", &["1.5", "15e-1", "0.15e1", "1.50"]),
            (
                "9007199254740993",
                &["9007199254740993", "9007199254740993.0"],
            ),
            ("1e40", &["1e40", "10e39", &long]),
            ("5e-324", &["5e-324", "0.5e-323"]),
        ] {
            for token in tokens {
                assert_eq!(canonical(token), form, "{token}");
            }
        }
    }

    #[test]
    fn an_exponent_beyond_all_bounds_stays_as_it_is() {
        let token = "1e-99999999999999999999";
        assert_eq!(canonical(token), token);
        assert_eq!(canonical("0e-99999999999999999999"), "0");
        let edge = "10e-9223372036854775808";
        assert_eq!(canonical(edge), "1e-9223372036854775807");
        let beyond = "1.5e-9223372036854775808";
        assert_eq!(canonical(beyond), beyond);
    }
}
