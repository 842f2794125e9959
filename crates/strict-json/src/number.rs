use crate::cursor::Cursor;
use crate::{Error, ErrorKind};

/// 2^53 − 1, the last integer that a reader with doubles keeps exact (RFC 7493 2.2).
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// A magnitude that needs more digits than this is beyond the range of a double.
const DOUBLE_DIGITS: usize = 308;

/// So many digits are always a safe integer.
const SAFE_DIGITS: usize = 15;

/// Reads the number that starts at the cursor and tells whether it is a big integer.
pub(crate) fn read(cursor: &mut Cursor<'_>, limit: usize) -> Result<bool, Error> {
    let start = cursor.at;
    if cursor.peek() == Some(b'-') {
        cursor.at += 1;
        if cursor.rest().starts_with(b"Infinity") {
            return Err(Error::at(ErrorKind::NonFinite, start));
        }
    }
    let integer = cursor.at;
    match cursor.peek() {
        Some(b'0') => cursor.at += 1,
        _ => require_digits(cursor)?,
    }
    let digits = cursor.at - integer;
    let mut may_overflow = digits > DOUBLE_DIGITS;
    let mut is_integer = true;
    if matches!(cursor.peek(), Some(b'0'..=b'9')) {
        return Err(cursor.unexpected()); // no leading zeros
    }
    if cursor.peek() == Some(b'.') {
        is_integer = false;
        cursor.at += 1;
        require_digits(cursor)?;
    }
    if matches!(cursor.peek(), Some(b'e' | b'E')) {
        is_integer = false;
        may_overflow = true;
        cursor.at += 1;
        if matches!(cursor.peek(), Some(b'+' | b'-')) {
            cursor.at += 1;
        }
        require_digits(cursor)?;
    }
    if cursor.at - start > limit {
        return Err(Error::at(ErrorKind::NumberTooLong, start));
    }
    let token = |from| std::str::from_utf8(&cursor.json[from..cursor.at]).unwrap_or_default();
    if may_overflow && !value(token(start)).is_finite() {
        return Err(Error::at(ErrorKind::NonFinite, start));
    }
    Ok(is_integer && digits > SAFE_DIGITS && is_beyond_safe(token(integer)))
}

/// The double that a number token stands for, rounded to the nearest, ties to even.
pub(crate) fn value(token: &str) -> f64 {
    if let Some(integer) = short_integer(token) {
        return integer as f64; // exact: at most 15 digits
    }
    token.parse().unwrap_or(f64::NAN) // the grammar was checked
}

/// The value of a token that is an integer of few digits, other than `-0`.
pub(crate) fn short_integer(token: &str) -> Option<i64> {
    let digits = token.strip_prefix('-').unwrap_or(token);
    if digits.len() > SAFE_DIGITS || token == "-0" {
        return None;
    }
    let magnitude = digits.bytes().try_fold(0, |value, digit| {
        digit
            .is_ascii_digit()
            .then(|| value * 10 + i64::from(digit - b'0'))
    })?;
    Some(if digits.len() < token.len() {
        -magnitude
    } else {
        magnitude
    })
}

/// Whether a token is an integer: one without fraction and exponent.
pub(crate) fn is_integer(token: &str) -> bool {
    !token
        .bytes()
        .any(|octet| matches!(octet, b'.' | b'e' | b'E'))
}

/// Whether a token is an integer beyond ±(2^53−1).
pub(crate) fn is_big_integer(token: &str) -> bool {
    let digits = token.strip_prefix('-').unwrap_or(token);
    digits.len() > SAFE_DIGITS && is_integer(digits) && is_beyond_safe(digits)
}

fn is_beyond_safe(digits: &str) -> bool {
    // What does not fit in 64 bits is beyond everything.
    digits
        .parse::<u64>()
        .map_or(true, |value| value > MAX_SAFE_INTEGER)
}

fn require_digits(cursor: &mut Cursor<'_>) -> Result<(), Error> {
    match cursor.skip_digits() {
        0 => Err(cursor.unexpected()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(token: &str) -> Result<bool, ErrorKind> {
        let mut cursor = Cursor::new(token.as_bytes(), 0);
        let big = read(&mut cursor, 64).map_err(|error| error.kind())?;
        assert_eq!(is_big_integer(token), big);
        Ok(big)
    }

    #[test]
    fn integers_are_big_from_two_to_the_53() {
        for safe in [
            "0",
            "-0",
            "9007199254740991",
            "-9007199254740991",
            "1e300",
            "12345678901234567890.0",
        ] {
            assert_eq!(number(safe), Ok(false), "{safe}");
        }
        for big in [
            "9007199254740992",
            "-9007199254740992",
            "9999999999999999999",
            "100000000000000000000",
        ] {
            assert_eq!(number(big), Ok(true), "{big}");
        }
    }

    #[test]
    fn the_grammar_is_that_of_rfc_8259() {
        for wrong in ["", "-", "01", "1.", ".5", "1e", "1e+", "+1", "-a", "- 1"] {
            assert_eq!(number(wrong), Err(ErrorKind::Syntax), "{wrong}");
        }
    }

    #[test]
    fn numbers_are_finite() {
        for wrong in ["1e400", "-1E+999", "-Infinity", "1.8e308"] {
            assert_eq!(number(wrong), Err(ErrorKind::NonFinite), "{wrong}");
        }
        assert_eq!(number("1e-400"), Ok(false));
        let digits = "9".repeat(400);
        let error = read(&mut Cursor::new(digits.as_bytes(), 0), 500).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NonFinite);
    }

    #[test]
    fn tokens_end_at_the_limit() {
        assert_eq!(number(&"1".repeat(64)), Ok(true));
        assert_eq!(number(&"1".repeat(65)), Err(ErrorKind::NumberTooLong));
    }

    #[test]
    fn short_integers_have_the_value_that_the_library_gives() {
        for token in ["0", "7", "-7", "999999999999999", "-999999999999999"] {
            assert_eq!(
                short_integer(token).map(|n| n.to_string()),
                Some(token.into())
            );
            assert_eq!(value(token), token.parse::<f64>().unwrap());
        }
        for token in ["-0", "1.0", "1e3", "1000000000000000"] {
            assert_eq!(short_integer(token), None, "{token}");
        }
        assert!(value("-0").is_sign_negative());
    }
}
