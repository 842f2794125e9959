use super::JsonError;
use super::cursor::Cursor;
use crate::ProblemKind;

/// 2^53 − 1, the last integer that a reader with doubles keeps exact (RFC 8259 6).
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// A magnitude that needs more digits than this is beyond the range of a double.
const DOUBLE_DIGITS: usize = 308;

/// Reads the number that starts at the cursor and tells whether it is an integer beyond
/// ±(2^53−1). An integer is a token without fraction and exponent.
pub(super) fn read(cursor: &mut Cursor<'_>, limit: usize) -> Result<bool, JsonError> {
    let start = cursor.at;
    if cursor.peek() == Some(b'-') {
        cursor.at += 1;
        if cursor.rest().starts_with(b"Infinity") {
            return Err(JsonError::at(ProblemKind::NonFinite, start));
        }
    }
    let integer = cursor.at;
    match cursor.peek() {
        Some(b'0') => cursor.at += 1,
        _ => require_digits(cursor)?,
    }
    let digits = cursor.at - integer;
    if matches!(cursor.peek(), Some(b'0'..=b'9')) {
        return Err(cursor.unexpected()); // no leading zeros
    }
    let mut is_integer = true;
    if cursor.peek() == Some(b'.') {
        is_integer = false;
        cursor.at += 1;
        require_digits(cursor)?;
    }
    let mut may_overflow = digits > DOUBLE_DIGITS;
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
        return Err(JsonError::at(ProblemKind::NumberTooLong, start));
    }
    if may_overflow && !is_finite(&cursor.json[start..cursor.at]) {
        return Err(JsonError::at(ProblemKind::NonFinite, start));
    }
    Ok(is_integer && is_big(&cursor.json[integer..integer + digits]))
}

fn require_digits(cursor: &mut Cursor<'_>) -> Result<(), JsonError> {
    match cursor.skip_digits() {
        0 => Err(cursor.unexpected()),
        _ => Ok(()),
    }
}

fn is_finite(token: &[u8]) -> bool {
    let value = std::str::from_utf8(token)
        .ok()
        .and_then(|token| token.parse::<f64>().ok());
    value.is_some_and(f64::is_finite)
}

fn is_big(digits: &[u8]) -> bool {
    // 15 digits are always within the range, and 19 always fit.
    match digits.len() {
        ..=15 => false,
        16..=19 => {
            let value = digits
                .iter()
                .fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
            value > MAX_SAFE_INTEGER
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(token: &str) -> Result<bool, ProblemKind> {
        let mut cursor = Cursor::new(token.as_bytes(), 0);
        read(&mut cursor, 64).map_err(|error| error.kind())
    }

    #[test]
    fn integers_are_big_from_two_to_the_53() {
        for safe in [
            "0",
            "-0",
            "9007199254740991",
            "-9007199254740991",
            "1e300",
            "1e20",
        ] {
            assert_eq!(number(safe), Ok(false), "{safe}");
        }
        for big in [
            "9007199254740992",
            "-9007199254740992",
            "9999999999999999999",
            "10000000000000000000",
        ] {
            assert_eq!(number(big), Ok(true), "{big}");
        }
    }

    #[test]
    fn the_grammar_is_that_of_rfc_8259() {
        for wrong in ["-", "01", "1.", ".5", "1e", "1e+", "+1", "-a", "- 1"] {
            assert_eq!(number(wrong), Err(ProblemKind::Syntax), "{wrong}");
        }
    }

    #[test]
    fn numbers_are_finite() {
        for wrong in ["1e400", "-1E+999", "-Infinity"] {
            assert_eq!(number(wrong), Err(ProblemKind::NonFinite), "{wrong}");
        }
        assert_eq!(number("1e-400"), Ok(false));
        let digits = "9".repeat(400);
        let mut cursor = Cursor::new(digits.as_bytes(), 0);
        assert_eq!(
            read(&mut cursor, 500).map_err(|e| e.kind()),
            Err(ProblemKind::NonFinite)
        );
    }

    #[test]
    fn tokens_end_at_the_limit() {
        assert_eq!(number(&"1".repeat(64)), Ok(true));
        assert_eq!(number(&"1".repeat(65)), Err(ProblemKind::NumberTooLong));
    }
}
